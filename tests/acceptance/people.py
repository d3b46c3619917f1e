"""People at their browsers: they read, click and type."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from tests.acceptance.city import Running

WITHIN_MS = 30_000
DESK: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}


class People:
    """Everybody has a browser of their own."""

    def __init__(self, browser: Browser, city: Running) -> None:
        self._browser = browser
        self._city = city
        self._pages: dict[str, Page] = {}
        self._contexts: list[BrowserContext] = []

    def __getitem__(self, who: str) -> Page:
        if who not in self._pages:
            page = self._open(DESK)
            page.goto("/sign-in")
            page.locator(f"button[name=persona][value='{who}']").click()
            self._pages[who] = page
        return self._pages[who]

    def passer_by(self) -> Page:
        """Return the phone of somebody who has not signed in."""
        return self._open(PHONE)

    def go(self) -> None:
        for context in self._contexts:
            context.close()

    def _open(self, size: ViewportSize) -> Page:
        context = self._browser.new_context(base_url=self._city.url, viewport=size)
        context.set_default_timeout(WITHIN_MS)
        self._contexts.append(context)
        return context.new_page()


def says(page: Page, words: str | re.Pattern[str]) -> None:
    """Wait until the page says this."""
    expect(page.locator("main")).to_contain_text(words, timeout=WITHIN_MS)


def receipt(page: Page) -> None:
    """Wait on the receipt page until what was asked has been done."""
    says(page, re.compile("申请已提交|登记好了"))
