"""Who may see and do what, asked of every route there is."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest

from services.gateway.access import Act
from services.gateway.guard import Requires, public
from tests.integration.gateway.conftest import Town
from tests.unit.gateway.routes import Rule, rules

STRANGERS = ("officer:dengfeng-civil", "person:limin", "operator:platform")
BODIES = {
    "/supplement-notice": {"defects": ["缺少资信证明"]},
    "/decline": {"reason": "不属于本机关职权"},
    "/withdrawal": {"reason": "不再办理"},
    "/pass": {"opinion": "同意"},
    "/decision": {"opinion": "同意", "granted": True},
}


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


async def test_nobody_reaches_anothers_case_by_any_route(town: Town) -> None:
    """Another applicant, another agency's officer and an operator see nothing."""
    known = await _completed(town)
    for stranger in STRANGERS:
        async with town.visitor(stranger) as client:
            for rule in _about_the_case(town):
                path = rule.path.format(**known)
                body = next((b for e, b in BODIES.items() if path.endswith(e)), {})
                answer = await client.request(
                    rule.method, path, json=body if rule.method == "POST" else None
                )
                assert answer.status_code == 404, (stranger, rule, answer.text)


async def test_nobody_reaches_anything_without_signing_in(town: Town) -> None:
    known = await _completed(town)
    async with town.visitor() as client:
        for rule in rules(town.app):
            if public in rule.guards or not rule.path.startswith(("/api/", "/live/")):
                continue
            path = rule.path.format(**known, task_code="x")
            answer = await client.request(rule.method, path)
            assert answer.status_code == 401, (rule, answer.text)


async def test_a_supervisor_sees_clocks_and_steps_but_no_personal_data(
    town: Town,
) -> None:
    known = await _completed(town)
    case = known["application_id"]
    async with town.visitor("supervisor:dengfeng") as supervisor:
        detail = await supervisor.see(f"/cases/{case}")
        entries = await supervisor.see(f"/cases/{case}/timeline")
        withdrawal = await supervisor.ask(f"/cases/{case}/withdrawal", reason="不办了")

    assert detail["file"] is None
    assert len(detail["steps"]) == 3
    assert not any(entry["remark"] for entry in entries)
    assert "丰收" not in str(detail) + str(entries)
    assert withdrawal.status_code == 403


async def test_an_agency_sees_a_case_from_the_day_it_has_a_step_of_it(
    town: Town,
) -> None:
    async with town.visitor("person:fengshou") as company:
        case = (await company.apply()).json()["application_id"]
        town.settle()
    async with town.visitor("officer:zhengzhou-001") as reviewer:
        before = await reviewer.get(f"/api/v1/cases/{case}")
        await _accept_and_pass(town, case)
        after = await reviewer.get(f"/api/v1/cases/{case}")

    assert (before.status_code, after.status_code) == (404, 200)


async def test_an_officer_in_another_role_is_told_so(town: Town) -> None:
    async with town.visitor("person:fengshou") as company:
        case = (await company.apply()).json()["application_id"]
        town.settle()
    await _accept_and_pass(town, case)
    async with town.visitor("officer:zhengzhou-002") as decider:
        answer = await decider.ask(
            f"/cases/{case}/steps/re-review/pass", opinion="同意"
        )

    assert answer.status_code == 403
    assert answer.json()["rule"] == "NotYourRole"


@pytest.mark.parametrize(
    ("persona", "region", "status"),
    [
        ("supervisor:dengfeng", "410185", 200),
        ("supervisor:dengfeng", "410102", 403),
        ("supervisor:dengfeng", "410100", 403),
        ("supervisor:zhengzhou", "410185", 200),
        ("officer:dengfeng-001", "410185", 403),
    ],
)
async def test_a_board_is_for_the_supervisors_of_its_region(
    town: Town, persona: str, region: str, status: int
) -> None:
    async with town.visitor(persona) as client:
        answer = await client.get("/api/v1/board/cards", params={"region": region})

    assert answer.status_code == status


async def test_a_file_is_read_by_who_uploaded_it_and_by_the_parties(town: Town) -> None:
    known = await _completed(town)
    path, query = f"/api/v1/blobs/{known['sha256']}", {"case": known["application_id"]}
    seen = {}
    for persona in (
        "person:fengshou",
        "person:limin",
        "officer:dengfeng-001",
        "supervisor:dengfeng",
    ):
        async with town.visitor(persona) as client:
            seen[persona] = (await client.get(path, params=query)).status_code

    assert list(seen.values()) == [200, 404, 200, 404]


async def _completed(town: Town) -> dict[str, str]:
    """Return the ids of everything that belongs to one finished case."""
    async with town.visitor("person:fengshou") as company:
        sha256 = await company.upload()
        applied = (await company.apply()).json()
        case = applied["application_id"]
        town.settle()
        await _accept_and_pass(town, case)
        for persona, step, said in (
            ("officer:zhengzhou-001", "re-review/pass", {}),
            ("officer:zhengzhou-002", "decide/decision", {"granted": True}),
        ):
            async with town.visitor(persona) as officer:
                path = f"/cases/{case}/steps/{step}"
                await officer.ask(path, opinion="同意", **said)
            town.settle()
        credential = (await company.see(f"/cases/{case}"))["certificate_id"]
        assert UUID(credential)
        return {
            "application_id": case,
            "request_id": applied["request_id"],
            "credential_id": credential,
            "sha256": sha256,
            "step": "decide",
            "identifier": "none",
        }


async def _accept_and_pass(town: Town, case: str) -> None:
    async with town.visitor("officer:dengfeng-window") as clerk:
        await clerk.ask(f"/cases/{case}/acceptance")
    town.settle()
    async with town.visitor("officer:dengfeng-001") as handler:
        await handler.ask(f"/cases/{case}/steps/first-review/pass", opinion="同意")
    town.settle()


def _about_the_case(town: Town) -> Iterator[Rule]:
    for rule in rules(town.app):
        is_about = any(
            part in rule.path
            for part in ("{application_id}", "{request_id}", "{credential_id}")
        )
        if is_about and rule.path.startswith(("/api/", "/live/")):
            yield rule
