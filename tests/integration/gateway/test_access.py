"""Who may see and do what with one case, by the part they have in it."""

from __future__ import annotations

import pytest

from tests.integration.gateway.conftest import Town
from tests.integration.gateway.finished import accept_and_pass, completed


async def test_a_supervisor_sees_clocks_and_steps_but_no_personal_data(
    town: Town,
) -> None:
    known = await completed(town)
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
        await accept_and_pass(town, case)
        after = await reviewer.get(f"/api/v1/cases/{case}")

    assert (before.status_code, after.status_code) == (404, 200)


async def test_an_officer_in_another_role_is_told_so(town: Town) -> None:
    async with town.visitor("person:fengshou") as company:
        case = (await company.apply()).json()["application_id"]
        town.settle()
    await accept_and_pass(town, case)
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
    known = await completed(town)
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


async def test_a_file_is_not_read_through_a_case_that_does_not_hold_it(
    town: Town,
) -> None:
    known = await completed(town)
    async with town.visitor("person:crowd-01") as other:
        own = (await other.apply()).json()["application_id"]
        town.settle()
        detail = await other.see(f"/cases/{own}")
        path, query = f"/api/v1/blobs/{known['sha256']}", {"case": own}
        answer = await other.get(path, params=query)

    assert detail["file"]
    assert answer.status_code == 404
