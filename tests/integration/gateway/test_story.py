"""One case through the API, from application to certificate, by everybody concerned."""

from __future__ import annotations

import httpx

from tests import controls
from tests.integration.gateway.conftest import Town


async def test_a_case_goes_from_application_to_certificate(town: Town) -> None:
    async with town.visitor("person:fengshou") as company:
        applied = await company.apply()
        assert applied.status_code == 202
        case = applied.json()["application_id"]
        assert (await company.see(f"/requests/{_id(applied)}"))["state"] == "recorded"
        town.settle()
        assert (await company.see(f"/requests/{_id(applied)}"))["state"] == "done"
        [mine] = (await company.see("/cases"))["items"]
        assert (mine["application_id"], mine["state"]) == (case, "submitted")

    async with town.visitor("officer:dengfeng-window") as clerk:
        [task] = (await clerk.see("/desk"))["items"]
        assert (task["kind"], task["applicant_name"]) == (
            "window",
            "登封市丰收粮油有限公司",
        )
        assert (await clerk.ask(f"/cases/{case}/acceptance")).status_code == 202
        town.settle()
        assert (await clerk.see("/desk"))["items"] == []
        assert (await clerk.see("/desk/counts"))["done_today"] == 1
        detail = await clerk.see(f"/cases/{case}")
        assert detail["case"]["promise_by"] == "2016-01-13"
        assert detail["case"]["statutory_by"] == "2016-01-25"
        assert detail["days_left"] == 7

    for persona, step, act in (
        ("officer:dengfeng-001", "first-review", "pass"),
        ("officer:zhengzhou-001", "re-review", "pass"),
        ("officer:zhengzhou-002", "decide", "decision"),
    ):
        async with town.visitor(persona) as officer:
            [task] = (await officer.see("/desk"))["items"]
            assert task["step"] == step
            said: dict[str, object] = {"opinion": "材料齐全"}
            if act == "decision":
                said["granted"] = True
            done = await officer.ask(f"/cases/{case}/steps/{step}/{act}", **said)
            assert done.status_code == 202, done.text
            town.settle()
            assert (await officer.see("/desk"))["items"] == []
            assert (await officer.see("/desk/counts"))["done_today"] == 1

    async with town.visitor("person:fengshou") as company:
        detail = await company.see(f"/cases/{case}")
        assert detail["case"]["state"] == "completed"
        [certificate] = (await company.see("/certificates"))["items"]
        assert certificate["credential_id"] == detail["certificate_id"]
        entries = await company.see(f"/cases/{case}/timeline")
        kinds = [entry["kind"] for entry in entries]
        assert kinds[0] == "submitted"
        assert kinds[-1] == "completed"
        words = [entry["remark"]["text"] for entry in entries if entry["remark"]]
        assert words.count("材料齐全") == 3
        received = await company.ask(f"/cases/{case}/delivery")
        assert received.status_code == 202
        town.settle()
        assert (await company.see(f"/cases/{case}"))["case"]["state"] == "delivered"

    async with town.visitor() as anybody:
        verified = await anybody.see(f"/verify/{certificate['identifier']}")
        assert verified["is_valid"]
        assert verified["holder"] == "登封市****公司"
        figures = await anybody.see("/figures")
        assert (figures["completed"], figures["kept_percent"]) == (1, 100.0)


async def test_a_deadline_is_explained_day_by_day(town: Town) -> None:
    async with town.visitor("person:fengshou") as company:
        case = (await company.apply()).json()["application_id"]
        town.settle()
        async with town.visitor("officer:dengfeng-window") as clerk:
            await clerk.ask(f"/cases/{case}/acceptance")
        town.settle()

        promise = (await company.see(f"/cases/{case}/deadlines"))["promise"]

    assert promise["due"] == "2016-01-13"
    assert [day["on"] for day in promise["days"] if not day["is_counted"]] == [
        "2016-01-04",
        "2016-01-09",
        "2016-01-10",
    ]


async def test_a_no_of_the_desk_comes_back_with_its_rule_and_its_words(
    town: Town,
) -> None:
    async with town.visitor("person:fengshou") as company:
        case = (await company.apply()).json()["application_id"]
        town.settle()
        early = await company.ask(f"/cases/{case}/delivery")
        town.settle()

        refused = await company.see(f"/requests/{_id(early)}")

    assert refused["state"] == "refused"
    assert refused["refusal"]["rule"] == "NotYetDecided"
    assert refused["refusal"]["what_next"]["zh"]


async def test_an_instant_item_is_filed_and_decided_at_the_window(town: Town) -> None:
    async with town.visitor("officer:dengfeng-window") as clerk:
        filed = await clerk.ask(
            "/window/applications",
            task_code=controls.FILING_TASK,
            applicant={
                "kind": "legal",
                "name": "登封市丰收粮油有限公司",
                "code": "91410185MA90001186",
                "contact_name": "周丰",
                "mobile": "13800003210",
            },
            materials=[
                {
                    "material": "application-form",
                    "sha256": await clerk.upload(),
                    "file_name": "申请书.pdf",
                }
            ],
        )
        assert filed.status_code == 202, filed.text
        town.settle()
    async with town.visitor("person:fengshou") as company:
        [mine] = (await company.see("/cases"))["items"]

    assert mine["state"] == "completed"
    assert mine["channel"] == "window"


def _id(answer: httpx.Response) -> str:
    return str(answer.json()["request_id"])
