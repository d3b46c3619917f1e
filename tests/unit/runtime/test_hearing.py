"""One poll, one transaction, each message once: however often it is delivered."""

from __future__ import annotations

import pytest

from services.intake.application import Applications
from services.review.application import Examinations
from services.review.domain.examination import Examination
from shared.events.fact import Message
from shared.events.gateway import StepPassRequested
from shared.events.intake import StepAssigned
from shared.runtime.hearing import Channel, Gap, Overtaken
from shared.runtime.memory import MemoryLog
from tests import controls
from tests.controls import APPLICATION, DENGFENG_GRAIN, REQUEST, ZHAO

SOURCE = f"review.{DENGFENG_GRAIN}"
ASSIGNMENTS = Channel("intake", f"tongban.intake.for.{DENGFENG_GRAIN}", 0)
REQUESTS = Channel("gateway", f"tongban.gateway.for.{DENGFENG_GRAIN}", 0)


@pytest.fixture
def log() -> MemoryLog:
    return MemoryLog()


@pytest.fixture
def examinations(log: MemoryLog) -> Examinations:
    return Examinations(log, SOURCE, [DENGFENG_GRAIN])


def assigned(position: int = 7, previous: int = 0, agency: str = DENGFENG_GRAIN):
    fact = StepAssigned(
        application_id=APPLICATION,
        desk="intake",
        number="1" * 43,
        task_code=controls.GRAIN_TASK,
        item_version=1,
        item_name=controls.text("粮食收购许可证核发"),
        step="first-review",
        step_name=controls.text("初审"),
        kind="review",
        role="handler",
        agency=agency,
        region="410185",
        decide_by=controls.january_2016().days[0].on,
        applicant=controls.FENGSHOU,
        form={},
        materials=(),
        opinions=(),
    )
    return controls.told(fact, position).model_copy(update={"previous": previous})


def pass_asked(position: int = 1, opinion: str = "齐全") -> Message:
    fact = StepPassRequested(
        request_id=REQUEST,
        application_id=APPLICATION,
        agency=DENGFENG_GRAIN,
        step="first-review",
        officer=ZHAO,
        opinion=opinion,
    )
    return controls.told(fact, position, source="gateway")


def events(log: MemoryLog) -> int:
    return log.max_notification_id() or 0


def test_a_message_heard_twice_has_one_effect(examinations, log):
    examinations.hear({ASSIGNMENTS: [assigned(), assigned()]})
    examinations.hear({ASSIGNMENTS: [assigned()]})

    assert events(log) == 1


def test_another_agencys_step_is_left_alone(examinations, log):
    examinations.hear({ASSIGNMENTS: [assigned(agency="410100-grain")]})

    assert events(log) == 0
    assert examinations.ledger.heard[ASSIGNMENTS] == 7


def test_a_missing_message_is_noticed_and_nothing_is_stored(examinations, log):
    with pytest.raises(Gap, match="heard up to 0, told up to 5"):
        examinations.hear({ASSIGNMENTS: [assigned(position=7, previous=5)]})

    assert events(log) == 0
    assert examinations.ledger.heard == {}


def test_what_lies_out_of_place_is_heard_in_its_place(examinations, log):
    """A broker that lost its log may begin with what was just on its way to it."""
    early, late = assigned(position=7), assigned(position=9, previous=7)

    examinations.hear({ASSIGNMENTS: [late, early, late]})

    assert examinations.ledger.heard == {ASSIGNMENTS: 9}
    assert events(log) == 1


def test_what_can_be_heard_is_stored_whatever_is_missing(examinations, log):
    gone_before = assigned(position=20, previous=12)

    with pytest.raises(Gap, match="heard up to 7, told up to 12"):
        examinations.hear({ASSIGNMENTS: [gone_before, assigned(position=7)]})

    assert examinations.ledger.heard == {ASSIGNMENTS: 7}
    assert events(log) == 1


def test_a_zombie_that_wakes_stores_nothing(examinations, log):
    zombie = Examinations(log, SOURCE, [DENGFENG_GRAIN])
    assert zombie.ledger.heard == {}  # it has read how far it was, and falls asleep
    examinations.hear({ASSIGNMENTS: [assigned()]})

    with pytest.raises(Overtaken):
        zombie.hear({ASSIGNMENTS: [assigned(), assigned(position=9, previous=7)]})

    assert events(log) == 1
    zombie.hear({ASSIGNMENTS: [assigned(), assigned(position=9, previous=7)]})
    assert zombie.ledger.heard[ASSIGNMENTS] == 9
    assert events(log) == 1


def test_what_needs_something_not_yet_heard_waits_for_it(examinations, log):
    examinations.hear({REQUESTS: [pass_asked()]})
    assert [s.is_waiting for s in log.set_aside(SOURCE)] == [True]

    examinations.hear({ASSIGNMENTS: [assigned()]})
    assert examinations.retry_set_aside() == 1

    assert log.set_aside(SOURCE) == []
    examination = examinations.repository.get(
        Examination.id_of(APPLICATION, "first-review")
    )
    assert not examination.is_open


def test_later_messages_of_a_waiting_key_wait_behind_it_in_order(examinations, log):
    again = pass_asked(position=2, opinion="再次").model_copy(update={"previous": 1})
    examinations.hear({REQUESTS: [pass_asked(), again]})
    assert len(log.set_aside(SOURCE)) == 2

    examinations.hear({ASSIGNMENTS: [assigned()]})
    examinations.retry_set_aside()

    kinds = [n.topic for n in log.select_notifications(1, 10)]
    assert kinds == [
        "review.Examination.Opened",
        "review.Examination.Passed",
        "runtime.Refusal.Recorded",  # the second pass, after the first
    ]


def test_what_waited_behind_may_have_to_wait_for_itself(examinations, log):
    later = pass_asked(position=2).model_copy(update={"previous": 1})
    later = later.model_copy(update={"data": later.data | {"step": "later-step"}})
    examinations.hear({REQUESTS: [pass_asked(), later]})
    examinations.hear({ASSIGNMENTS: [assigned()]})
    assert examinations.retry_set_aside() == 1

    [still] = log.set_aside(SOURCE)
    assert (still.message.position, still.is_waiting) == (2, True)


def test_a_refused_act_leaves_nothing_half_done(examinations, log):
    examinations.hear({ASSIGNMENTS: [assigned()]})
    refused = pass_asked(opinion="  ")
    good = pass_asked(position=2).model_copy(update={"previous": 1})

    examinations.hear({REQUESTS: [refused, good]})

    kinds = [n.topic for n in log.select_notifications(2, 10)]
    assert kinds == ["runtime.Refusal.Recorded", "review.Examination.Passed"]


def test_poison_is_set_aside_and_the_rest_goes_on(log):
    class Allergic(Applications):
        def whenever(self, message, batch):
            if message.position == 2:
                raise ZeroDivisionError
            super().whenever(message, batch)

    intake = Allergic(log)
    channel = Channel("catalog", "tongban.catalog", 0)
    told = [
        controls.told(controls.january_2016(), 1, "catalog"),
        controls.told(controls.grain_licence(), 2, "catalog"),
        controls.told(controls.grain_filing(), 3, "catalog"),
    ]

    intake.hear({channel: told})

    [aside] = log.set_aside("intake")
    assert (aside.message.position, aside.is_waiting) == (2, False)
    assert "ZeroDivisionError" in aside.reason
    assert events(log) == 2
    assert intake.retry_set_aside() == 0  # nobody has asked for it


def test_a_replay_that_meets_a_faster_writer_is_tried_again(log, monkeypatch):
    slow = Examinations(log, SOURCE, [DENGFENG_GRAIN])
    fast = Examinations(log, SOURCE, [DENGFENG_GRAIN])
    slow.hear({REQUESTS: [pass_asked()]})
    slow.hear({ASSIGNMENTS: [assigned()]})
    handled = slow._handled

    def handled_too_late(messages):
        batch = handled(messages)
        assert fast.retry_set_aside() == 1
        return batch

    monkeypatch.setattr(slow, "_handled", handled_too_late)
    with pytest.raises(Overtaken):
        slow.retry_set_aside()

    monkeypatch.undo()
    assert slow.retry_set_aside() == 0
    assert events(log) == 2


def test_a_zombie_whose_first_message_was_set_aside_reads_again_how_far_it_is(log):
    zombie = Examinations(log, SOURCE, [DENGFENG_GRAIN])
    assert zombie.ledger.heard == {}
    Examinations(log, SOURCE, [DENGFENG_GRAIN]).hear({REQUESTS: [pass_asked()]})

    with pytest.raises(Overtaken):
        zombie.hear({REQUESTS: [pass_asked()]})

    zombie.hear({REQUESTS: [pass_asked()]})
    assert len(log.set_aside(SOURCE)) == 1


def test_what_another_instance_has_heard_is_no_gap(examinations, log):
    asleep = Examinations(log, SOURCE, [DENGFENG_GRAIN])
    assert asleep.ledger.heard == {}
    examinations.hear({ASSIGNMENTS: [assigned()]})

    asleep.hear({ASSIGNMENTS: [assigned(position=9, previous=7)]})

    assert asleep.ledger.heard[ASSIGNMENTS] == 9
