"""What several messages of one poll cause is stored as if each had come alone."""

from __future__ import annotations

from uuid import uuid5

from services.intake.application import Applications
from services.intake.domain.application import Application
from shared.events import gateway
from shared.events.fact import Fact, Message
from shared.runtime.hearing import Channel
from shared.runtime.memory import MemoryLog
from tests import controls
from tests.controls import APPLICATION, DENGFENG_GRAIN, FENGSHOU, WANG

CATALOG = Channel("catalog", "tongban.catalog", 0)
REQUESTS = Channel("gateway", "tongban.gateway.for.intake", 0)


def chained(source: str, actor: str, *facts: Fact) -> list[Message]:
    return [
        controls.told(fact, n, source, actor).model_copy(update={"previous": n - 1})
        for n, fact in enumerate(facts, 1)
    ]


def asked(what: str, **said: object) -> dict[str, object]:
    ids = {"request_id": uuid5(APPLICATION, what), "application_id": APPLICATION}
    return {**ids, "desk": "intake", **said}


def test_what_was_handed_in_first_stays_what_it_was():
    intake = Applications(MemoryLog())
    catalogue = (controls.january_2016(), controls.grain_licence())
    intake.hear({CATALOG: chained("catalog", "catalog:data", *catalogue)})
    submission = asked(
        "submit",
        task_code=controls.GRAIN_TASK,
        item_version=1,
        applicant=FENGSHOU,
        form={"address": "登封市中岳街道"},
        materials=(controls.APPLICATION_FORM,),
        channel="online",
    )
    notice = asked("notice", agency=DENGFENG_GRAIN, clerk=WANG, defects=("缺检验证",))
    added = asked("add", form={"address": "登封市嵩阳街道"}, materials=(), note="")

    intake.hear(
        {
            REQUESTS: chained(
                "gateway",
                FENGSHOU.user_id,
                gateway.SubmissionRequested.model_validate(submission),
                gateway.SupplementNoticeRequested.model_validate(notice),
                gateway.SupplementRequested.model_validate(added),
            )
        }
    )

    stored = [
        intake.mapper.to_domain_event(n)
        for n in intake.log.select_notifications(1, 100)
    ]
    [first] = [e for e in stored if isinstance(e, Application.Submitted)]
    [second] = [e for e in stored if isinstance(e, Application.Supplemented)]
    assert first.file["form"] == {"address": "登封市中岳街道"}
    assert second.form == {"address": "登封市嵩阳街道"}
