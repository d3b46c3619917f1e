"""Known, fixed values for tests (never random, never 'foo')."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid5

from shared.events.catalog import (
    AgencyRegistered,
    CalendarDay,
    CalendarPublished,
    ItemPublished,
    Material,
    Region,
    Result,
    Step,
)
from shared.events.fact import Fact, Message, Text
from shared.events.people import Applicant, HandedIn, Officer
from shared.runtime.aggregate import Aggregate, Cause

APPLICATION = UUID("11111111-1111-4111-8111-111111111111")
REQUEST = UUID("22222222-2222-4222-8222-222222222222")
DENGFENG = "410185"
DENGFENG_GRAIN = "410185-grain"
ZHENGZHOU_GRAIN = "410100-grain"
GRAIN_TASK = "11410185990001028Y4000103001000"
FILING_TASK = "11410185990001028Y4001003001000"
ACCEPTED_AT = datetime(2016, 1, 4, 1, 0, tzinfo=UTC)  # 09:00 in Zhengzhou
CAUSE = Cause(actor="officer:dengfeng-001", correlation_id=REQUEST)

FENGSHOU = Applicant(
    user_id="person:fengshou",
    kind="legal",
    name="登封市丰收粮油有限公司",
    code="91410185MA90001186",
    contact_name="周丰",
    mobile="13800003210",
)
WANG = Officer(id="officer:dengfeng-window", name="王芳")
ZHAO = Officer(id="officer:dengfeng-001", name="赵强")
LIU = Officer(id="officer:zhengzhou-001", name="刘敏")
SUN = Officer(id="officer:zhengzhou-002", name="孙伟")

APPLICATION_FORM = HandedIn(
    material="application-form",
    file_name="申请书.pdf",
    media_type="application/pdf",
    size=20_480,
    sha256="a" * 64,
)


def text(zh: str, en: str = "") -> Text:
    return Text(zh=zh, en=en or zh)


def step(code: str, agency: str, kind: Any, role: Any, days: int) -> Step:
    return Step(
        code=code,
        name=text(code),
        kind=kind,
        agency=agency,
        level=4 if agency.startswith(DENGFENG) else 3,
        role=role,
        limit_days=days,
        standard=text("齐全、合法"),
    )


def grain_licence(**changes: Any) -> ItemPublished:
    """粮食收购许可证: county reviews, city reviews again and decides; 15 and 7 days."""
    item = ItemPublished(
        item_id=uuid5(APPLICATION, GRAIN_TASK),
        version=1,
        task_code=GRAIN_TASK,
        catalog_code=GRAIN_TASK[-12:],
        name=text("粮食收购许可证核发", "Grain purchase licence"),
        summary=text("收购粮食须先取得许可"),
        item_type="01",
        project_type="promised",
        handling="online",
        state="in_use",
        valid_from=date(2016, 1, 1),
        agency=DENGFENG_GRAIN,
        region=DENGFENG,
        level=4,
        servers=("legal",),
        topics=("business",),
        conditions=(),
        legal_basis=(),
        statutory_days=15,
        promise_days=7,
        steps=(
            step("first-review", DENGFENG_GRAIN, "review", "handler", 3),
            step("re-review", ZHENGZHOU_GRAIN, "review", "reviewer", 3),
            step("decide", ZHENGZHOU_GRAIN, "decide", "decider", 1),
        ),
        materials=(
            Material(
                code="application-form",
                name=text("申请书"),
                is_required=True,
                source="self",
            ),
        ),
        form=(),
        result=Result(
            kind="certificate",
            name=text("粮食收购许可证", "Grain purchase licence"),
            credential_type="11100000000013338W011",
            valid_years=3,
        ),
        visits=0,
        place=text("登封市政务服务中心"),
        hours=text("工作日 9:00-17:30"),
        consult_phone="0371-62800001",
        complaint_phone="0371-62800002",
        redress=text("可依法申请行政复议或提起行政诉讼"),
    )
    return item.model_copy(update=changes)


def grain_filing() -> ItemPublished:
    """粮食收购企业备案: an instant item, decided in one act at the window."""
    return grain_licence(
        item_id=uuid5(APPLICATION, FILING_TASK),
        task_code=FILING_TASK,
        name=text("粮食收购企业备案", "Grain purchase filing"),
        project_type="instant",
        statutory_days=None,
        promise_days=0,
        steps=(),
    )


def agency(code: str, credit_code: str) -> AgencyRegistered:
    return AgencyRegistered(
        agency_id=uuid5(APPLICATION, code),
        code=code,
        name=text(code),
        credit_code=credit_code,
        region=Region(code=code[:6], name=text(code[:6])),
        level=4,
        phone="0371-62800000",
        review=f"review.{code}",
    )


def january_2016() -> CalendarPublished:
    """Only New Year's Day differs: enough for the case of the story."""
    new_year = CalendarDay(on=date(2016, 1, 1), is_workday=False, reason=text("元旦"))
    return CalendarPublished(
        calendar_id=uuid5(APPLICATION, "calendar"),
        version=1,
        years=(2015, 2016),
        days=(new_year,),
    )


def happened(aggregate: Aggregate) -> list[str]:
    return [type(event).__name__ for event in aggregate.collect_events()]


def told(
    fact: Fact,
    position: int,
    source: str = "intake",
    actor: str = CAUSE.actor,
    at: datetime = ACCEPTED_AT,
) -> Message:
    correlation_id = getattr(fact, "request_id", REQUEST)
    return Message(
        id=uuid5(APPLICATION, f"{source}/{position}"),
        topic=fact.topic(source),
        source=source,
        position=position,
        type=fact.TYPE,
        version=fact.VERSION,
        subject=fact.subject,
        time=at,
        actor=actor,
        correlation_id=correlation_id,
        causation_id=None,
        data=fact.model_dump(mode="json"),
    )
