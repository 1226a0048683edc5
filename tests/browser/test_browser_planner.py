"""The planner in a browser: a scenario edited, run with progress, kept and shared; a port's plan and its wait."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import Page, expect

if TYPE_CHECKING:
    from conftest import Consoles
    from listening import Listening

#: A simulation takes as long as the machine lets it: it makes way for everything else.
LONG_MS = 300_000
AS_A_DOCUMENT = re.compile(r"days = 1\n.*replications = 3", re.DOTALL)


def plan_of(served: Listening, days: int = 1, ports: str = "Columbus", replications: int = 3) -> str:
    toml = (
        f'name = "one-more-booth"\ntitle = {{ en = "One more booth", es = "Una caseta más" }}\nports = ["{ports}"]\n'
        f"first = 2024-10-07\ndays = {days}\nreplications = {replications}\n"
        'change = [{ kind = "booths_added", number = 1 }]\n'
    )
    row = served.signed_in("analyst", "analyst at the console").post("/v1/plans", json={"toml": toml}).json()
    made: str = row["plan"]
    return made


def done(page: Page) -> None:
    expect(page.get_by_role("heading", name="What it rests on")).to_be_visible(timeout=LONG_MS)


def test_a_scenario_is_edited_run_with_progress_kept_and_shared(consoles: Consoles, served: Listening) -> None:
    page = consoles.open("/planner", "analyst")
    page.get_by_role("button", name="Choose: A FAST lane opened").click()
    name = page.get_by_label("Name", exact=True)
    expect(name).to_have_value("fast-lane-opened")
    page.get_by_label("Days").fill("900")
    expect(page.get_by_role("alert").first).to_contain_text("400")
    run = page.get_by_role("button", name="Run it")
    expect(run).to_have_attribute("aria-disabled", "true")
    page.get_by_label("Days").fill("1")
    page.get_by_label("Replications").fill("3")
    page.get_by_label("Note").fill("for the committee")
    page.get_by_role("tab", name="Document (TOML)").click()
    expect(page.get_by_label("Document (TOML)").last).to_have_value(AS_A_DOCUMENT)
    page.get_by_role("tab", name="Form").click()
    expect(run).not_to_have_attribute("aria-disabled", "true")
    run.click()
    done(page)
    expect(page.get_by_text("SYNTHETIC: simulated by the twin")).to_be_visible()
    expect(page.get_by_text("for the committee").first).to_be_visible()
    table = page.get_by_role("table", name="Mean wait by local hour of arrival, with 95 % intervals").first
    expect(table.get_by_role("cell", name=re.compile(r"^\d+\.\d min \(\d+\.\d to \d+\.\d\)$")).first).to_be_attached()
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_role("button", name="Kept")).to_be_visible()
    shared = consoles.open(page.url.split("/console")[1], "administrator")
    done(shared)
    expect(shared.get_by_role("heading", level=1)).to_have_text("A FAST lane opened at Del Rio and Rio Grande City")
    told = shared.get_by_text(re.compile(r" 1 day from [A-Z][a-z]{2} \d+, 20\d\d \(local time of the bridges\), "))
    expect(told).to_be_visible()
    shared.get_by_role("button", name="Español").click()
    told = shared.get_by_text(re.compile(r" 1 día desde \d+ [a-z]{3} 20\d\d \(hora local de los puentes\), "))
    expect(told).to_be_visible()
    shared.get_by_role("button", name="English").click()
    with shared.expect_download() as taken:
        shared.get_by_role("link", name="Take it along (JSON)").click()
    assert taken.value.suggested_filename.endswith(".json")
    officer = consoles.open(page.url.split("/console")[1], "officer")
    expect(officer.get_by_text("This page is not open to you")).to_be_visible()


def test_a_plan_that_runs_survives_a_reload_and_is_stopped(consoles: Consoles, served: Listening) -> None:
    plan = plan_of(served, days=14, ports="all", replications=40)
    page = consoles.open(f"/planner/plans/{plan}", "analyst")
    expect(page.get_by_role("progressbar")).to_be_visible(timeout=LONG_MS)
    page.reload()
    expect(page.get_by_role("progressbar")).to_be_visible()
    page.get_by_role("button", name="Stop it").click()
    expect(page.get_by_role("button", name="Run it again")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_have_count(0)


def test_a_plan_for_a_port_is_changed_by_keyboard_and_the_wait_changes(consoles: Consoles) -> None:
    page = consoles.open("/planner/port/otay-mesa", "analyst")
    status = page.get_by_role("status").filter(has_text="simulated in")
    expect(status).to_be_visible(timeout=LONG_MS)
    page.get_by_label("Trucks", exact=True).select_option("1.25")
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="wait, 95th percentile (min)"))
    expect(status).to_be_visible(timeout=LONG_MS)
    same = row.get_by_role("cell").nth(2).inner_text()
    assert same.startswith("0")
    more = page.get_by_role("button", name="One more: Booths, standard")
    more.focus()
    page.keyboard.press("Enter")
    standard = page.get_by_role("spinbutton", name="Booths, standard")
    expect(standard).to_have_value("7")
    # What is typed stays while the answer comes in.
    standard.fill("9")
    expect(row.get_by_role("cell").nth(2)).to_contain_text("−", timeout=LONG_MS)
    expect(standard).to_have_value("9")
    standard.fill("7")
    standard.press("Tab")
    expect(page.get_by_text("+1 on what stands there")).to_be_visible()
    drawing = page.get_by_role("img", name="Drawing of the bridge")
    expect(drawing).to_be_visible()
    # What scans trucks is counted as on the page of the port: portals apart.
    expect(drawing.get_by_text("Portals, before the booths: 1")).to_be_visible()
    expect(drawing.get_by_text("Scanners: 6")).to_be_visible()
    expect(page.get_by_text("A plan leaves the portals as they are.")).to_be_visible()
    # Where nothing can be simulated, no figure of another plan is left to stand.
    lanes = page.get_by_role("spinbutton", name=re.compile("^Booths, "))
    for lane in range(lanes.count()):
        lanes.nth(lane).fill("0")
        lanes.nth(lane).press("Tab")
    expect(page.get_by_role("alert")).to_have_text("With no booth open no truck passes: there is nothing to simulate.")
    expect(row).to_have_count(0)
    expect(status).to_have_count(0)
    longer = page.get_by_role("button", name="Run it longer, and keep it")
    expect(longer).to_have_attribute("aria-disabled", "true")
    page.get_by_role("button", name="As it stands").click()
    expect(page.get_by_role("spinbutton", name="Booths, standard")).to_have_value("6")
    page.get_by_label("Closes").select_option("06:00")
    expect(page.get_by_role("alert")).to_contain_text("would close before it opens", timeout=LONG_MS)
    page.get_by_label("Closes").select_option("22:00")
    expect(page.get_by_role("alert")).to_have_count(0, timeout=LONG_MS)
    page.get_by_role("button", name="Run it longer, and keep it").click()
    expect(page).to_have_url(re.compile("/console/planner/plans/[0-9a-f]{16}$"))


def test_a_bridge_that_is_not_there_says_so(consoles: Consoles) -> None:
    page = consoles.open("/planner/port/nowhere", "analyst")
    expect(page.get_by_text("No bridge is called so.")).to_be_visible()


def test_a_page_that_did_not_reach_the_server_asks_again_by_itself(consoles: Consoles) -> None:
    page = consoles.context("analyst").new_page()
    asked, simulated = "**/v1/standing", "**/v1/what-if"
    for each in (asked, simulated):
        page.route(each, lambda route: route.abort())
    page.goto(f"{consoles.served.address}/console/planner/port/world-trade")
    expect(page.get_by_role("alert").first).to_contain_text("not reached")
    page.unroute(asked)
    expect(page.get_by_role("button", name="As it stands")).to_be_visible(timeout=15_000)
    expect(page.get_by_role("alert")).to_contain_text("not reached")
    page.unroute(simulated)
    expect(page.get_by_role("status").filter(has_text="simulated in")).to_be_visible(timeout=LONG_MS)
    expect(page.get_by_role("alert")).to_have_count(0)
