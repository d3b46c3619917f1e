"""The story in a real browser, by people who read and click; on both brokers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.acceptance.city import (
    CITY_DECIDER,
    CITY_REVIEWER,
    COMPANY,
    COUNTY,
    GRAIN,
    PAPER,
    SUPERVISOR,
    WINDOW,
    Running,
)
from tests.acceptance.people import PHONE, People, receipt, says


def apply_for_a_licence(page: Page, paper: Path) -> str:
    """Answer page by page, as it asks; return where the case is."""
    page.goto(f"/items/{GRAIN}")
    page.locator(f"a[href^='/apply/{GRAIN}']").first.click()
    for _ in range(8):
        for file in page.locator("main input[type=file]").all():
            file.set_input_files(paper)
        for field in page.locator("main input[type=number]").all():
            field.fill("3")
        for field in page.locator("main input[type=text], main textarea").all():
            if not field.input_value():
                field.fill("3")
        for choice in page.locator("main select").all():
            choice.select_option(index=1)
        for group in page.locator("main fieldset").all():
            group.locator("input[type=radio]").first.check()
        is_last = "check" in page.url
        page.locator("button.main[name=go]").click()
        if is_last:
            break
    receipt(page)
    page.goto("/cases")
    page.locator("main a[href^='/cases/']").first.click()
    return page.url


def act(page: Page, case: str, button: str, opinion: str = "") -> None:
    """Open the case at the desk, write the opinion, press the button."""
    page.goto(f"/desk/cases/{case}")
    form = page.locator(f"form:has(input[name=act][value={button}])")
    expect(form).to_have_count(1)
    if opinion:
        form.locator("textarea").fill(opinion)
    form.locator("button.main").click()
    receipt(page)


def test_a_company_gets_its_licence(people: People, city: Running, tmp_path: Path):
    paper = tmp_path / "申请书.pdf"
    paper.write_bytes(PAPER)
    company = people[COMPANY]

    where = apply_for_a_licence(company, paper)
    case = where.rsplit("/", 1)[-1]
    city.reaches(case, "submitted")
    act(people[WINDOW], case, "accept")
    city.reaches(case, "reviewing")
    for who, step in ((COUNTY, "first-review"), (CITY_REVIEWER, "re-review")):
        city.waits_at(case, step)
        act(people[who], case, "pass", "材料齐全，同意")
    city.waits_at(case, "decide")
    act(people[CITY_DECIDER], case, "grant", "符合法定条件，准予许可")
    city.reaches(case, "completed")

    company.goto(where)
    says(company, "郑州市粮食局")
    company.locator("a[href^='/certificates/']").first.click()
    expect(company.locator(".certificate .qr svg")).to_be_visible()
    identifier = re.search(r"1\.2\.156\.3005\.2\.[0-9A-Z.]+", company.content())
    assert identifier is not None
    passer_by = people.passer_by()
    passer_by.goto(f"/verify/{identifier[0].rstrip('.')}")
    says(passer_by, "有效")


def test_a_case_shows_each_step_as_it_happens(people: People, city: Running):
    case = city.accepted()
    company = people[COMPANY]
    company.goto(f"/cases/{case}")
    says(company, "初审")

    city.act(COUNTY, case, "steps/first-review/pass", opinion="仓储与检验条件符合要求")

    says(company, "仓储与检验条件符合要求")  # without reloading


def test_another_agencys_officer_finds_nothing(people: People, city: Running):
    case = city.accepted()
    answer = people["officer:dengfeng-civil"].goto(f"/desk/cases/{case}")

    assert answer is not None
    assert answer.status == 404


@pytest.mark.parametrize(
    "path", ["/", f"/items/{GRAIN}", "/cases", "/sign-in", "/design"]
)
def test_nothing_sticks_out_on_a_phone(people: People, city: Running, path: str):
    page = people[COMPANY]
    page.set_viewport_size(PHONE)
    page.goto(path)

    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_board_is_the_supervisors(people: People):
    board = people[SUPERVISOR].goto("/board")
    assert board is not None
    assert board.status == 200
    refused = people[COMPANY].goto("/board")
    assert refused is not None
    assert refused.status in (403, 404)
