"""A card (监察牌): that a limit was near or missed, by whom, and when it fell due."""

from __future__ import annotations

from datetime import datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from shared.runtime.aggregate import Aggregate, Created


class Card(Aggregate):
    """Issued once, and revoked at most once; a worse breach makes a new card."""

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

    class Revoked(Aggregate.Event):
        """The work had ended in time, as was heard later (撤销, supervision C)."""

        card: dict[str, str]  # what it was about, as it was told
        ended_at: datetime
        revoked_at: datetime

        def apply(self, aggregate: Card) -> None:
            aggregate.is_revoked = True

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
        self.is_revoked = False

    @staticmethod
    def create_id(clock_id: UUID, rule: str, severity: str) -> UUID:
        """Return the one id of the card that this breach can ever have."""
        return uuid5(NAMESPACE_URL, f"card/{clock_id}/{rule}/{severity}")

    # What may be asked.

    def revoke(self, ended_at: datetime, at: datetime) -> None:
        """Take it back, unless it has been: the work had ended before it fell due."""
        if not self.is_revoked:
            card = {
                "clock_id": str(self.clock_id),
                "application_id": str(self.application_id),
                "severity": self.severity,
                "number": self.number,
                "region": self.region,
                "agency": self.agency,
            }
            self.trigger_event(
                self.Revoked, card=card, ended_at=ended_at, revoked_at=at
            )
