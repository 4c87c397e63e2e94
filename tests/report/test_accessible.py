"""All pages that we write, in a real browser: axe, two widths, light and dark, and the keyboard."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from qlf.review.html import page
from tests.review.test_shown import both, review_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from qlf.repository import Repository

pytestmark = pytest.mark.slow

PAGES = ("index.html", "vault/report.html", "broken/report.html", "vault/evidence.html", "review.html")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Give Debian's Chromium, without its sandbox where the tests run as root."""
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), chromium_sandbox=os.geteuid() != 0
        )
        yield made
        made.close()


@pytest.fixture(scope="module")
def places(reported: Repository) -> dict[str, str]:
    """Give the URL of each page."""
    build = reported.root / "build"
    (build / "review.html").write_text(page(review_of(("A sentence",)), both()), encoding="utf-8")
    return {path: (build / path).as_uri() for path in PAGES}


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_pages_are_for_everyone(
    browser: Browser, places: dict[str, str], path: str, scheme: str, width: int
) -> None:
    context = browser.new_context(
        color_scheme="dark" if scheme == "dark" else "light", viewport={"width": width, "height": 800}
    )
    said: list[str] = []
    asked: list[str] = []
    with context, context.new_page() as shown:
        shown.on("console", lambda message: said.append(message.text))
        shown.on("request", lambda request: asked.append(request.url))
        shown.goto(places[path])
        shown.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")
        found = Axe().run(shown)
        assert found.violations_count == 0, found.generate_report()
        assert shown.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert asked == [places[path]]
    assert [text for text in said if "Content Security Policy" not in text] == []


def test_the_keyboard_leads_through_the_page(browser: Browser, places: dict[str, str]) -> None:
    with browser.new_page() as shown:
        shown.goto(places["index.html"])
        shown.keyboard.press("Tab")
        assert shown.evaluate("document.activeElement.textContent") == "Skip to the content"
        assert shown.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
        reached = []
        for _ in range(6):
            shown.keyboard.press("Tab")
            reached.append(shown.evaluate("document.activeElement.textContent"))
        assert {"Vault"} & {text for text in reached if len(text) < 40}
        shown.get_by_role("link", name="Vault").press("Enter")
        shown.get_by_role("link", name="Diagrams").press("Enter")
        assert shown.url.endswith("/vault/report.html#diagrams")
        shown.locator("summary").first.press("Enter")
        assert shown.locator("details").first.get_attribute("open") is not None
