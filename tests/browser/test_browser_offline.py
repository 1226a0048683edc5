"""What an officer does on a device whose connection, clock or line is bad: all of it is recorded, once and in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from at_posts import PICTURE
from booth_scene import asked_about, at_booth, by_crossing
from device import kept_here, until
from dock_scene import at_dock, begin, record
from journeys import clock_of
from ordered import ordered, sent
from playwright.sync_api import Page, Request, Route, expect

if TYPE_CHECKING:
    from conftest import Consoles
    from listening import Listening

Axe = Callable[[Page], list[str]]
MINUTE = timedelta(minutes=1)


def now(served: Listening) -> datetime:
    return clock_of(served.log).now


@pytest.mark.parametrize("jump", [timedelta(minutes=40), timedelta(days=-2)], ids=["ahead", "back"])
def test_a_clock_that_is_set_without_a_connection_changes_no_instant_at_the_booth(
    consoles: Consoles, served: Listening, jump: timedelta
) -> None:
    own = f"jump-{jump.days}"
    ordered(served, own, "scan")
    ordered(served, f"{own}-after", "scan")
    page = at_booth(consoles, clock=True)
    kept_here(page)
    page.context.set_offline(True)
    page.clock.set_system_time(datetime.now(UTC) + jump)
    asked_about(page, own)
    # What was counted outlives the page, though it is closed on a clock that was set.
    page.reload()
    expect(page.locator(".reach")).to_contain_text("List of", timeout=15_000)
    asked_about(page, f"{own}-after")
    page.context.set_offline(False)
    page.clock.fast_forward("00:31")
    for each in (own, f"{own}-after"):
        made = until(page, lambda each=each: by_crossing(served).get(each))
        assert made["late"] is True
        assert abs(datetime.fromisoformat(made["at"]) - now(served)) < 2 * MINUTE
        assert made["said_at"] is None


def test_a_clock_that_is_set_without_a_connection_changes_no_instant_at_the_dock(
    consoles: Consoles, served: Listening
) -> None:
    sent(served, "dock-jump")
    page = at_dock(consoles, "dock-jump", clock=True)
    page.context.set_offline(True)
    page.clock.set_system_time(datetime.now(UTC) + timedelta(hours=3))
    # By such a clock nobody was there for hours; whoever touches the screen is.
    page.keyboard.press("Shift")
    begin(page, "dock-jump")
    page.clock.run_for(2_000)
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="Sleeper, Clear: sleeper").click()
    page.context.set_offline(False)
    page.clock.fast_forward("00:31")
    made = until(page, lambda: (found := record(served, "dock-jump")) and found["checks"] and found)
    for at in (made["begun_at"], made["checks"][0]["at"]):
        assert abs(datetime.fromisoformat(at) - now(served)) < 2 * MINUTE
    assert made["begun_said_at"] is None


@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_clock_that_is_doubted_is_said_wherever_its_instant_stands(
    consoles: Consoles, axe: Axe, served: Listening, lang: str
) -> None:
    own = f"doubted-{lang}"
    ordered(served, own, "secondary")
    ahead = (now(served) + timedelta(hours=2)).isoformat()
    late = {"told": "secondary", "at": ahead, "list_at": now(served).isoformat()}
    officer = served.as_("officer")
    assert officer.post("/v1/booth", json={"bridge": "wtb", "trip": own, **late}).status_code == 200
    act = {"act": "begin", "examination": "secondary", "bridge": "wtb", "dock": "2", "at": ahead}
    assert officer.post(f"/v1/crossings/{own}/examinations/e-{own}", json=act).status_code == 200
    words = {"en": "clock of the device doubted: it said", "es": "reloj del dispositivo en duda: marcaba"}[lang]
    context = consoles.context("officer", lang)
    for path, places in ((f"crossing/{own}", 3), ("booth/world-trade", 1), ("dock/world-trade", 1)):
        page = context.new_page()
        page.goto(f"{served.address}/console/{path}")
        # The arrival, what was told, and the beginning each have their own.
        marks = page.locator("li, tr").filter(has=page.get_by_text(own)) if places == 1 else page.locator("main")
        expect(marks.first.get_by_text(words)).to_have_count(places, timeout=15_000)
        assert axe(page) == []
        if places == 1 and path.startswith("dock"):
            page.get_by_role("button", name=own).first.click()
            expect(page.get_by_text(words)).to_be_visible()
        page.close()


def test_what_a_booth_told_of_a_truck_that_is_meant_no_more_is_told_to_the_supervisor(
    consoles: Consoles, served: Listening
) -> None:
    ordered(served, "not-meant", "scan")
    at = now(served).isoformat()
    late = {"told": "scan", "at": at, "list_at": at, "crossing_id": "not-meant"}
    sent = served.as_("officer").post("/v1/booth", json={"bridge": "wtb", "plate": "QUITE ANOTHER", **late})
    assert sent.status_code == 200, sent.text
    context = consoles.context("supervisor")
    page = context.new_page()
    page.goto(f"{served.address}/console/booth/world-trade")
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="not-meant"))
    expect(row).to_contain_text("what was typed does not mean this truck any more")
    page.goto(f"{served.address}/console/alerts")
    expect(page.get_by_role("main")).to_contain_text("contradiction")


def test_an_act_that_always_fails_holds_back_no_other_and_is_told_and_set_aside_and_never_dropped(
    consoles: Consoles, axe: Axe, served: Listening
) -> None:
    for own in ("fails", "goes-on"):
        ordered(served, own, "scan")
    context = consoles.context("officer")
    broken = {"is": True}

    def answer(route: Route) -> None:
        if broken["is"] and "TR-fails" in (route.request.post_data or ""):
            route.fulfill(status=500, content_type="application/json", body="{}")
        else:
            route.continue_()

    context.route("**/v1/booth", answer)
    page = at_booth(consoles, context, clock=True)
    context.set_offline(True)
    asked_about(page, "TR-fails")
    asked_about(page, "TR-goes-on")
    context.set_offline(False)
    page.clock.fast_forward("00:31")
    until(page, lambda: by_crossing(served).get("goes-on"))
    # It is tried again by itself, ever more rarely; after some tries it is told.
    told = page.get_by_text("Tried 4 times, the last time in vain as well")
    for _ in range(40):
        if told.count():
            break
        page.clock.fast_forward("00:05")
        page.wait_for_timeout(100)
    expect(told).to_be_visible()
    assert axe(page) == []
    page.get_by_role("button", name="Set aside").click()
    expect(page.get_by_text("Set aside on this device: 1")).to_be_visible()
    broken["is"] = False
    page.clock.fast_forward("05:00")
    page.reload()
    expect(page.get_by_text("Set aside on this device: 1")).to_be_visible()
    assert "fails" not in by_crossing(served)
    page.get_by_role("button", name="Send again").click()
    until(page, lambda: by_crossing(served).get("fails"))
    expect(page.get_by_text("Set aside on this device")).to_have_count(0)


def test_a_photo_on_a_slow_line_has_the_time_of_its_size_and_holds_back_no_other_truck(
    consoles: Consoles, served: Listening
) -> None:
    for own in ("slow-photo", "other-truck"):
        sent(served, own)
    page = at_dock(consoles, "slow-photo", clock=True)
    uploads: list[Route] = []
    # The line takes the first photo and never answers.
    page.context.route("**/photos*", lambda route: uploads.append(route) if not uploads else route.continue_())
    begin(page, "slow-photo")
    page.get_by_label("Take or choose photos").set_input_files(
        {"name": "p.png", "mimeType": "image/png", "buffer": PICTURE}
    )
    until(page, lambda: uploads)
    page.get_by_role("button", name="Sleeper, Clear: sleeper").click()
    page.get_by_role("button", name="← ").click()
    begin(page, "other-truck")
    # Another truck's record goes on at once; what comes after the photo in its own record waits for it.
    until(page, lambda: record(served, "other-truck"))
    own = record(served, "slow-photo")
    assert own is not None
    assert (own["checks"], own["photos"]) == ([], [])
    page.clock.fast_forward("00:21")
    made = until(page, lambda: (found := record(served, "slow-photo")) and found["checks"] and found)
    assert [each["item"] for each in made["checks"]] == ["sleeper"]
    page.clock.fast_forward("00:02")
    until(page, lambda: (found := record(served, "slow-photo")) and found["photos"])


@pytest.mark.parametrize("promised", [True, False])
def test_the_browser_is_asked_to_keep_what_waits_and_a_refusal_is_said(
    consoles: Consoles, served: Listening, promised: bool
) -> None:
    own = f"kept-{promised}"
    ordered(served, own, "scan")
    context = consoles.context("officer")
    context.add_init_script(
        f"""window.askedToKeep = 0;
        if (navigator.storage) {{
          navigator.storage.persisted = async () => false;
          navigator.storage.persist = async () => {{ window.askedToKeep += 1; return {str(promised).lower()}; }};
        }}"""
    )
    page = at_booth(consoles, context)
    assert page.evaluate("window.askedToKeep") == 0
    context.set_offline(True)
    asked_about(page, own)
    asked_about(page, f"{own} again")
    expect(page.get_by_text("acts wait here to be sent since")).to_be_visible()
    expect(page.get_by_text("does not promise to keep")).to_have_count(0 if promised else 1)
    assert page.evaluate("window.askedToKeep") == 1


def test_two_tabs_of_one_device_send_each_act_once(consoles: Consoles, served: Listening) -> None:
    for own in ("tab-one", "tab-two"):
        ordered(served, own, "scan")
    context = consoles.context("officer")
    first, second = at_booth(consoles, context), at_booth(consoles, context)
    context.set_offline(True)
    for page, own in ((first, "tab-one"), (second, "tab-two")):
        page.bring_to_front()
        asked_about(page, own)
    for page in (first, second):
        expect(page.get_by_text("2 acts wait here to be sent since")).to_be_visible()
    sent: Counter[str] = Counter()

    def count(request: Request) -> None:
        if request.method == "POST" and request.url.endswith("/v1/booth"):
            sent[request.headers["idempotency-key"]] += 1

    context.on("request", count)
    context.set_offline(False)
    # Both look at once.
    for page in (first, second):
        page.evaluate("window.dispatchEvent(new Event('online'))")
    until(first, lambda: {"tab-one", "tab-two"} <= by_crossing(served).keys())
    for page in (first, second):
        expect(page.get_by_text("wait here to be sent")).to_have_count(0)
    assert sorted(sent.values()) == [1, 1]
