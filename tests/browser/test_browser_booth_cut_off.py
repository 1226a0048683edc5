"""The booth in a real browser without a connection: by the list of its device, which tells how old it is, and all of it
sent afterwards, once, by whose it is."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from booth_scene import acts, ask, at_booth, open_booth
from device import kept_here, until
from journeys import clock_of
from ordered import ordered
from pictured import picture
from playwright.sync_api import expect

if TYPE_CHECKING:
    from conftest import Consoles
    from listening import Listening

#: How much this device keeps of what it was told.
KEPT = """() => new Promise((done) => {
    const asked = indexedDB.open('aforo');
    asked.onsuccess = () => {
        const counted = asked.result.transaction('told').objectStore('told').count();
        counted.onsuccess = () => done(counted.result);
    };
})"""


def _minutes(at: str, since: datetime) -> float:
    return (datetime.fromisoformat(at) - since).total_seconds() / 60


def test_ten_minutes_without_a_connection_a_reload_in_between_and_everything_once_in_order_with_its_true_time(
    consoles: Consoles, served: Listening
) -> None:
    for own, order in (("off-scan", "scan"), ("off-free", "release"), ("off-held", "release")):
        ordered(served, own, order)
    context = consoles.context("officer")
    page = at_booth(consoles, context, clock=True)
    kept_here(page)
    begun = clock_of(served.log).now
    context.set_offline(True)
    ask(page, "tr off scan")
    expect(page.locator(".instruction .word").first).to_have_text("Scanner", timeout=2_000)
    expect(page.get_by_text("By the list of this device")).to_be_visible()
    expect(page.locator(".reach")).to_contain_text("No connection since")
    picture(page, "booth-offline")
    # Meanwhile, and not in the very instant of the list, the node orders a hold of a truck that the list releases.
    clock_of(served.log).move(seconds=10)
    ordered(served, "off-held", "hold")
    for _ in range(4):
        page.clock.fast_forward("01:00")
        clock_of(served.log).move(minutes=1)
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
        clock_of(served.log).move(minutes=1)
    assert acts(served)[-1:] == [] or all(not each["late"] for each in acts(served))
    expect(page.get_by_text("4 acts wait here to be sent since")).to_be_visible()
    context.set_offline(False)
    page.clock.fast_forward("00:31")
    expect(page.locator(".reach")).to_contain_text("Connected", timeout=15_000)
    late = until(page, lambda: [each for each in acts(served) if each["late"]], lambda each: len(each) >= 4)
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
    ordered(served, "sent-elsewhere", "scan")
    context = consoles.context("officer")
    page = at_booth(consoles, context)
    kept_here(page)
    context.set_offline(True)
    ask(page, "tr sent elsewhere")
    expect(page.locator(".instruction .word").first).to_have_text("Scanner", timeout=2_000)
    page.close()
    context.set_offline(False)
    context.new_page().goto(f"{served.address}/console/design")
    own = until(context.pages[0], lambda: [x for x in acts(served) if x["crossing_id"] == "sent-elsewhere"])
    assert [each["late"] for each in own] == [True]


def test_an_old_list_releases_nobody(consoles: Consoles, served: Listening) -> None:
    ordered(served, "old-free")
    ordered(served, "old-scan", "scan")
    ordered(served, "odd-plate", "joint", tractor_id="ÑU-１２ 3a&ß")
    context = consoles.context("officer")
    page = at_booth(consoles, context, clock=True)
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
    ordered(served, "after-the-end", "scan")
    context = consoles.context("officer")
    page = at_booth(consoles, context)
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
    until(page, lambda: page.evaluate(KEPT) == 0)


def test_what_another_account_left_is_not_sent_as_this_ones(consoles: Consoles, served: Listening) -> None:
    ordered(served, "left-behind", "scan")
    context = consoles.context("officer")
    page = at_booth(consoles, context)
    kept_here(page)
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


def test_no_plate_lies_in_clear_on_the_device(consoles: Consoles, served: Listening) -> None:
    ordered(served, "hidden", tractor_id="SECRET99")
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


def test_how_old_the_list_is_the_servers_clock_tells_and_not_the_devices(consoles: Consoles, served: Listening) -> None:
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
    until(page, lambda: held)
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
