"""A month of city life, planned: who does what, and when. Same seed, same lives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any, Literal

from services.catalog.catalogue import Catalogue
from services.gateway.people import Persona, Personas
from services.gateway.standing import Role
from shared.events.catalog import ItemPublished
from shared.runtime.clock import SHANGHAI

OPENS, CLOSES = time(9, 0), time(17, 0)
GRAIN = "000103001000"  # the catalogue code of the grain purchase licence
SHARE_OF_INSTANT = 0.25

Fate = Literal[
    "granted",  # everybody is prompt
    "supplemented",  # one supplement notice, then granted
    "refused",  # with a reason
    "declined",  # 不予受理
    "withdrawn",
    "slow",  # the promise is broken: a warning and a yellow card
    "stuck",  # nobody acts any more: in the end a red card
    "instant",  # decided at the window in one act
]
FATES: Mapping[Fate, int] = {
    "granted": 52,
    "supplemented": 12,
    "refused": 8,
    "declined": 6,
    "withdrawn": 4,
    "slow": 12,
    "stuck": 6,
}


class NobodyServes(LookupError):
    """The demo people lack somebody for this agency and role."""


@dataclass(frozen=True)
class Move:
    """One act: by whom, when (aware), on which route of the API, saying what."""

    at: datetime
    who: str
    route: str
    said: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Life:
    """One case: the item, whose it is, what becomes of it, move by move."""

    number: int
    fate: Fate
    item: ItemPublished
    applicant: str
    moves: tuple[Move, ...]


def plan(
    seed: int, first: date, days: int, cases: int, catalogue: Catalogue
) -> list[Life]:
    """Return the lives of so many cases that begin within so many days.

    Whose they are, what for, what becomes of them and after how many working days
    follows from the seed alone; which days those are, from `first` and the calendar.
    """
    month = _Month.of(first, days, catalogue)
    # Each life draws for itself, and as often on whatever days it is lived.
    return [_Life(month, Random(f"{seed}/{n}")).drawn(n) for n in range(cases)]


def expected(lives: Sequence[Life]) -> Counter[str]:
    """Return how many lives of each fate there are."""
    return Counter(life.fate for life in lives)


@dataclass(frozen=True)
class _Month:
    """What every life of it may draw from."""

    people: Personas
    items: Sequence[ItemPublished]
    open_days: Sequence[date]

    @classmethod
    def of(cls, first: date, days: int, catalogue: Catalogue) -> _Month:
        whole = [first + timedelta(n) for n in range(days)]
        return cls(
            people=Personas.load(),
            items=[
                item
                for item in catalogue.items
                if item.handling == "online" and item.state == "in_use"
            ],
            open_days=[day for day in whole if catalogue.calendar.is_workday(day)],
        )

    def applicants_for(self, item: ItemPublished) -> list[Persona]:
        return [
            persona
            for persona in (*self.people.all, *self.people.crowd)
            if persona.applicant and persona.applicant["kind"] in item.servers
        ]


class _Life:
    """One life while it is drawn."""

    def __init__(self, month: _Month, random: Random) -> None:
        self._month = month
        self._random = random

    def drawn(self, number: int) -> Life:
        fate, item = self._fate()
        applicant = self._choose(self._month.applicants_for(item))
        begins = self._begin(fate)
        moves = tuple(self._moves(fate, item, applicant, begins))
        return Life(number, fate, item, applicant.id, moves)

    def _fate(self) -> tuple[Fate, ItemPublished]:
        if self._random.random() < SHARE_OF_INSTANT:
            instant = [item for item in self._month.items if item.is_instant]
            return "instant", self._choose(instant)
        usual = [item for item in self._month.items if not item.is_instant]
        grain = [item for item in usual if item.catalog_code == GRAIN]
        [fate] = self._random.choices(list(FATES), list(FATES.values()))
        # Its legal limit is short enough to be missed within the month.
        is_grain = fate == "stuck" or self._random.random() < 0.5
        return fate, self._choose(grain if is_grain else usual)

    def _begin(self, fate: Fate) -> int:
        """Return the working day it begins on; whoever is to be late begins early."""
        last = len(self._month.open_days) - 1
        among = {"stuck": max(last // 6, 1), "slow": max(last // 3, 1)}
        return int(self._random.random() * among.get(fate, last + 1))

    def _moves(
        self, fate: Fate, item: ItemPublished, applicant: Persona, day: int
    ) -> Iterator[Move]:
        clock = _Clock(self._month.open_days, self._random, day)
        clerk = self._who(item.agency, Role.CLERK)
        filed = {"task_code": item.task_code, "form": self._form(item)}
        if fate == "instant":
            whom = {"applicant": applicant.applicant}
            yield Move(clock.now(), clerk, "/window/applications", filed | whom)
            return
        yield Move(clock.now(), applicant.id, "/applications", filed)
        if fate == "declined":
            said = {"reason": self._choose(DECLINED)}
            yield Move(clock.later(0, 1), clerk, "decline", said)
            return
        if fate == "supplemented":
            said = {"defects": self._random.sample(DEFECTS, 2)}
            yield Move(clock.later(0, 1), clerk, "supplement-notice", said)
            note = {"note": "已按告知补齐。"}
            yield Move(clock.later(1, 2), applicant.id, "supplement", note)
        yield Move(clock.later(0, 1), clerk, "acceptance")
        if fate == "withdrawn":
            said = {"reason": "经营计划有变，暂不申请。"}
            yield Move(clock.later(0, 1), applicant.id, "withdrawal", said)
            return
        yield from self._route(fate, item, clock)
        if fate not in ("refused", "stuck"):
            said = {"received_by": applicant.person.applicant.contact_name}  # type: ignore[union-attr]
            yield Move(clock.later(1, 2), applicant.id, "delivery", said)

    def _route(self, fate: Fate, item: ItemPublished, clock: _Clock) -> Iterator[Move]:
        done: set[str] = set()
        for place, step in enumerate(item.steps):
            if fate == "stuck" and place == 1:
                return
            waits = item.promise_days + 1 if fate == "slow" and place == 1 else 0
            at = clock.later(waits, waits + 1)
            who = self._who(step.agency, Role(step.role), done)
            done.add(who)
            if step.kind == "review":
                said: dict[str, Any] = {"opinion": self._choose(PASSED)}
                yield Move(at, who, f"steps/{step.code}/pass", said)
            else:
                granted = fate != "refused"
                opinion = self._choose(GRANTED if granted else REFUSED)
                said = {"granted": granted, "opinion": opinion}
                yield Move(at, who, f"steps/{step.code}/decision", said)

    def _who(self, agency: str, role: Role, but: set[str] | None = None) -> str:
        for persona in self._month.people.all:
            if persona.person.serves(agency, role) and persona.id not in (but or ()):
                return persona.id
        raise NobodyServes(f"{agency} {role}")

    def _form(self, item: ItemPublished) -> dict[str, str]:
        values = {"number": "3", "date": BORN}
        return {
            f.code: self._choose(f.options).zh
            if f.kind == "choice"
            else values.get(f.kind, self._choose(PLACES))[: f.max_length]
            for f in item.form
        }

    def _choose(self, among: Sequence[Any]) -> Any:
        return self._random.choice(among)


class _Clock:
    """Working hours of one case: moves on by working days, never back."""

    def __init__(self, open_days: Sequence[date], random: Random, day: int) -> None:
        self._days = open_days
        self._random = random
        self._day = day
        self._minute = random.randrange(10, 150)

    def now(self) -> datetime:
        opens = datetime.combine(self._day_at(self._day), OPENS, SHANGHAI)
        return opens + timedelta(minutes=self._minute)

    def later(self, least: int, most: int) -> datetime:
        """Move on by so many working days, or on the same day by some hours."""
        by = self._random.randint(least, most)
        self._day += by
        if by:
            self._minute = self._random.randrange(10, 300)
        else:
            self._minute = min(self._minute + self._random.randrange(60, 180), 475)
        return self.now()

    def _day_at(self, index: int) -> date:
        if index < len(self._days):
            return self._days[index]
        return self._days[-1] + timedelta(days=(index - len(self._days) + 1) * 2)


BORN = "2008-05-12"
PLACES = (
    "登封市中岳街道嵩山路18号",
    "登封市大金店镇金东路6号",
    "登封市告成镇观星台西街2号",
    "登封市卢店镇工业园3号库",
)
PASSED = (
    "材料齐全，符合法定形式，同意上报。",
    "经核验，仓储与检验条件符合要求，同意。",
    "情况属实，建议准予。",
)
GRANTED = ("符合法定条件，准予许可。", "同意，依法办理。")
REFUSED = (
    "经审查，仓储设施面积不足，不符合规定条件，不予许可。",
    "检验仪器未达到规定配置，不予许可。",
)
DECLINED = (
    "申请事项不属于本机关职权范围，请向企业住所地机关申请。",
    "申请人不具备申请资格，不予受理。",
)
DEFECTS = [
    "仓储设施租赁合同缺少出租方盖章页",
    "检验仪器清单未注明检定有效期",
    "申请书法定代表人未签字",
    "资信证明已超过三个月",
]
