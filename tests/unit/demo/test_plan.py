from __future__ import annotations

from datetime import date

import pytest

from services.catalog.loader import load_catalogue
from tongban.demo.plan import Life, expected, plan

FIRST = date(2016, 1, 1)


def test_the_same_seed_gives_the_same_month():
    catalogue = load_catalogue()

    assert plan(7, FIRST, 30, 50, catalogue) == plan(7, FIRST, 30, 50, catalogue)
    assert plan(7, FIRST, 30, 50, catalogue) != plan(8, FIRST, 30, 50, catalogue)


def what_happens(lives: list[Life]) -> list[tuple[object, ...]]:
    """Return all there is to say of these lives but when it was."""
    return [
        (
            life.number,
            life.fate,
            life.item,
            life.applicant,
            [(move.who, move.route, move.said) for move in life.moves],
        )
        for life in lives
    ]


@pytest.mark.parametrize("other", [date(2016, 2, 3), date(2025, 12, 30)])
def test_the_same_seed_gives_the_same_lives_whatever_the_day(other: date):
    catalogue = load_catalogue()
    lives = plan(7, FIRST, 29, 100, catalogue)
    later = plan(7, other, 29, 100, catalogue)

    assert what_happens(later) == what_happens(lives)
    assert [life.moves[0].at for life in later] != [life.moves[0].at for life in lives]
    assert expected(later) == expected(lives)


def test_a_longer_month_begins_with_the_lives_of_a_shorter_one():
    catalogue = load_catalogue()

    short = plan(7, FIRST, 20, 50, catalogue)
    long = plan(7, FIRST, 30, 90, catalogue)

    assert what_happens(long)[:50] == what_happens(short)


def test_a_month_has_every_fate_in_it():
    lives = plan(2016, FIRST, 30, 240, load_catalogue())

    assert set(expected(lives)) == {
        "granted",
        "supplemented",
        "refused",
        "declined",
        "withdrawn",
        "slow",
        "stuck",
        "instant",
    }


def test_moves_of_a_life_follow_each_other_and_no_reviewer_decides():
    for life in plan(2016, FIRST, 30, 240, load_catalogue()):
        times = [move.at for move in life.moves]
        assert times == sorted(times)
        officers = [m.who for m in life.moves if m.route.startswith("steps/")]
        assert len(officers) == len(set(officers))
