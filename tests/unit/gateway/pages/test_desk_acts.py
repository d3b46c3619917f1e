from __future__ import annotations

import pytest
from starlette.datastructures import FormData

from services.gateway.pages.routes.desk_acts import _choice
from services.gateway.problems import Problem


def test_a_case_is_granted_or_refused_as_the_form_says() -> None:
    assert _choice(FormData({"granted": "yes"})) is True
    assert _choice(FormData({"granted": "no"})) is False


@pytest.mark.parametrize("form", [{}, {"granted": ""}, {"granted": "maybe"}])
def test_a_form_that_says_neither_refuses_nobody(form: dict[str, str]) -> None:
    with pytest.raises(Problem) as no:
        _choice(FormData(form))

    assert no.value.status == 400
