from __future__ import annotations

from datetime import date

import pytest

from services.intake.domain.hearsay import NumberSeries, Offer, WorkingDays
from services.intake.domain.rules import ItemNotOffered
from tests import controls

NEW_YEAR = {
    "on": "2016-01-01",
    "is_workday": False,
    "reason": {"zh": "元旦", "en": "New Year"},
}


def test_a_revised_calendar_counts_from_its_version_on():
    days = WorkingDays(version=1, years=[2016], days=[])
    days.revise(version=2, years=[2016, 2017], days=[NEW_YEAR])
    days.revise(version=2, years=[], days=[])

    calendar = days.calendar()

    assert controls.happened(days) == ["Heard", "Revised"]
    assert (calendar.version, calendar.knows(2017)) == (2, True)
    assert not calendar.is_workday(date(2016, 1, 1))


def test_numbers_of_a_day_follow_each_other():
    series = NumberSeries(task_code=controls.GRAIN_TASK, day="20160104")

    assert [series.draw()[-4:] for _ in range(3)] == ["0001", "0002", "0003"]


@pytest.mark.parametrize(
    ("change", "why"),
    [({"handling": "booking"}, "仅支持预约"), ({"state": "cancelled"}, "事项已取消")],
)
def test_says_why_an_item_is_not_offered(change: dict[str, str], why: str):
    terms = controls.grain_licence(**change).model_dump(mode="json")
    offer = Offer(task_code=controls.GRAIN_TASK, version=1, terms=terms)

    with pytest.raises(ItemNotOffered) as no:
        offer.must_be_open()

    assert why in no.value.reason[0]


@pytest.mark.parametrize(
    ("kind", "servers", "why"),
    [
        ("natural", ("legal",), "由企业和其他组织申请"),
        ("legal", ("natural",), "由个人申请"),
    ],
)
def test_says_who_applies_for_an_item(kind: str, servers: tuple[str, ...], why: str):
    terms = controls.grain_licence(servers=servers).model_dump(mode="json")
    offer = Offer(task_code=controls.GRAIN_TASK, version=1, terms=terms)

    with pytest.raises(ItemNotOffered) as no:
        offer.must_serve(kind)

    assert why in no.value.reason[0]
