"""A case that has gone all its way, and the addresses of all that belongs to it."""

from __future__ import annotations

from tests import controls
from tests.integration.gateway.conftest import Town

OPINION = "仓储照片与现场一致"  # said in this case and nowhere else
PAPER = b"%PDF-1.7\n% of this case\n%%EOF\n"


async def completed(town: Town) -> dict[str, str]:
    """Return the ids of everything that belongs to one finished case."""
    async with town.visitor("person:fengshou") as company:
        paper = {
            "material": "application-form",
            "sha256": await company.upload(PAPER),
            "file_name": "申请书.pdf",
        }
        applied = (await company.apply(materials=[paper])).json()
        case = applied["application_id"]
        town.settle()
        await accept_and_pass(town, case)
        for persona, step, said in (
            ("officer:zhengzhou-001", "re-review/pass", {}),
            ("officer:zhengzhou-002", "decide/decision", {"granted": True}),
        ):
            async with town.visitor(persona) as officer:
                path = f"/cases/{case}/steps/{step}"
                await officer.ask(path, opinion=OPINION, **said)
            town.settle()
        detail = await company.see(f"/cases/{case}")
        credential = detail["certificate_id"]
        shown = await company.see(f"/certificates/{credential}")
    return {
        "application_id": case,
        "request_id": applied["request_id"],
        "credential_id": credential,
        "sha256": paper["sha256"],
        "identifier": shown["identifier"],
        "number": detail["case"]["number"],
        "step": "decide",
        "task_code": controls.GRAIN_TASK,
        "here": "check",
    }


async def accept_and_pass(town: Town, case: str) -> None:
    async with town.visitor("officer:dengfeng-window") as clerk:
        await clerk.ask(f"/cases/{case}/acceptance")
    town.settle()
    async with town.visitor("officer:dengfeng-001") as handler:
        await handler.ask(f"/cases/{case}/steps/first-review/pass", opinion=OPINION)
    town.settle()
