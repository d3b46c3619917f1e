"""Rule R-T1: which cards a clock has earned by now, and when the next one is due."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from services.monitoring.domain.card import Card

RULE = "R-T1"
SHANGHAI = ZoneInfo("Asia/Shanghai")

Words = tuple[str, str]  # Chinese, English

MESSAGES: dict[str, Words] = {
    "warning": (
        "办件编号 {number}，事项“{item_zh}”，承办单位 {agency}，承诺时限至 {last}，"
        "即将超过承诺时限，请速办理。",
        "Case {number}, {item_en}, held by {agency}: the promised limit ends on "
        "{last} and is about to be missed. Please deal with it at once.",
    ),
    "yellow": (
        "办件编号 {number}，事项“{item_zh}”，承办单位 {agency}，承诺时限至 {last}，"
        "已经超过承诺时限，予以黄牌。",
        "Case {number}, {item_en}, held by {agency}: the promised limit ended on "
        "{last} and has been missed. Yellow card.",
    ),
    "red": (
        "办件编号 {number}，事项“{item_zh}”，承办单位 {agency}，法定时限至 {last}，"
        "已经超过法定时限，予以红牌。",
        "Case {number}, {item_en}, held by {agency}: the statutory limit ended on "
        "{last} and has been missed. Red card.",
    ),
}


@dataclass(frozen=True)
class Holder:
    """An agency that holds the work, and so answers for it, from an instant on."""

    agency: str
    since: datetime


@dataclass(frozen=True)
class Clock:
    """One limit, as far as it has been heard of."""

    clock_id: UUID
    application_id: UUID
    correlation_id: UUID
    causation_id: UUID  # the message that started it
    number: str
    item_name: Words
    region: str
    holders: tuple[Holder, ...]
    warn_at: datetime
    promised_due_at: datetime
    statutory_due_at: datetime | None
    stopped_at: datetime | None = None

    def handed_over(self, agency: str, at: datetime) -> Clock:
        return replace(self, holders=(*self.holders, Holder(agency, at)))

    def stopped(self, at: datetime) -> Clock:
        return self if self.stopped_at else replace(self, stopped_at=at)

    def holder_at(self, instant: datetime) -> str:
        """Return who held the work then; the first holder, if that was before it."""
        held = [h for h in self.holders if h.since <= instant]
        return max(held, key=lambda h: h.since, default=self.holders[0]).agency


@dataclass(frozen=True)
class Due:
    """A card that a clock has earned."""

    clock: Clock
    severity: str
    due_at: datetime

    @property
    def card_id(self) -> UUID:
        return Card.create_id(self.clock.clock_id, RULE, self.severity)

    @property
    def agency(self) -> str:
        return self.clock.holder_at(self.due_at)

    @property
    def message(self) -> Words:
        limit = (
            self.clock.statutory_due_at
            if self.severity == "red"
            else self.clock.promised_due_at
        )
        assert limit is not None, "a red card is due only where there is a legal limit"
        said = {
            "number": self.clock.number,
            "item_zh": self.clock.item_name[0],
            "item_en": self.clock.item_name[1],
            "agency": self.agency,
            # The limit is the first instant after its last day.
            "last": (limit - timedelta(microseconds=1)).astimezone(SHANGHAI).date(),
        }
        zh, en = MESSAGES[self.severity]
        return zh.format_map(said), en.format_map(said)


def due_cards(
    clock: Clock, now: datetime, decided_until: datetime | None = None
) -> list[Due]:
    """Return the cards that fell due after `decided_until` and up to now, in order.

    A clock stopped at or before the instant a card would have fallen due has kept
    its limit; one stopped after it has not, however late we look.
    """
    return [
        due
        for due in _dues(clock)
        if due.due_at <= now and (decided_until is None or due.due_at > decided_until)
    ]


def void_cards(clock: Clock, decided_until: datetime | None) -> list[Due]:
    """Return the cards that were decided before it was heard that the work had ended.

    It ended at or before the instant they fell due: they are to be revoked.
    """
    ended = clock.stopped_at
    if ended is None or decided_until is None:
        return []
    running = replace(clock, stopped_at=None)
    return [
        replace(due, clock=clock)
        for due in _dues(running)
        if ended <= due.due_at <= decided_until
    ]


def next_due(clock: Clock, decided_until: datetime | None = None) -> datetime | None:
    """Return when its next card falls due, unless it is stopped before; may be past."""
    return min(
        (
            due.due_at
            for due in _dues(clock)
            if decided_until is None or due.due_at > decided_until
        ),
        default=None,
    )


def _dues(clock: Clock) -> Iterator[Due]:
    """Yield every card this clock will earn if nothing more is heard of it."""
    for severity, at in (
        # A warning that comes no sooner than the breach would warn of nothing.
        ("warning", clock.warn_at if clock.warn_at < clock.promised_due_at else None),
        ("yellow", clock.promised_due_at),
        ("red", clock.statutory_due_at),
    ):
        if at is not None and (clock.stopped_at is None or at < clock.stopped_at):
            yield Due(clock, severity, at)
