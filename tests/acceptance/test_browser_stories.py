"""What else may become of a case, in a real browser; on both brokers."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.acceptance.city import (
    CITY_DECIDER,
    COMPANY,
    FILING,
    PAPER,
    WINDOW,
    Running,
    wait_until,
)
from tests.acceptance.people import People, receipt, says

DEFECT = "检验仪器清单未注明检定有效期"


def ask_for_what_is_missing(desk: Page) -> None:
    """Write the notice on the page that is open, and send it."""
    desk.locator("summary", has_text="一次性告知补正").click()
    desk.get_by_label("缺什么、错什么").fill(DEFECT)
    desk.get_by_role("button", name="发出补正通知").click()


def test_what_is_missing_is_asked_for_once(people: People, city: Running):
    case = city.submitted()
    clerk, company = people[WINDOW], people[COMPANY]
    clerk.goto(f"/desk/cases/{case}")
    left_open = clerk.context.new_page()
    left_open.goto(f"/desk/cases/{case}")

    ask_for_what_is_missing(clerk)
    receipt(clerk)
    company.goto(f"/cases/{case}")
    says(company, "请补齐材料")
    company.get_by_role("link", name="补齐材料").click()
    says(company, DEFECT)
    company.locator("textarea[name=note]").fill("已逐台注明检定有效期")
    company.get_by_role("button", name="提交补正").click()
    receipt(company)
    ask_for_what_is_missing(left_open)

    says(left_open, "这次没有登记")
    says(left_open, "本办件已经发出过一次补正告知")
    says(left_open, "行政许可法第三十二条")
    clerk.goto(f"/desk/cases/{case}")
    says(clerk, "已逐台注明检定有效期")
    expect(clerk.locator("summary", has_text="一次性告知补正")).to_have_count(0)


def test_who_is_refused_reads_why_and_where_to_turn(people: People, city: Running):
    case = city.reviewed()
    decider, company = people[CITY_DECIDER], people[COMPANY]
    city.waits_at(case, "decide")
    decider.goto(f"/desk/cases/{case}")
    decider.locator("summary", has_text="不予许可").click()
    decider.get_by_label("不予许可的理由").fill("仓储设施面积不足，租赁期不满一年")
    decider.get_by_role("button", name="不予许可").click()
    receipt(decider)
    city.reaches(case, "completed")
    city.is_told(case, "租赁期不满一年")

    company.goto(f"/cases/{case}")
    says(company, "没有批准")
    redress = company.locator("section.notice", has_text="不同意怎么办")
    for words in ("租赁期不满一年", "60日内", "行政复议", "6个月内", "行政诉讼"):
        expect(redress).to_contain_text(words)


def test_an_applicant_takes_a_case_back(people: People, city: Running):
    case = city.submitted()
    company = people[COMPANY]
    company.goto(f"/cases/{case}")
    company.locator("summary", has_text="撤回申请").click()
    company.get_by_label("撤回原因").fill("改为备案")
    company.get_by_role("button", name="确认撤回").click()
    receipt(company)
    city.is_told(case, "改为备案")

    company.get_by_role("link", name="看办件").click()
    says(company, "您已撤回申请")
    says(company, "改为备案")
    clerk = people[WINDOW]
    clerk.goto(f"/desk/cases/{case}")
    says(clerk, "这一件现在不用您办")


def test_an_instant_item_is_done_while_one_waits(
    people: People, city: Running, tmp_path: Path
):
    paper = tmp_path / "备案表.pdf"
    paper.write_bytes(PAPER)
    clerk, company = people[WINDOW], people[COMPANY]
    clerk.goto("/desk")
    clerk.locator(f"a[href='/desk/file/{FILING}']").click()
    for label, value in (
        ("姓名或名称", "登封市丰收粮油有限公司"),
        ("身份证号码或统一社会信用代码", "91410185MA90001186"),
        ("联系人", "周丰"),
        ("手机号码", "13800003210"),
        ("仓储设施地址", "登封市大金店镇金岭路18号"),
        ("仓容（吨）", "500"),
    ):
        clerk.get_by_label(label).fill(value)
    clerk.get_by_label("玉米").check()
    clerk.get_by_label("粮食收购企业备案表").set_input_files(paper)
    clerk.get_by_role("button", name="登记并办理").click()
    receipt(clerk)
    clerk.get_by_role("link", name="看办件").click()
    case = clerk.url.rsplit("/", 1)[-1]
    wait_until(lambda: city.case(case)["certificate_id"])

    company.goto(f"/cases/{case}")
    company.get_by_role("link", name="查看证照").click()
    expect(company.locator("h1")).to_have_text("粮食收购企业备案凭证")
    expect(company.locator(".certificate .qr svg")).to_be_visible()
    says(company, "登封市丰收粮油有限公司")
