"""The runbook, carried out, and its backups: every command, on a city that runs."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.kafka import kafka as apache
from tests.acceptance.city import WINDOW, wait_until
from tests.acceptance.shift import (
    BACKUP,
    PRINTS,
    RUNBOOK,
    WITHIN,
    Shift,
    sections,
)
from tests.left_out import JAVA, needs
from tongban.embedded.ports import free_port
from tongban.embedded.postgres import Postgres

OF_THE_BUNDLED = ("folder", "back")  # carried out in test_backup.py
SECTIONS = sections(RUNBOOK) | {
    name: blocks
    for name, blocks in sections(BACKUP).items()
    if name not in OF_THE_BUNDLED
}
PAGES = pytest.mark.parametrize("page", [RUNBOOK, BACKUP], ids=["runbook", "backup"])


def kafka_of(shift: Shift) -> Path:
    return shift.place / "kafka"


@pytest.fixture(scope="module")
def shift(place: Path) -> Iterator[Shift]:
    needs("java", JAVA)
    needs("mvn", JAVA)
    here = place / "runbook"
    kafka = here / "kafka"
    try:
        address = apache.start(kafka, free_port())
        with Postgres(here / "postgres") as postgres:
            shift = Shift(here, address, postgres)
            shift.start()
            try:
                yield shift
            finally:
                shift.stop()
    finally:
        apache.stop(kafka)


def note_who_runs(shift: Shift) -> None:
    shift.before = shift.pids()


def only_it_has_begun_anew(shift: Shift) -> None:
    """Wait until another process has its name; everybody else is who they were."""
    old = shift.before[shift.service]
    wait_until(lambda: shift.pids().get(shift.service, old) != old)
    now = shift.pids()
    others = {name for name, pid in shift.before.items() if now.get(name) != pid}
    assert others == {shift.service}
    everything_is_in_order(shift)


def spoil_a_view(shift: Shift) -> None:
    """Take a table away: what the view is told then can't be handled."""
    shift.sql("tongban_gateway", "ALTER TABLE timeline RENAME TO timeline_away")
    submitted = shift.city.submit()
    assert submitted.status_code in (200, 202), submitted.text
    shift.subject = str(
        wait_until(
            lambda: shift.sql(
                "tongban_gateway",
                "SELECT subject FROM stopped WHERE NOT is_waiting ORDER BY position",
            )
        )[0][0]
    )


def mend_the_view(shift: Shift) -> None:
    shift.sql("tongban_gateway", "ALTER TABLE timeline_away RENAME TO timeline")


def nothing_is_set_aside(shift: Shift) -> None:
    wait_until(lambda: not shift.sql("tongban_gateway", "SELECT 1 FROM stopped"))


def a_case_goes_on(shift: Shift) -> None:
    """Carry on a case that was begun before, and one that begins now."""
    for case in (shift.subject, shift.city.submitted()):
        accepted = shift.city.act(WINDOW, case, "acceptance")
        assert accepted.status_code == 200, accepted.text
        shift.city.reaches(case, "reviewing", WITHIN)
    everything_is_in_order(shift)


def everything_is_in_order(shift: Shift) -> None:
    names = shift.sql(
        "postgres", r"SELECT datname FROM pg_database WHERE datname LIKE 'tongban\_%'"
    )
    for (name,) in names:
        assert shift.sql(str(name), "SELECT * FROM stopped") == []
    wait_until(lambda: not shift.tries("python -m tongban status").returncode, WITHIN)


def a_case_and_then_a_stop(shift: Shift) -> None:
    shift.subject = shift.city.submitted()
    shift.stop()


def all_have_ended_and_start_again(shift: Shift) -> None:
    assert shift.city.process.wait(WITHIN) == 0
    nobody = shift.tries(SECTIONS["Stopping"][0])
    assert f"nothing runs in {shift.data}" in nobody.stderr
    shift.start()


def go_on_past_the_backup(shift: Shift) -> None:
    """After the backup the city lives on; then all of it is lost, Kafka too."""
    shift.later = shift.city.accepted()
    shift.stop()
    kafka = kafka_of(shift)
    apache.stop(kafka)
    shutil.rmtree(kafka)
    apache.start(kafka, int(shift.kafka.rpartition(":")[2]))


def only_what_was_backed_up_is_there(shift: Shift) -> None:
    shift.start()
    assert shift.city.case(shift.later).get("status") == 404
    shift.city.reaches(shift.subject, "submitted", WITHIN)
    a_case_goes_on(shift)


def start_and_go_on(shift: Shift) -> None:
    shift.start()
    a_case_goes_on(shift)


Step = Callable[[Shift], None]
BEFORE: dict[tuple[str, int], Step] = {
    ("LoopStuck", 1): note_who_runs,
    ("Parked", 0): spoil_a_view,
    ("Parked", 1): mend_the_view,
    ("Parked", 2): nothing_is_set_aside,
    ("Dumping", 0): a_case_and_then_a_stop,
    ("everything", 0): go_on_past_the_backup,
}
AFTER: dict[str, Step] = {
    "LoopStuck": only_it_has_begun_anew,
    "Stopping": all_have_ended_and_start_again,
    "service": start_and_go_on,
    "everything": only_what_was_backed_up_is_there,
}


@pytest.mark.parametrize("section", [name for name, of in SECTIONS.items() if of])
def test_what_it_says_can_be_done(shift: Shift, section: str):
    for number, block in enumerate(SECTIONS[section]):
        BEFORE.get((section, number), lambda _: None)(shift)
        printed = shift.runs(block)
        for expected in PRINTS.findall(block):
            assert expected in printed, f"{block}\n{printed}"
    AFTER.get(section, lambda _: None)(shift)


@pytest.mark.parametrize("service", ["intake", "review.city", "intake-2"])
def test_only_the_process_that_is_stuck_is_ended(shift: Shift, service: str):
    if shift.workers < 2:
        shift.start(2)
    shift.service = service
    try:
        test_what_it_says_can_be_done(shift, "LoopStuck")
    finally:
        shift.service = "intake"


def test_who_ends_a_process_that_is_not_there_is_told_so(shift: Shift):
    shift.service = "intake-9"
    try:
        said = shift.tries(SECTIONS["LoopStuck"][1])
    finally:
        shift.service = "intake"

    assert said.returncode != 0
    assert f"nobody is called intake-9 in {shift.data}" in said.stderr


@PAGES
def test_every_name_in_a_command_is_explained(page: str):
    told = set(re.findall(r"^\| `\$(\w+)`", page, re.MULTILINE))
    told |= set(re.findall(r"`\$(\w+)` is ", page))
    known = {"TONGBAN_DATA", "TONGBAN_KAFKA", "TONGBAN_POSTGRES", "SERVER"}
    used, made = set(), set()
    for blocks in sections(page).values():
        for block in blocks:
            used |= set(re.findall(r"\$\{?([A-Za-z_]+)", block))
            made |= set(re.findall(r"^\s*(\w+)=|for (\w+) in", block, re.MULTILINE))
    own = {name for pair in made for name in pair}

    assert used - told - known - own == set()
    assert told - used == set()


@PAGES
def test_every_fenced_block_is_carried_out(page: str):
    """A fence that is none of the shell's would be run by nobody."""
    assert page.count("\n```sh\n") == len(re.findall("^```", page, re.M)) // 2
