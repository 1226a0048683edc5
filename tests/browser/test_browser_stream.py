"""One stream for all tabs of a browser: who listens, who takes over, and what happens when the server goes away."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from device import until
from playwright.sync_api import BrowserContext, expect

if TYPE_CHECKING:
    from conftest import Consoles

LIVE = "/v1/live"


def asked(context: BrowserContext) -> list[str]:
    """The streams that pages of a browser open, as they open them."""
    seen: list[str] = []
    context.on("request", lambda request: seen.append(request.url) if LIVE in request.url else None)
    return seen


def topics(url: str) -> set[str]:
    return set(unquote(url.partition("topics=")[2]).split(","))


def test_tabs_of_one_browser_share_one_stream_and_another_takes_over(consoles: Consoles) -> None:
    context = consoles.context("officer")
    seen = asked(context)
    first, second = context.new_page(), context.new_page()
    first.goto(f"{consoles.served.address}/console/")
    expect(first.get_by_role("status").filter(has_text="Live")).to_be_visible()
    second.goto(f"{consoles.served.address}/console/alerts")
    expect(second.get_by_role("status").filter(has_text="Live")).to_be_visible()
    # Every stream was asked for by the tab that listens; the last has what both want.
    until(first, lambda: {"bridges", "alerts"} <= topics(seen[-1]))
    before = len(seen)
    first.close()
    expect(second.get_by_role("status").filter(has_text="Live")).to_be_visible()
    # It listens itself, and to no more than it wants.
    until(second, lambda: seen[before:] and "bridges" not in topics(seen[-1]))
    assert "alerts" in topics(seen[-1])
    expect(second.get_by_role("status").filter(has_text="Live")).to_be_visible()


def test_a_lost_connection_is_told_and_comes_back_by_itself(consoles: Consoles) -> None:
    context = consoles.context("officer")
    page = context.new_page()
    page.goto(f"{consoles.served.address}/console/")
    status = page.get_by_role("status").filter(has_text="Live")
    expect(status).to_be_visible()
    page.evaluate("window.stays = true")
    refused: list[Any] = []

    def refuse(route: Any) -> None:
        refused.append(route.request.url)
        route.abort()

    context.route("**/v1/**", refuse)
    context.set_offline(True)
    expect(page.get_by_text("No connection since")).to_be_visible(timeout=30_000)
    context.unroute("**/v1/**")
    context.set_offline(False)
    expect(status).to_be_visible(timeout=30_000)
    assert page.evaluate("window.stays")


def test_a_stream_of_which_nothing_is_heard_any_more_is_opened_anew(consoles: Consoles) -> None:
    context = consoles.context("officer")
    seen = asked(context)
    page = context.new_page()
    page.clock.install()
    page.goto(f"{consoles.served.address}/console/")
    expect(page.get_by_role("status").filter(has_text="Live")).to_be_visible()
    before = len(seen)
    # To the page more time goes by than a server that lives lets pass without a beat.
    page.clock.fast_forward("00:40")
    page.clock.fast_forward("00:05")
    expect(page.get_by_role("status").filter(has_text="Live")).to_be_visible()
    until(page, lambda: len(seen) > before)


def test_what_the_server_refuses_is_told_and_not_asked_for_again_and_again(consoles: Consoles) -> None:
    context = consoles.context("officer")
    reason = {"en": "Not for you.", "es": "No para usted."}
    problem = {"type": "urn:aforo:problem:topic_forbidden", "title": "No", "status": 403, "reason": reason}
    answers = {"refuse": True}

    def answer(route: Any) -> None:
        if answers["refuse"]:
            route.fulfill(status=403, content_type="application/problem+json", body=json.dumps(problem))
        else:
            route.continue_()

    context.route(f"**{LIVE}?**", answer)
    seen = asked(context)
    page = context.new_page()
    page.clock.install()
    page.goto(f"{consoles.served.address}/console/")
    expect(page.get_by_role("status").filter(has_text="the server refuses it: Not for you.")).to_be_visible()
    before = len(seen)
    for _ in range(6):  # to the page a minute goes by
        page.clock.fast_forward("00:10")
        page.wait_for_timeout(50)
    assert len(seen) == before
    # A page that asks for something anew is asked for, and may be heard.
    answers["refuse"] = False
    page.get_by_role("link", name="Alerts", exact=True).first.click()
    expect(page.get_by_role("status").filter(has_text="Live")).to_be_visible()
