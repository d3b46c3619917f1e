from __future__ import annotations

import pytest
from pydantic import ValidationError

from services.gateway.people import Persona, Personas, derived_holder
from services.gateway.standing import Role
from tests.controls import DENGFENG_GRAIN, FENGSHOU, ZHENGZHOU_GRAIN


def test_the_demo_people_can_take_a_grain_licence_through_both_levels() -> None:
    people = [persona.person for persona in Personas.load().all]

    for agency, role in (
        (DENGFENG_GRAIN, Role.CLERK),
        (DENGFENG_GRAIN, Role.HANDLER),
        (ZHENGZHOU_GRAIN, Role.REVIEWER),
        (ZHENGZHOU_GRAIN, Role.DECIDER),
    ):
        assert any(person.serves(agency, role) for person in people)


def test_nobody_reviews_and_decides_at_the_city_grain_bureau() -> None:
    people = [persona.person for persona in Personas.load().all]

    assert not any(
        {Role.REVIEWER, Role.DECIDER} <= p.roles and ZHENGZHOU_GRAIN in p.agencies
        for p in people
    )


def test_a_company_seen_at_the_window_follows_its_case_as_who_it_is_online() -> None:
    personas = Personas.load()

    assert personas.holder("legal", FENGSHOU.code) == FENGSHOU.user_id


def test_the_id_of_a_stranger_does_not_show_their_number() -> None:
    number = "410185199501011004"

    holder = Personas.load().holder("natural", number)

    assert number not in holder
    assert holder == derived_holder("natural", number)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"agencies": []}, "agencies"),
        ({"roles": []}, "no role"),
        ({"roles": ["supervisor"], "agencies": []}, "region"),
        ({"roles": ["applicant"], "agencies": []}, "say who they are"),
        ({"roles": ["emperor"]}, "emperor|Input should be"),
    ],
)
def test_a_wrong_persona_is_named(change: dict[str, object], complaint: str) -> None:
    clerk = {
        "id": "officer:test",
        "name": "王芳",
        "about": "窗口 | Window",
        "roles": ["clerk"],
        "agencies": [DENGFENG_GRAIN],
    }

    with pytest.raises(ValidationError, match=complaint):
        Persona.model_validate(clerk | change)
