"""What answers in the server's place ends nothing: a proxy's page to sign in, one of maintenance, a portal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from at_posts import PICTURE
from booth_scene import asked_about, at_booth, by_crossing
from device import kept_here, until
from dock_scene import at_dock, begin, record
from ordered import ordered, sent
from playwright.sync_api import Page, Route, expect

if TYPE_CHECKING:
    from conftest import Consoles
    from listening import Listening

PORTAL = "<!doctype html><title>Welcome</title><p>Sign in to this network.</p>"
HTML = {"status": 200, "content_type": "text/html", "body": PORTAL}
WAITING = """() => new Promise((done, fail) => {
  const opened = indexedDB.open('aforo');
  opened.onerror = () => fail(opened.error);
  opened.onsuccess = () => {
    const asked = opened.result.transaction('acts').objectStore('acts').getAll();
    asked.onsuccess = () => { opened.result.close(); done(asked.result.map((act) => [act.path, act.problem])); };
  };
})"""


@pytest.mark.parametrize(
    "answered",
    [
        HTML,
        {"status": 302, "headers": {"Location": "/login"}, "body": ""},
        {"status": 200, "content_type": "application/json", "body": "{}"},
        {"status": 403, "content_type": "text/html", "body": PORTAL},
    ],
    ids=["page", "redirect", "json", "refusal"],
)
def test_an_act_at_the_booth_that_something_else_answers_stays_and_is_sent_again(
    consoles: Consoles, served: Listening, request: pytest.FixtureRequest, answered: dict[str, Any]
) -> None:
    own = f"place-{request.node.callspec.id}"
    ordered(served, own, "scan")
    context = consoles.context("officer")
    seen: list[str] = []

    def answer(route: Route) -> None:
        seen.append(route.request.url)
        route.fulfill(**answered)

    context.route("**/v1/booth", answer)
    context.route("**/login", lambda route: route.fulfill(**HTML))
    page = at_booth(consoles, context, clock=True)
    asked_about(page, f"TR-{own}")
    until(page, lambda: len(seen) > 1 or page.clock.fast_forward("00:05"))
    assert page.evaluate(WAITING) == [["/v1/booth", None]]
    assert own not in by_crossing(served)
    context.unroute("**/v1/booth")
    page.clock.fast_forward("05:00")
    until(page, lambda: by_crossing(served).get(own))
    until(page, lambda: page.evaluate(WAITING) == [])


def test_a_photo_that_a_page_of_maintenance_answers_stays_and_is_sent_again(
    consoles: Consoles, served: Listening
) -> None:
    sent(served, "place-photo")
    page = at_dock(consoles, "place-photo", clock=True)
    seen: list[str] = []

    def answer(route: Route) -> None:
        seen.append(route.request.url)
        route.fulfill(**HTML)

    page.context.route("**/photos*", answer)
    begin(page, "place-photo")
    page.get_by_label("Take or choose photos").set_input_files(
        {"name": "p.png", "mimeType": "image/png", "buffer": PICTURE}
    )
    until(page, lambda: len(seen) > 1 or page.clock.fast_forward("00:05"))
    assert [path.rpartition("/")[2] for path, _ in page.evaluate(WAITING)] == ["photos"]
    page.context.unroute("**/photos*")
    page.clock.fast_forward("05:00")
    until(page, lambda: (found := record(served, "place-photo")) and found["photos"])


@contextmanager
def behind_a_portal(address: str) -> Iterator[tuple[str, dict[str, bool]]]:
    """The server through a network that can be told to answer everything itself: its address, and the switch."""
    shut = {"is": False}

    class Way(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if shut["is"]:
                self.answered(200, [("Content-Type", "text/html")], PORTAL.encode())
                return
            headers = [
                each for each in self.headers.items() if each[0].lower() not in ("connection", "accept-encoding")
            ]
            headers.append(("Accept-Encoding", "identity"))
            with httpx.Client(trust_env=False, timeout=30) as client:
                if self.path.startswith("/v1/live"):  # streams do not go through
                    self.answered(503, [], b"")
                    return
                answer = client.request(self.command, address + self.path, headers=headers, content=body)
            left_out = {"content-length", "content-encoding", "transfer-encoding", "connection", "date", "server"}
            self.answered(
                answer.status_code, [each for each in answer.headers.items() if each[0] not in left_out], answer.content
            )

        do_POST = do_GET  # noqa: N815

        def answered(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Way) as way:
        Thread(target=way.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{way.server_port}", shut
        way.shutdown()


def test_a_networks_portal_is_taken_neither_for_the_console_nor_for_an_end_of_the_session(
    consoles: Consoles, served: Listening
) -> None:
    ordered(served, "portal", "scan")
    with behind_a_portal(served.address) as (address, shut):
        page: Page = consoles.context("officer").new_page()
        page.goto(f"{address}/console/booth/world-trade")
        expect(page.locator(".reach")).to_contain_text("List of", timeout=15_000)
        kept_here(page)
        shut["is"] = True
        page.reload()
        expect(page.get_by_text("Sign in to this network")).to_have_count(0)
        # Who was here last is still known, and so is the list.
        expect(page.locator(".reach")).to_contain_text("List of", timeout=15_000)
        asked_about(page, "TR-portal")
        page.wait_for_timeout(1_500)
        assert page.evaluate(WAITING) == [["/v1/booth", None]]
        assert page.evaluate("localStorage.getItem('aforo-who') !== null")
        shut["is"] = False
        page.reload()
        until(page, lambda: by_crossing(served).get("portal"))
        page.close()
        # That network is no way out of this machine.
        consoles.said[:] = [each for each in consoles.said if not each.startswith(f"left the machine: {address}/")]
