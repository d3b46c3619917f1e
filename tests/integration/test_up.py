"""What `tongban up` would run, and with which settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.gateway.bootstrap import NobodyMaySignIn, must_be_complete
from shared.runtime.settings import Settings
from tongban.instances import agencies
from tongban.up import EMBEDDED_BROKER, services, settings_for


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("TONGBAN_PARTITIONS", "2")
    return settings_for(
        tmp_path, "127.0.0.1:9092", "postgresql://127.0.0.1/x", EMBEDDED_BROKER
    )


def test_the_environment_goes_before_what_suits_the_bundled_broker(
    settings: Settings,
) -> None:
    assert settings.broker == "embedded"
    assert settings.addressed_partitions == 1
    assert settings.partitions == 2


def test_anybody_may_be_anybody_only_on_the_bundled_broker(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uri = "postgresql://127.0.0.1/x"
    elsewhere = settings_for(tmp_path, "kafka:9092", uri, {})
    monkeypatch.setenv("TONGBAN_OIDC_ISSUER", "https://sign-in.example")
    for_real = settings_for(tmp_path, "127.0.0.1:9092", uri, EMBEDDED_BROKER)

    assert settings.personas
    assert not elsewhere.personas
    assert not for_real.personas
    must_be_complete(for_real)
    for unclear in (elsewhere, for_real.model_copy(update={"personas": True})):
        with pytest.raises(NobodyMaySignIn):
            must_be_complete(unclear)


def test_sessions_outlive_a_restart(settings: Settings, tmp_path: Path) -> None:
    again = settings_for(tmp_path, "127.0.0.1:9092", "postgresql://127.0.0.1/x", {})
    assert again.secret == settings.secret
    assert len(settings.secret) >= 32


def test_every_agency_has_exactly_one_instance_of_review(settings: Settings) -> None:
    behind, front = services(settings)
    reviews = [child for child in behind.children if child.name.startswith("review.")]
    served = [
        code
        for child in reviews
        for word, code in zip(child.argv, child.argv[1:], strict=False)
        if word == "--agency"
    ]
    assert sorted(served) == agencies()
    assert [child.name for child in reviews] == [
        "review.410100-grain",
        "review.410185-grain",
        "review.city",
    ]
    assert [child.name for child in front.children] == ["gateway"]


def test_every_service_is_told_all_settings_and_its_own_port(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    children = [child for stage in services(settings) for child in stage.children]
    ports = [child.env["TONGBAN_METRICS_PORT"] for child in children]
    assert len(set(ports)) == len(children)
    assert len({child.env["TONGBAN_INSTANCE"] for child in children}) == len(children)
    for name, value in children[0].env.items():
        monkeypatch.setenv(name, value)
    own = {"metrics_port": settings.metrics_port, "instance": ""}
    told = Settings().model_copy(update=own)
    assert told == settings
