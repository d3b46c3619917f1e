"""Catalog publishes who does what, for whom, by when; and which days count.

Hears  nothing: people edit the files in `data/`
Tells  catalog.agency_registered, catalog.item_published, catalog.calendar_published
Owns   ServiceItem, Agency, Calendar
"""
