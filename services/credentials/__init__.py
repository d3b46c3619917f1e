"""Credentials issues certificates, and says whether they hold.

Hears  intake.credential_ordered, catalog.agency_registered
Tells  credentials.credential_issued, credentials.credential_face_made
Owns   Credential (证照), Register (the serial numbers of an issuer)
"""
