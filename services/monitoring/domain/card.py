"""A card (监察牌): that a limit was near or missed, by whom, and when it fell due."""

from __future__ import annotations

from datetime import datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from shared.runtime.aggregate import Aggregate, Created


class Card(Aggregate):
    """Issued once and never changed; a worse breach makes a new card."""

    TOPIC = "monitoring.Card"

    # What can happen, and what it changes.

    class Issued(Created):
        clock_id: UUID
        application_id: UUID
        severity: str
        rule: str
        number: str
        item_name: list[str]  # Chinese, English
        region: str
        agency: str
        due_at: datetime
        issued_at: datetime
        message: list[str]  # Chinese, English

    def __init__(
        self,
        clock_id: UUID,
        application_id: UUID,
        severity: str,
        rule: str,
        number: str,
        item_name: list[str],
        region: str,
        agency: str,
        due_at: datetime,
        issued_at: datetime,
        message: list[str],
    ) -> None:
        self.clock_id = clock_id
        self.application_id = application_id
        self.severity = severity
        self.rule = rule
        self.number = number
        self.item_name = item_name
        self.region = region
        self.agency = agency
        self.due_at = due_at
        self.issued_at = issued_at
        self.message = message

    @staticmethod
    def create_id(clock_id: UUID, rule: str, severity: str) -> UUID:
        """Return the one id of the card that this breach can ever have."""
        return uuid5(NAMESPACE_URL, f"card/{clock_id}/{rule}/{severity}")
