"""The border and a bridge in a browser: what is live, what an officer does by the keyboard alone, and what it costs."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from border_scene import CAREFUL, HELD, WAITS, fill, prepared
from journeys import Post, truck
from listening import PASSWORD, Listening, listening
from playwright.sync_api import Page, expect
from priced import WORLD_TRADE, stand
from signing import beside

from aforo.api.access import Rate
from aforo.domain.event import AcceptanceUndone, OrderAccepted, OrderUndone, Overridden

if TYPE_CHECKING:
    from conftest import Consoles
    from journeys import Learnt

Axe = Callable[[Page], list[str]]
#: What the port page may take over the wire until its rows are there, its curves are drawn, and what it fetches by
#: itself when it is idle has come.
MOST_BYTES = 80 * 1024
PORT = f"/port/{WORLD_TRADE}"


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    """A bridge with prices, and trucks in every state."""
    post = prepared(Post(learnt, tmp_path_factory.mktemp("border")))
    busy = partial(stand, waiting=8.0)
    with listening(post, rate=Rate(1e6, 1e6), policy=CAREFUL, opened=busy) as made:
        fill(made)
        yield made


def row(page: Page, crossing: str) -> Any:
    return page.locator(f'tr[data-crossing="{crossing}"]')


#: The truck whose row has the focus, and whether it is the last of the queue.
_FOCUSED = """() => {
  const row = document.activeElement?.closest('tr');
  const rows = row?.closest('table').getAttribute('aria-rowcount');
  return [row?.dataset.crossing, row?.getAttribute('aria-rowindex') === rows];
}"""


def choose(page: Page, crossing: str) -> Any:
    """Go to a truck by the keys alone, from the first row of the queue."""
    page.locator(".port-queue tr[data-crossing]").first.wait_for()
    page.get_by_role("searchbox").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Home")
    for _ in range(120):
        here, last = page.evaluate(_FOCUSED)
        if here == crossing:
            return row(page, crossing)
        # News that comes meanwhile may put the truck above the rows that were gone through.
        page.keyboard.press("Home" if last else "ArrowDown")
        page.wait_for_function("(was) => document.activeElement?.dataset?.crossing !== was", arg=here)
    raise AssertionError(f"{crossing} is not in the queue")


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_border_has_no_violation_and_opens_a_bridge_by_one_key(
    consoles: Consoles, axe: Axe, lang: str, dark: bool
) -> None:
    page = consoles.open("/", "officer", lang, dark=dark)
    expect(page.locator("h1")).to_have_text({"en": "The border now", "es": "La frontera ahora"}[lang])
    first = page.locator("tbody tr").first
    expect(first).to_contain_text("World Trade Bridge")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    first.get_by_role("rowheader").get_by_role("link").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("World Trade Bridge")


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_bridge_has_no_violation_with_a_truck_chosen_and_with_its_questions_open(
    consoles: Consoles, axe: Axe, lang: str, dark: bool
) -> None:
    page = consoles.open(PORT, "officer", lang, dark=dark)
    row(page, HELD).click()
    expect(page.locator("#port-chosen")).to_have_text(HELD)
    expect(page.locator(".chart canvas").first).to_be_visible()
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for key in ("l", "?"):
        row(page, HELD).focus()
        page.keyboard.press(key)
        expect(page.get_by_role("dialog")).to_be_visible()
        assert axe(page) == []
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(row(page, HELD)).to_be_focused()


def test_a_hold_for_lives_has_a_place_of_its_own_and_is_not_in_the_queue(consoles: Consoles) -> None:
    page = consoles.open(PORT, "officer")
    holds = page.locator("#port-holds")
    expect(holds).to_contain_text("Life-safety holds: 1")
    expect(holds.locator(f'tr[data-crossing="{HELD}"]')).to_have_count(1)
    expect(row(page, HELD)).to_have_count(1)
    expect(page.locator(f'.port-truck[data-truck="{HELD}"]')).to_have_attribute("data-tone", "life")


def test_an_officer_accepts_raises_and_takes_back_by_the_keyboard_alone(consoles: Consoles, served: Listening) -> None:
    page = consoles.open(PORT, "officer")
    mine = choose(page, "SCAN-12")
    page.keyboard.press("a")
    expect(page.get_by_role("status").filter(has_text="Accepted")).to_be_visible()
    # Nobody else need look at it: it leaves the head of the queue, and keeps the focus.
    expect(mine).to_have_attribute("data-tone", "accent")
    expect(mine).to_be_focused()
    (accepted,) = [each.event.actor for each in served.log.read(types=[OrderAccepted.TYPE])]
    assert accepted == "officer at the console"
    # That one agrees is taken back by the same key, and given again.
    page.keyboard.press("u")
    expect(page.get_by_role("status").filter(has_text="your acceptance is taken back")).to_be_visible()
    assert len(served.log.read(types=[AcceptanceUndone.TYPE])) == 1
    expect(mine).not_to_have_attribute("data-tone", "accent")
    expect(mine).to_be_focused()
    page.keyboard.press("a")
    expect(page.get_by_role("status").filter(has_text="Accepted")).to_be_visible()
    released = "SCAN-18"
    ana = served.as_("officer", "Ana Torres")
    filed = ana.post(
        "/v1/crossings/SCAN-18/override",
        json={"examination": "release", "reason": "Seen at the gate."},
        headers=served.second(ana, "SCAN-18", "Bea", examination="release"),
    )
    assert filed.status_code == 200, filed.text
    expect(row(page, released)).to_have_attribute("data-tone", "quiet")
    mine = choose(page, released)
    page.get_by_label("Raised for").select_option("seal")
    mine.focus()
    page.keyboard.press("r")
    expect(mine).to_contain_text("Secondary")
    expect(page.locator(".port-detail")).to_contain_text("For: the seal.")
    expect(page.get_by_label("Raised for")).to_have_value("judgement")
    expect(page.get_by_role("button", name="Take the order back")).to_be_visible()
    page.keyboard.press("u")
    expect(mine).to_contain_text("Release")
    (undone,) = served.log.read(types=[OrderUndone.TYPE])
    assert undone.event.stream == f"crossing/{released}"
    page.keyboard.press("o")
    expect(page).to_have_url(re.compile(f"/crossing/{released}$"))


def test_nothing_is_ordered_of_a_truck_that_was_examined(consoles: Consoles, served: Listening) -> None:
    page = consoles.open(PORT, "officer")
    row(page, "SCAN-08").click()
    chosen = page.locator(".port-detail")
    expect(chosen.get_by_role("button", name="Hold")).to_be_visible()
    clear = {"crossing_id": "SCAN-08", "examined": 1, "outcome": 0, "carried_out": "secondary"}
    assert served.as_("officer", "Ana Torres").post("/v1/outcomes", json=clear).status_code == 200
    expect(chosen.locator("header")).to_contain_text("examined")
    expect(chosen.get_by_role("button")).to_have_count(0)


def test_lowering_takes_a_second_officer_and_a_reason(consoles: Consoles, served: Listening) -> None:
    second = served.account("supervisor", "Bea Luna", ())
    page = consoles.open(PORT, "officer")
    mine = choose(page, "SCAN-16")
    page.keyboard.press("l")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Lower to").select_option("scan")
    page.keyboard.press("Enter")
    dialog.get_by_role("button", name="Lower it").press("Enter")
    expect(dialog.get_by_role("alert").first).to_have_text("This is needed.")
    dialog.get_by_label("Reason").fill("The papers are in order.")
    dialog.get_by_label("Sign-in name").fill(second.login)
    dialog.get_by_label("Password").fill("not the password")
    page.keyboard.press("Enter")
    expect(dialog.locator(".notice")).to_contain_text("do not belong together")
    expect(mine.locator(".tag")).to_have_text("Secondary")
    dialog.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(mine).to_contain_text("Scan")
    order = served.log.read(types=[Overridden.TYPE])[-1]
    assert (order.event.data["examination"], order.event.data["seconded_by"]) == ("scan", "Bea Luna")


def test_a_second_officer_signs_with_a_passkey_and_types_nothing(
    consoles: Consoles, served: Listening, axe: Axe
) -> None:
    page, authenticator = beside(consoles, served, "Rosa Keyed")
    page.goto(f"{consoles.served.address}/console{PORT}")
    held = {"examination": "hold", "reason": "Seal differs."}
    assert served.as_("officer", "Ana Torres").post("/v1/crossings/SCAN-14/override", json=held).status_code == 200
    mine = choose(page, "SCAN-14")
    expect(mine).to_contain_text("Hold")
    page.keyboard.press("l")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Lower to").select_option("scan")
    assert axe(page) == []
    sign = dialog.get_by_role("button", name="Sign with a passkey")
    sign.press("Enter")
    expect(dialog.get_by_role("alert")).to_have_text(["This is needed."])
    dialog.get_by_label("Reason").fill("The papers are in order.")
    authenticator.recognises(False)
    sign.press("Enter")
    expect(dialog.locator(".notice")).to_contain_text("The passkey was not used", timeout=90_000)
    authenticator.recognises(True)
    sign.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    # It goes elsewhere in the order, which does not take the list along; the panel stays with it.
    expect(page.locator("#port-chosen")).to_have_text("SCAN-14")
    expect(page.locator(".port-order strong")).to_have_text("Scan")
    order = served.log.read(types=[Overridden.TYPE])[-1]
    assert order.event.stream == "crossing/SCAN-14"
    assert (order.event.data["examination"], order.event.data["seconded_by"]) == ("scan", "Rosa Keyed")


def test_what_happens_is_on_the_screen_at_once_and_without_a_reload_after_the_stream_was_lost(
    consoles: Consoles, served: Listening
) -> None:
    page = consoles.open(PORT, "officer")
    expect(row(page, HELD)).to_be_visible()
    page.evaluate("window.stays = true")
    page.get_by_role("searchbox").fill("late")
    officer = served.as_("officer", "Ana Torres")
    filed = truck("LATE-1", filed_at="2024-03-20T06:50:00-05:00")
    assert officer.post("/v1/filings", content=json.dumps(filed)).status_code == 200
    expect(row(page, "LATE-1")).to_contain_text("on its way")
    # The node is opened anew, as after an error of the database: the stream begins with the whole board again.
    with suppress(ZeroDivisionError):
        served.desk.do(lambda node: 1 / 0).result(10)
    filed = truck("LATE-2", filed_at="2024-03-20T06:50:00-05:00")
    until = time.monotonic() + 10
    while officer.post("/v1/filings", content=json.dumps(filed)).status_code != 200:
        assert time.monotonic() < until
        time.sleep(0.1)
    expect(row(page, "LATE-2")).to_contain_text("on its way")
    expect(row(page, "LATE-1")).to_be_visible()
    assert page.evaluate("window.stays")


def test_lanes_are_stated_from_the_page(consoles: Consoles, served: Listening) -> None:
    page = consoles.open(PORT, "officer")
    page.get_by_role("button", name="State lanes and staff").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("FAST").fill("2")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(page.locator(".port-plan")).to_contain_text("2 open")


def test_a_dialog_is_fetched_when_it_is_opened_and_is_asked_for_again_where_it_did_not_come(consoles: Consoles) -> None:
    page = consoles.open(PORT, "officer")
    expect(row(page, WAITS)).to_be_visible()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.route("**/dialogs-*.js", lambda route: route.abort())
    page.get_by_role("button", name="Keys").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("The server was not reached")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.get_by_role("button", name="Keys").click()
    expect(dialog).to_contain_text("This could not be opened")
    page.unroute("**/dialogs-*.js")
    dialog.get_by_role("button", name="Try again").click()
    expect(dialog).to_contain_text("They work while a row of the queue has the focus")
    assert any("/dialogs-" in url for url in asked)


def test_who_may_only_look_is_offered_nothing_to_do(consoles: Consoles) -> None:
    page = consoles.open(PORT, "auditor")
    row(page, WAITS).click()
    expect(page.locator("#port-chosen")).to_have_text(WAITS)
    expect(page.locator(".port-detail button")).to_have_count(0)
    expect(page.get_by_role("button", name="State lanes")).to_have_count(0)
    page = consoles.open(PORT, "carrier", carriers=("CA-1",))
    expect(page.locator("h1")).to_have_text("This page is not open to you")


def test_the_page_is_small(consoles: Consoles) -> None:
    context = consoles.context("officer")
    page = context.new_page()
    client = context.new_cdp_session(page)
    client.send("Network.enable")
    sizes: dict[str, float] = {}

    def take(told: dict[str, Any]) -> None:
        sizes[told["requestId"]] = sizes.get(told["requestId"], 0.0) + told["encodedDataLength"]

    client.on("Network.dataReceived", take)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.partition("?")[0].partition("/v1/")[2]))
    with page.expect_response("**/outbox-*.js") as idle:
        page.goto(f"{consoles.served.address}/console{PORT}")
        expect(row(page, HELD)).to_be_visible()
        expect(page.locator(".chart canvas").first).to_be_visible()
    idle.value.finished()
    assert 10_000 < sum(sizes.values()) < MOST_BYTES, sizes
    assert (asked.count("live"), asked.count(f"bridges/{WORLD_TRADE}")) == (1, 1), asked


#: Takes the place of the stream: sixty trucks a second, each a row that is new or goes on.
FLOOD = (Path(__file__).parent / "flood.js").read_text(encoding="utf-8")


#: Counts the lines that are drawn on canvases.
STROKES = """
const stroke = CanvasRenderingContext2D.prototype.stroke;
window.strokes = 0;
CanvasRenderingContext2D.prototype.stroke = function (...given) {
  window.strokes += 1;
  return stroke.apply(this, given);
};
"""


def test_curves_are_not_drawn_anew_while_only_rows_change(consoles: Consoles) -> None:
    context = consoles.context("officer")
    context.add_init_script(FLOOD)
    context.add_init_script(STROKES)
    page = context.new_page()
    page.goto(f"{consoles.served.address}/console{PORT}")
    expect(page.locator(".chart canvas").first).to_be_visible()
    page.wait_for_timeout(1_000)
    drawn = page.evaluate("window.strokes")
    assert drawn > 0
    first = ".port-queue tr[data-crossing]"
    shown = page.locator(first).first.inner_text()
    page.wait_for_function(f"(was) => document.querySelector({first!r}).innerText !== was", arg=shown)
    page.wait_for_timeout(1_000)
    assert page.evaluate("window.strokes") == drawn


def test_of_sixty_trucks_a_second_only_what_changed_is_drawn_and_the_focus_keeps_its_place(consoles: Consoles) -> None:
    """What makes it smooth, by counts; the frames themselves are benchmarks/console_frames.py's to measure."""
    context = consoles.context("officer")
    context.add_init_script(FLOOD)
    page = context.new_page()
    page.clock.install()
    page.goto(f"{consoles.served.address}/console{PORT}")
    page.locator('tr[data-crossing^="F"]').first.wait_for()
    # Whoever works by the keys keeps their place, though rows come, go on and leave.
    page.get_by_role("searchbox").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.evaluate("window.watch()")
    page.clock.run_for(4_000)
    seen = page.evaluate("window.seen()")
    # A truck that the order took out of reach leaves the focus to the list: from there the next one is a key away.
    page.wait_for_function("() => document.activeElement.closest('.port-queue') !== null")
    before = page.evaluate("document.activeElement.dataset.crossing ?? ''")
    page.keyboard.press("ArrowDown")
    page.wait_for_function("(was) => (document.activeElement?.dataset?.crossing ?? was) !== was", arg=before)
    assert len(seen["told"]) > 200, seen
    # Rows in sight alone; of these only what was told of is written in; and it is drawn five times a second at most.
    assert 10 < seen["rows"] < 60, seen
    assert seen["touched"], seen
    assert set(seen["touched"]) <= set(seen["told"]), seen
    assert 5 < seen["draws"] <= seen["turns"] + 2, seen
