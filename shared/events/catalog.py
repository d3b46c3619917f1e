"""Facts told by catalog: who does what, for whom, by when; and which days count."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from shared.events.fact import Fact, Shape, Text


class Region(Shape):
    code: str  # GB/T 2260, 6 digits or more
    name: Text


class AgencyRegistered(Fact):
    """An agency that handles cases, and where its requests go."""

    TYPE = "catalog.agency_registered"
    SUBJECT = "agency_id"

    agency_id: UUID
    code: str  # e.g. "410185-grain"
    name: Text
    credit_code: str  # 统一社会信用代码, 18 characters (issuer of credentials)
    region: Region
    level: int  # 行使层级: 3 city, 4 county, 5 township, 6 village
    phone: str
    desk: str = "intake"  # the intake instance that serves it
    review: str = "review.city"  # the review instance that examines for it


class Step(Shape):
    """One step of a route: who examines what, in how many working days."""

    code: str
    name: Text
    kind: Literal["review", "decide"]
    agency: str
    level: int
    role: Literal["handler", "reviewer", "decider"]
    limit_days: int
    standard: Text


class Material(Shape):
    code: str
    name: Text
    is_required: bool
    source: Literal["self", "credential", "data"]  # 自备, 证照库, 数据核查
    credential_type: str | None = None
    is_exempt: bool = False  # 免提交: the city already has it
    note: Text | None = None


class FormField(Shape):
    code: str
    label: Text
    kind: Literal["text", "long_text", "number", "date", "choice"]
    is_required: bool = True
    hint: Text | None = None
    options: tuple[Text, ...] = ()
    max_length: int = 200
    on_face: bool = False  # 照面: the credential shows it
    minimum: int = 0  # of a number: below nothing only where an item says so


class Fee(Shape):
    name: Text
    standard: Text


class Question(Shape):
    question: Text
    answer: Text


class Result(Shape):
    kind: Literal["certificate", "document", "none"]
    name: Text
    credential_type: str | None = None  # 证照类型代码
    valid_years: int | None = None  # None: long-term
    sample: Text | None = None


class ItemPublished(Fact):
    """One published version of a service item (政务服务事项). Never changes.

    Limits are working days. `statutory_days` is None for an instant item.
    """

    TYPE = "catalog.item_published"
    SUBJECT = "item_id"

    item_id: UUID
    version: int
    task_code: str  # 实施编码, 31 characters
    catalog_code: str  # 基本编码, 12 characters
    name: Text
    summary: Text
    item_type: str  # 事项类型 01 permit … 20 public service
    project_type: Literal["instant", "promised"]  # 即办件, 承诺件
    handling: Literal["online", "booking", "package"]  # how one may apply
    handling_reason: Text | None = None
    state: Literal["in_use", "suspended", "cancelled"]
    successor: str | None = None  # task_code
    valid_from: date
    valid_to: date | None = None
    agency: str
    region: str
    level: int
    servers: tuple[Literal["natural", "legal"], ...]
    topics: tuple[str, ...]  # life categories
    conditions: tuple[Text, ...]
    legal_basis: tuple[Text, ...]
    statutory_days: int | None
    promise_days: int
    steps: tuple[Step, ...]
    materials: tuple[Material, ...]
    form: tuple[FormField, ...]
    fees: tuple[Fee, ...] = ()
    fee_basis: Text | None = None
    result: Result
    visits: int  # 到办事现场次数
    place: Text
    hours: Text
    consult_phone: str
    complaint_phone: str
    redress: Text  # 行政复议与行政诉讼: where to turn when the answer is no
    questions: tuple[Question, ...] = ()
    topic_names: tuple[Text, ...] = ()  # of `topics`, in the same order
    visit_reason: Text | None = None  # 必须到现场的原因
    online_depth: Literal[1, 2, 3, 4] = 1  # 网上办理深度 Ⅰ–Ⅳ; 4: wholly online
    is_mail_in: bool = False
    is_pay_online: bool = False
    special_procedure: Text | None = None  # 特别程序: what stops the clock, and why
    parts: tuple[Text, ...] = ()  # what a package holds
    aliases: tuple[str, ...] = ()  # what people call it when they look for it

    @property
    def is_instant(self) -> bool:
        return self.project_type == "instant"


class CalendarDay(Shape):
    """A day that differs from "Monday to Friday works"."""

    on: date
    is_workday: bool
    reason: Text


class CalendarPublished(Fact):
    """Which days are working days; deadlines name the version they were computed by."""

    TYPE = "catalog.calendar_published"
    SUBJECT = "calendar_id"

    calendar_id: UUID
    version: int
    years: tuple[int, ...]  # known years; others count Mon-Fri and are provisional
    days: tuple[CalendarDay, ...]
