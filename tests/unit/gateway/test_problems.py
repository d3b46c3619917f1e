from __future__ import annotations

import httpx
import psycopg
import pytest
from fastapi import FastAPI
from starlette.exceptions import HTTPException

from services.gateway.access import Forbidden, NotSignedIn, Unseen
from services.gateway.blobs import NotAllowed, TooLarge
from services.gateway.oidc import ProviderAway
from services.gateway.problems import MEDIA_TYPE, Problem, install, problem_of
from services.gateway.requests import KeyReused, TooBusy
from services.gateway.security import ALWAYS
from services.gateway.views.rows import NotACursor
from tests.controls import text


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotSignedIn(), 401),
        (Forbidden("Rule", text("不行"), text("换人")), 403),
        (Unseen(), 404),
        (HTTPException(405), 405),
        (TooLarge(), 413),
        (NotAllowed(), 415),
        (KeyReused(), 422),
        (NotACursor(), 422),
        (TooBusy(), 503),
        (ProviderAway(), 503),
        (psycopg.OperationalError(), 503),
        (psycopg.DataError(), 400),
        (ZeroDivisionError(), 500),
    ],
)
def test_every_error_has_an_answer_in_two_languages(
    error: Exception, status: int
) -> None:
    problem = problem_of(error)

    assert problem.status == status
    for words in (problem.shape.title, problem.shape.detail, problem.shape.what_next):
        assert words.zh
        assert words.en


def test_a_fault_of_ours_shows_nothing_of_its_inside() -> None:
    shape = problem_of(ZeroDivisionError("secret")).shape

    assert "secret" not in shape.model_dump_json()
    assert shape.rule == "OurFault"


def test_who_should_come_back_is_told_when() -> None:
    response = problem_of(TooBusy()).response()

    assert response.headers["retry-after"] == "2"
    assert response.headers["content-type"] == MEDIA_TYPE


def test_a_problem_is_its_own_answer() -> None:
    problem = Problem(
        409, "OnlyOneSupplementNotice", text("已发过"), basis="第三十二条"
    )

    assert problem_of(problem) is problem
    assert problem.shape.basis == "第三十二条"


async def test_even_our_own_fault_is_answered_with_every_header() -> None:
    app = FastAPI()
    install(app, headers=ALWAYS)
    app.add_api_route("/", lambda: 1 // 0)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)

    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        answer = await client.get("/")

    assert answer.status_code == 500
    assert answer.json()["rule"] == "OurFault"
    assert {name.lower() for name in ALWAYS} <= set(answer.headers)
