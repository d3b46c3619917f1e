from __future__ import annotations

from datetime import date

import pytest

from services.review.domain import rules
from services.review.domain.examination import Examination
from tests import controls
from tests.controls import ACCEPTED_AT, LIU, ZHAO

HERE = controls.DENGFENG_GRAIN


def an_examination(kind: str = "review") -> Examination:
    earlier = {"officer": LIU.model_dump(), "step": "re-review"}
    examination = Examination(
        application_id=controls.APPLICATION,
        desk="intake",
        agency=HERE,
        step={"code": "step", "name": {}, "kind": kind, "role": "handler"},
        file={"opinions": [earlier]},
        decide_by=date(2016, 1, 7),
        opened_at=ACCEPTED_AT,
    )
    examination.collect_events()
    return examination


def test_passes_with_an_opinion():
    examination = an_examination()

    examination.pass_on(HERE, ZHAO.model_dump(), "仓储与检验仪器已核验", ACCEPTED_AT)

    assert controls.happened(examination) == ["Passed"]


def test_refuses_to_pass_without_an_opinion():
    with pytest.raises(rules.OpinionMissing):
        an_examination().pass_on(HERE, ZHAO.model_dump(), "  ", ACCEPTED_AT)


def test_a_finished_step_is_closed():
    examination = an_examination()
    examination.pass_on(HERE, ZHAO.model_dump(), "齐全", ACCEPTED_AT)

    with pytest.raises(rules.ExaminationClosed):
        examination.pass_on(HERE, ZHAO.model_dump(), "齐全", ACCEPTED_AT)


def test_whoever_reviewed_may_not_decide():
    with pytest.raises(rules.ReviewerMayNotDecide):
        an_examination("decide").decide(
            HERE, LIU.model_dump(), True, "准予", ACCEPTED_AT
        )


def test_a_step_does_what_it_is_for():
    with pytest.raises(rules.StepMustDecide):
        an_examination("decide").pass_on(HERE, ZHAO.model_dump(), "齐全", ACCEPTED_AT)
    with pytest.raises(rules.StepDoesNotDecide):
        an_examination().decide(HERE, ZHAO.model_dump(), True, "准予", ACCEPTED_AT)


def test_another_agency_of_the_same_instance_may_not_act_on_it():
    elsewhere = controls.ZHENGZHOU_GRAIN
    with pytest.raises(rules.AnotherAgencysStep):
        an_examination().pass_on(elsewhere, ZHAO.model_dump(), "齐全", ACCEPTED_AT)
    with pytest.raises(rules.AnotherAgencysStep):
        an_examination("decide").decide(
            elsewhere, ZHAO.model_dump(), True, "准予", ACCEPTED_AT
        )


def test_events_say_who_and_why():
    examination = an_examination()
    examination.pass_on(HERE, ZHAO.model_dump(), "齐全", ACCEPTED_AT)

    [passed] = examination.collect_events()

    assert passed.actor == "officer:dengfeng-001"
    assert passed.correlation_id == controls.REQUEST
