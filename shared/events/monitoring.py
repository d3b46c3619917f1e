"""Facts told by monitoring: cards, to the supervisors of a region. No personal data."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from shared.events.fact import Fact, Text


class CardIssued(Fact):
    """A warning, yellow or red card (预警, 黄牌, 红牌) by a rule of supervision."""

    TYPE = "monitoring.card_issued"
    CHANNEL = "alerts.{region}"

    card_id: UUID
    clock_id: UUID
    application_id: UUID
    severity: Literal["warning", "yellow", "red"]
    rule: str  # e.g. "R-T1"
    number: str
    item_name: Text
    region: str
    agency: str
    due_at: datetime  # the instant the card fell due
    issued_at: datetime
    message: Text


class CardRevoked(Fact):
    """A card taken back (撤销): the work had ended in time, as was heard later."""

    TYPE = "monitoring.card_revoked"
    CHANNEL = "alerts.{region}"

    card_id: UUID
    clock_id: UUID
    application_id: UUID
    severity: Literal["warning", "yellow", "red"]
    number: str
    region: str
    agency: str
    ended_at: datetime  # when the work had ended
    revoked_at: datetime
