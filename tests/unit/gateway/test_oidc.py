from __future__ import annotations

import pytest

from services.gateway.oidc import person_of
from services.gateway.standing import Role
from tests.controls import DENGFENG, DENGFENG_GRAIN


def test_a_provider_vouches_for_an_officer_of_an_agency() -> None:
    person = person_of(
        {
            "sub": "wangfang",
            "name": "王芳",
            "tongban": {
                "roles": ["clerk"],
                "agencies": [DENGFENG_GRAIN],
                "region": DENGFENG,
            },
        }
    )

    assert person.id == "oidc:wangfang"
    assert person.serves(DENGFENG_GRAIN, Role.CLERK)


def test_a_provider_vouches_for_an_applicant() -> None:
    limin = {
        "kind": "natural",
        "name": "李敏",
        "code": "410102198506123018",
        "contact_name": "李敏",
        "mobile": "13900001234",
    }

    person = person_of({"sub": "1", "name": "李敏", "tongban": {"applicant": limin}})

    assert person.applicant is not None
    assert person.applicant.user_id == person.id


def test_a_role_that_does_not_exist_is_not_granted() -> None:
    with pytest.raises(ValueError, match="emperor"):
        person_of({"sub": "1", "name": "x", "tongban": {"roles": ["emperor"]}})
