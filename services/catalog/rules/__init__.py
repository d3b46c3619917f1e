"""The rules a catalogue must keep to be published; each says what is wrong, and where.

They hold across fields: that each field is well formed is the loader's business.
"""

from __future__ import annotations

from typing import NamedTuple

from services.catalog.catalogue import Catalogue
from services.catalog.rules import guide, promise, route
from services.catalog.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    promise.instant_means_at_once,
    promise.promise_keeps_the_law,
    promise.steps_fit_the_promise,
    promise.fees_are_founded,
    promise.visits_are_explained,
    promise.another_way_is_explained,
    promise.result_suits_its_name,
    promise.certificate_has_a_type,
    guide.phones_differ,
    guide.audience_finds_it,
    route.flow_is_whole,
    route.route_ends_in_a_decision,
    route.nothing_known_is_asked_for,
    route.materials_are_definite,
    route.form_can_be_filled,
    guide.codes_decode,
    guide.life_is_in_order,
    guide.guide_is_complete,
)


class Violation(NamedTuple):
    """One broken rule, in the words of the department that edits the item."""

    item: str  # its Chinese name
    rule: str
    zh: str
    en: str


def violations(catalogue: Catalogue) -> list[Violation]:
    """Return every broken rule of every item; none means it may be published."""
    return [
        Violation(item.name.zh, rule.__name__, zh, en)
        for item in catalogue.items
        for rule in RULES
        for zh, en in rule(item, catalogue)
    ] + [
        Violation(
            item.name.zh, "code_is_unique", "实施编码重复", "task code said twice"
        )
        for number, item in enumerate(catalogue.items)
        if item.task_code in {each.task_code for each in catalogue.items[:number]}
    ]
