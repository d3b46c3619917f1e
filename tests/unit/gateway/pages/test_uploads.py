from __future__ import annotations

import pytest

from services.gateway.pages.routes.filing import _given_before
from services.gateway.pages.uploads import LONGEST_NAME, Given, _last_part
from tests import controls

GIVEN = Given(
    material="application-form",
    sha256="a" * 64,
    file_name="申请书.pdf",
    media_type="application/pdf",
    size=15,
)
ITEM = controls.grain_licence()


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("申请书.pdf", "申请书.pdf"),
        ("C:\\扫描\\申请书.pdf", "申请书.pdf"),
        ("../../etc/passwd", "passwd"),
        ("申请\0书.pdf", "申请书.pdf"),
        ("   ", "file"),
        ("\0", "file"),
        ("/", "file"),
        (None, "file"),
        ("长" * 300 + ".pdf", "长" * (LONGEST_NAME - 4) + ".pdf"),
        ("名" + " " * LONGEST_NAME, "名"),
    ],
)
def test_a_file_has_a_name_that_can_be_sent_on(sent: str | None, kept: str) -> None:
    given = GIVEN.model_copy(update={"file_name": _last_part(sent)})

    assert given.sent.file_name == kept


def test_files_of_an_earlier_try_are_remembered() -> None:
    given = _given_before(ITEM, [GIVEN.model_dump_json()])

    assert given == {"application-form": GIVEN}


@pytest.mark.parametrize(
    "change",
    [
        {"material": "unheard-of"},
        {"material": "x" * 101},
        {"sha256": "zz"},
        {"file_name": " "},
        {"size": "many"},
    ],
)
def test_files_that_could_not_be_sent_on_are_not_remembered(
    change: dict[str, str],
) -> None:
    remembered = GIVEN.model_copy(update=change).model_dump_json(warnings=False)

    assert _given_before(ITEM, [remembered]) == {}
