"""Rule R-T1, by the dates of domain.md: each vector to the microsecond."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.monitoring.projections import after
from services.monitoring.rules import due_cards, next_due, void_cards
from shared.runtime.aggregate import NotYetKnown
from tests import controls
from tests.controls import DENGFENG_GRAIN, ZHENGZHOU_GRAIN
from tests.unit.monitoring.clocks import at, clock, handed_over, started, stopped

JUST = timedelta(microseconds=1)


def severities(now, *facts, decided_until=None) -> list[str]:
    return [due.severity for due in due_cards(clock(*facts), now, decided_until)]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (at(11) - JUST, []),
        (at(11), ["warning"]),
        (at(14) - JUST, ["warning"]),
        (at(14), ["warning", "yellow"]),
        (at(19) - JUST, ["warning", "yellow"]),
        (at(19), ["warning", "yellow", "red"]),
    ],
)
def test_cards_fall_due_at_midnight_in_zhengzhou(now, expected):
    assert severities(now) == expected


def test_the_next_look_is_at_the_next_card():
    known = clock()

    assert next_due(known) == at(11)
    assert next_due(known, decided_until=at(11)) == at(14)
    assert next_due(known, decided_until=at(14)) == at(19)
    assert next_due(known, decided_until=at(19)) is None


def test_what_was_decided_is_not_decided_again():
    assert severities(at(20), decided_until=at(14)) == ["red"]


def test_a_clock_stopped_in_time_earns_nothing():
    assert severities(at(30), started(), stopped(at(11))) == []
    assert next_due(clock(started(), stopped(at(11)))) is None


def test_a_stop_heard_late_does_not_hide_what_fell_due_before_it():
    assert severities(at(30), started(), stopped(at(14) + JUST)) == [
        "warning",
        "yellow",
    ]


def test_only_the_first_stop_counts():
    assert severities(at(30), started(), stopped(at(11)), stopped(at(20))) == []


def test_without_a_legal_limit_there_is_no_red_card():
    no_limit = started(statutory_due_at=None)

    assert severities(at(30), no_limit) == ["warning", "yellow"]


def test_a_warning_that_would_come_with_the_breach_is_left_out():
    assert severities(at(30), started(warn_at=at(14))) == ["yellow", "red"]


def test_the_card_is_for_who_held_the_work_when_it_fell_due():
    known = clock(
        started(),
        handed_over(ZHENGZHOU_GRAIN, at(12)),
        handed_over(DENGFENG_GRAIN, at(14) + JUST),
    )

    assert [due.agency for due in due_cards(known, at(30))] == [
        DENGFENG_GRAIN,
        ZHENGZHOU_GRAIN,
        DENGFENG_GRAIN,
    ]


def test_the_card_says_which_case_whose_and_which_day():
    warning, yellow, red = due_cards(clock(), at(30))

    assert yellow.message[0] == (
        "办件编号 1141018599000102820160104000001，事项“粮食收购许可证核发”，"
        "承办单位 410185-grain，承诺时限至 2016-01-13，已经超过承诺时限，予以黄牌。"
    )
    assert "2016-01-13 and is about to be missed" in warning.message[1]
    assert "法定时限至 2016-01-18" in red.message[0]


def test_a_clock_that_has_not_started_is_waited_for():
    stop = stopped(at(12))

    with pytest.raises(NotYetKnown):
        after(None, controls.told(stop, 1), stop)


def test_what_was_decided_before_a_timely_stop_was_heard_is_void():
    late = clock(started(), stopped(at(14)))

    assert [due.severity for due in void_cards(late, at(20))] == ["yellow", "red"]
    assert [due.severity for due in void_cards(late, at(15))] == ["yellow"]
    assert void_cards(late, at(13)) == []
    assert void_cards(late, None) == []
    assert void_cards(clock(), at(20)) == []
