"""The bundled PostgreSQL: its folder is copied by the book, and put back elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.city import WINDOW
from tests.acceptance.shift import BACKUP, PRINTS, RUNBOOK, WITHIN, Shift, sections

[STOPPING] = sections(RUNBOOK)["Stopping"]
[COPYING] = sections(BACKUP)["folder"]
SETTING_ASIDE, PUTTING_BACK = sections(BACKUP)["back"]


@pytest.fixture
def shift(place: Path) -> Iterator[Shift]:
    shift = Shift(place / "backup")
    shift.start()
    yield shift
    shift.stop()


def test_a_copy_of_the_folder_is_the_city_as_it_was(shift: Shift):
    case = shift.city.submitted()
    shift.runs(STOPPING)
    printed = shift.runs(COPYING)
    assert PRINTS.findall(COPYING)[0] in printed

    shift.start()
    shift.city.reaches(case, "submitted", WITHIN)
    later = shift.city.submitted()
    shift.runs(STOPPING)
    shift.runs(SETTING_ASIDE)
    assert not shift.data.exists()

    shift.data = shift.place / "elsewhere"
    shift.runs(PUTTING_BACK)
    shift.start()
    shift.city.reaches(case, "submitted", WITHIN)
    assert shift.city.case(later).get("status") == 404
    for each in (case, shift.city.submitted()):
        accepted = shift.city.act(WINDOW, each, "acceptance")
        assert accepted.status_code == 200, accepted.text
        shift.city.reaches(each, "reviewing", WITHIN)
