"""Charts and tables show what was measured, and the page has those of the last run."""

from __future__ import annotations

import json
import re
from math import isclose
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import charts, tables
from bench.drawing import Plot as Drawn
from bench.drawing import bars, decades, plots, stacks, upwards

SVG = "{http://www.w3.org/2000/svg}"
NUMBERS = st.floats(min_value=1e-3, max_value=1e7)


def step(kind: str, offered: float, done: float) -> dict[str, Any]:
    took = {"p50_ms": offered, "p95_ms": 2 * offered, "p99_ms": 1234.5}
    return {
        "kind": kind,
        "offered_per_s": offered,
        "done_per_s": done,
        "visible": took,
        "recorded": took,
        "cpu_ms_per_life": {"gateway": 4.0, "postgres": 2.0, "archive": 1.5},
        "memory_mb": 700,
    }


SPEED = {
    "machine": {"cpu": "Zhaoxin", "cores": 4, "memory_gb": 8, "date": "2026-12-01"},
    "seconds": 30.0,
    "instant_per_s": 198.0,
    "grain_per_s": 50.0,
    "peers": {
        "library_per_s": 99.0,
        "copy_per_s": 9900.0,
        "flowable": {
            "instant_per_s": 99.0,
            "at_once_per_s": 396.0,
            "grain_per_s": 25.0,
        },
    },
    "steps": [
        step("instant", 100, 99.5),
        step("instant", 200, 198.0),
        step("instant", 250, 197.0),
        step("grain", 50, 50.0),
    ],
}
GROWTH = [
    {"cases": 0, "instant_per_s": 200, "pages": {"work queue": 4.0}},
    {
        "cases": 500_000,
        "instant_per_s": 190,
        "grain_per_s": 60,
        "pages": {"work queue": 9.0, "lamps": 80},
    },
]


@pytest.fixture
def results(tmp_path: Path) -> Path:
    (tmp_path / "speed.json").write_text(json.dumps(SPEED), encoding="utf-8")
    (tmp_path / "growth.json").write_text(json.dumps(GROWTH), encoding="utf-8")
    return tmp_path


def texts(picture: str) -> list[str]:
    return [
        str(each.text) for each in ElementTree.fromstring(picture).iter(f"{SVG}text")
    ]


def widths(picture: str) -> list[float]:
    """Return how long the bars are: what lies on the ground is as wide as all."""
    found = ElementTree.fromstring(picture).iter(f"{SVG}rect")
    return [float(each.attrib["width"]) for each in list(found)[1:]]


# What is drawn.


@given(NUMBERS)
def test_an_axis_goes_from_nothing_to_beyond_the_most_by_few_steps(most: float):
    axis = upwards("", most)

    assert axis.ticks[0] == 0
    assert axis.ticks[-2] < most <= axis.ticks[-1] * (1 + 1e-9)
    assert 3 <= len(axis.ticks) <= 6


@given(st.lists(NUMBERS, min_size=1))
def test_a_logarithmic_axis_holds_all_and_tenfold_is_always_as_far(values: list[float]):
    axis = decades("", values)

    assert all(-1e-9 <= axis.at(value) <= 1 + 1e-9 for value in values)
    far = axis.at(axis.ticks[1]) - axis.at(axis.ticks[0])
    assert isclose(axis.at(70) - axis.at(7), far)


def test_bars_are_as_long_as_their_values_and_say_them():
    rows = {"ours": 1000.0, "theirs": 100.0}
    picture = bars("比较 Compared", decades("", [10.0, 1000.0]), rows, {"ours"})

    ours, theirs = widths(picture)
    assert isclose(ours, 2 * theirs, rel_tol=0.001)
    assert {"比较 Compared", "ours", "1,000", "theirs", "100"} <= set(texts(picture))


def test_parts_of_a_bar_add_up():
    picture = stacks("时间 Time", {"few": {"a": 1.0, "b": 3.0}, "many": {"a": 8.0}})

    one, three, eight, *legend = widths(picture)
    assert isclose(3 * one, three, rel_tol=0.01)
    assert isclose(one + three, eight / 2, rel_tol=0.01)
    assert len(legend) == 2
    assert {"few", "4", "8"} <= set(texts(picture))


def test_a_line_goes_through_its_points():
    x, y = upwards("x", 10), upwards("y", 100)
    one = Drawn("一 one", x, y, {"line": [(0, 0), (5, 50), (10, 100)]})
    picture = ElementTree.fromstring(plots("线 Lines", [one]))

    line = next(picture.iter(f"{SVG}polyline")).attrib["points"].split()
    (x0, y0), (x1, y1), (x2, y2) = [map(float, p.split(",")) for p in line]
    assert isclose(x1 - x0, x2 - x1, abs_tol=0.2)
    assert isclose(y0 - y1, y1 - y2, abs_tol=0.2)
    assert y0 > y2


# What is shown of the results.


def test_every_chart_is_drawn_of_what_is_there(results: Path):
    found = charts.drawn(results)

    assert set(found) == set(charts.CHARTS)
    assert {"198", "9,900", "396", "Flowable: grain"} <= set(texts(found["peers"]))
    assert {"archive", "4", "1.5", "7.5"} <= set(texts(found["cpu"]))
    assert {"work queue", "lamps"} <= set(texts(found["growth"]))
    for picture in found.values():
        assert re.search("[\u4e00-\u9fff].*[a-z]", texts(picture)[0])


def test_waits_are_drawn_only_where_it_keeps_up(results: Path):
    said = texts(charts.drawn(results)["waits"])

    assert "250" not in said
    assert "250" in texts(charts.drawn(results)["rates"])


def test_what_was_not_measured_is_not_drawn(results: Path):
    (results / "growth.json").unlink()

    assert "growth" not in charts.drawn(results)


def test_tables_say_what_was_measured_where_and_when(results: Path):
    page = "\n".join(
        f"<!-- from bench/results/{of}.json: {table} -->\nold\n<!-- end -->"
        for of, table in (
            ("speed", "rates"),
            ("speed", "stages"),
            ("speed", "peers"),
            ("growth", "growth"),
            ("views", "screens"),
        )
    )
    said = tables.brought_up_to_date(page, results)

    assert "old" not in said
    assert "2026-12-01, 4 cores (Zhaoxin), 8 GiB; 30 s at each rate" in said
    assert (
        "| instant | 200 | 198 | 200 · 400 · 1,234 | 200 · 400 · 1,234 | 7.5 |" in said
    )
    assert "| instant | 250 | 197 | (does not keep up) |" in said
    assert "| instant at 200/s | 4.0 | 2.0 | 1.5 |" in said
    assert "| instant | 99 | 2 |" in said
    assert "one transaction, no deadline stored) | instant | 396 | 0.5 |" in said
    assert "| 500,000 | 190 (95%) | 60 (100%) | 9 | 80 |" in said
    assert tables.NOT_YET in said
    assert tables.brought_up_to_date(said, results) == said


SPIKE = {
    "answers": {"202": 900},
    "offered": 60_000,
    "seconds": 60,
    "errors_percent": 0.0,
    "recorded_in_spike": {},
    "recovered_after_s": None,
    "lost": 0,
    "doubled": 0,
    "wrong": 0,
}


def test_a_spike_says_how_many_came_and_when_it_was_calm_again():
    after = {"arrived_per_s": 934.2, "recovered_after_s": 4.5}
    said = tables.spike(SPIKE | after)

    assert "| really came, a second | 934 |" in said
    assert "| within twice of calm, after the last came | 4.5 s |" in said
    assert "| it was not |" in tables.spike(SPIKE)


def test_a_page_that_nobody_could_look_at_meanwhile_has_a_dash():
    told = {
        "view": "gateway.timeline",
        "messages": 9,
        "seconds": 2,
        "messages_per_s": 4,
    }
    before = {"pages_before": {"home": {"p95_ms": 5.0}, "board": {"p95_ms": 7.0}}}
    meanwhile = {"home": {"p95_ms": 8.0}, "board": None}
    said = tables.rebuilding(told | before | {"pages_meanwhile": meanwhile})

    assert "| home | 5 | 8 |" in said
    assert "| board | 7 | – |" in said
    assert "| home | 5 | – |" in tables.rebuilding(
        told | before | {"pages_meanwhile": None}
    )


def test_results_that_lack_what_was_not_measured_then_have_dashes():
    assert "| 99 | – |" in tables.peers({"peers": {"library_per_s": 99.0}})
    assert "| Flowable |  | not measured" in tables.peers({})
    assert "| really came, a second | – |" in tables.spike(SPIKE)
    filled = [{"cases": 10, "filled_per_s": 1}, *GROWTH]
    assert "| 10 | – | – | – | – |" in tables.growth({"growth": filled})
    assert tables.starting({"growth": filled})


# What the page shows.


def test_the_page_has_every_table_and_they_are_those_of_the_last_run():
    page = tables.DOCUMENT.read_text(encoding="utf-8")

    assert {m[3] for m in tables.MARKED.finditer(page)} == set(tables.TABLES)
    assert tables.brought_up_to_date(page) == page, "run python -m bench.charts"


def test_the_pictures_are_those_of_the_last_run():
    page = tables.DOCUMENT.read_text(encoding="utf-8")
    for name, picture in charts.drawn().items():
        file = charts.PICTURES / f"{name}.svg"
        assert file.read_text(encoding="utf-8") == picture, "run python -m bench.charts"
        assert f"(pictures/{name}.svg)" in page
