from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from services.gateway.blobs import Stored
from services.gateway.filing import (
    Filled,
    MaterialIn,
    form_errors,
    hand_in,
    must_be_right,
    supplement_errors,
)
from services.gateway.problems import Problem
from shared.events.catalog import FormField
from tests import controls
from tests.controls import text

ADDRESS = FormField(code="address", label=text("地址"), kind="text", max_length=20)
CAPACITY = FormField(code="capacity", label=text("仓容"), kind="number")
SINCE = FormField(code="since", label=text("起始"), kind="date", is_required=False)
GRAIN = FormField(
    code="grain",
    label=text("品种"),
    kind="choice",
    options=(text("小麦", "Wheat"), text("玉米", "Maize")),
)
ITEM = controls.grain_licence(form=(ADDRESS, CAPACITY, SINCE, GRAIN))
RIGHT = {"address": "登封市", "capacity": "500", "grain": "小麦"}
SHA256 = "a" * 64


def wrong(**changes: str) -> list[str]:
    return [error.pointer for error in form_errors(ITEM, RIGHT | changes)]


STORED = {
    SHA256: Stored(
        sha256=SHA256,
        media_type="application/pdf",
        size=20_480,
        stored_at=datetime(2016, 1, 4, tzinfo=UTC),
    )
}


def material(code: str = "application-form") -> MaterialIn:
    return MaterialIn(material=code, sha256=SHA256, file_name="申请书.pdf")


def test_a_form_filled_in_rightly_has_no_errors() -> None:
    assert wrong() == []
    assert wrong(since="2016-01-13", grain="Wheat", capacity="12.5") == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("address", "   "),
        ("address", "长" * 21),
        ("capacity", "五百"),
        ("capacity", "1e9"),
        ("capacity", "-5"),
        ("since", "2016-02-30"),
        ("since", "20160113"),
        ("grain", "葡萄"),
        ("unheard-of", "x"),
    ],
)
def test_each_wrong_answer_is_pointed_at(field: str, value: str) -> None:
    assert wrong(**{field: value}) == [f"/form/{field}"]


def test_a_number_is_below_nothing_only_where_the_item_allows_it() -> None:
    balance = CAPACITY.model_copy(update={"minimum": -100})
    item = controls.grain_licence(form=(balance,))

    assert form_errors(item, {"capacity": "-12.5"}) == []
    [error] = form_errors(item, {"capacity": "-101"})
    assert "-100" in error.reason.zh


def test_everything_wrong_is_said_at_once() -> None:
    errors = form_errors(ITEM, {})

    assert [error.pointer for error in errors] == [
        "/form/address",
        "/form/capacity",
        "/form/grain",
    ]
    with pytest.raises(Problem) as no:
        must_be_right(errors)
    assert no.value.status == 422


def test_a_supplement_need_not_repeat_the_form() -> None:
    assert form_errors(ITEM, {"address": "新址"}, is_whole=False) == []
    assert form_errors(ITEM, {"capacity": "x"}, is_whole=False) != []


@pytest.mark.parametrize(
    "filled",
    [
        {"form": {"capacity": "800"}},
        {"materials": (material(),)},
        {"note": "公章已补盖"},
    ],
)
def test_a_supplement_adds_a_file_a_correction_or_a_word(
    filled: dict[str, Any],
) -> None:
    note = filled.pop("note", "")

    assert supplement_errors(ITEM, RIGHT, Filled(**filled), note) == []


def test_a_supplement_that_adds_nothing_is_not_sent() -> None:
    [error] = supplement_errors(ITEM, RIGHT, Filled(form=RIGHT), " ")

    assert error.pointer == "/note"


def test_a_note_to_a_supplement_has_an_end() -> None:
    [error] = supplement_errors(ITEM, RIGHT, Filled(), "长" * 2_001)

    assert error.pointer == "/note"


def test_a_file_takes_its_kind_and_size_from_what_was_uploaded() -> None:
    [handed_in], errors = hand_in(ITEM, [material()], STORED, True)

    assert errors == []
    assert (handed_in.media_type, handed_in.size) == ("application/pdf", 20_480)


def test_a_required_file_that_is_missing_is_named() -> None:
    _, errors = hand_in(ITEM, [], STORED, True)

    assert [error.pointer for error in errors] == ["/materials/application-form"]


def test_a_file_that_was_never_uploaded_is_not_taken() -> None:
    handed_in, [error] = hand_in(ITEM, [material()], {}, True)

    assert handed_in == ()
    assert error.pointer == "/materials/0/sha256"


def test_a_material_is_handed_in_once_and_only_if_it_is_listed() -> None:
    _, errors = hand_in(
        ITEM, [material(), material(), material("passport")], STORED, True
    )

    assert {error.pointer for error in errors} == {
        "/materials/1/material",
        "/materials/2/material",
    }
