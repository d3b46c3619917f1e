"""Clocks: told by whoever owns a limit; supervised without knowing what it is for."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from shared.events.fact import Fact, Text


class ClockFact(Fact):
    CHANNEL = "clocks"

    clock_id: UUID
    application_id: UUID


class ClockStarted(ClockFact):
    """A limit runs. Each instant is the first moment at which that card is due."""

    TYPE = "clocks.clock_started"

    kind: Literal["case"]
    number: str
    item_name: Text
    region: str
    agency: str  # who holds the work now, and so answers for it
    officer: str | None = None
    started_at: datetime
    warn_at: datetime
    promised_due_at: datetime
    statutory_due_at: datetime | None


class ClockHandedOver(ClockFact):
    """Another agency holds the work from now on."""

    TYPE = "clocks.clock_handed_over"

    agency: str
    handed_over_at: datetime


class ClockStopped(ClockFact):
    """The promise was kept or has lapsed; only cards due before this instant count."""

    TYPE = "clocks.clock_stopped"

    stopped_at: datetime
