"""The console in a real browser: a served node, pages of who is signed in as what, and the accessibility checker.

Where Chromium or the built console is missing the tests are skipped and say so; where CI is set, that is a failure.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from journeys import Post
from listening import PASSWORD, Listening, listening
from playwright.sync_api import Browser, BrowserContext, Error, Page, ViewportSize, expect, sync_playwright

from aforo.api.access import Rate
from aforo.console.files import built
from aforo.domain.role import Role

if TYPE_CHECKING:
    from journeys import Learnt

AXE = Path(__file__).resolve().parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
#: What keeps Chromium from looking beyond this machine, where nothing answers.
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
#: How long what is expected of a page may take: no test judges speed, and a busy machine must not fail one.
PATIENCE_MS = 20_000
DESKTOP: ViewportSize = {"width": 1366, "height": 768}
TABLET: ViewportSize = {"width": 1024, "height": 768}
#: The rules of WCAG 2.2, levels A and AA.
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

#: Tells the violations alone: to tell all that is as it should be takes many times as long as to look.
_LOOK = """([within, only]) =>
  axe.run(within, {runOnly: only, resultTypes: ['violations']}).then((found) => found.violations)"""


def _missing(what: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(f"{what} is missing, and CI must have it")
    pytest.skip(f"{what} is missing")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a screen. One for each file of tests: while it lives Playwright holds the thread's
    event loop, and tests of other files have loops of their own."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        _missing("Chromium")
    if not built():
        _missing("the built console (make console)")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=_ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    """A node that listens, with nothing filed yet."""
    with listening(Post(learnt, tmp_path_factory.mktemp("served")), rate=Rate(1e6, 1e6)) as made:
        yield made


@dataclass
class Consoles:
    """Pages of the console of one server, each in a browser context of its own. `said` collects what pages complained
    of: errors of scripts, refusals of the content security policy, requests that left the server."""

    browser: Browser
    served: Listening
    contexts: list[BrowserContext] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def open(
        self,
        path: str,
        role: Role | None = None,
        lang: str = "en",
        *,
        viewport: ViewportSize | None = None,
        dark: bool = False,
        carriers: tuple[str, ...] = (),
    ) -> Page:
        """A page at a path below /console, of someone who is signed in as `role`; None for who is not."""
        context = self.context(role, lang, viewport=viewport, dark=dark, carriers=carriers)
        page = context.new_page()
        page.goto(f"{self.served.address}/console{path}")
        return page

    def context(
        self,
        role: Role | None,
        lang: str = "en",
        *,
        viewport: ViewportSize | None = None,
        dark: bool = False,
        carriers: tuple[str, ...] = (),
    ) -> BrowserContext:
        """A browser of its own, as of one person at one device."""
        context = self.browser.new_context(
            viewport=viewport or DESKTOP,
            locale={"en": "en-US", "es": "es-MX"}[lang],
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        self.contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        kept = "aforo-language"
        choice = f"localStorage.getItem('{kept}') ?? localStorage.setItem('{kept}', '{lang}')"
        context.add_init_script(f"if (location.protocol.startsWith('http')) {{ {choice} }}")
        context.on("weberror", lambda error: self.said.append(f"script: {error.error}"))
        context.on(
            "console", lambda message: self.said.append(message.text) if "Content Security" in message.text else None
        )
        context.on("request", lambda request: self._look(request.url))
        if role is not None:
            self._sign_in(context, role, carriers)
        return context

    def _look(self, url: str) -> None:
        if not url.startswith((self.served.address, "data:", "blob:")):
            self.said.append(f"left the machine: {url}")

    def _sign_in(self, context: BrowserContext, role: Role, carriers: tuple[str, ...]) -> None:
        account = self.served.account(role, f"{role} at the console {', '.join(carriers)}".strip(), carriers)
        answer = context.request.post(
            f"{self.served.address}/v1/session",
            data={"name": account.login, "password": PASSWORD},
            headers={"Origin": self.served.address},
        )
        assert answer.ok, answer.text()


@pytest.fixture
def consoles(browser: Browser, served: Listening) -> Iterator[Consoles]:
    """Opens pages, closes them, and fails where a page complained or a request left the server."""
    made = Consoles(browser, served)
    yield made
    for context in made.contexts:
        context.close()
    assert made.said == []


@pytest.fixture(scope="session")
def axe() -> Callable[..., list[str]]:
    """What is wrong with a page, or with what is within a part of it, by the rules of WCAG 2.2 AA, or by one of them:
    one line a violation, with where."""
    if not AXE.is_file():
        _missing("axe-core (npm ci in web/)")
    source = AXE.read_text(encoding="utf-8")

    def look(page: Page, rule: str | None = None, within: str = "html") -> list[str]:
        if page.evaluate("typeof axe === 'undefined'"):
            page.evaluate(source)
        only = {"type": "tag", "values": _RULES} if rule is None else {"type": "rule", "values": [rule]}
        found: list[dict[str, Any]] = page.evaluate(_LOOK, [within, only])
        return [
            f"{each['id']}: {each['help']} ({json.dumps([node['target'] for node in each['nodes']][:3])})"
            for each in found
        ]

    return look


__all__ = ["Consoles", "Error"]
