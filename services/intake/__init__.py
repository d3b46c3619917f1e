"""Intake is the one front desk (一口受理): a case from submission to delivery.

Hears  catalog.item_published, catalog.calendar_published,
       catalog.agency_registered,
       gateway.*_requested addressed to this desk,
       review.step_passed, review.step_decided, credentials.credential_issued
Tells  intake.*, clocks.*, refusal.request_refused
Owns   Application (办件), and what it has heard of items, days and examiners
Rules  domain/rules.py: every no that the front desk can say, with its article
"""
