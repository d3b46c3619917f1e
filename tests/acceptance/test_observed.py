"""A real Prometheus watches a running city: what operators are promised is there."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.acceptance.city import Running, wait_until
from tests.left_out import PROMETHEUS, needs
from tests.observed import RULES, asked, queries
from tongban.embedded.ports import free_port

CONFIGURATION = RULES.with_name("prometheus.yaml")

# What one hopes not to see: alerts, cards, errors, people sent away, things missing.
SELDOM = ("ALERTS", "tongban_cards", "absent(", "5..", '="429"', "tongban_missing")

OF_THE_MACHINE = {"DiskNearlyFull"}  # not of the city

pytestmark = pytest.mark.parametrize("city", ["embedded"], indirect=True)


class Prometheus:
    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def get(self, path: str, **query: str) -> Any:
        answer = httpx.get(f"{self.url}/{path}", params=query, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    def is_ready(self) -> bool:
        with suppress(httpx.HTTPError):
            return httpx.get(f"{self.url}/-/ready", timeout=5).status_code == 200
        return False

    def gives(self, query: str) -> bool:
        return bool(self.get("api/v1/query", query=query)["result"])

    def judged_at(self) -> datetime:
        """Return since when every rule has been evaluated."""
        groups = self.get("api/v1/rules")["groups"]
        return min(datetime.fromisoformat(g["lastEvaluation"]) for g in groups)


def configured(city: Running, place: Path) -> Path:
    """Write our configuration as it would be for this city, and more impatient."""
    said = yaml.safe_load(CONFIGURATION.read_text(encoding="utf-8"))
    impatient = ("scrape_interval", "scrape_timeout", "evaluation_interval")
    said["global"] |= dict.fromkeys(impatient, "1s")
    said["rule_files"] = [str(RULES)]
    [job] = said["scrape_configs"]
    job["file_sd_configs"] = [{"files": [str(city.data / "metrics.json")]}]
    path = place / "prometheus.yaml"
    path.write_text(yaml.safe_dump(said), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def prometheus(
    city: Running, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Prometheus]:
    program, place = needs("prometheus", PROMETHEUS), tmp_path_factory.mktemp("p")
    port = free_port()
    city.accepted()
    with (place / "said").open("wb") as said:
        process = subprocess.Popen(
            [
                program,
                f"--config.file={configured(city, place)}",
                f"--storage.tsdb.path={place / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            stdout=said,
            stderr=said,
        )
    prometheus = Prometheus(port)
    try:
        wait_until(prometheus.is_ready, 60)
        yield prometheus
    finally:
        process.terminate()
        process.wait(30)


def test_every_process_is_found_and_answers(city: Running, prometheus: Prometheus):
    listed = json.loads((city.data / "metrics.json").read_text())
    services = {target["labels"]["service"] for target in listed}

    def up() -> set[str]:
        found = prometheus.get("api/v1/targets")["activeTargets"]
        return {t["labels"]["service"] for t in found if t["health"] == "up"}

    wait_until(lambda: up() == services)
    assert {"gateway", "monitoring", "review.city"} <= services


def test_everything_that_is_asked_for_is_measured(
    city: Running, prometheus: Prometheus
):
    seldom = {name for name in asked() if name.startswith("tongban_cards")}

    def unknown() -> set[str]:
        return asked() - seldom - set(prometheus.get("api/v1/label/__name__/values"))

    wait_until(lambda: not unknown())


def test_every_panel_and_every_alert_has_something_to_go_by(
    city: Running, prometheus: Prometheus
):
    """An alert's condition is asked without its comparison: it must see something."""
    seen = {
        where: re.sub(r" (>|<|==) [\d.]+$", "", query.split(" unless ")[0])
        for where, query in queries().items()
        if not any(word in query for word in SELDOM)
    }
    assert len(seen) > 30

    def blind() -> list[str]:
        return [where for where, query in seen.items() if not prometheus.gives(query)]

    with suppress(TimeoutError):
        wait_until(lambda: not blind(), 15)
    assert blind() == []


def test_nothing_fires_in_a_city_that_is_well(city: Running, prometheus: Prometheus):
    """What was pending while it started goes away: it neither stays nor fires."""
    wait_until(lambda: prometheus.gives("tongban_ready"))
    measured_at = datetime.now(UTC)
    wait_until(lambda: prometheus.judged_at() > measured_at)

    def noticed() -> set[tuple[str, str]]:
        alerts = prometheus.get("api/v1/alerts")["alerts"]
        found = {(alert["labels"]["alertname"], alert["state"]) for alert in alerts}
        return {each for each in found if each[0] not in OF_THE_MACHINE}

    with suppress(TimeoutError):
        wait_until(lambda: not any(state == "pending" for _, state in noticed()), 60)
    assert noticed() == set()
