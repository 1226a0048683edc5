"""The scoreboard in its public and its official form, definitions and incidents, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from boards import a_border
from dock_scene import words
from journeys import Post
from listening import Listening, listening
from pictured import whole_picture
from playwright.sync_api import ViewportSize, expect

from aforo.api.access import Rate
from aforo.domain.role import Role
from aforo.flow.scoreboard import Board

if TYPE_CHECKING:
    from conftest import Consoles
    from journeys import Learnt

UPRIGHT: ViewportSize = {"width": 768, "height": 1024}
#: What lies beyond the right edge of the panel that it is in.
BEYOND = """() => [...document.querySelectorAll('.panel *')]
  .filter((each) => each.checkVisibility() && !each.closest('.unseen'))
  .filter((each) => each.getBoundingClientRect().right > each.closest('.panel').getBoundingClientRect().right + 1)
  .map((each) => `${each.tagName} ${each.textContent.slice(0, 60)}`)"""
MONDAY = datetime(2024, 1, 1, tzinfo=ZoneInfo("America/Chicago"))
#: The quarter's last day has been over for a day at the westernmost bridge.
NOW = datetime(2024, 4, 2, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    post = Post(learnt, tmp_path_factory.mktemp("scoreboard"))
    post.clock.now = NOW
    with listening(post, rate=Rate(1e6, 1e6)) as made:
        a_border(MONDAY).put(made.log)
        assert len(Board(made.log).publish()) == 14  # thirteen weeks and their quarter
        yield made


def test_anyone_sees_what_was_published_with_intervals_and_why_cells_are_blank(consoles: Consoles) -> None:
    page = consoles.open("/scoreboard", None)
    expect(page.get_by_text("Published until Mar 31, 2024.")).to_be_visible()
    waits = page.get_by_role("table").filter(has_text="P50 with its interval")
    row = waits.get_by_role("row").filter(has=page.get_by_role("rowheader", name="World Trade Bridge"))
    interval = re.compile(r"World Trade Bridge: P50 \d+ min \(\d+–\d+\), P95 \d+ min")
    expect(row.get_by_role("img")).to_have_attribute("aria-label", interval)
    expect(waits.get_by_role("row").filter(has_text="Mariposa")).to_contain_text("Fewer than ten: not published.")
    expect(waits.get_by_role("row").filter(has_text="Ysleta")).to_contain_text("by subtraction")
    border = page.get_by_role("table").filter(has_text="all bridges together")
    expect(border.get_by_role("row").filter(has_text="Scan rate")).to_contain_text("%")
    expect(page.get_by_role("table").filter(has_text="closure")).to_contain_text("World Trade Bridge")
    expect(page.get_by_text("scanner outage")).to_have_count(0)
    week = page.get_by_label("Week", exact=True)
    week.select_option("2024-W12")
    expect(page.get_by_role("heading", name="Incidents seen from the road")).to_be_visible()
    expect(page.get_by_text("None in this week.")).to_be_visible()
    page.get_by_role("link", name="Wait to primary", exact=True).click()
    expect(page.locator("h1")).to_have_text("What the figures mean")
    expect(page.get_by_text("asked for", exact=True)).to_be_visible()


def test_an_officer_compares_bridges_and_opens_a_figure_down_to_its_events_by_the_keyboard(
    consoles: Consoles,
) -> None:
    path = "/scoreboard/official?measure=examination-rate&first=2024-03-25&last=2024-03-31"
    page = consoles.open(path, "officer")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(3)
    page.locator("summary").focus()
    page.keyboard.press("Enter")
    page.get_by_role("checkbox", name="World Trade Bridge").press("Space")
    page.get_by_role("checkbox", name="Pharr").press("Space")
    expect(rows).to_have_count(2)
    page.get_by_role("button", name="Open World Trade Bridge").press("Enter")
    opened = page.get_by_role("region", name="What the figure of World Trade Bridge rests on")
    expect(opened).to_be_focused()
    expect(opened).to_contain_text("examined in any way, by scan or by hand")
    expect(opened).to_contain_text("version 1")
    crossings = opened.get_by_role("table").get_by_role("rowheader")
    expect(crossings.first).to_contain_text("world-trade-")
    assert crossings.first.get_by_role("link").get_attribute("href")
    whole_picture(page, "scoreboard-official-opened")
    opened.get_by_role("button", name="Go on").press("Enter")
    expect(opened.get_by_role("button", name="Back")).to_be_visible()


@pytest.mark.parametrize(("lang", "head"), [("en", "Port"), ("es", "Puerto")])
def test_figures_are_told_apart_by_port_and_open_to_the_events_of_its_bridges(
    consoles: Consoles, lang: str, head: str
) -> None:
    said = words(lang, "official")
    page = consoles.open(
        "/scoreboard/official?measure=examination-rate&by=port&first=2024-03-25&last=2024-03-31", "officer", lang
    )
    expect(page.get_by_role("columnheader", name=head, exact=True)).to_be_visible()
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="Laredo", exact=True))
    expect(row).to_have_count(1)
    page.get_by_role("button", name=said["open_row"].format(row="Laredo"), exact=True).click()
    opened = page.get_by_role("region", name=said["opened"].format(row="Laredo"))
    behind = opened.get_by_role("table").get_by_role("rowheader")
    expect(behind.first).to_contain_text("world-trade-")
    expect(opened).not_to_contain_text("pharr-")
    whole_picture(page, f"scoreboard-official-by-port-{lang}")


def test_figures_are_told_apart_by_day_and_lane_and_few_are_told_as_counts(consoles: Consoles) -> None:
    page = consoles.open(
        "/scoreboard/official?measure=targeted-hit-rate&first=2024-03-30&last=2024-03-31&by=bridge&by=day&by=lane",
        "analyst",
    )
    expect(page.get_by_text("too few for a rate").first).to_be_visible()
    expect(page.get_by_role("columnheader", name="Lane")).to_be_visible()
    whole_picture(page, "scoreboard-official-by-lane")
    page.get_by_role("checkbox", name="Lane").uncheck()
    expect(page.get_by_role("columnheader", name="Lane")).to_have_count(0)


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("asked", ["examination-rate", "incidents", "wait-to-primary&by=bridge&by=day&by=lane"])
def test_the_official_form_fits_an_upright_tablet(consoles: Consoles, lang: str, asked: str) -> None:
    path = f"/scoreboard/official?first=2024-03-25&last=2024-03-31&measure={asked}"
    page = consoles.open(path, "analyst", lang, viewport=UPRIGHT)
    opens = page.locator("tbody button[aria-expanded]")
    expect(opens.first).to_be_in_viewport(ratio=1)
    assert page.evaluate(BEYOND) == []
    opens.first.click()
    expect(page.locator("[role=region]")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    # What is told apart by all there is may be wider than the tablet: it scrolls in its panel, the page does not.
    every = "by=bridge&by=day&by=lane&by=programme"
    page.goto(f"{consoles.served.address}/console/scoreboard/official?{every}&first=2024-03-25&last=2024-03-31")
    expect(opens.first).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_an_administrator_sees_figures_and_no_events(consoles: Consoles) -> None:
    page = consoles.open("/scoreboard/official?measure=scan-rate&first=2024-03-25&last=2024-03-31", "administrator")
    page.get_by_role("button", name="Open World Trade Bridge").click()
    expect(page.get_by_role("region", name="What the figure of World Trade Bridge rests on")).to_be_visible()
    expect(page.get_by_text("The events behind it")).to_have_count(0)


def test_an_incident_is_reported_and_closed_by_the_keyboard(consoles: Consoles, served: Listening) -> None:
    page = consoles.open("/incidents", "officer")
    # By the device's clock it is another hour, and another day: that of the place goes, in the form and in the list.
    zone = {"timezoneId": "Pacific/Auckland"}
    page.context.new_cdp_session(page).send("Emulation.setTimezoneOverride", zone)
    page.get_by_role("button", name="Report an incident").press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Report it").press("Enter")
    expect(dialog.get_by_role("alert")).to_have_text("Say who or what told of it.")
    whole_picture(page, "incidents-refused")
    dialog.get_by_label("Kind").select_option("blockade")
    dialog.get_by_label("Place").select_option("colombia")
    dialog.get_by_label("Since").fill("2024-04-02T06:00")
    expect(dialog.get_by_text("By the clock of the place (UTC−5); empty means now.")).to_be_visible()
    dialog.get_by_label("Who told of it").fill("state police")
    dialog.get_by_label("Who told of it").press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    row = page.get_by_role("row").filter(has_text="state police")
    expect(row).to_contain_text("goes on")
    expect(row).to_contain_text("Apr 2, 2024, 06:00 UTC−5")
    shown = served.as_("officer").get("/v1/incidents").json()["incidents"]
    (told,) = [each for each in shown if each["source"] == "state police"]
    assert datetime.fromisoformat(told["started_at"]) == datetime(2024, 4, 2, 11, tzinfo=UTC)
    row.get_by_role("button", name="Correct: blockade").press("Enter")
    expect(dialog.get_by_label("Since")).to_have_value("2024-04-02T06:00")
    dialog.get_by_label("Place").select_option("ysleta")
    expect(dialog.get_by_label("Since")).to_have_value("2024-04-02T05:00")  # the same time by another clock
    expect(dialog.get_by_text("By the clock of the place (UTC−6); empty means now.")).to_be_visible()
    dialog.get_by_role("button", name="Leave").press("Enter")
    row.get_by_role("button", name="Close: blockade").press("Enter")
    page.get_by_role("dialog").get_by_label("Note").fill("They left.")
    page.get_by_role("button", name="It is over").press("Enter")
    expect(row).to_contain_text("They left.")
    expect(row).to_contain_text("over")
    expect(row.get_by_role("button", name="Correct: blockade")).to_be_focused()


def test_who_may_not_report_is_shown_no_button(consoles: Consoles) -> None:
    page = consoles.open("/incidents", "auditor")
    expect(page.get_by_role("row").filter(has_text="The gates do not open.")).to_be_visible()
    expect(page.get_by_role("button", name="Report an incident")).to_have_count(0)
    expect(page.get_by_role("button", name="Correct")).to_have_count(0)


def test_the_page_can_be_printed(consoles: Consoles) -> None:
    page = consoles.open("/scoreboard", None)
    expect(page.get_by_text("Published until")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Print")).to_be_hidden()
    whole_picture(page, "scoreboard-printed")
    expect(page.get_by_role("table").filter(has_text="P50 with its interval")).to_be_visible()


def test_every_figure_of_the_public_form_leads_to_its_definition_and_for_those_entitled_to_its_events(
    consoles: Consoles, served: Listening
) -> None:
    every = served.as_("analyst").get("/v1/measures").json()["measures"]
    known = {each["measure"] for each in every if each["in_use"] and each["public"] != "none"}
    readers: tuple[Role | None, ...] = (None, "administrator", "analyst")
    for role in readers:
        page = consoles.open("/scoreboard", role)
        expect(page.get_by_text("Published until")).to_be_visible()
        expect(page.locator(".chart canvas")).to_be_visible()
        panels = page.locator("section.panel").filter(has=page.locator("tbody, .chart"))
        assert panels.count() == 4, "waits, their course, incidents, the border"
        told: list[str] = []
        for panel in panels.all():
            defined = panel.locator("a[href*='/measures?measure=']")
            told += [str(each.get_attribute("href")).partition("measure=")[2] for each in defined.all()]
            rows = panel.locator("tbody tr:has(td .spans), tbody tr:has(td time), section > .inside .chart")
            assert defined.count() >= 1
            events = panel.get_by_role("link", name="The events behind the figure")
            if role != "analyst":
                expect(events).to_have_count(0)
            else:
                assert events.count() >= max(1, rows.count())
        assert set(told) == known, "every measure that is published is on the page"
    page.get_by_role("link", name="The events behind the figure: World Trade Bridge").first.click()
    opened = page.get_by_role("region", name="What the figure of World Trade Bridge rests on")
    expect(opened.get_by_role("heading", name="The events behind it")).to_be_visible()


def test_every_measure_of_the_official_form_opens_to_its_versioned_definition_and_its_events(
    consoles: Consoles, served: Listening
) -> None:
    every = served.as_("analyst").get("/v1/measures").json()["measures"]
    # The log of this test has neither scanners nor trips: figures that are not published have pages of their own.
    measures = [each for each in every if each["in_use"] and each["public"] != "none"]
    page = consoles.open("/scoreboard/official?first=2024-03-25&last=2024-03-31", "analyst")
    for each in measures:
        page.get_by_label("Measure", exact=True).select_option(each["measure"])
        page.get_by_role("heading", name=each["name"]["en"], exact=True).wait_for()
        expect(page.locator(f"h2 a[href$='/measures?measure={each['measure']}']")).to_have_count(1)
        page.locator("tbody button[aria-expanded='false']").first.click()
        opened = page.get_by_role("region", name="What the figure of")
        expect(opened).to_contain_text(f"version {each['version']}")
        expect(opened).to_contain_text(each["document"])
        expect(opened.locator(f"a[href$='/measures?measure={each['measure']}']")).to_be_visible()
        if each["measure"].startswith("time-to-"):
            # A road is none of a bridge's: there is no figure of one, and nothing behind it.
            expect(opened).to_contain_text("belongs to no bridge")
        else:
            expect(opened.get_by_role("heading", name="The events behind it")).to_be_visible()
        opened.get_by_role("button", name="Close").click()
        expect(page.locator("tbody button[aria-expanded='false']").first).to_be_focused()
