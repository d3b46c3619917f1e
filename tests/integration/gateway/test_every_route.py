"""Who may see and do what, asked of every route there is."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from services.gateway.access import Act
from services.gateway.guard import Requires
from services.gateway.messages import tell
from services.gateway.security import SAFE_METHODS
from services.gateway.sessions import CSRF_FIELD, CSRF_HEADER
from shared.runtime.relay import news
from tests import controls
from tests.integration.gateway.browser import Browser, browser, hidden
from tests.integration.gateway.conftest import Town
from tests.integration.gateway.finished import OPINION, completed
from tests.unit.gateway.routes import OPEN, Rule, rules

STRANGERS = (
    "person:limin",
    "person:crowd-01",
    "officer:dengfeng-civil",
    "officer:dengfeng-civil-head",
    "officer:zhengzhou-ethnic",
    "operator:platform",
)
PARTIES = (
    "person:fengshou",
    "officer:dengfeng-window",
    "officer:dengfeng-001",
    "officer:zhengzhou-001",
    "officer:zhengzhou-002",
)
BODIES: dict[str, dict[str, object]] = {
    "/supplement-notice": {"defects": ["缺少资信证明"]},
    "/decline": {"reason": "不属于本机关职权"},
    "/withdrawal": {"reason": "不再办理"},
    "/pass": {"opinion": "同意"},
    "/decision": {"opinion": "同意", "granted": True},
}
ABOUT_A_CASE = ("{application_id}", "{request_id}", "{credential_id}", "{sha256}")

pytestmark = pytest.mark.usefixtures("receipts_at_once")


class Caller:
    """Somebody in a browser who knows addresses, and sends what each route asks for."""

    def __init__(self, browser: Browser, token: str, known: dict[str, str]) -> None:
        self._browser = browser
        self._token = token
        self._known = known
        self._cookies = httpx.Cookies(browser.cookies)

    async def call(self, rule: Rule, **query: str) -> httpx.Response:
        """Fill in the path: of a part of it that is not known, KeyError is raised."""
        path = re.sub(r"{(\w+)(:\w+)?}", lambda part: self._known[part[1]], rule.path)
        self._browser.cookies = self._cookies  # whatever was called before
        return await self._browser.request(
            rule.method,
            path,
            params=query,
            headers={CSRF_HEADER: self._token},
            follow_redirects=False,
            **self._sent(rule),
        )

    def _sent(self, rule: Rule) -> dict[str, Any]:
        if rule.method in SAFE_METHODS:
            return {}
        body = next((b for e, b in BODIES.items() if rule.path.endswith(e)), {})
        if rule.path.startswith("/api/"):
            return {"json": body}
        return {"data": {CSRF_FIELD: self._token, **body}}


@asynccontextmanager
async def caller(
    town: Town, known: dict[str, str], persona: str | None = None
) -> AsyncIterator[Caller]:
    async with browser(town, persona) as opened:
        token = hidden(await opened.see("/help"), CSRF_FIELD)
        yield Caller(opened, token, known)


def test_every_route_says_who_may_use_it(town: Town) -> None:
    unguarded = [f"{r.method} {r.path}" for r in rules(town.app) if not r.guards]

    assert unguarded == []


def test_every_act_is_asked_of_some_route(town: Town) -> None:
    asked = {
        guard.act
        for rule in rules(town.app)
        for guard in rule.guards
        if isinstance(guard, Requires)
    }

    assert asked | {Act.READ_FILE} == set(Act)


@pytest.mark.parametrize("stranger", STRANGERS)
async def test_nobody_reaches_anothers_case_by_any_route(
    town: Town, stranger: str
) -> None:
    """Other applicants, other agencies' officers and an operator see nothing of it."""
    known = await completed(town)
    async with caller(town, known, stranger) as someone:
        for rule in rules(town.app):
            for query in _queries(known):
                answer = await someone.call(rule, **query)
                if _is_about_a_case(rule):
                    assert _is_not_found(answer), (rule, query, answer.text)
                assert not _leaks(answer, known), (rule, query, answer.text)
                assert answer.status_code not in (429, 500), (rule, query)

    _, asked = news(town.made.parts.requests.log, "gateway", tell, town._relayed)
    assert asked == []


async def test_every_route_about_a_case_is_there_for_somebody(town: Town) -> None:
    known = await completed(town)
    town.made.parts.live.close()  # so that streams end
    unreached = [rule for rule in rules(town.app) if _is_about_a_case(rule)]
    for party in PARTIES:
        async with caller(town, known, party) as someone:
            for rule in list(unreached):
                answer = await someone.call(rule, case=known["application_id"])
                if answer.status_code != 404:
                    unreached.remove(rule)

    assert unreached == []


async def test_nobody_reaches_anything_without_signing_in(town: Town) -> None:
    known = await completed(town)
    async with caller(town, known) as stranger:
        for rule in rules(town.app):
            for query in _queries(known):
                answer = await stranger.call(rule, **query)
                if not set(OPEN) & set(rule.guards):
                    assert _is_asked_to_sign_in(answer, rule), (rule, answer.text)
                assert not _leaks(answer, known), (rule, query, answer.text)


def _queries(known: dict[str, str]) -> tuple[dict[str, str], ...]:
    """Return what may be asked for in a query, and nothing."""
    where = {"agency": controls.DENGFENG_GRAIN, "region": controls.DENGFENG}
    return {}, {"q": known["number"]}, {"case": known["application_id"]} | where


def _is_about_a_case(rule: Rule) -> bool:
    return any(part in rule.path for part in ABOUT_A_CASE)


def _is_not_found(answer: httpx.Response) -> bool:
    """Return whether it is a plain 404, as a page to who looks at pages."""
    is_api = answer.request.url.path.startswith(("/api/", "/live/"))
    words = '"rule":"NotFound"' if is_api else "没有找到您要看的内容"
    return answer.status_code == 404 and words in answer.text


def _is_asked_to_sign_in(answer: httpx.Response, rule: Rule) -> bool:
    if rule.path.startswith(("/api/", "/live/")):
        return answer.status_code == 401
    where = answer.headers.get("location", "")
    return answer.status_code == 303 and where.startswith("/sign-in?back=")


def _leaks(answer: httpx.Response, known: dict[str, str]) -> set[str]:
    """Return what an answer says of the case that was not in its address."""
    words = {OPINION, known["application_id"], known["number"]}
    asked = str(answer.request.url)
    said = answer.text + answer.headers.get("location", "")
    return {word for word in words if word in said and word not in asked}
