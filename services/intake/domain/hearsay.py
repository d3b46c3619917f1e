"""What the desk has heard from the catalogue: items as published, and working days."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from services.intake.domain.rules import ItemNotOffered
from shared.calendar.working_days import Exceptional, Words, WorkingCalendar
from shared.runtime.aggregate import Aggregate, Counter, Created

NOT_OFFERED = {
    "booking": ("仅支持预约", "it can only be booked"),
    "package": ("须通过一件事套餐办理", "it is handled as a package"),
    "suspended": ("事项已暂停", "it is suspended"),
    "cancelled": ("事项已取消", "it has been cancelled"),
}
NOT_SERVED = {
    "natural": ("由企业和其他组织申请", "companies and other bodies apply for it"),
    "legal": ("由个人申请", "people apply for it"),
}


class NotItsExaminer(Exception):
    """An instance of review says what became of a step of another one's agency."""


class Offer(Aggregate):
    """One published version of an item; it never changes."""

    TOPIC = "intake.Offer"

    class Heard(Created):
        task_code: str
        version: int
        terms: dict[str, Any]

    def __init__(self, task_code: str, version: int, terms: dict[str, Any]) -> None:
        self.terms = terms

    @staticmethod
    def create_id(task_code: str, version: int) -> UUID:
        return uuid5(NAMESPACE_URL, f"offer/{task_code}/{version}")

    def must_be_open(self) -> None:
        """Raise ItemNotOffered unless people may apply for it."""
        terms = self.terms
        for why in (terms["handling"], terms["state"]):
            if why in NOT_OFFERED:
                raise ItemNotOffered(why=" / ".join(NOT_OFFERED[why]))

    def must_serve(self, kind: str) -> None:
        """Raise ItemNotOffered unless this kind of applicant may apply for it."""
        if kind not in self.terms["servers"]:
            raise ItemNotOffered(why=" / ".join(NOT_SERVED[kind]))


class Examiner(Aggregate):
    """Who examines for an agency: an instance of review, which alone is believed."""

    TOPIC = "intake.Examiner"

    class Heard(Created):
        agency: str
        review: str

    class Changed(Aggregate.Event):
        review: str

        def apply(self, aggregate: Examiner) -> None:
            aggregate.review = self.review

    def __init__(self, agency: str, review: str) -> None:
        self.agency = agency
        self.review = review

    @staticmethod
    def create_id(agency: str) -> UUID:
        return uuid5(NAMESPACE_URL, f"examiner/{agency}")

    def change(self, review: str) -> None:
        if review != self.review:
            self.trigger_event(self.Changed, review=review)

    def must_be(self, source: str) -> None:
        """Raise NotItsExaminer if somebody else speaks for this agency."""
        if source != self.review:
            raise NotItsExaminer(f"{source} is not {self.review}, of {self.agency}")


class WorkingDays(Aggregate):
    """The working days as last published, and every version before."""

    TOPIC = "intake.WorkingDays"
    ID = uuid5(NAMESPACE_URL, "intake/working-days")

    class Heard(Created):
        version: int
        years: list[int]
        days: list[dict[str, Any]]

    class Revised(Aggregate.Event):
        version: int
        years: list[int]
        days: list[dict[str, Any]]

        def apply(self, aggregate: WorkingDays) -> None:
            aggregate.latest = self.version
            aggregate.years = self.years
            aggregate.days = self.days
            aggregate._calendar = None

    def __init__(
        self, version: int, years: list[int], days: list[dict[str, Any]]
    ) -> None:
        self.latest = version
        self.years = years
        self.days = days
        self._calendar: WorkingCalendar | None = None

    @staticmethod
    def create_id() -> UUID:
        return WorkingDays.ID

    def revise(
        self, version: int, years: list[int], days: list[dict[str, Any]]
    ) -> None:
        if version > self.latest:
            self.trigger_event(self.Revised, version=version, years=years, days=days)

    def calendar(self) -> WorkingCalendar:
        if self._calendar is None:
            self._calendar = self._made()
        return self._calendar

    def _made(self) -> WorkingCalendar:
        return WorkingCalendar(
            self.latest,
            frozenset(self.years),
            {
                date.fromisoformat(day["on"]): Exceptional(
                    day["is_workday"], Words(**day["reason"])
                )
                for day in self.days
            },
        )


class NumberSeries(Counter):
    """The serial numbers of one item's cases on one day (办件编号)."""

    TOPIC = "intake.NumberSeries"

    class Begun(Created):
        task_code: str
        day: str

    class Drawn(Aggregate.Event):
        serial: int

        def apply(self, aggregate: NumberSeries) -> None:
            aggregate.last = self.serial

    def __init__(self, task_code: str, day: str) -> None:
        self.task_code = task_code
        self.day = day
        self.last = 0

    @staticmethod
    def create_id(task_code: str, day: str) -> UUID:
        return uuid5(NAMESPACE_URL, f"number-series/{task_code}/{day}")

    def draw(self) -> str:
        """Return the next case number: task code, day, serial of 4 digits or more."""
        self.trigger_event(self.Drawn, serial=self.last + 1)
        return f"{self.task_code}{self.day}{self.last:04d}"
