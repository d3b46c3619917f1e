"""Each rule says no to one item that breaks it, and to no item that keeps it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.catalog.catalogue import Catalogue
from services.catalog.rules import RULES, violations
from shared.events.catalog import Fee, ItemPublished, Result
from shared.events.fact import Text

WORDS = Text(zh="说明", en="words")
FEE = Fee(name=Text(zh="工本费", en="fee"), standard=Text(zh="10元", en="10 yuan"))


def broken_by(catalogue: Catalogue, item: ItemPublished, **changes: Any) -> set[str]:
    changed = replace(catalogue, items=(item.model_copy(update=changes),))
    return {violation.rule for violation in violations(changed)}


def test_the_shipped_items_keep_every_rule(catalogue: Catalogue):
    assert violations(catalogue) == []


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ("instant_means_at_once", {"promise_days": 0}),
        ("instant_means_at_once", {"project_type": "instant"}),
        ("promise_keeps_the_law", {"statutory_days": 6}),
        ("promise_keeps_the_law", {"statutory_days": None}),
        ("steps_fit_the_promise", {"promise_days": 6}),
        ("fees_are_founded", {"fees": (FEE,)}),
        ("fees_are_founded", {"fee_basis": WORDS}),
        ("fees_are_founded", {"is_pay_online": True}),
        ("visits_are_explained", {"visits": 1}),
        ("visits_are_explained", {"visit_reason": WORDS}),
        (
            "visits_are_explained",
            {"visits": 1, "visit_reason": WORDS, "online_depth": 4},
        ),
        (
            "visits_are_explained",
            {"handling": "booking", "handling_reason": WORDS},
        ),
        ("another_way_is_explained", {"handling": "booking"}),
        ("another_way_is_explained", {"handling_reason": WORDS}),
        (
            "another_way_is_explained",
            {"handling": "booking", "handling_reason": WORDS, "online_depth": 3},
        ),
        (
            "another_way_is_explained",
            {"handling": "package", "handling_reason": WORDS},
        ),
        ("phones_differ", {"consult_phone": "0371-99012345"}),
        ("phones_differ", {"consult_phone": "99000102"}),
        ("audience_finds_it", {"servers": ("natural", "legal")}),
        ("audience_finds_it", {"topics": ("housing",)}),
        ("flow_is_whole", {"questions": ()}),
        ("materials_are_definite", None),
        ("codes_decode", {"item_type": "07"}),
        ("codes_decode", {"catalog_code": "0001260010"}),
        ("codes_decode", {"level": 3}),
        ("life_is_in_order", {"valid_to": date(2015, 1, 1)}),
        ("life_is_in_order", {"state": "cancelled"}),
        ("life_is_in_order", {"successor": "11410185990001028Y4001026001000"}),
        ("guide_is_complete", {"conditions": ()}),
        ("guide_is_complete", {"place": Text(zh="登封", en=" ")}),
        ("guide_is_complete", {"materials": ()}),
    ],
)
def test_says_no_to_an_item_that_breaks_it(
    catalogue: Catalogue,
    licence: ItemPublished,
    rule: str,
    changes: dict[str, Any] | None,
):
    if changes is None:
        form = licence.materials[0]
        vague = form.model_copy(update={"name": Text(zh="其他材料", en="other papers")})
        changes = {"materials": (*licence.materials[1:], vague)}

    assert rule in broken_by(catalogue, licence, **changes)


@pytest.mark.parametrize(
    ("rule", "name", "kind", "credential_type", "sample"),
    [
        ("result_suits_its_name", "粮食收购许可证", "document", None, WORDS),
        ("result_suits_its_name", "关于收购的批复", "certificate", None, WORDS),
        ("result_suits_its_name", "粮食收购许可证", "certificate", "x", None),
        ("certificate_has_a_type", "粮食收购许可证", "certificate", None, WORDS),
        ("certificate_has_a_type", "粮食收购许可证", "certificate", "x", WORDS),
    ],
)
def test_says_no_to_a_result_that_is_not_what_it_is_called(
    catalogue: Catalogue, licence: ItemPublished, rule, name, kind, credential_type,
    sample,
):  # fmt: skip
    result = Result(
        kind=kind,
        name=Text(zh=name, en="result"),
        credential_type=credential_type,
        sample=sample,
    )

    assert rule in broken_by(catalogue, licence, result=result)


def test_a_permit_is_reviewed_before_it_is_decided(
    catalogue: Catalogue, licence: ItemPublished
):
    assert "flow_is_whole" in broken_by(catalogue, licence, steps=licence.steps[2:])


@pytest.mark.parametrize(
    ("position", "changes"),
    [
        (2, {"kind": "review"}),  # nobody decides
        (1, {"kind": "decide"}),  # two decide
        (2, {"role": "reviewer"}),  # somebody else decides
        (1, {"code": "first-review"}),  # a code said twice
        (2, {"level": 4}),  # the file is sent down
    ],
)
def test_a_route_goes_up_and_ends_in_one_decision(
    catalogue: Catalogue, licence: ItemPublished, position: int, changes: dict[str, Any]
):
    steps = list(licence.steps)
    steps[position] = steps[position].model_copy(update=changes)

    assert "route_ends_in_a_decision" in broken_by(catalogue, licence, steps=steps)


@pytest.mark.parametrize(
    ("position", "changes"),
    [
        (1, {"is_exempt": False}),  # the city has the business licence
        (0, {"is_exempt": True}),  # nobody else has the application
        (0, {"name": Text(zh="营业执照", en="business licence")}),
        (1, {"credential_type": None}),
        (1, {"credential_type": "unknown"}),
    ],
)
def test_what_the_city_has_is_not_asked_for(
    catalogue: Catalogue, licence: ItemPublished, position: int, changes: dict[str, Any]
):
    materials = list(licence.materials)
    materials[position] = materials[position].model_copy(update=changes)

    assert "nothing_known_is_asked_for" in broken_by(
        catalogue, licence, materials=materials
    )


def test_a_code_stands_for_one_field(catalogue: Catalogue, licence: ItemPublished):
    form = (*licence.form, licence.form[0])

    assert "form_can_be_filled" in broken_by(catalogue, licence, form=form)


def test_a_choice_has_something_to_choose_from(
    catalogue: Catalogue, licence: ItemPublished
):
    form = (licence.form[0].model_copy(update={"kind": "choice"}),)

    assert "form_can_be_filled" in broken_by(catalogue, licence, form=form)


def test_only_a_certificate_has_a_face(catalogue: Catalogue, licence: ItemPublished):
    letter = Result(kind="document", name=Text(zh="批复", en="letter"), sample=WORDS)

    assert "form_can_be_filled" in broken_by(catalogue, licence, result=letter)


def test_an_item_is_in_the_catalogue_once(catalogue: Catalogue, licence: ItemPublished):
    twice = replace(catalogue, items=(licence, licence))

    assert [v.rule for v in violations(twice)] == ["code_is_unique"]


def test_an_instant_item_takes_no_route(
    catalogue: Catalogue, licence: ItemPublished, filing: ItemPublished
):
    broken = broken_by(catalogue, filing, steps=licence.steps)

    assert "instant_means_at_once" in broken


def test_a_violation_speaks_to_those_who_edit_the_item(
    catalogue: Catalogue, licence: ItemPublished
):
    longer = replace(
        catalogue, items=(licence.model_copy(update={"statutory_days": 5}),)
    )

    [violation] = violations(longer)

    assert violation.item == "粮食收购许可"
    assert violation.zh == "承诺时限 7 长于法定时限 5"
    assert violation.en == "promises 7 days, the law allows 5"


def test_every_rule_is_shown_to_say_no_here():
    marks = [mark.args for mark in test_says_no_to_an_item_that_breaks_it.pytestmark]
    shown = {case[0] for _, cases in marks for case in cases} | {
        "result_suits_its_name",
        "certificate_has_a_type",
        "route_ends_in_a_decision",
        "nothing_known_is_asked_for",
        "form_can_be_filled",
    }

    assert {rule.__name__ for rule in RULES} == shown
