"""The booth in a real browser: one instruction within the second, and the same through a connection that was lost."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest
from journeys import Clock, truck
from playwright.sync_api import Page, ViewportSize, expect

if TYPE_CHECKING:
    from conftest import Consoles
    from listening import Listening

Axe = Callable[[Page], list[str]]
TABLET: ViewportSize = {"width": 1024, "height": 768}
#: Where pictures are left for who wants to look at them.
PICTURES = os.environ.get("AFORO_PICTURES", "")


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"))


def file(served: Listening, own: str, order: str = "release", **fields: Any) -> None:
    """A truck of which this is ordered."""
    assert served.carrier().post("/v1/filings", content=json.dumps(truck(own, **fields))).status_code == 200
    second = {"Second-Authorization": f"Bearer {served.token('supervisor', 'Second')}"}
    said = {"examination": order, "reason": "The seal differs."}
    made = served.as_("officer").post(f"/v1/crossings/{own}/override", json=said, headers=second)
    assert made.status_code == 200 or "override_changes_nothing" in made.text, made.text


@pytest.fixture
def clock(served: Listening) -> Iterator[Clock]:
    made = served.log.clock
    assert isinstance(made, Clock)
    return made  # type: ignore[return-value]


def open_booth(consoles: Consoles, lang: Literal["en", "es"] = "en", **how: Any) -> Page:
    page = consoles.open("/booth/world-trade", "officer", lang, **how)
    expect(page.locator(".reach")).to_contain_text({"en": "List of", "es": "Lista de"}[lang])
    return page


def ask(page: Page, typed: str) -> None:
    page.keyboard.type(typed)
    page.keyboard.press("Enter")


def acts(served: Listening) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = served.as_("officer").get("/v1/bridges/world-trade/booth").json()["acts"]
    return found


def until(page: Page, look: Callable[[], list[Any]], count: int) -> list[Any]:
    """What is seen once there are so many."""
    for _ in range(100):
        if len(found := look()) >= count:
            return found
        page.wait_for_timeout(100)
    raise AssertionError(f"{len(look())} of {count}")


@pytest.mark.parametrize("lang", ["en", "es"])
def test_one_instruction_stands_there_within_the_second_in_both_languages(
    consoles: Consoles, axe: Axe, served: Listening, lang: Literal["en", "es"]
) -> None:
    file(served, f"scanned-{lang}", "scan")
    page = open_booth(consoles, lang)
    picture(page, f"booth-empty-{lang}")
    assert axe(page) == []
    ask(page, f"tr scanned {lang}")
    words = page.locator(".instruction .word")
    expect(words).to_have_text(["Scanner", "Escáner"] if lang == "en" else ["Escáner", "Scanner"], timeout=1_000)
    expect(page.locator(".instruction .of-it")).to_contain_text(f"scanned-{lang}")
    assert axe(page) == []
    picture(page, f"booth-scan-{lang}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    # The next truck needs no key: what is typed is the next.
    ask(page, "nobody 1")
    expect(words.first).to_have_text({"en": "Dock", "es": "Andén"}[lang], timeout=1_000)
    page.keyboard.press("Escape")
    expect(page.locator(".instruction")).to_have_count(0)
    expect(page.get_by_role("table")).to_contain_text(f"scanned-{lang}")


@pytest.mark.parametrize("viewport", [None, TABLET], ids=["desktop", "tablet"])
def test_a_hold_and_a_release_are_told_apart_without_colour(
    consoles: Consoles, axe: Axe, served: Listening, viewport: ViewportSize | None
) -> None:
    own = "tablet" if viewport else "desktop"
    file(served, f"held-{own}", "hold")
    file(served, f"free-{own}")
    page = open_booth(consoles, viewport=viewport, dark=viewport is not None)
    for typed, word in ((f"TR-held-{own}", "Stop"), (f"TR-free-{own}", "Go on")):
        ask(page, typed)
        expect(page.locator(".instruction .word").first).to_have_text(word)
        picture(page, f"booth-{word.split()[0].lower()}-{own}")
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shapes = page.locator(".instruction svg path").get_attribute("d")
    ask(page, f"TR-held-{own}")
    expect(page.locator(".instruction .word").first).to_have_text("Stop")
    assert page.locator(".instruction svg path").get_attribute("d") != shapes


def test_of_several_the_strictest_is_shown_and_another_can_be_picked(consoles: Consoles, served: Listening) -> None:
    file(served, "twin-1", tractor_id="TWIN")
    file(served, "twin-2", "secondary", tractor_id="TWIN")
    page = open_booth(consoles)
    ask(page, "TWIN")
    expect(page.locator(".instruction .word").first).to_have_text("Dock")
    page.get_by_role("button", name="twin-1").click()
    expect(page.locator(".instruction .word").first).to_have_text("Go on")


def test_no_pick_goes_past_a_hold_with_the_connection_or_without(consoles: Consoles, served: Listening) -> None:
    file(served, "held-twin", "hold", tractor_id="HELDTWIN")
    file(served, "free-twin", tractor_id="HELDTWIN")
    page = open_booth(consoles)
    for offline in (False, True):
        page.context.set_offline(offline)
        ask(page, "HELDTWIN")
        expect(page.locator(".instruction .of-it")).to_contain_text("· held-twin")
        page.get_by_role("button", name="free-twin", exact=True).click()
        expect(page.locator(".instruction .of-it")).to_contain_text("· free-twin")
        expect(page.locator(".instruction .word").first).to_have_text("Stop")
        expect(page.get_by_text("A hold stands whichever is picked")).to_be_visible()
        page.keyboard.press("Escape")


def test_a_mistake_is_marked(consoles: Consoles, served: Listening) -> None:
    file(served, "mistyped")
    page = open_booth(consoles)
    ask(page, "TR-mistyped")
    expect(page.locator(".instruction .word").first).to_have_text("Go on")
    page.get_by_role("button", name="Mark as a mistake … mistyped").click()
    page.get_by_role("dialog").get_by_role("button", name="Typed wrongly").click()
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="mistyped"))
    expect(row).to_contain_text("marked as a mistake")


def test_ten_minutes_without_a_connection_a_reload_in_between_and_everything_once_in_order_with_its_true_time(
    consoles: Consoles, served: Listening, clock: Clock
) -> None:
    for own, order in (("off-scan", "scan"), ("off-free", "release"), ("off-held", "release")):
        file(served, own, order)
    context = consoles.context("officer")
    page = context.new_page()
    page.clock.install()
    page.goto(f"{served.address}/console/booth/world-trade")
    expect(page.locator(".reach")).to_contain_text("List of")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    begun = clock.now
    context.set_offline(True)
    ask(page, "tr off scan")
    expect(page.locator(".instruction .word").first).to_have_text("Scanner", timeout=2_000)
    expect(page.get_by_text("By the list of this device")).to_be_visible()
    expect(page.locator(".reach")).to_contain_text("No connection since")
    picture(page, "booth-offline")
    # Meanwhile, and not in the very instant of the list, the node orders a hold of a truck that the list releases.
    clock.move(seconds=10)
    file(served, "off-held", "hold")
    for _ in range(4):
        page.clock.fast_forward("01:00")
        clock.move(minutes=1)
    page.reload()
    expect(page.locator(".reach")).to_contain_text("List of", timeout=15_000)
    expect(page.get_by_text("1 act waits here to be sent since")).to_be_visible()
    ask(page, "OFF-FREE")
    expect(page.locator(".instruction .word").first).to_have_text("Go on")
    ask(page, "tr-off-held")
    expect(page.locator(".instruction .word").first).to_have_text("Go on")
    ask(page, "unheard of")
    expect(page.locator(".instruction .word").first).to_have_text("Dock")
    expect(page.locator(".instruction .of-it")).to_contain_text("no filing known")
    for _ in range(6):
        page.clock.fast_forward("01:00")
        clock.move(minutes=1)
    assert acts(served)[-1:] == [] or all(not each["late"] for each in acts(served))
    expect(page.get_by_text("4 acts wait here to be sent since")).to_be_visible()
    context.set_offline(False)
    page.clock.fast_forward("00:31")
    expect(page.locator(".reach")).to_contain_text("Connected", timeout=15_000)
    late = until(page, lambda: [each for each in acts(served) if each["late"]], 4)
    expect(page.get_by_text("wait here to be sent")).to_have_count(0)
    assert [each["crossing_id"] for each in late] == ["off-scan", "off-free", "off-held", None]
    assert [each["instruction"] for each in late] == ["scan", "release", "release", "secondary"]
    assert [each["would"] for each in late] == [None, None, "hold", None]
    minutes = [_minutes(each["at"], begun) for each in late]
    assert minutes[0] < 1.0
    assert all(3.5 < each < 5.5 for each in minutes[1:]), minutes
    # The truck that was let go while a hold stood: told here until it is seen, and an alert for the shift.
    expect(page.get_by_text("a hold stood: an alert is raised")).to_be_visible()
    picture(page, "booth-reconciled")
    page.get_by_role("button", name="Seen").click()
    expect(page.get_by_text("a hold stood: an alert is raised")).to_have_count(0)
    trucks = served.as_("officer").get("/v1/alerts").json()["trucks"]
    missed = [each for truck in trucks for each in truck["alerts"] if each["kind"] == "missed_hold"]
    assert [each["subject"] for each in missed] == ["crossing/off-held"]


def test_what_waited_is_sent_from_whatever_page_is_open(consoles: Consoles, served: Listening) -> None:
    file(served, "sent-elsewhere", "scan")
    context = consoles.context("officer")
    page = context.new_page()
    page.goto(f"{served.address}/console/booth/world-trade")
    expect(page.locator(".reach")).to_contain_text("List of")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    context.set_offline(True)
    ask(page, "tr sent elsewhere")
    expect(page.locator(".instruction .word").first).to_have_text("Scanner", timeout=2_000)
    page.close()
    context.set_offline(False)
    context.new_page().goto(f"{served.address}/console/design")
    own = until(context.pages[0], lambda: [x for x in acts(served) if x["crossing_id"] == "sent-elsewhere"], 1)
    assert [each["late"] for each in own] == [True]


def test_an_old_list_releases_nobody(consoles: Consoles, served: Listening) -> None:
    file(served, "old-free")
    file(served, "old-scan", "scan")
    file(served, "odd-plate", "joint", tractor_id="ÑU-１２ 3a&ß")
    context = consoles.context("officer")
    page = context.new_page()
    page.clock.install()
    page.goto(f"{served.address}/console/booth/world-trade")
    expect(page.locator(".reach")).to_contain_text("List of")
    context.set_offline(True)
    # However it is spelled: the device evens plates out as the node does.
    ask(page, "ñu.12-3A&ss")
    expect(page.locator(".instruction .word").first).to_have_text("Joint exam")
    for _ in range(13):  # whoever is away so long finds the screen covered, and the first key takes that off
        page.clock.fast_forward("10:00")
        page.keyboard.press("Shift")
    expect(page.locator(".reach")).to_contain_text("Nobody is released by it")
    ask(page, "TR-old-free")
    expect(page.locator(".instruction .word").first).to_have_text("Dock")
    expect(page.get_by_text("By a list that is too old")).to_be_visible()
    ask(page, "TR-old-scan")
    expect(page.locator(".instruction .word").first).to_have_text("Scanner")


def test_a_session_that_ended_asks_to_sign_in_and_then_goes_on(consoles: Consoles, served: Listening) -> None:
    file(served, "after-the-end", "scan")
    context = consoles.context("officer")
    page = context.new_page()
    page.goto(f"{served.address}/console/booth/world-trade")
    expect(page.locator(".reach")).to_contain_text("List of")
    context.set_offline(True)
    ask(page, "tr after the end")
    expect(page.locator(".instruction .word").first).to_have_text("Scanner", timeout=2_000)
    context.clear_cookies()
    context.set_offline(False)
    expect(page.get_by_role("main").get_by_role("link", name="Sign in")).to_be_visible(timeout=15_000)
    assert "after-the-end" not in [each["crossing_id"] for each in acts(served)]
    consoles._sign_in(context, "officer", ())
    page.goto(f"{served.address}/console/booth/world-trade")
    expect(page.get_by_role("table")).to_contain_text("after-the-end", timeout=15_000)
    assert [each["late"] for each in acts(served) if each["crossing_id"] == "after-the-end"] == [True]


def test_who_signs_out_leaves_no_list_behind(consoles: Consoles, served: Listening) -> None:
    page = open_booth(consoles)
    assert page.evaluate(KEPT) > 0
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("main").get_by_role("link", name="Sign in")).to_be_visible()
    until(page, lambda: [0] if page.evaluate(KEPT) == 0 else [], 1)


def _minutes(at: str, since: Any) -> float:
    from datetime import datetime

    return float((datetime.fromisoformat(at) - since).total_seconds() / 60)


def test_what_another_account_left_is_not_sent_as_this_ones(consoles: Consoles, served: Listening) -> None:
    file(served, "left-behind", "scan")
    context = consoles.context("officer")
    page = context.new_page()
    page.goto(f"{served.address}/console/booth/world-trade")
    expect(page.locator(".reach")).to_contain_text("List of")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    context.set_offline(True)
    ask(page, "tr left behind")
    expect(page.locator(".instruction .word").first).to_have_text("Scanner", timeout=2_000)
    # Before anything is sent, somebody else signs in at this device.
    context.clear_cookies()
    consoles._sign_in(context, "supervisor", ())
    context.set_offline(False)
    expect(page.get_by_text("until its own account signs in")).to_be_visible(timeout=15_000)
    page.reload()
    expect(page.get_by_text("until its own account signs in")).to_be_visible(timeout=15_000)
    assert "left-behind" not in [each["crossing_id"] for each in acts(served)]
    context.clear_cookies()
    consoles._sign_in(context, "officer", ())
    page.reload()
    expect(page.get_by_role("table")).to_contain_text("left-behind", timeout=15_000)
    (own,) = [each for each in acts(served) if each["crossing_id"] == "left-behind"]
    assert own["late"] is True


#: How much this device keeps of what it was told.
KEPT = """() => new Promise((done) => {
    const asked = indexedDB.open('aforo');
    asked.onsuccess = () => {
        const counted = asked.result.transaction('told').objectStore('told').count();
        counted.onsuccess = () => done(counted.result);
    };
})"""


def test_no_plate_lies_in_clear_on_the_device(consoles: Consoles, served: Listening) -> None:
    file(served, "hidden", tractor_id="SECRET99")
    page = open_booth(consoles)
    kept = page.evaluate(
        """async () => {
            const database = await new Promise((done) => {
              const asked = indexedDB.open('aforo');
              asked.onsuccess = () => done(asked.result);
            });
            const all = await new Promise((done) => {
              const asked = database.transaction('told').objectStore('told').getAll();
              asked.onsuccess = () => done(asked.result);
            });
            return JSON.stringify(all) + JSON.stringify({...localStorage});
        }"""
    )
    assert "hidden" in kept
    assert "SECRET99" not in kept
    assert '"salt"' not in kept


def test_the_slip_is_printed_in_both_languages(consoles: Consoles, axe: Axe, served: Listening) -> None:
    file(served, "on-paper", "secondary")
    page = open_booth(consoles)
    page.evaluate("window.print = () => { window.printed = true; }")
    ask(page, "TR-on-paper")
    page.get_by_role("button", name="Print the slip").click()
    until(page, lambda: [True] if page.evaluate("window.printed === true") else [], 1)
    page.emulate_media(media="print")
    sheet = page.get_by_role("article")
    expect(sheet).to_contain_text("Al andén: revisión secundaria")
    expect(sheet).to_contain_text("To the dock: secondary inspection")
    expect(sheet).to_contain_text("(UTC−5)")
    expect(page.locator("form.ask")).to_be_hidden()
    picture(page, "slip-print")
    page.emulate_media(media="screen")
    page.goto(f"{served.address}/console/slip/on-paper")
    expect(page.get_by_role("article")).to_contain_text("on-paper")
    assert axe(page) == []
    picture(page, "slip-page")
    page.emulate_media(media="print")
    # One sheet of A6 (105 × 148 mm), and one of A4 where that is what the printer has.
    for paper in ({"prefer_css_page_size": True}, {"format": "A4"}):
        printed = page.pdf(**paper)  # type: ignore[arg-type]  # one keyword each
        assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
    small = re.search(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", page.pdf(prefer_css_page_size=True))
    assert small is not None
    assert [round(float(each) / 72 * 25.4) for each in small.groups()] == [105, 148]


def test_an_arrival_that_others_told_is_shown_and_asked_about_by_one_touch(
    consoles: Consoles, axe: Axe, served: Listening
) -> None:
    page = open_booth(consoles)
    file(served, "read-by-camera", "scan")
    told = served.as_("officer").post("/v1/crossings/read-by-camera/arrival?bridge=world-trade")
    assert told.status_code == 200
    button = page.get_by_role("button", name="read-by-camera", exact=True)
    expect(button).to_be_visible(timeout=10_000)
    assert axe(page) == []
    picture(page, "booth-arrival")
    button.click()
    expect(page.locator(".instruction .word").first).to_have_text("Scanner")
    expect(button).to_have_count(0)


def test_how_old_the_list_is_the_servers_clock_tells_and_not_the_devices(
    consoles: Consoles, served: Listening, clock: Clock
) -> None:
    context = consoles.context("officer")
    page = context.new_page()
    page.clock.install()
    page.goto(f"{served.address}/console/booth/world-trade")
    expect(page.locator(".reach")).to_contain_text("0 min old")
    # The device's clock runs ahead by an hour, as a simulated one of the server's may fall behind it.
    page.clock.set_system_time(page.evaluate("Date.now()") / 1_000 + 3_600)
    held: list[Any] = []
    context.route("**/booth-list", lambda route: held.append(route))
    page.reload()
    expect(page.locator(".reach")).to_contain_text("Asking the server how old")
    expect(page.locator(".reach")).not_to_contain_text("1 h")
    until(page, lambda: held, 1)
    held[0].continue_()
    expect(page.locator(".reach")).to_contain_text("0 min old")


def test_since_when_there_is_no_connection_is_told_by_the_bridges_clock(consoles: Consoles, served: Listening) -> None:
    page = open_booth(consoles)
    page.context.set_offline(True)
    reach = page.locator(".reach")
    expect(reach).to_contain_text(re.compile(r"No connection since 07:\d\d UTC−5"), timeout=30_000)
    expect(reach).to_contain_text(re.compile(r"good until 09:\d\d UTC−5"))
    lost = page.get_by_role("status").filter(has_text="what you see is what was known then")
    expect(lost).to_contain_text(re.compile(r"07:\d\d UTC−5"), timeout=60_000)
