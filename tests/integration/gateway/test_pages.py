"""The pages as a browser without JavaScript uses them."""

from __future__ import annotations

import re

import pytest

from services.gateway.blobs import LARGEST_FILE
from tests import controls
from tests.integration.gateway.browser import browser, hidden
from tests.integration.gateway.conftest import Town
from tests.integration.gateway.walking import FORM, GRAIN, act, apply

pytestmark = pytest.mark.usefixtures("receipts_at_once")


async def test_a_case_goes_through_the_pages_of_everybody(town: Town) -> None:
    async with browser(town, "person:fengshou") as company:
        case = await apply(town, company)
        assert "正在核对您的申请" in await company.see(f"/cases/{case}")

    async with browser(town, "officer:dengfeng-window") as clerk:
        assert "登封市丰收粮油有限公司" in await clerk.see("/desk")
        assert "1月13日 周三" in await clerk.see(f"/desk/cases/{case}")
        await act(town, clerk, f"/desk/cases/{case}/acceptance", act="accept")
        assert "没有等您办的件" in await clerk.see("/desk")

    async with browser(town, "person:fengshou") as company:
        page = await company.see(f"/cases/{case}")
        assert "承诺 1月13日 周三 17:30 前办完" in page
        assert "还剩 7 个工作日" in page
        assert "1月4日 周一：当日不计" in page

    for persona, step, path, said in (
        ("officer:dengfeng-001", "first-review", "pass", {}),
        ("officer:zhengzhou-001", "re-review", "pass", {}),
        ("officer:zhengzhou-002", "decide", "decision", {"granted": "yes"}),
    ):
        async with browser(town, persona) as officer:
            where = f"/desk/cases/{case}/steps/{step}/{path}"
            await act(town, officer, where, opinion="材料齐全", act="pass", **said)
            assert "没有等您办的件" in await officer.see("/desk")

    async with browser(town, "person:fengshou") as company:
        page = await company.see(f"/cases/{case}")
        assert "办好了" in page
        [found] = set(re.findall(r"/certificates/[0-9a-f-]{36}", page))
        certificate = await company.see(found)
        assert "粮食收购许可证" in certificate
        assert "2016年1月4日 至 2019年1月3日" in certificate
        assert "<svg" in certificate
        [verify] = set(re.findall(r'href="(/verify/[^"]+)"', certificate))
        assert "100.0%" in await company.see("/")

    async with browser(town) as anybody:
        verified = await anybody.see(verify)
        assert "<h1>有效</h1>" in verified
        assert "登封市****公司" in verified
        assert "91410185MA90001186" not in verified
        slip = await anybody.get(verify[:-1] + ("1" if verify[-1] != "1" else "2"))
        assert slip.status_code == 404
        assert "标识有误" in slip.text
        unknown = await anybody.get("/verify/410185-2016-1")
        assert "查无此证" in unknown.text


async def test_what_is_missing_is_asked_for_once_and_added(town: Town) -> None:
    async with browser(town, "person:fengshou") as company:
        case = await apply(town, company)
    async with browser(town, "officer:dengfeng-window") as clerk:
        where = f"/desk/cases/{case}/supplement-notice"
        wrong = await clerk.send_form(where, act="notice", defects=" ")
        assert wrong.status_code == 422
        assert "必须填写。" in wrong.text
        assert "This is required." not in wrong.text
        await act(town, clerk, where, act="notice", defects="缺公章\n缺日期")
        assert "一次性告知补正</summary>" not in await clerk.see(f"/desk/cases/{case}")
    async with browser(town, "person:fengshou") as company:
        assert "请补齐材料" in await company.see(f"/cases/{case}")
        page = await company.see(f"/cases/{case}/supplement")
        assert "<li>缺公章</li><li>缺日期</li>" in page
        assert "上次交的：" in page
        empty = await company.send_form(f"/cases/{case}/supplement/upload", go="on")
        assert empty.status_code == 422
        assert "还没有补任何内容" in empty.text
        await company.send_form(
            f"/cases/{case}/supplement/upload",
            {"application-form": FORM},
            note="已补盖",
            go="on",
        )
        town.settle()
        assert "正在核对补正的材料" in await company.see(f"/cases/{case}")


async def test_a_no_is_explained(town: Town) -> None:
    async with browser(town, "person:fengshou") as company:
        case = await apply(town, company)
    async with browser(town, "officer:dengfeng-window") as clerk:
        path = f"/desk/cases/{case}/decline"
        await act(town, clerk, path, act="decline", reason="不属于本机关职权范围")
    async with browser(town, "person:fengshou") as company:
        page = await company.see(f"/cases/{case}")
        assert "没有受理" in page
        assert "不予受理的理由" in page
        assert "不属于本机关职权范围" in page
        assert "行政许可法 第三十二条" in page
        assert "行政复议" in page
        assert "受理以后开始计时" not in page


async def test_a_refusal_gives_its_reason_and_says_where_to_turn(town: Town) -> None:
    async with browser(town, "person:fengshou") as company:
        case = await apply(town, company)
    for persona, path, said in (
        ("officer:dengfeng-window", "acceptance", {}),
        ("officer:dengfeng-001", "steps/first-review/pass", {"opinion": "齐全"}),
        ("officer:zhengzhou-001", "steps/re-review/pass", {"opinion": "同意"}),
        (
            "officer:zhengzhou-002",
            "steps/decide/decision",
            {"opinion": "仓容不足", "granted": "no"},
        ),
    ):
        async with browser(town, persona) as officer:
            await act(town, officer, f"/desk/cases/{case}/{path}", **said)
    async with browser(town, "person:fengshou") as company:
        page = await company.see(f"/cases/{case}")
    no, _, redress = page.partition("不予许可的理由")[2].partition("不同意怎么办")
    assert "没有批准" in page
    assert "仓容不足" in no
    assert "可依法申请行政复议或提起行政诉讼" in redress


async def test_who_was_slower_is_told_kindly(town: Town) -> None:
    async with browser(town, "person:fengshou") as company:
        case = await apply(town, company)
    async with browser(town, "officer:dengfeng-window") as clerk:
        await act(town, clerk, f"/desk/cases/{case}/acceptance", key="first")
        late = await clerk.send_form(f"/desk/cases/{case}/acceptance", key="second")
        town.settle()
        page = await clerk.see(str(late.url.path))
        assert "这次没有登记" in page
        assert "接下来可以" in page
        assert "已受理，开始计时" in page
        assert "行政诉讼" not in page


async def test_what_an_officer_wrote_in_vain_is_kept(town: Town) -> None:
    async with browser(town, "person:fengshou") as company:
        case = await apply(town, company)
    async with browser(town, "officer:dengfeng-window") as clerk:
        path = f"/desk/cases/{case}/supplement-notice"
        await act(town, clerk, path, key="1", act="notice", defects="缺公章")
        late = await clerk.send_form(path, key="2", act="notice", defects="缺日期")
        town.settle()
        page = await clerk.see(str(late.url.path))
        assert '<blockquote class="said">缺日期</blockquote>' in page
        [back] = re.findall(r"/desk/cases/[^\"]*asked=[^\"]*", page)
        assert "缺日期" in await clerk.see(back)
    async with browser(town, "person:fengshou") as company:
        await company.send_form(
            f"/cases/{case}/supplement/upload", note="已补", go="on"
        )
        town.settle()
    async with browser(town, "officer:dengfeng-001") as other:
        assert "缺日期" not in await other.see(back)


async def test_an_instant_item_is_done_at_the_window(town: Town) -> None:
    filing = f"/desk/file/{controls.FILING_TASK}"
    async with browser(town, "officer:dengfeng-window") as clerk:
        assert filing in await clerk.see("/desk")
        seen = {
            "applicant-kind": "legal",
            "applicant-name": "登封市丰收粮油有限公司",
            "applicant-code": "91410185MA90001186",
            "applicant-contact_name": "周丰",
        }
        wrong = await clerk.send_form(
            f"{filing}/upload", {"application-form": FORM}, **seen
        )
        assert wrong.status_code == 422
        assert 'aria-describedby="field-mobile-wrong"' in wrong.text
        given = hidden(wrong.text, "given")
        done = await clerk.send_form(
            f"{filing}/upload",
            given=given,
            **{"applicant-mobile": "13800003210"},
            **seen,
        )
        town.settle()
        assert "申请已提交" in await clerk.see(str(done.url.path))
        assert "没有等您办的件" in await clerk.see("/desk")


async def test_a_guide_shows_a_sample_of_what_one_will_receive(town: Town) -> None:
    licence = controls.grain_licence(version=2)
    sample = controls.text("载明企业名称、仓储地址和有效期")
    result = licence.result.model_copy(update={"sample": sample})
    town.tell("catalog", licence.model_copy(update={"result": result}))
    async with browser(town) as anybody:
        page = await anybody.see(f"/items/{controls.GRAIN_TASK}")
    shown = page.partition('<figure class="specimen">')[2].partition("</figure>")[0]
    for words in ("样本", "粮食收购许可证", "有效期 3 年", sample.zh):
        assert words in shown


async def test_answers_are_kept_until_they_are_sent(town: Town) -> None:
    async with browser(town, "person:fengshou") as company:
        await company.send_form(f"{GRAIN}/applicant")
        wrong = await company.send_form(f"{GRAIN}/upload", go="on")
        assert wrong.status_code == 422
        assert "这份材料必须提交" in wrong.text
        assert "还没交的申请" in await company.see("/cases")
        assert str((await company.get(GRAIN)).url.path).endswith("/materials")


async def test_strangers_are_asked_to_sign_in_and_come_back(town: Town) -> None:
    async with browser(town) as stranger:
        page = await stranger.get(GRAIN)
        assert page.url.path == "/sign-in"
        assert "请登录" in page.text
        back = await stranger.send_form(
            "/sign-in", persona="person:fengshou", back=GRAIN
        )
        assert back.url.path == f"{GRAIN}/applicant"
        await stranger.send_form("/sign-out")
        assert (await stranger.get("/cases")).url.path == "/sign-in"


async def test_others_cases_do_not_exist(town: Town) -> None:
    async with browser(town, "person:fengshou") as company:
        case = await apply(town, company)
    async with browser(town, "person:limin") as other:
        assert "没有找到" in await other.see(f"/cases/{case}", 404)
        assert "没有找到" in await other.see(f"/desk/cases/{case}", 404)
        assert "工作台只对本部门工作人员开放" in await other.see("/desk", 403)
        refused = await other.see(f"{GRAIN}/applicant", 409)
        assert "企业和其他组织" in refused
        assert "NotForThem" not in refused


async def test_pages_come_with_strict_headers_and_kept_styles(town: Town) -> None:
    async with browser(town) as anybody:
        page = await anybody.get("/")
        assert "script-src 'self'" in page.headers["content-security-policy"]
        assert page.headers["cache-control"] == "no-store"
        [style] = set(re.findall(r'href="(/static/tokens\.css[^"]+)"', page.text))
        kept = await anybody.get(style)
        assert "immutable" in kept.headers["cache-control"]


async def test_a_file_that_is_too_large_is_said_beside_its_field(town: Town) -> None:
    large = ("照片.jpg", bytes(LARGEST_FILE + 1), "image/jpeg")
    async with browser(town, "person:fengshou") as company:
        page = await company.send_form(f"{GRAIN}/upload", {"application-form": large})
        assert page.status_code == 422
        assert "文件超过 10 MB" in page.text


async def test_people_read_even_the_earliest_no_as_a_page(town: Town) -> None:
    async with browser(town, "person:fengshou") as company:
        elsewhere = {"Origin": "https://elsewhere.example"}
        page = await company.post("/sign-out", headers=elsewhere)
        assert page.status_code == 403
        assert "<html" in page.text


async def test_supervisors_see_the_board(town: Town) -> None:
    async with browser(town, "supervisor:dengfeng") as supervisor:
        page = await supervisor.see("/board")
        assert controls.DENGFENG_GRAIN in page
        assert "还没有发过牌" in page
        assert "/live/cards" in page
