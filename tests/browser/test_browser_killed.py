"""The server is killed in the middle of an examination: booth and dock go on, and all of it is recorded once."""

from __future__ import annotations

import signal
import time
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from journeys import Post, file, truck_now
from listening import PASSWORD
from playwright.sync_api import Browser, expect
from programs import program

from aforo.api.people import People
from aforo.bootstrap import open_node
from aforo.flow.override import override
from aforo.log.keys import KeyStore
from aforo.log.opened import open_log
from aforo.log.passwords import hashed
from aforo.log.store import Log
from aforo.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from journeys import Learnt


def prepared(served: Any) -> None:
    """Two trucks that are to be examined, and an officer's account."""
    with open_log(Settings(f"sqlite:///{served.store}", f"sqlite:///{served.keys}")) as log:
        node = open_node(log, served.model, 0.05)
        for own in ("K1", "K2"):
            (line,) = file(node, truck_now(own))
            if line.examination != "secondary":
                override(log, own, "secondary", "Ana", "For the test.", "Bea")
    with People(f"sqlite:///{served.keys}") as people:
        people.accounts.add("luz", "Luz", "officer", (), "en", datetime.now(UTC), password=hashed(PASSWORD))


def kinds(served: Any, stream: str) -> Counter[str]:
    with closing(KeyStore(served.keys)) as keys, Log.open_to_read(f"sqlite:///{served.store}", keys) as log:
        return Counter(stored.event.type for stored in log.stream(stream))


def test_a_server_that_is_killed_loses_nothing_that_was_done_at_booth_and_dock(
    browser: Browser, learnt: Learnt, tmp_path: Path
) -> None:
    post = Post(learnt, tmp_path / "post")
    with program("http_served").Served(post.folder, post.model, post.store) as served:
        prepared(served)
        served.start()
        address = f"http://127.0.0.1:{served.port}"
        context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="en-US")
        context.set_default_timeout(20_000)
        signed = context.request.post(
            f"{address}/v1/session", data={"name": "luz", "password": PASSWORD}, headers={"Origin": address}
        )
        assert signed.ok, signed.text()
        booth, dock = context.new_page(), context.new_page()
        booth.goto(f"{address}/console/booth/world-trade")
        expect(booth.locator(".reach")).to_contain_text("List of 2 trucks")
        booth.get_by_label("Plate or trip number").fill("TR-K1")
        booth.keyboard.press("Enter")
        expect(booth.locator(".instruction .word").first).to_have_text("Dock")
        dock.goto(f"{address}/console/dock/world-trade")
        dock.get_by_role("button", name="Begin with K1").click()
        dock.get_by_role("dialog").get_by_role("button", name="Begin").click()
        dock.get_by_role("button", name="Floor, Clear: floor").click()
        expect(dock.get_by_text("to be sent")).to_have_count(0)

        for each in (booth, dock):
            expect(each.locator(".reach")).to_contain_text("Connected")
        # What the acts changed was looked at, and the dock has just asked of its own accord: it will not for a while.
        dock.wait_for_timeout(3_000)
        with dock.expect_response("**/v1/bridges/world-trade/docks*"):
            pass
        served.stop(signal.SIGKILL)
        # Nobody does anything: that the stream broke is enough.
        for each in (dock, booth):
            expect(each.locator(".reach")).to_contain_text("No connection since", timeout=5_000)
        dock.get_by_role("button", name="Load, Finding: load").click()
        dock.get_by_label("What", exact=True).fill("Other goods")
        dock.get_by_role("button", name="Add the finding").click()
        booth.get_by_label("Plate or trip number").fill("tr k2")
        begun = time.monotonic()
        booth.keyboard.press("Enter")
        expect(booth.locator(".instruction .word").first).to_have_text("Dock")
        expect(booth.locator(".instruction .of-it")).to_contain_text("K2")
        assert time.monotonic() - begun < 2.0
        expect(dock.get_by_text("wait here to be sent since")).to_be_visible()

        served.start()
        for each in (booth, dock):
            expect(each.locator(".reach")).to_contain_text("Connected", timeout=30_000)
        # Nobody loads a page anew: what waited goes out by itself, and the outcome follows.
        expect(dock.get_by_text("wait here to be sent since")).to_have_count(0, timeout=60_000)
        dock.get_by_role("button", name="Violation").click()
        dock.get_by_role("button", name="Finish", exact=True).click()
        dock.get_by_role("button", name="Finish the examination").click()
        end = time.monotonic() + 60
        while kinds(served, "crossing/K1")["examination.closed"] < 1 and time.monotonic() < end:
            dock.wait_for_timeout(200)
        while kinds(served, "crossing/K2")["crossing.arrived"] < 1 and time.monotonic() < end:
            booth.wait_for_timeout(200)
        context.close()
        once = ("examination.begun", "examination.found", "examination.closed", "crossing.examined")
        told = kinds(served, "crossing/K1")
        assert [told[each] for each in once] == [1, 1, 1, 1]
        assert told["examination.checked"] == 2
        assert kinds(served, "booth/world-trade")["booth.instructed"] == 2
