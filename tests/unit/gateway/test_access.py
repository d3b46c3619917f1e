from __future__ import annotations

from typing import Any

import pytest

from services.gateway.access import (
    Act,
    Forbidden,
    NotSignedIn,
    Unseen,
    is_allowed,
    may,
)
from services.gateway.people import Personas
from services.gateway.standing import CaseStanding, Person, StepStanding
from tests.controls import APPLICATION, DENGFENG, DENGFENG_GRAIN, ZHENGZHOU_GRAIN

CASE = CaseStanding(
    application_id=APPLICATION,
    user_id="person:fengshou",
    agency=DENGFENG_GRAIN,
    region=DENGFENG,
    state="reviewing",
    agencies=(DENGFENG_GRAIN,),
)
RE_REVIEW = StepStanding(
    application_id=APPLICATION,
    user_id="person:fengshou",
    step="re-review",
    agency=ZHENGZHOU_GRAIN,
    role="reviewer",
)
COMPANY, CITIZEN = "person:fengshou", "person:limin"
CLERK, HANDLER = "officer:dengfeng-window", "officer:dengfeng-001"
REVIEWER, DECIDER = "officer:zhengzhou-001", "officer:zhengzhou-002"
COUNTY, CITY = "supervisor:dengfeng", "supervisor:zhengzhou"
OPERATOR = "operator:platform"
EVERYBODY = (
    *(COMPANY, CITIZEN, CLERK, HANDLER, REVIEWER, DECIDER, COUNTY, CITY),
    OPERATOR,
)


def person(persona: str) -> Person:
    found = Personas.load().find(persona)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("act", "subject", "allowed"),
    [
        (Act.SEE_CASE, CASE, {COMPANY, CLERK, HANDLER, COUNTY, CITY}),
        (Act.READ_FILE, CASE, {COMPANY, CLERK, HANDLER}),
        (Act.ACCEPT, CASE, {CLERK}),
        (Act.GIVE_SUPPLEMENT_NOTICE, CASE, {CLERK}),
        (Act.DECLINE, CASE, {CLERK}),
        (Act.WITHDRAW, CASE, {COMPANY}),
        (Act.SUPPLEMENT, CASE, {COMPANY}),
        (Act.CONFIRM_DELIVERY, CASE, {COMPANY, CLERK}),
        (Act.PASS_STEP, RE_REVIEW, {REVIEWER}),
        (Act.DECIDE_STEP, RE_REVIEW, {REVIEWER}),
        (Act.APPLY, None, {COMPANY, CITIZEN}),
        (Act.FILE_AT_WINDOW, DENGFENG_GRAIN, {CLERK}),
        (Act.FILE_AT_WINDOW, ZHENGZHOU_GRAIN, set()),
        (Act.SEE_DESK, None, {CLERK, HANDLER, REVIEWER, DECIDER}),
        (Act.SEE_BOARD, None, {COUNTY, CITY}),
        (Act.SEE_BOARD, "410102", {CITY}),
        (Act.SEE_OPERATIONS, None, {OPERATOR}),
    ],
)
def test_who_may_do_what(act: Act, subject: Any, allowed: set[str]) -> None:
    assert {p for p in EVERYBODY if is_allowed(person(p), act, subject)} == allowed


def test_what_one_may_not_see_does_not_exist() -> None:
    with pytest.raises(Unseen):
        may(person(CITIZEN), Act.WITHDRAW, CASE)
    with pytest.raises(Unseen):
        may(person(CITIZEN), Act.WITHDRAW, None)


def test_what_one_sees_but_may_not_do_is_explained() -> None:
    with pytest.raises(Forbidden) as no:
        may(person(HANDLER), Act.ACCEPT, CASE)

    assert no.value.rule == "OnlyTheAcceptingWindow"
    assert no.value.reason.zh


def test_nobody_in_particular_may_do_nothing() -> None:
    for act in Act:
        with pytest.raises(NotSignedIn):
            may(None, act, CASE)


def test_an_officer_who_has_moved_sees_nothing_any_more() -> None:
    moved = person(HANDLER).model_copy(update={"agencies": frozenset({"410185-civil"})})

    assert not is_allowed(moved, Act.SEE_CASE, CASE)


@pytest.mark.parametrize(
    ("who", "act", "subject"),
    [(CLERK, Act.ACCEPT, CASE), (REVIEWER, Act.PASS_STEP, RE_REVIEW)],
)
def test_nobody_handles_a_case_of_their_own(who: str, act: Act, subject: Any) -> None:
    theirs = subject.model_copy(update={"user_id": who})

    with pytest.raises(Forbidden) as no:
        may(person(who), act, theirs)

    assert no.value.rule == "NotYourOwnCase"
