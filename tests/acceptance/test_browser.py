"""The story in a real browser, by people who read and click; on both brokers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    Page,
    ViewportSize,
    expect,
    sync_playwright,
)

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
    wait_until,
)
from tests.left_out import CHROMIUM, needs

WITHIN_MS = 30_000
# Chromium would call home at every start; here it may not.
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PHONE: ViewportSize = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = needs("chromium", CHROMIUM)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=QUIET)
        yield browser
        browser.close()


class People:
    """Everybody has a browser of their own."""

    def __init__(self, browser: Browser, city: Running) -> None:
        self._browser = browser
        self._city = city
        self._pages: dict[str, Page] = {}

    def __getitem__(self, who: str) -> Page:
        if who not in self._pages:
            context = self._browser.new_context(
                base_url=self._city.url, viewport={"width": 1280, "height": 900}
            )
            page = context.new_page()
            page.set_default_timeout(WITHIN_MS)
            page.goto("/sign-in")
            page.locator(f"button[name=persona][value='{who}']").click()
            self._pages[who] = page
        return self._pages[who]

    def go(self) -> None:
        for page in self._pages.values():
            page.context.close()


@pytest.fixture
def people(browser: Browser, city: Running) -> Iterator[People]:
    people = People(browser, city)
    yield people
    people.go()


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


def receipt(page: Page) -> None:
    """Wait on the receipt page until what was asked has been done."""
    expect(page.locator("main")).to_contain_text(
        re.compile("申请已提交|登记好了"), timeout=WITHIN_MS
    )


def act(page: Page, case: str, button: str, opinion: str = "") -> None:
    """Open the case at the desk, write the opinion, press the button."""
    page.goto(f"/desk/cases/{case}")
    form = page.locator(f"form:has(input[name=act][value={button}])")
    expect(form).to_have_count(1, timeout=WITHIN_MS)
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
        wait_for_step(city, case, step)
        act(people[who], case, "pass", "材料齐全，同意")
    wait_for_step(city, case, "decide")
    act(people[CITY_DECIDER], case, "grant", "符合法定条件，准予许可")
    city.reaches(case, "completed")

    company.goto(where)
    expect(company.locator("main")).to_contain_text("郑州市粮食局")
    company.locator("a[href^='/certificates/']").first.click()
    expect(company.locator("svg").first).to_be_visible()
    identifier = re.search(r"1\.2\.156\.3005\.2\.[0-9A-Z.]+", company.content())
    assert identifier is not None
    stranger = people_of_the_street(people, city)
    stranger.goto(f"/verify/{identifier[0].rstrip('.')}")
    expect(stranger.locator("main")).to_contain_text("有效")


def people_of_the_street(people: People, city: Running) -> Page:
    context = people._browser.new_context(base_url=city.url, viewport=PHONE)
    people._pages["stranger"] = context.new_page()
    return people._pages["stranger"]


def wait_for_step(city: Running, case: str, step: str) -> None:
    wait_until(
        lambda: any(
            s["step"] == step and s["opened_at"] for s in city.case(case)["steps"]
        )
    )


def test_a_case_shows_each_step_as_it_happens(people: People, city: Running):
    case = city.accepted()
    company = people[COMPANY]
    company.goto(f"/cases/{case}")
    expect(company.locator("main")).to_contain_text("初审")

    city.act(COUNTY, case, "steps/first-review/pass", opinion="仓储与检验条件符合要求")

    expect(company.locator("main")).to_contain_text(
        "仓储与检验条件符合要求", timeout=WITHIN_MS
    )  # without reloading


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
