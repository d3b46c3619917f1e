from __future__ import annotations

from datetime import date

from services.catalog.loader import load_catalogue
from tongban.demo.plan import expected, plan

FIRST = date(2016, 1, 1)


def test_the_same_seed_gives_the_same_month():
    catalogue = load_catalogue()

    assert plan(7, FIRST, 30, 50, catalogue) == plan(7, FIRST, 30, 50, catalogue)
    assert plan(7, FIRST, 30, 50, catalogue) != plan(8, FIRST, 30, 50, catalogue)


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
