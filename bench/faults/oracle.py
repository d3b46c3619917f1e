"""The cards that must exist, from the events of intake alone.

Written apart from the rules of monitoring, and shorter: it knows the whole life.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from services.intake.domain.application import Application
from shared.runtime.aggregate import Aggregate

Earned = tuple[UUID, str]  # a case, and the severity of a card


def cards(events: Iterable[Aggregate.Event], until: datetime) -> set[Earned]:
    """Return what cases have earned by an instant: each limit that ended before them.

    R-T1 (domain reference 4.2): a warning, then yellow beyond the promise, red beyond
    the legal limit; no warning where it could come no sooner than the yellow card.
    """
    limits: dict[UUID, dict[str, Any]] = {}
    ended: dict[UUID, datetime] = {}
    for event in events:
        match event:
            case Application.Accepted():
                limits[event.originator_id] = event.limits
            case Application.Decided():
                ended[event.originator_id] = event.decided_at
            case Application.Withdrawn():
                ended[event.originator_id] = event.withdrawn_at
    earned = set()
    for case, limit in limits.items():
        end = min(ended.get(case, until), until)
        promise, statutory = limit["promise_due_at"], limit["statutory_due_at"]
        if limit["warn_at"] < promise and limit["warn_at"] < end:
            earned.add((case, "warning"))
        if promise < end:
            earned.add((case, "yellow"))
        if statutory is not None and statutory < end:
            earned.add((case, "red"))
    return earned
