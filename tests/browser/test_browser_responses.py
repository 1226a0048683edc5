"""A response on the road in a browser, from the alert to its end, in both languages; and signs of people reported."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from cases import STORY, morning
from conftest import DESKTOP
from dock_scene import words
from playwright.sync_api import Route, ViewportSize, expect
from sealed import drive
from under_seal import BREACH, SOUND, breached, look, report, sealed_trip, sound

from aforo.domain.clock import microseconds
from aforo.flow.response_documents import put_contacts

if TYPE_CHECKING:
    from conftest import Consoles
    from journeys import Learnt
    from listening import Listening

Axe = Callable[..., list[str]]
UPRIGHT: ViewportSize = {"width": 768, "height": 1024}
HOT = "MTY-LRD-0050"
#: By the language in which they are answered.
BROKEN = {"en": BREACH, "es": "MTY-LRD-0044"}
#: What reaches beyond the right edge of the page, or of the panel that it is in.
BEYOND = """() => [...document.querySelectorAll('#page *')]
  .filter((each) => each.checkVisibility() && !each.closest('.unseen'))
  .map((each) => [each, each.closest('.inside-flush, .trip-scrolls') ?? document.documentElement])
  .filter(([each, box]) => each.getBoundingClientRect().right > box.getBoundingClientRect().right + 1)
  .map(([each]) => `${each.tagName} ${each.textContent.slice(0, 60)}`)"""
CONTACTS = """name = "norte"
version = "1"
[[carrier]]
carrier = "CA-1"
[[carrier.line]]
id = "ca1-dispatch"
name = { en = "Dispatch of CA-1", es = "Despacho de CA-1" }
phone = "+52 81 5550 0199"
hours = { en = "day and night", es = "día y noche" }
source = "assumed"
[[yard]]
id = "sabinas"
name = "Sabinas Hidalgo"
lat = 26.5
lon = -99.93
radius = { metres = 500, source = "assumed" }
phone = "+52 81 5550 0100"
source = "assumed"
"""


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    with morning(learnt, tmp_path_factory.mktemp("responses")) as made:
        put_contacts(made.log, CONTACTS.encode(), "tester")
        breached(made, crossing=STORY)
        breached(made, BROKEN["es"])
        sound(made)
        since = sealed_trip(made, HOT)
        start = microseconds(since)
        hot = drive(61, start=start, began=start)
        hot["heat"] = 3_000 + 20 * (hot["sequence"] - 1)
        report(made, HOT, hot)
        look(made)
        yield made


@pytest.mark.parametrize(("lang", "size"), [("en", DESKTOP), ("es", UPRIGHT)], ids=["en-desk", "es-upright"])
def test_a_whole_response(consoles: Consoles, served: Listening, axe: Axe, lang: str, size: ViewportSize) -> None:
    said, alerts = words(lang, "response"), words(lang, "alerts")
    page = consoles.open("/alerts", "officer", lang, viewport=size)
    (row,) = served.as_("officer").get("/v1/responses", params={"trip": BROKEN[lang]}).json()["responses"]
    link = page.get_by_role("link", name=alerts["to_response"]).and_(page.locator(f"[href$='{row['response']}']"))
    link.click()
    expect(page.locator("h1")).to_have_text(said["page_title"].replace("{trip}", BROKEN[lang]))
    clock = page.get_by_role("region", name=said["clock"])
    desk = said["owned_first"].replace("{name}", row["owner"])
    expect(page.locator(".page-head")).to_contain_text(desk)
    expect(page.locator(".page-head")).to_contain_text(said["not_taken"])
    started = page.get_by_role("region", name=said["started"])
    expect(started).to_contain_text({"en": "the seal was opened", "es": "el candado se abrió"}[lang])
    expect(started).to_contain_text(words(lang, "custody")["grade_device"])
    expect(page.locator(".trip-band")).to_be_visible()
    expect(page.get_by_text(said["heat_missing"])).to_be_visible()
    expect(page.locator(".response-yards")).to_contain_text("Sabinas Hidalgo")
    expect(page.locator(".response-yards a")).to_have_attribute("href", "tel:+528155500100")
    assert axe(page) == []
    assert page.evaluate(BEYOND) == []
    page.get_by_role("button", name=said["take"]).press("Enter")
    expect(page.locator(".page-head")).not_to_contain_text(row["owner"])
    expect(clock.locator("li").nth(1)).to_contain_text(said["in_time"])
    # Whom to call: a link that a telephone dials, and what came of it.
    name = {"en": "Dispatch of CA-1", "es": "Despacho de CA-1"}[lang]
    called = said["call_to"].replace("{name}", name).replace("{phone}", "+52 81 5550 0199")
    expect(page.get_by_role("link", name=called)).to_have_attribute("href", "tel:+528155500199")
    came = page.get_by_role("group", name=said["call_outcome"].replace("{name}", name))
    came.get_by_role("button", name=said["outcome_no_answer"]).click()
    expect(page.get_by_text(f"{name} · {said['outcome_no_answer']}")).to_be_visible()
    expect(clock.locator("li").nth(2)).to_contain_text("–")
    came.get_by_role("button", name=said["outcome_reached"]).click()
    expect(clock.locator("li").nth(2)).to_contain_text(said["in_time"])
    # The checklist, by touch: the last word holds.
    first = page.locator(".response-steps > li").first
    first.get_by_role("button", name=said["step_not_possible"]).click()
    expect(first.get_by_role("button", name=said["step_not_possible"])).to_have_attribute("aria-pressed", "true")
    first.get_by_role("button", name=said["step_done"], exact=True).click()
    expect(first.get_by_role("button", name=said["step_done"], exact=True)).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name=said["at_truck"]).press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(said["who"], exact=True).fill("Guardia Nacional")
    assert axe(page, within="dialog[open]") == []
    page.keyboard.press("Enter")
    expect(clock.locator("li").nth(3)).to_contain_text("Guardia Nacional")
    page.get_by_role("button", name=said["end"]).press("Enter")
    dialog.get_by_role("button", name=said["end"]).click()
    expect(dialog.get_by_role("alert")).to_be_visible()
    dialog.get_by_label(said["how_ended"]).select_option("saved")
    assert axe(page, within="dialog[open]") == []
    dialog.get_by_role("button", name=said["end"]).click()
    expect(page.locator("main .notice").filter(has_text=said["ending_saved"])).to_be_visible()
    expect(page.get_by_role("button", name=said["end"])).to_have_count(0)
    assert axe(page) == []
    told = served.as_("officer").get(f"/v1/responses/{row['response']}").json()
    assert [each["stage"] for each in told["stages"] if each["reached_at"]] == ["own", "contact", "scene"]
    assert told["alerts"][0]["phase"] == "closed"
    page.goto(f"{served.address}/console/responses")
    page.get_by_role("button", name=words(lang, "responses")["which_ended"]).click()
    expect(page.get_by_role("row").filter(has_text=BROKEN[lang])).to_contain_text(said["ending_saved"])


def test_signs_of_people_come_first_and_live_with_time_and_heat(
    consoles: Consoles, served: Listening, axe: Axe
) -> None:
    watching = consoles.open("/responses", "supervisor")
    expect(watching.locator("h1")).to_have_text("Responses on the road")
    expect(watching.get_by_text("people in the load")).to_have_count(0)
    page = consoles.open(f"/trips/{HOT}", "officer")
    page.get_by_role("button", name="Signs of people").press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Report it now").click()
    expect(dialog.get_by_text("Choose at least one.")).to_be_visible()
    dialog.get_by_label("somebody called from inside").check()
    dialog.get_by_label("Where").fill("km 80")
    assert axe(page, within="dialog[open]") == []
    dialog.get_by_role("button", name="Report it now").click()
    expect(page.get_by_text("Reported: a response has started.")).to_be_visible()
    look(served)
    # Who watches the list sees it come, before all that was there.
    first = watching.locator("tbody tr").first
    expect(first).to_contain_text("people in the load")
    expect(first).to_contain_text("2 h 0")
    first.get_by_role("link", name=HOT).click()
    started = watching.get_by_role("region", name="What started it")
    expect(started).to_contain_text("Somebody reported signs of people: no device vouches for that.")
    load = watching.get_by_role("region", name="The load")
    expect(load).to_contain_text("42.0 °C")
    expect(load).to_contain_text(f"measured by {HOT}-seal")
    # The authority before the carrier where lives are at stake.
    expect(watching.locator("h3").first).to_have_text("Authority")
    assert axe(watching) == []


@pytest.mark.parametrize(("lang", "size"), [("en", DESKTOP), ("es", UPRIGHT)], ids=["en-desk", "es-upright"])
def test_theft_is_reported_by_hand_and_its_response_tells_the_words(
    consoles: Consoles, served: Listening, axe: Axe, lang: str, size: ViewportSize
) -> None:
    trip, said, words_of = f"MTY-LRD-006{lang}", words(lang, "trip"), words(lang, "response")
    sealed_trip(served, trip)
    page = consoles.open(f"/trips/{trip}", "officer", lang, viewport=size)
    page.get_by_role("button", name=said["theft"], exact=True).press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name=said["theft_report"]).click()
    expect(dialog.get_by_role("alert")).to_be_visible()
    dialog.get_by_label(said["theft_who"]).select_option("driver")
    dialog.get_by_label(said["where"]).fill("km 80")
    dialog.get_by_label(said["theft_words"]).fill("Two cars forced it off the road.")
    assert axe(page, within="dialog[open]") == []
    # The answer is lost on its way: what is sent again is the same report.
    path = f"**/v1/trips/{trip}/theft-reports"

    def lost(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route(path, lost, times=1)
    dialog.get_by_role("button", name=said["theft_report"]).click()
    expect(dialog.locator(".notice")).to_be_visible()
    dialog.get_by_role("button", name=said["theft_report"]).click()
    expect(page.get_by_text(said["theft_done"])).to_be_visible()
    assert len(served.log.stream(f"theft-reports/{trip}")) == 1
    look(served)
    (row,) = served.as_("officer").get("/v1/responses", params={"trip": trip}).json()["responses"]
    page.goto(f"{served.address}/console/responses")
    expect(page.get_by_role("row").filter(has_text=trip)).to_contain_text(words_of["not_taken"])
    assert page.evaluate(BEYOND) == []
    page.goto(f"{served.address}/console/responses/{row['response']}")
    started = page.get_by_role("region", name=words_of["started"])
    expect(started).to_contain_text(words_of["started_theft"].replace("{teller}", words_of["teller_driver"]))
    expect(started).to_contain_text("Two cars forced it off the road.")
    expect(page.locator(".page-head")).to_contain_text(words_of["owned_first"].replace("{name}", row["owner"]))
    assert axe(page) == []
    assert page.evaluate(BEYOND) == []


def test_no_time_is_ever_told_by_the_clock_of_the_machine(consoles: Consoles, served: Listening) -> None:
    """The node's clock stands two years behind this machine's."""
    context = consoles.context("officer")
    context.add_init_script("""new MutationObserver(() => {
      const seen = (document.body?.textContent ?? '').match(/[0-9]{4,} h [0-9]+ min/);
      if (seen) window.told = seen[0];
    }).observe(document, { subtree: true, childList: true, characterData: true });""")
    page = context.new_page()
    for _ in range(3):
        page.goto(f"{served.address}/console/responses")
        expect(page.get_by_role("row").nth(1)).to_contain_text(" h ")
        assert page.evaluate("window.told ?? null") is None


def test_who_may_report_no_theft_is_offered_none(consoles: Consoles, served: Listening) -> None:
    for role, count in (("supervisor", 1), ("auditor", 0), ("analyst", 0)):
        page = consoles.open(f"/trips/{SOUND}", role)
        expect(page.locator("h1")).to_contain_text(SOUND)
        expect(page.get_by_role("button", name="Signs of people")).to_have_count(count)
        expect(page.get_by_role("button", name="Theft", exact=True)).to_have_count(count)


def test_who_reads_alone_is_offered_nothing_to_do(consoles: Consoles, served: Listening) -> None:
    page = consoles.open("/responses", "auditor")
    page.locator("tbody").get_by_role("link", name=re.compile("MTY-LRD")).first.click()
    expect(page.locator(".response-clock")).to_be_visible()
    for name in ("I take it", "Give it to somebody", "Somebody is at the truck", "End the response", "Done"):
        expect(page.get_by_role("button", name=name, exact=True)).to_have_count(0)
    page.goto(f"{served.address}/console/responses/nothing")
    expect(page.get_by_text("There is no such response.")).to_be_visible()


def test_a_response_is_given_to_somebody_who_may_see_to_it(consoles: Consoles, served: Listening) -> None:
    served.as_("officer", "Eva Ríos")
    look(served)
    rows = served.as_("officer").get("/v1/responses").json()["responses"]
    page = consoles.open(f"/responses/{rows[0]['response']}", "supervisor")
    page.get_by_role("button", name="Give it to somebody").press("Enter")
    page.get_by_label("To whom").select_option("Eva Ríos")
    page.get_by_role("dialog").get_by_role("button", name="Give it to somebody").click()
    expect(page.locator(".page-head")).to_contain_text("taken by Eva Ríos")
    assert SOUND not in {each["trip"] for each in rows}


def test_what_somebody_took_while_the_page_stood_open_is_taken_over_only_by_their_name(
    consoles: Consoles, served: Listening
) -> None:
    eva, luz = served.as_("officer", "Eva Ríos"), served.as_("officer", "Luz Mora")
    look(served)
    row = served.as_("officer").get("/v1/responses").json()["responses"][0]
    path = f"/v1/responses/{row['response']}/own"
    assert eva.post(path, json={"taken_from": row["owner"]}).status_code == 200
    page = consoles.open(f"/responses/{row['response']}", "supervisor")
    held = page.get_by_role("button", name="Take it over from Eva Ríos")
    expect(held).to_be_visible()
    # The page stands as it was, whatever it is told of a change.
    page.route(f"**/v1/responses/{row['response']}", lambda route: route.abort())
    assert luz.post(path, json={"taken_from": "Eva Ríos"}).status_code == 200
    held.click()
    expect(page.locator("main")).to_contain_text("Somebody else sees to this response")
    page.unroute(f"**/v1/responses/{row['response']}")
    page.reload()
    page.get_by_role("button", name="Take it over from Luz Mora").click()
    expect(page.get_by_role("button", name="Take it over from Luz Mora")).to_have_count(0)
