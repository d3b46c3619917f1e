"""Example content for the one page that shows every component."""

from __future__ import annotations

from datetime import date, datetime
from types import SimpleNamespace
from typing import Any, Final

from services.gateway.pages.words import Bilingual
from shared.calendar import china
from shared.calendar.deadline import deadline
from shared.calendar.limits import Pause
from shared.events.catalog import Material, Result
from shared.events.fact import Text
from shared.runtime.clock import SHANGHAI

ON: Final = date(2016, 2, 3)


def _at(month: int, day: int, hour: int, minute: int) -> datetime:
    return datetime(2016, month, day, hour, minute, tzinfo=SHANGHAI)


REFUSAL: Final = SimpleNamespace(
    reason=Text(
        zh="一个办件只能发一次补正通知，这个办件已经发过了。",
        en="A case gets one supplement notice, and this one has had it.",
    ),
    what_next=Text(
        zh="请直接受理，或者写明理由作出不予受理的决定。",
        en="Accept the case, or decline it and say why.",
    ),
    basis="行政许可法 第三十二条第（四）项",
)
MATERIALS: Final = (
    Material(
        code="licence",
        name=Text(zh="营业执照", en="Business licence"),
        is_required=True,
        source="credential",
        is_exempt=True,
    ),
    Material(
        code="form",
        name=Text(zh="粮食收购许可申请书", en="Application form"),
        is_required=True,
        source="self",
        note=Text(zh="加盖公章的扫描件或照片", en="Scan or photo, with the seal"),
    ),
    Material(
        code="tools",
        name=Text(
            zh="粮食质量检验仪器与保管能力证明", en="Proof of testing and storage"
        ),
        is_required=False,
        source="self",
    ),
)
RESULT: Final = Result(
    kind="certificate",
    name=Text(zh="粮食收购许可证", en="Grain purchase licence"),
    valid_years=3,
    sample=Text(
        zh="载明企业名称、统一社会信用代码、法定代表人、仓储地址、许可证编号、有效期和发证机关",
        en="Shows the company, its code, the storage, the number and the issuer",
    ),
)
TIMELINE: Final = (
    SimpleNamespace(
        state="done",
        what="申请已提交",
        at=_at(1, 29, 9, 12),
        who="登封市丰收粮油有限公司",
        said="",
        points=(),
    ),
    SimpleNamespace(
        state="done",
        what="窗口请您一次补齐材料",
        at=_at(1, 29, 15, 40),
        who="登封市粮食局 · 王芳",
        said="请在线补充以下材料：",
        points=("申请书第二页缺公章", "资信证明已过期，请换近三个月的"),
    ),
    SimpleNamespace(
        state="now",
        what="登封市粮食局初审",
        at=_at(2, 2, 10, 5),
        who="请于 2月17日 前审完",
        said="",
        points=(),
    ),
    SimpleNamespace(
        state="next",
        what="郑州市粮食局决定",
        at=None,
        who="3 个工作日",
        said="",
        points=(),
    ),
)
ROUTE: Final = (
    SimpleNamespace(state="done", name="收件受理", who="登封市粮食局", limit=""),
    SimpleNamespace(
        state="at", name="初审", who="登封市粮食局 · 县级", limit="3 个工作日"
    ),
    SimpleNamespace(
        state="", name="复审与决定", who="郑州市粮食局 · 市级", limit="3 个工作日"
    ),
    SimpleNamespace(state="", name="颁证送达", who="登封市粮食局", limit="1 个工作日"),
)
WRONG: Final[dict[str, Bilingual]] = {
    "mobile": Text(
        zh="请填写 11 位手机号码，例如 13800003210",
        en="Give an 11-digit mobile number, such as 13800003210",
    )
}


def examples() -> dict[str, Any]:
    """Return what the page shows, with days counted by the real calendar."""
    pause = Pause(date(2016, 2, 16), date(2016, 2, 18))
    return {
        "limit": deadline(china.working_calendar(), date(2016, 1, 29), 15, [pause]),
        "refusal": REFUSAL,
        "materials": MATERIALS,
        "result": RESULT,
        "timeline": TIMELINE,
        "stops": ROUTE,
        "wrong": WRONG,
        "options": (
            Text(zh="小麦", en="Wheat"),
            Text(zh="玉米", en="Maize"),
            Text(zh="小麦和玉米", en="Both"),
        ),
    }
