"""Monitoring watches every clock, and issues a card when a limit is near or missed.

Hears  clocks.clock_started, clocks.clock_handed_over, clocks.clock_stopped
Tells  monitoring.card_issued, monitoring.card_revoked, to the region's supervisors
Owns   Card
"""
