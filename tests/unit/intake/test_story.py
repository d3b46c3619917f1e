"""The city's own example, told by the real services to each other, in memory."""

from __future__ import annotations

from datetime import date

import pytest

from shared.events import clocks, credentials, gateway, intake, review
from shared.events.catalog import FormField
from tests.city import City
from tests.controls import (
    APPLICATION,
    DENGFENG_GRAIN,
    FENGSHOU,
    LIU,
    REQUEST,
    SUN,
    ZHAO,
    ZHENGZHOU_GRAIN,
    grain_licence,
    text,
)


@pytest.fixture
def city() -> City:
    city = City()
    city.told.clear()
    return city


def accepted(city: City) -> City:
    city.submit()
    city.window(gateway.AcceptanceRequested)
    return city


def reviewed_twice(city: City) -> City:
    accepted(city)
    city.officer(ZHAO, DENGFENG_GRAIN, "first-review")
    city.officer(LIU, ZHENGZHOU_GRAIN, "re-review")
    return city


def test_goes_up_from_county_to_city_and_ends_with_a_certificate(city: City):
    reviewed_twice(city)
    city.officer(SUN, ZHENGZHOU_GRAIN, "decide", granted=True)
    city.applicant(gateway.DeliveryRequested, received_by="周丰")

    assert city.refusals() == []
    steps = city.facts("intake.step_started")
    assert [(s.agency, s.forwarded_by) for s in steps] == [  # type: ignore[attr-defined]
        (DENGFENG_GRAIN, None),
        (ZHENGZHOU_GRAIN, DENGFENG_GRAIN),
        (ZHENGZHOU_GRAIN, None),
    ]
    [issued] = city.facts("credentials.credential_issued")
    assert isinstance(issued, credentials.CredentialIssued)
    assert issued.valid_to == date(2019, 1, 3)
    assert city.types()[-2:] == ["intake.application_delivered", "intake.remark_made"]


def test_keeps_one_number_across_levels(city: City):
    reviewed_twice(city)

    [submitted] = city.facts("intake.application_submitted")
    numbers = {f.number for f in city.facts("intake.step_assigned")}  # type: ignore[attr-defined]

    assert numbers == {submitted.number}  # type: ignore[attr-defined]
    assert len(submitted.number) == 31 + 8 + 4  # type: ignore[attr-defined]


def test_clocks_end_on_the_days_the_law_and_the_promise_say(city: City):
    accepted(city)

    [accepted_fact] = city.facts("intake.application_accepted")
    [clock] = city.facts("clocks.clock_started")
    assert isinstance(accepted_fact, intake.ApplicationAccepted)
    assert isinstance(clock, clocks.ClockStarted)
    assert accepted_fact.promise_by == date(2016, 1, 13)
    assert accepted_fact.statutory_by == date(2016, 1, 25)
    assert clock.warn_at.isoformat() == "2016-01-10T16:00:00+00:00"
    assert clock.promised_due_at.isoformat() == "2016-01-13T16:00:00+00:00"


def test_the_clock_follows_the_file_and_stops_with_the_decision(city: City):
    reviewed_twice(city)
    city.officer(SUN, ZHENGZHOU_GRAIN, "decide", granted=False, opinion="仓储不达标")

    assert [t for t in city.types() if t.startswith("clocks")] == [
        "clocks.clock_started",
        "clocks.clock_handed_over",
        "clocks.clock_stopped",
    ]


def test_a_refusal_ends_the_case_without_a_certificate(city: City):
    reviewed_twice(city)
    city.officer(SUN, ZHENGZHOU_GRAIN, "decide", granted=False, opinion="仓储不达标")

    assert "intake.application_completed" in city.types()
    assert "intake.credential_ordered" not in city.types()
    remarks = [f.text for f in city.facts("intake.remark_made")]  # type: ignore[attr-defined]
    assert remarks[-1] == "仓储不达标"


def test_a_certificate_shows_what_its_item_says_and_nothing_else(city: City):
    address = FormField(code="address", label=text("地址"), kind="text", on_face=True)
    remarks = FormField(code="remarks", label=text("补充说明"), kind="long_text")
    item = grain_licence(version=2, form=(address, remarks))
    city.say("catalog", item)
    written = {"address": "登封市中岳街道", "remarks": "请周五前联系我"}
    city.submit(item_version=2, form=written)
    city.window(gateway.AcceptanceRequested)
    city.officer(ZHAO, DENGFENG_GRAIN, "first-review")
    city.officer(LIU, ZHENGZHOU_GRAIN, "re-review")
    city.officer(SUN, ZHENGZHOU_GRAIN, "decide", granted=True)

    [made] = city.facts("credentials.credential_face_made")
    assert isinstance(made, credentials.CredentialFaceMade)
    assert made.face == {"address": "登封市中岳街道"}


def test_whoever_reviewed_may_not_decide(city: City):
    reviewed_twice(city)
    city.officer(LIU, ZHENGZHOU_GRAIN, "decide", granted=True)

    assert city.refusals() == ["ReviewerMayNotDecide"]


def test_only_one_supplement_notice(city: City):
    city.submit()
    city.window(gateway.SupplementNoticeRequested, defects=["缺少检验仪器清单"])
    city.applicant(gateway.SupplementRequested, form={}, materials=[], note="已补")
    city.window(gateway.SupplementNoticeRequested, defects=["还缺一份"])

    assert city.refusals() == ["OnlyOneSupplementNotice"]
    city.window(gateway.AcceptanceRequested)
    assert "intake.application_accepted" in city.types()


def test_refuses_a_supplement_that_adds_nothing(city: City):
    city.submit()
    city.window(gateway.SupplementNoticeRequested, defects=["缺少检验仪器清单"])
    same = {"address": "登封市中岳街道"}
    city.applicant(gateway.SupplementRequested, form=same, materials=[], note=" ")

    assert city.refusals() == ["NothingIsAdded"]
    city.applicant(gateway.SupplementRequested, form={}, materials=[], note="已补")
    assert "intake.application_supplemented" in city.types()


def test_nobody_applies_for_what_is_not_for_them(city: City):
    limin = FENGSHOU.model_copy(update={"kind": "natural", "name": "李敏"})
    city.submit(applicant=limin)

    assert city.refusals() == ["ItemNotOffered"]
    assert "intake.application_submitted" not in city.types()


def test_an_instant_item_is_accepted_and_decided_in_one_act(city: City):
    city.file_at_window()

    for fact in ("accepted", "decided", "completed"):
        assert city.types().count(f"intake.application_{fact}") == 1
    assert city.types().count("clocks.clock_started") == 1
    assert city.types().count("clocks.clock_stopped") == 1


@pytest.mark.parametrize(
    ("claimed", "no"),
    [
        (DENGFENG_GRAIN, "AnotherAgencysStep"),
        (ZHENGZHOU_GRAIN, "NotItsExaminer"),
    ],
)
def test_no_agency_finishes_the_step_of_another(city: City, claimed: str, no: str):
    accepted(city)
    county = f"review.{DENGFENG_GRAIN}"
    city.officer(ZHAO, DENGFENG_GRAIN, "first-review")
    forged = review.StepPassed(
        desk="intake",
        application_id=APPLICATION,
        step="re-review",
        agency=claimed,
        officer=ZHAO,
        opinion="不必复审",
        passed_at=city.now,
    )
    city._asked[county] = 100  # its log goes on from there
    city.say(county, forged)

    assert [f.step for f in city.facts("intake.step_finished")] == [  # type: ignore[attr-defined]
        "first-review"
    ]
    _, intake_desk, _ = city.services[0]
    [parked] = intake_desk.log.set_aside("intake")
    assert no in parked.reason


def test_a_withdrawal_recalls_the_step_and_stops_the_clock(city: City):
    accepted(city)
    city.applicant(gateway.WithdrawalRequested, reason="改为备案")

    [closed] = city.facts("review.examination_closed")
    assert closed.outcome == "recalled"  # type: ignore[attr-defined]
    assert "clocks.clock_stopped" in city.types()
    city.officer(ZHAO, DENGFENG_GRAIN, "first-review")
    assert city.refusals() == ["ExaminationClosed"]


def test_a_request_heard_twice_changes_nothing(city: City):
    city.submit()
    before = len(city.told)
    city._asked["gateway"] -= 1
    city.submit()

    assert len(city.told) == before + 1  # only the repeated request itself


def test_an_answer_names_the_rule_and_what_to_do(city: City):
    city.submit()
    city.window(gateway.DeclineRequested, reason=" ")

    [refused] = city.facts("refusal.request_refused")
    assert refused.rule == "ReasonMissing"  # type: ignore[attr-defined]
    assert refused.subject == APPLICATION
    assert "三十八" in refused.basis  # type: ignore[attr-defined]


def test_what_is_asked_of_no_case_is_refused_at_once(city: City):
    city.submit(REQUEST)
    city.window(gateway.AcceptanceRequested)  # of another, which was never submitted

    assert city.refusals() == ["NoSuchCase"]


def test_the_world_is_not_told_who_applied_nor_who_acted(city: City):
    accepted(city)
    city.officer(ZHAO, DENGFENG_GRAIN, "first-review")

    theirs = [m for m in city.told if m.source not in ("gateway", "catalog")]
    world = {m.actor for m in theirs if ".for." not in m.topic}
    addressed = {m.actor for m in theirs if ".for." in m.topic}

    assert world == {"person"}
    assert FENGSHOU.user_id in addressed
