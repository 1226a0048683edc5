"""The pages of rules and of the policy: read, tried, proposed by one person and approved by another, in a browser."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from journeys import Post, truck
from listening import Listening, listening
from pictured import picture
from playwright.sync_api import Page, Route, expect

from aforo.api.access import Rate
from aforo.api.examples import RULE

if TYPE_CHECKING:
    from conftest import Consoles
    from journeys import Learnt

Axe = Callable[[Page], list[str]]
AUTHOR = "analyst at the console"


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    """A node that has decided some crossings, with a rule in shadow and a draft of the policy."""
    with listening(Post(learnt, tmp_path_factory.mktemp("served")), rate=Rate(1e6, 1e6)) as made:
        officer, ana, luz = made.as_("officer"), made.signed_in("analyst", AUTHOR), made.as_("supervisor", "luz")
        rows = json.loads(learnt.future.head(60).write_json())
        lines = "\n".join(map(json.dumps, rows))
        filed = officer.post("/v1/filings", content=lines, headers={"Content-Type": "application/x-ndjson"})
        assert filed.status_code == 200
        rule = RULE | {"author": AUTHOR, "condition": "hs6 == '870829'"}
        assert ana.post("/v1/rules", json=rule).status_code == 200
        assert luz.post(f"/v1/rules/{rule['id']}@1/stage", json={"to": "shadow"}).status_code == 200
        assert officer.post("/v1/filings", content=json.dumps(truck("SEEN-1"))).status_code == 200
        figures = [{"path": "people.hold_from", "value": 0.0, "source": "Accord 12"}]
        draft = {"based_on": "default@5", "version": "6", "figures": figures}
        assert ana.post("/v1/policies", json=draft).status_code == 200
        yield made


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("path", ["/rules", f"/rules/{RULE['id']}", "/policy", "/policy?version=default@6"])
def test_the_pages_have_no_violation(consoles: Consoles, axe: Axe, lang: str, path: str) -> None:
    page = consoles.open(path, "supervisor", lang)
    expect(page.locator("table tbody tr").first).to_be_visible()
    if path.startswith("/policy"):
        expect(page.locator("#figures")).to_be_visible()
        # Away from where it stands in its document, "the threshold below it" means nothing.
        figures = page.locator("section[aria-labelledby=figures]")
        expect(figures).to_contain_text({"en": "set under Lives", "es": "se fija en Vidas"}[lang])
        expect(figures).not_to_contain_text("threshold below")
        page.get_by_role("button", name={"en": "Draft another version", "es": "Redactar otra versión"}[lang]).click()
        expect(page.get_by_role("tablist")).to_be_visible()
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_rule_shows_its_shadow_and_is_put_in_force_by_somebody_else(consoles: Consoles) -> None:
    path = f"/rules/{RULE['id']}"
    page = consoles.open(path, "supervisor")
    expect(page.get_by_role("rowheader", name="SEEN-1")).to_be_visible()
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_text("would have fired on")).to_be_visible()
    page.get_by_role("button", name="Put in force").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Your name is recorded")
    dialog.get_by_role("button", name="Put in force").click()
    expect(dialog).to_have_count(0)
    expect(page.locator("main, #page").get_by_text("in force").first).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="supervisor at the console")).to_contain_text("in force")
    page.get_by_role("button", name="Roll back").click()
    dialog.get_by_role("button", name="Roll back").click()
    expect(dialog.get_by_role("alert")).to_be_visible()  # a reason is asked for
    dialog.get_by_label("Reason").fill("It stops gravel.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    rolled = page.get_by_role("listitem").filter(has_text="rolled back")
    expect(rolled).to_contain_text("It stops gravel.")
    expect(page.get_by_role("list").filter(has=rolled)).to_be_focused()


def test_a_rule_is_written_and_what_is_wrong_with_it_is_said(consoles: Consoles) -> None:
    page = consoles.open("/rules", "officer")
    propose = page.get_by_role("button", name="Propose a rule")
    propose.press("Enter")
    name = page.get_by_label("Name", exact=True)
    expect(name).to_be_focused()
    page.get_by_role("button", name="Leave it").press("Enter")
    expect(propose).to_be_focused()
    propose.press("Enter")
    expect(name).to_be_focused()
    page.keyboard.type("from-the-browser")
    page.get_by_label("Condition").fill("driver_id == 'X'")
    for label in ("Reason, for officers (English)", "Reason, for officers (Spanish)"):
        page.get_by_label(label).fill("It is heavy.")
    for label in ("Reason, for filers (English)", "Reason, for filers (Spanish)"):
        page.get_by_label(label).fill("19 CFR 162.6.")
    page.get_by_label("Misdeclaration, band 1").fill("0.4")
    page.get_by_role("button", name="Propose as a draft").click()
    expect(page.get_by_role("alert").first).to_be_visible()
    page.get_by_label("Condition").fill("gross_mass_kg > 30000")
    page.get_by_role("button", name="Propose as a draft").press("Enter")
    expect(page.locator("h1")).to_have_text("from-the-browser")
    expect(page.get_by_role("button", name="Run in shadow")).to_have_count(0)  # an officer promotes nothing
    expect(page.locator("h1")).to_be_focused()
    page.get_by_role("button", name="Next version").press("Enter")
    expect(page.get_by_label("Version", exact=True)).to_be_focused()
    page.get_by_role("button", name="Propose as a draft").press("Enter")
    expect(page.get_by_role("heading", name="from-the-browser@2")).to_be_visible()
    expect(page.get_by_role("list").filter(has_text="draft")).to_be_focused()


def test_a_policy_is_drafted_by_keyboard_tried_and_approved_by_another(consoles: Consoles, served: Listening) -> None:
    page = consoles.open("/policy", "analyst")
    draft, version = page.get_by_role("button", name="Draft another version"), page.get_by_label("Version", exact=True)
    draft.press("Enter")
    expect(version).to_be_focused()
    page.get_by_role("button", name="Leave it").press("Enter")
    expect(draft).to_be_focused()
    page.keyboard.press("Enter")
    expect(version).to_be_focused()
    page.get_by_label("theft: value").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("-3")
    # The source of the old number does not stand for another.
    expect(page.get_by_label("theft: source")).to_have_value("")
    expect(page.get_by_role("button", name="Propose as a draft")).to_have_attribute("aria-disabled", "true")
    page.get_by_label("theft: source").focus()
    page.keyboard.type("Accord 14")
    look = page.get_by_role("button", name="Look at it")
    look.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("harm.theft.minutes")
    page.get_by_label("theft: value").fill("300")
    version.fill("7")
    look.click()
    expect(page.get_by_text("default, version 7 is sound")).to_be_visible()
    held: list[Route] = []
    page.route(
        "**/v1/policies", lambda route: held.append(route) if route.request.method == "GET" else route.continue_()
    )
    page.get_by_role("button", name="Propose as a draft").press("Enter")
    expect(page.get_by_role("heading", name="Figures of default, version 7")).to_be_visible()
    steps = page.get_by_role("list").filter(has_text="draft")
    expect(steps).to_be_focused()
    # The list of versions comes after the version itself, which is then asked for, and drawn, once more.
    with page.expect_response(re.compile(r"/v1/policies/default(@|%40)7$")):
        for each in held:
            each.continue_()
        page.unroute("**/v1/policies")
    page.wait_for_timeout(200)
    expect(steps).to_be_focused()
    expect(page.get_by_role("row").filter(has_text="Accord 14").last).to_contain_text(AUTHOR)
    expect(page.get_by_role("button", name="Run in shadow")).to_have_count(0)  # an analyst promotes nothing

    other = consoles.open("/policy?version=default@7", "supervisor")
    other.get_by_role("button", name="Try it").click()
    expect(other.get_by_text("crossings would be examined otherwise")).to_be_visible()
    expect(other.get_by_text("with queues, scanners and docks as they were")).to_be_visible()
    expect(other.get_by_text("Here queues answer")).to_be_visible()
    other.get_by_role("button", name="Run in shadow").press("Enter")
    other.get_by_role("dialog").get_by_role("button", name="Leave it").press("Enter")
    expect(other.get_by_role("button", name="Run in shadow")).to_be_focused()
    other.keyboard.press("Enter")
    other.get_by_role("dialog").get_by_role("button", name="Run in shadow").press("Enter")
    expect(other.get_by_role("dialog")).to_have_count(0)
    expect(other.get_by_role("list").filter(has_text="in shadow")).to_be_focused()
    other.get_by_role("button", name="Put in force").click()
    other.get_by_role("dialog").get_by_role("button", name="Put in force").click()
    expect(other.get_by_role("dialog")).to_have_count(0)
    assert served.as_("auditor").get("/v1/policies").json()["in_force"] == "default@7"
    expect(other.get_by_role("list").filter(has_text="in force")).to_be_focused()
    reader = consoles.open("/policy", "auditor")
    expect(reader.get_by_role("heading", name="Figures of default, version 7")).to_be_visible()
    expect(reader.get_by_role("button", name="Draft another version")).to_have_count(0)
    other.get_by_role("button", name="Roll back").press("Enter")
    ask = other.get_by_role("dialog")
    ask.get_by_role("button", name="Roll back").press("Enter")
    expect(ask.get_by_role("alert")).to_be_visible()  # a reason is asked for
    assert served.as_("auditor").get("/v1/policies").json()["in_force"] == "default@7"
    ask.get_by_label("Reason").focus()
    other.keyboard.type("Docks are full.")
    ask.get_by_role("button", name="Roll back").press("Enter")
    rolled = other.get_by_role("listitem").filter(has_text="rolled back")
    expect(rolled).to_contain_text("Docks are full.")
    expect(other.get_by_role("list").filter(has=rolled)).to_be_focused()
    assert served.as_("auditor").get("/v1/policies").json()["in_force"] == "default@5"


def test_a_target_is_added_changed_and_taken_out_in_a_draft(consoles: Consoles, axe: Axe, served: Listening) -> None:
    page = consoles.open("/policy?version=default@5", "analyst")
    expect(page.get_by_text("No target is set.")).to_be_visible()
    page.get_by_role("button", name="Draft another version").click()
    page.get_by_label("Group").select_option("target")
    page.get_by_label("Version", exact=True).fill("8")
    add = page.get_by_role("button", name="Add it to the draft")
    expect(add).to_have_attribute("aria-disabled", "true")
    page.get_by_label("Value (min)").fill("1500")
    page.get_by_label("Why, and from which source").fill("Accord 20")
    add.click()
    page.get_by_role("button", name="Look at it").click()
    expect(page.get_by_role("alert")).to_contain_text("wait_ceiling.scanner")
    page.get_by_label("Mean wait at the scanners, at most (every port): value").fill("25")
    page.get_by_label("What it bounds").select_option("least_rate")
    page.get_by_label("Where").select_option("2304")
    page.get_by_label("Value (%)").fill("12.5")
    page.get_by_label("Why, and from which source").fill("assumed")
    add.click()
    assert axe(page) == []
    page.get_by_role("button", name="Look at it").click()
    expect(page.get_by_text("default, version 8 is sound")).to_be_visible()
    page.get_by_role("button", name="Propose as a draft").click()
    targets = page.get_by_role("table").filter(has=page.get_by_text("What ports aim at"))
    ceiling = targets.get_by_role("row").filter(has_text="Mean wait at the scanners, at most").first
    for told in ("every port", "25 min", "Accord 20", AUTHOR):
        expect(ceiling).to_contain_text(told)
    least = targets.get_by_role("row").filter(has_text="Share of trucks sent to the scanners, at least")
    expect(least).to_contain_text("port 2304")
    expect(least).to_contain_text("12.5")
    picture(targets, "targets")
    # A version after it takes one of them out.
    page.get_by_role("button", name="Draft another version").click()
    page.get_by_label("Group").select_option("target")
    page.get_by_role("button", name="Take out: Mean wait at the scanners, at most (every port)").click()
    picture(page, "targets-draft")
    page.get_by_role("button", name="Propose as a draft").click()
    expect(page.get_by_role("heading", name="Figures of default, version 9")).to_be_visible()
    shown = served.as_("auditor").get("/v1/policies/default@9").json()["figures"]
    aimed = [each["path"] for each in shown if ".wait_ceiling." in each["path"] or ".least_rate." in each["path"]]
    # What every port aims at was copied when a port got a target of its own, and is its own since.
    assert {path.split(".")[1] for path in aimed} == {"2304"}


def test_who_proposed_a_policy_is_told_that_somebody_else_approves_it(consoles: Consoles, served: Listening) -> None:
    figures = [{"path": "harm.people", "value": 900, "source": "assumed"}]
    body = {"based_on": "default@5", "version": "own", "figures": figures}
    assert (
        served.signed_in("supervisor", "supervisor at the console").post("/v1/policies", json=body).status_code == 200
    )
    page = consoles.open("/policy?version=default@own", "supervisor")
    step = page.get_by_role("button", name="Run in shadow")
    expect(step).to_have_attribute("aria-disabled", "true")
    expect(page.get_by_text("You proposed it: somebody else approves it.")).to_be_visible()


def test_a_policy_is_tried_in_the_twin(consoles: Consoles) -> None:
    page = consoles.open("/policy?version=default@6", "supervisor")
    page.get_by_role("button", name="Simulate").click()
    expect(page.get_by_text("SYNTHETIC: simulated by the twin")).to_be_visible(timeout=300_000)
    expect(page.get_by_role("columnheader", name="default, version 6")).to_be_visible()
