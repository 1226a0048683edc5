"""People who are found in a truck at a dock stand in the life-safety place of the port page until they are seen to."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

import pytest
from conftest import TABLET
from dock_scene import records, taken_back, words
from ordered import sent
from pictured import picture
from playwright.sync_api import APIResponse, Page, Route, expect

from aforo.flow.alert_watch import Watch

if TYPE_CHECKING:
    from conftest import Consoles
    from listening import Listening

Axe = Callable[..., list[str]]
BRIDGE = "world-trade"


def begin(page: Page, own: str, say: dict[str, str]) -> None:
    page.get_by_role("button", name=say["begin_with"].format(truck=own), exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name=say["begin"]).click()
    expect(page.locator("h1")).to_contain_text(own)


def told(served: Listening, page: Page, own: str, what: Callable[[dict[str, Any]], object]) -> None:
    """Wait until the record of a truck is so, and look after the alerts as a server does by itself."""
    for _ in range(100):
        made = records(served, own)
        if made and what(made[0]):
            break
        page.wait_for_timeout(100)
    Watch(served.log).look()


@pytest.mark.parametrize("lang", ["en", "es"])
def test_people_who_are_found_at_the_dock_are_told_on_the_page_of_the_port_until_somebody_closes_it(
    consoles: Consoles, axe: Axe, served: Listening, lang: Literal["en", "es"]
) -> None:
    own, say, port = f"inside-{lang}", words(lang), words(lang, "port")
    sent(served, own)
    Watch(served.log).look()
    watching = consoles.open(f"/port/{BRIDGE}", "supervisor", lang)
    place = watching.locator("#port-holds")
    expect(place).to_contain_text(port["holds_none"])
    page = consoles.open(f"/dock/{BRIDGE}", "officer", lang, viewport=TABLET)
    begin(page, own, say)
    page.get_by_label(say["threat"], exact=True).first.select_option("people")
    page.get_by_label(say["part"], exact=True).select_option("load")
    page.get_by_label(say["what"], exact=True).fill("Two people behind the pallets")
    page.get_by_label(say["amount"], exact=True).fill("2")
    page.get_by_role("button", name=say["add_finding"]).click()
    told(served, page, own, lambda record: record["findings"])
    # People are counted, unless somebody says otherwise.
    assert records(served, own)[0]["findings"][0]["unit"] == "persons"
    # It comes without a reload, while the record is still open.
    found = place.locator("[data-alert]")
    expect(found).to_contain_text(own, timeout=15_000)
    expect(place).to_contain_text(port["found"].format(count=1))
    expect(found).to_contain_text("Two people behind the pallets")
    expect(found).to_contain_text(f"{port['resource_dock']} ")
    expect(found).to_contain_text({"en": "Get them out", "es": "Sáquelas"}[lang])
    expect(found).to_contain_text(port["found_nobody"])
    assert axe(watching) == []
    picture(watching, f"found-{lang}")
    watching.locator(".port-columns tr[data-crossing]").first.focus()
    watching.keyboard.press("h")
    expect(found.get_by_role("link", name=own)).to_be_focused()
    found.get_by_role("button", name=port["found_take"]).click()
    expect(found).to_contain_text(port["found_owner"].format(name="supervisor at the console"))
    expect(found.get_by_role("button", name=port["found_take"])).to_have_count(0)
    # It is theirs, and stays; it is put off by nobody.
    watching.goto(f"{served.address}/console/alerts")
    alert = watching.locator(".alert").filter(
        has_text={"en": "People were found", "es": "Se encontraron personas"}[lang]
    )
    expect(alert.first).to_have_attribute("data-alert", found_id(served, own))
    never = {"en": "Alerts of this kind are not put off", "es": "Las alertas de esta clase no se posponen"}[lang]
    expect(alert.first.locator("button[aria-disabled=true]").last).to_have_attribute("title", re.compile(never))
    alert.first.focus()
    watching.keyboard.press("s")
    expect(watching.get_by_role("dialog")).to_have_count(0)
    watching.goto(f"{served.address}/console/port/{BRIDGE}")
    found.get_by_role("button", name=port["found_close"]).click()
    dialog = watching.get_by_role("dialog")
    assert axe(watching, within="dialog[open]") == []
    dialog.get_by_role("button", name=port["found_close"]).click()
    expect(dialog).to_contain_text(words(lang, "cases")["needed"])
    dialog.get_by_label(words(lang, "cases")["reason"], exact=True).fill("Both are out; the medics have them.")
    dialog.get_by_role("button", name=port["found_close"]).click()
    expect(found).to_have_count(0)


def test_none_is_not_said_to_be_found_before_the_server_has_told_it(consoles: Consoles, served: Listening) -> None:
    say = words("en", "port")
    page = consoles.context("officer").new_page()
    waiting: list[Route] = []
    kept = True

    def keep(route: Route) -> None:
        if kept:
            waiting.append(route)
        else:
            route.continue_()

    page.route(f"**/v1/bridges/{BRIDGE}/people-found", keep)
    page.goto(f"{served.address}/console/port/{BRIDGE}")
    place = page.locator("#port-holds")
    expect(page.locator(".port-columns h2").first).to_be_visible()
    for _ in range(100):
        if waiting:
            break
        page.wait_for_timeout(100)
    expect(place).to_contain_text(say["holds_asking"])
    expect(place).not_to_contain_text(say["holds_none"])
    kept = False
    for each in waiting:  # the page may have given up the first, and asked again
        each.continue_()
    expect(place).to_contain_text(say["holds_none"])


@pytest.mark.parametrize("fault", ["failed", "not reached"])
def test_what_the_port_is_not_told_of_people_is_said_to_be_unknown_and_is_asked_again(
    consoles: Consoles, axe: Axe, served: Listening, fault: str
) -> None:
    say, asked = words("en", "port"), f"**/v1/bridges/{BRIDGE}/people-found"
    page = consoles.context("officer").new_page()
    problem = {"title": "Service unavailable", "status": 503, "code": "log_unreachable"}

    def fail(route: Route) -> None:
        if fault == "failed":
            route.fulfill(status=503, content_type="application/problem+json", body=json.dumps(problem))
        else:
            route.abort()

    page.route(asked, fail)
    page.goto(f"{served.address}/console/port/{BRIDGE}")
    place = page.locator("#port-holds")
    expect(place.get_by_role("alert").filter(has_text=say["found_not_known"])).to_be_visible()
    assert axe(page) == []
    page.unroute(asked)
    expect(place).not_to_contain_text(say["found_not_known"], timeout=15_000)


def test_a_finding_of_people_that_is_withdrawn_leaves_the_page_of_the_port(
    consoles: Consoles, served: Listening
) -> None:
    own, say = "mannequin", words("en")
    sent(served, own)
    watching = consoles.open(f"/port/{BRIDGE}", "officer")
    page = consoles.open(f"/dock/{BRIDGE}", "officer", viewport=TABLET)
    begin(page, own, say)
    page.get_by_label("Threat", exact=True).first.select_option("people")
    page.get_by_label("Place", exact=True).select_option("load")
    page.get_by_label("What", exact=True).fill("Somebody behind the pallets")
    page.get_by_role("button", name="Add the finding").click()
    told(served, page, own, lambda record: record["findings"])
    found = watching.locator("#port-holds [data-alert]")
    expect(found).to_contain_text(own, timeout=15_000)
    page.get_by_role("button", name="Withdraw", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text(say["withdraw_people"])
    taken_back(page, why="It was a mannequin.")
    told(served, page, own, lambda record: record["findings"][0]["withdrawn"])
    expect(found).to_have_count(0, timeout=15_000)
    watching.goto(f"{served.address}/console/alerts")
    watching.get_by_role("button", name="Closed", exact=True).click()
    closed = watching.locator(".alert").filter(has_text="what was found was taken back")
    expect(closed).to_have_count(1)


@pytest.mark.parametrize(
    ("threat", "kind", "found_in", "seized_in"),
    [
        ("contraband", "drugs", "kg", "kg"), ("contraband", "weapons", "kg", "pieces"),
        ("contraband", "money", "kg", "USD"), ("theft", "goods", "pieces", "pieces"),
    ],
)  # fmt: skip
def test_drugs_are_weighed_and_all_else_is_counted_until_somebody_chooses_a_unit(
    consoles: Consoles, served: Listening, threat: str, kind: str, found_in: str, seized_in: str
) -> None:
    own = f"units-{threat}-{kind}"
    sent(served, own)
    page = consoles.open(f"/dock/{BRIDGE}", "officer", viewport=TABLET)
    begin(page, own, words("en"))
    unit = page.get_by_label("Unit", exact=True)
    page.get_by_label("Threat", exact=True).first.select_option(threat)
    expect(unit).to_have_value(found_in)
    page.get_by_label("Place", exact=True).select_option("load")
    page.get_by_label("What", exact=True).fill("Something")
    page.get_by_role("button", name="Add the finding").click()
    page.get_by_role("button", name="Seize: Something").click()
    dialog = page.get_by_role("dialog")
    seized = dialog.get_by_label("Unit", exact=True)
    expect(seized).to_have_value(found_in)
    dialog.get_by_label("What it is").select_option(kind)
    expect(seized).to_have_value(seized_in)
    # What somebody chose stays, whatever they choose after it.
    seized.select_option("lb")
    dialog.get_by_label("What it is").select_option("other")
    expect(seized).to_have_value("lb")


def test_a_seizure_that_is_being_entered_stays_when_its_finding_reaches_the_server(
    consoles: Consoles, served: Listening
) -> None:
    own = "entered-meanwhile"
    sent(served, own)
    page = consoles.open(f"/dock/{BRIDGE}", "officer", viewport=TABLET)
    begin(page, own, words("en"))
    told(served, page, own, bool)
    page.context.set_offline(True)
    page.get_by_label("Place", exact=True).select_option("load")
    page.get_by_label("What", exact=True).fill("Packages")
    page.get_by_role("button", name="Add the finding").click()
    page.get_by_role("button", name="Seize: Packages").click()
    kind = page.get_by_role("dialog").get_by_label("What it is")
    kind.select_option("drugs")
    page.context.set_offline(False)
    expect(page.locator(".entry").get_by_text("waits to be sent")).to_have_count(0, timeout=30_000)
    expect(kind).to_have_value("drugs")


def test_a_finding_that_the_server_tells_of_before_it_has_answered_stands_there_once(
    consoles: Consoles, served: Listening
) -> None:
    own = "told-before-answered"
    sent(served, own)
    page = consoles.open(f"/dock/{BRIDGE}", "officer", viewport=TABLET)
    begin(page, own, words("en"))
    told(served, page, own, bool)
    expect(page.get_by_text("waits to be sent")).to_have_count(0, timeout=30_000)
    held: list[tuple[Route, APIResponse]] = []
    page.route(
        lambda url: "/examinations/" in url,
        lambda route: held.append((route, route.fetch())) if route.request.method == "POST" else route.continue_(),
    )
    page.get_by_label("Place", exact=True).select_option("load")
    page.get_by_label("What", exact=True).fill("Packages")
    with page.expect_response(lambda answer: answer.url.endswith(f"/{BRIDGE}/docks") and "Packages" in answer.text()):
        page.get_by_role("button", name="Add the finding").click()
    seize = page.get_by_role("button", name="Seize: Packages")
    page.wait_for_timeout(500)
    expect(seize).to_have_count(1)
    assert len(held) == 1
    for route, answer in held:
        route.fulfill(response=answer)
    expect(page.get_by_text("waits to be sent")).to_have_count(0, timeout=30_000)
    expect(seize).to_have_count(1)


def found_id(served: Listening, own: str) -> str:
    found = served.as_("officer").get(f"/v1/bridges/{BRIDGE}/people-found").json()["found"]
    return next(str(each["alert"]["alert_id"]) for each in found if each["crossing_id"] == own)
