"""A storm counts the faults that struck, not those that were planned."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import psutil
import pytest

from bench.city import City
from bench.faults.storm import KILLED, STOPPED, Fault, Storm
from tests.acceptance.city import Running


class Process:
    """One that is there when it is looked for; it may vanish before it is hit."""

    pid = 2

    def create_time(self) -> float:
        return 0.0

    def __init__(self, command: str, vanishes: str = "") -> None:
        self._command = command
        self._vanishes = vanishes

    def cmdline(self) -> list[str]:
        return [self._command]

    def children(self, recursive: bool) -> list[Process]:
        return []

    def kill(self) -> None:
        self._hit("kill")

    def suspend(self) -> None:
        self._hit("suspend")

    def resume(self) -> None:
        self._hit("resume")

    def _hit(self, how: str) -> None:
        if how == self._vanishes:
            raise psutil.NoSuchProcess(self.pid)


async def blown(
    monkeypatch: pytest.MonkeyPatch, children: Sequence[Process], *faults: Fault
) -> Storm:
    up = SimpleNamespace(children=lambda: children)
    monkeypatch.setattr(psutil, "Process", lambda _: up)
    running = cast(Running, SimpleNamespace(process=SimpleNamespace(pid=1)))
    storm = Storm(City(running, Path(), ""), faults)
    await storm.blow()
    return storm


def fault(victim: str, kind: str = KILLED) -> Fault:
    return Fault(0.0, victim, kind, 0.0, 0.5)


async def test_what_struck_and_what_met_nobody_are_told_apart(
    monkeypatch: pytest.MonkeyPatch,
):
    there = [Process("services.intake"), Process("services.gateway", vanishes="kill")]
    storm = await blown(
        monkeypatch,
        there,
        fault("services.intake"),
        fault("services.intake", STOPPED),
        fault("services.gateway"),  # vanishes between the look and the strike
        fault("services.catalog"),  # never there
    )

    assert storm.figures() == {"faults": 2, "planned": 4, "missed": 2}
    assert storm.done == {"killed services.intake": 1, "stopped services.intake": 1}
    assert storm.most_struck


async def test_who_is_killed_while_it_is_stopped_was_struck(
    monkeypatch: pytest.MonkeyPatch,
):
    stopped = Process("services.intake", vanishes="resume")
    storm = await blown(monkeypatch, [stopped], fault("services.intake", STOPPED))

    assert storm.figures() == {"faults": 1, "planned": 1, "missed": 0}


async def test_a_storm_that_mostly_met_nobody_was_none(
    monkeypatch: pytest.MonkeyPatch,
):
    faults = [fault("services.intake"), fault("kafka-x"), fault("services.catalog")]
    storm = await blown(monkeypatch, [Process("services.intake")], *faults)

    assert storm.figures() == {"faults": 1, "planned": 3, "missed": 2}
    assert not storm.most_struck
