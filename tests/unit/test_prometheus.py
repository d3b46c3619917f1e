"""Alert rules and dashboards: they parse, fire when they should, and lead somewhere."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from tests.observed import (
    DASHBOARDS,
    DEPLOY,
    ROOT,
    RULES,
    alerts,
    asked,
    panels,
    promtool,
    queries,
)
from tests.unit.test_docs import anchors, metrics

CHINESE = re.compile("[\u4e00-\u9fff]")
ENGLISH = re.compile("[A-Za-z]{2}")
PARTS = ("_bucket", "_sum", "_count")  # of a histogram


def test_the_configuration_is_one_that_prometheus_takes():
    said = promtool("check", "config", "deploy/prometheus/prometheus.yaml")

    assert f"{len(alerts())} rules found" in said


def test_alerts_fire_when_they_should_and_only_then():
    promtool("test", "rules", "deploy/prometheus/tests.yaml")


def test_every_alert_is_tried():
    tried = (DEPLOY / "prometheus" / "tests.yaml").read_text(encoding="utf-8")

    assert [a["alert"] for a in alerts() if f'"{a["alert"]}"' not in tried] == []


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: str(alert["alert"]))
def test_an_alert_says_what_it_means_in_both_languages_and_what_to_do(
    alert: dict[str, dict[str, str]],
):
    summary, runbook = alert["annotations"]["summary"], alert["annotations"]["runbook"]
    page, _, heading = runbook.partition("#")

    assert CHINESE.search(summary)
    assert ENGLISH.search(re.sub(r"{{.*?}}", "", summary))
    assert alert["labels"]["severity"] in ("critical", "warning")
    assert f"#{heading}" in anchors(ROOT / page)


def test_every_query_of_a_dashboard_can_be_read(tmp_path: Path):
    rules = [
        {"record": f"tried:{number}", "expr": query}
        for number, query in enumerate(queries().values())
    ]
    wrapped = tmp_path / "rules.yaml"
    wrapped.write_text(yaml.safe_dump({"groups": [{"name": "all", "rules": rules}]}))

    assert f"{len(rules)} rules found" in promtool("check", "rules", str(wrapped))


def test_what_is_asked_for_is_measured():
    known = {
        name + part
        for name in metrics()
        for part in (*PARTS, "")  # whether it is a histogram shows when it runs
    }

    assert {a for a in asked() if a.startswith("tongban_")} - known == set()


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_a_dashboard_says_in_both_languages_what_it_shows(path: Path):
    board = json.loads(path.read_text(encoding="utf-8"))
    titles = [board["title"], *(panel["title"] for panel in board["panels"])]

    assert all(CHINESE.search(t) and ENGLISH.search(t) for t in titles)
    assert len(set(titles)) == len(titles)
    ids = [panel["id"] for panel in board["panels"]]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_panels_lie_side_by_side(path: Path):
    taken: set[tuple[int, int]] = set()
    for panel in json.loads(path.read_text(encoding="utf-8"))["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not taken & cells, panel["title"]
        assert all(x < 24 for x, _ in cells)
        taken |= cells


def test_every_panel_asks_whoever_looks_which_prometheus():
    for path in DASHBOARDS:
        assert {p["datasource"]["uid"] for p in panels(path)} == {"${datasource}"}


def test_the_rules_are_where_the_configuration_looks_for_them():
    said = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yaml").read_text())

    assert [DEPLOY / "prometheus" / name for name in said["rule_files"]] == [RULES]
    [job] = said["scrape_configs"]
    [found] = job["file_sd_configs"]
    assert (DEPLOY / "prometheus" / found["files"][0]).resolve() == (
        ROOT / "var" / "metrics.json"
    )
