from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from services.gateway.api.applications import Application
from services.gateway.api.session import SignIn
from services.gateway.filing import MOST_PARTS, Filled, Sent

MANY = MOST_PARTS + 1


@pytest.mark.parametrize(
    ("kind", "sent"),
    [
        (SignIn, {str(at): at for at in range(MANY)}),
        (Application, {"form": {str(at): at for at in range(MANY)}}),
        (Application, {"materials": [0] * MANY}),
        (Application, {"form": {"a": [[{}] * MANY]}}),
    ],
)
def test_what_has_endless_parts_is_refused_in_one_word(
    kind: type[Sent], sent: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError) as refused:
        kind.model_validate(sent)

    [error] = refused.value.errors()
    assert error["type"] == "too_many_parts"


def test_the_largest_application_has_few_enough_parts() -> None:
    material = {"material": "application-form", "sha256": "a" * 64, "file_name": "申请"}

    filled = Filled.model_validate(
        {
            "form": {str(at): "答" * 5_000 for at in range(200)},
            "materials": [material] * 100,
        }
    )

    assert (len(filled.form), len(filled.materials)) == (200, 100)
