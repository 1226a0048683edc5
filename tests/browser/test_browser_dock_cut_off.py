"""The dock in a real browser while there is no connection, or another officer is heard first: nothing is lost."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from device import kept_here, until
from dock_scene import at_dock, begin, closed, finish, photo, records
from journeys import clock_of
from ordered import sent
from pictured import whole_picture
from playwright.sync_api import expect

if TYPE_CHECKING:
    from conftest import Consoles
    from listening import Listening


def test_ten_minutes_without_a_connection_and_a_reload_lose_nothing(consoles: Consoles, served: Listening) -> None:
    clock = clock_of(served.log)
    for own in ("cut-off", "cut-off-2"):
        sent(served, own)
    page = at_dock(consoles, "cut-off", clock=True)
    context = page.context
    kept_here(page)
    begun = clock.now
    context.set_offline(True)
    begin(page, "cut-off")
    page.get_by_role("button", name="Sleeper, Clear: sleeper").click()
    page.clock.fast_forward("05:00")
    clock.move(minutes=5)
    page.reload()
    expect(page.locator("h1")).to_contain_text("cut-off", timeout=15_000)
    expect(page.get_by_role("button", name="Sleeper, Clear: sleeper")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Load, Finding: load").click()
    page.get_by_label("What").fill("Other goods")
    page.get_by_label("Threat").first.select_option("misdeclaration")
    page.get_by_role("button", name="Add the finding").click()
    page.get_by_label("Photo", exact=True).set_input_files(photo())
    expect(page.locator(".entry .photos img")).to_have_count(1)
    finish(page, "Violation")
    page.clock.fast_forward("05:00")
    clock.move(minutes=5)
    expect(page.get_by_text("6 acts wait here to be sent since")).to_be_visible()
    whole_picture(page, "dock-offline")
    assert records(served, "cut-off") == []
    context.set_offline(False)
    page.clock.fast_forward("00:31")
    made = closed(page, served, "cut-off")
    at = [made["begun_at"], *(each["at"] for each in made["checks"]), made["findings"][0]["at"], made["outcome"]["at"]]
    minutes = [(datetime.fromisoformat(each) - begun).total_seconds() / 60 for each in at]
    assert minutes == sorted(minutes)
    assert minutes[0] < 1.0
    assert 4.5 < minutes[-1] < 6.5
    assert [each["finding"] for each in made["photos"]] == [made["findings"][0]["finding"]]
    assert (made["outcome"]["outcome"], made["outcome"]["threat"]) == ("violation", "misdeclaration")
    kinds = [each.event.type for each in served.log.stream("crossing/cut-off")]
    assert kinds.count("examination.begun") == kinds.count("crossing.examined") == 1


def test_what_is_being_typed_stays_when_the_beginning_is_answered(consoles: Consoles, served: Listening) -> None:
    sent(served, "typed")
    page = at_dock(consoles, "typed")
    context = page.context
    context.set_offline(True)
    begin(page, "typed")
    page.get_by_label("What", exact=True).fill("Packages beh")
    context.set_offline(False)
    expect(page.get_by_text("1 entry waits to be sent")).to_have_count(0, timeout=30_000)
    assert records(served, "typed")
    expect(page.get_by_label("What", exact=True)).to_have_value("Packages beh")


def test_two_officers_at_one_truck_are_told_and_nothing_is_dropped(consoles: Consoles, served: Listening) -> None:
    sent(served, "shared")
    page = at_dock(consoles, "shared")
    context = page.context
    context.set_offline(True)
    begin(page, "shared")
    page.get_by_role("button", name="Cab, Finding: cab").click()
    # Meanwhile another one begins, and is heard first.
    ana = served.as_("officer", "Ana")
    path = "/v1/crossings/shared/examinations/anas"
    body = {"act": "begin", "examination": "secondary", "bridge": "wtb", "dock": "7"}
    assert ana.post(path, json=body).status_code == 200
    context.set_offline(False)
    expect(page.get_by_text("Another examination of this truck is open")).to_be_visible(timeout=15_000)
    whole_picture(page, "dock-conflict")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.method == "POST" else None)
    page.get_by_role("button", name="Add it to the open record").click()
    expect(page.get_by_text("Another examination of this truck is open")).to_have_count(0)
    (record,) = until(page, lambda: records(served, "shared"), lambda made: made[0]["checks"])
    # What was written for the record that never began is sent of the open one alone, at once.
    assert [each.removeprefix(served.address) for each in asked if "/examinations/" in each] == [path]
    assert [(each["item"], each["result"]) for each in record["checks"]] == [("cab", "finding")]
