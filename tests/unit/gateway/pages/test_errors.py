from __future__ import annotations

import pytest
from starlette.requests import Request

from services.gateway import saying
from services.gateway.pages.errors import _came_from, by_field, is_ours
from services.gateway.problems import FieldError, Problem


def test_reasons_stand_under_the_fields_they_are_about() -> None:
    errors = [
        FieldError(pointer="/form/storage-capacity", reason=saying.NOT_A_NUMBER),
        FieldError(pointer="/applicant/mobile", reason=saying.BAD_MOBILE),
    ]
    problem = Problem(422, "Invalid", saying.INVALID, errors=errors)
    assert by_field(problem) == {
        "storage-capacity": saying.NOT_A_NUMBER,
        "mobile": saying.BAD_MOBILE,
    }


def test_a_problem_about_no_field_stays_a_problem() -> None:
    with pytest.raises(Problem):
        by_field(Problem(503, "TooBusy"))


@pytest.mark.parametrize("address", ["//elsewhere", "/\\elsewhere", "https://e", ""])
def test_signing_in_never_leads_elsewhere(address: str) -> None:
    assert not is_ours(address)


def test_signing_in_leads_back() -> None:
    assert is_ours("/cases/1?x=2")


def test_a_referer_that_is_no_address_leads_home() -> None:
    headers = [(b"referer", b"http://[")]
    sent = {"type": "http", "method": "POST", "path": "/x", "headers": headers}
    assert _came_from(Request(sent)) == "/"
