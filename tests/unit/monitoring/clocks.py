"""The clock of domain.md's example: accepted 2016-01-04, promise 7, statutory 10."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from services.monitoring.projections import after
from services.monitoring.rules import Clock
from shared.events.clocks import ClockFact, ClockHandedOver, ClockStarted, ClockStopped
from shared.runtime.clock import SHANGHAI
from tests import controls

CLOCK = uuid5(controls.APPLICATION, "clock")


def at(day: int, hour: int = 0, minute: int = 0, microsecond: int = 0) -> datetime:
    """Return an instant of January 2016 in Zhengzhou."""
    return datetime(2016, 1, day, hour, minute, 0, microsecond, tzinfo=SHANGHAI)


def started(clock_id: UUID = CLOCK, **changes: Any) -> ClockStarted:
    said = {
        "clock_id": clock_id,
        "application_id": controls.APPLICATION,
        "kind": "case",
        "number": "1141018599000102820160104000001",
        "item_name": controls.text("粮食收购许可证核发", "Grain purchase licence"),
        "region": controls.DENGFENG,
        "agency": controls.DENGFENG_GRAIN,
        "started_at": at(4, 9),
        "warn_at": at(11),
        "promised_due_at": at(14),
        "statutory_due_at": at(19),
    }
    return ClockStarted.model_validate(said | changes)


def handed_over(agency: str, when: datetime, clock_id: UUID = CLOCK) -> ClockHandedOver:
    return ClockHandedOver(
        clock_id=clock_id,
        application_id=controls.APPLICATION,
        agency=agency,
        handed_over_at=when,
    )


def stopped(when: datetime, clock_id: UUID = CLOCK) -> ClockStopped:
    return ClockStopped(
        clock_id=clock_id, application_id=controls.APPLICATION, stopped_at=when
    )


def clock(*facts: ClockFact) -> Clock:
    """Return what is known once these have been heard."""
    known = None
    for position, fact in enumerate(facts or (started(),), start=1):
        known = after(known, controls.told(fact, position), fact)
    assert known is not None
    return known
