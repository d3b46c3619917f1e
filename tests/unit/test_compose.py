"""The compose file runs what there is, with settings that exist."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.runtime.settings import Settings
from tongban.__main__ import SERVICES
from tongban.instances import agencies, instances

FILE = Path(__file__).parents[2] / "deploy" / "compose.yaml"
COMPOSE: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
OURS = {
    name: service
    for name, service in COMPOSE["services"].items()
    if service["image"] == "tongban"
}


def arguments(name: str) -> list[str]:
    """Return the command's words, options in two."""
    return [word for said in OURS[name]["command"] for word in said.split("=", 1)]


@pytest.mark.parametrize("name", sorted(OURS))
def test_it_runs_a_module_that_exists_with_settings_that_exist(name: str):
    said = OURS[name]["environment"]
    known = {f"TONGBAN_{field.upper()}" for field in Settings.model_fields}
    required = {"TONGBAN_KAFKA", "TONGBAN_POSTGRES"}

    assert find_spec(arguments(name)[2])
    assert required <= said.keys() <= known


@pytest.mark.parametrize("name", sorted(OURS.keys() - {"topics"}))
def test_a_service_waits_for_its_ground_and_says_how_it_is(name: str):
    needs = OURS[name]["depends_on"]

    assert needs["topics"]["condition"] == "service_completed_successfully"
    [database] = needs.keys() - {"topics"}
    assert f"@{database}/" in OURS[name]["environment"]["TONGBAN_POSTGRES"]
    assert OURS[name]["healthcheck"]["test"]


def test_every_service_runs():
    run = {arguments(name)[2].removeprefix("services.") for name in OURS} - {"tongban"}

    assert run == set(SERVICES)


def test_every_agency_has_one_instance_of_review():
    run = [
        tuple(sorted(w for w in arguments(name)[4:] if w in agencies()))
        for name in OURS
        if "services.review" in arguments(name)
    ]

    served = {agency for agencies_of_one in run for agency in agencies_of_one}
    assert served == set(agencies())
    assert len(run) == len(instances())


def test_departments_share_neither_a_database_nor_a_network_but_kafkas():
    own = [name for name in OURS if name.startswith("review-4")]
    databases = {OURS[name]["environment"]["TONGBAN_POSTGRES"] for name in own}
    [shared] = set.intersection(*(set(OURS[name]["networks"]) for name in own))

    assert len(databases) == len(own) == 2
    there = {n for n, s in COMPOSE["services"].items() if shared in s["networks"]}
    assert there == {"kafka", *own}
