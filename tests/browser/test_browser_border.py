"""The border's page, and a bridge's, of what they are told: lives apart, scanners that nobody mans, who is here, and a
bridge that is closed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from conftest import DESKTOP
from pictured import picture
from playwright.sync_api import Page, ViewportSize, expect
from priced import WORLD_TRADE

if TYPE_CHECKING:
    from conftest import Consoles

TOLD = (Path(__file__).parent / "told.js").read_text(encoding="utf-8")
UPRIGHT: ViewportSize = {"width": 768, "height": 1024}
#: What is said of scanners that are out of service, and what it lies over or reaches beyond.
OVER = """(plan) => {
  const box = (each) => each.getBoundingClientRect();
  const said = [...plan.querySelectorAll('.port-lost text')];
  const grounds = [...plan.querySelectorAll('.port-ground')].map(box);
  const marks = [...plan.querySelectorAll('.port-truck > rect, .port-spent')].map(box);
  return said.flatMap((each) => {
    const own = box(each);
    const ground = grounds.find((one) => one.left <= own.left && own.left < one.right);
    const over = marks.some((one) =>
      one.left < own.right && own.left < one.right && one.top < own.bottom && own.top < one.bottom);
    return over || own.right > ground.right || own.bottom > ground.bottom ? [each.textContent] : [];
  });
}"""
AT = "2026-03-04T14:00:00Z"
LANE: dict[str, Any] = {
    "lane": "all", "open": None, "queue": None, "wait_now": None, "waits": None, "crossings": None, "missing": None,
    "since": None,
}  # fmt: skip


def summary(**given: Any) -> dict[str, Any]:
    """A bridge of which little is known, as the border's page is told of it."""
    return {
        "bridge": WORLD_TRADE, "name": "World Trade Bridge", "port": "2304", "port_name": "Laredo",
        "zone": "America/Chicago", "at": AT, "local_time": "08:00", "queue": None, "wait": None, "worst": None,
        "missing": None, "arrivals": None, "lanes_open": None, "scanners_up": None, "scanners": None,
        "scanners_down": 0, "closed": False, "opens": None, "docks_manned": None, "waiting": None, "serving": None,
        "expected": 0, "here": 0, "in_line": None, "held": 0, "lives": 0, "to_see": 0, "alerts": 0,
    } | given  # fmt: skip


def wait(minutes: float) -> dict[str, Any]:
    return {"minutes": minutes, "low": None, "high": None, "source": "reads", "at": AT, "age_minutes": 0.0}


def border(consoles: Consoles, lang: str = "en", **given: Any) -> Any:
    """The row of a bridge on the page of the border."""
    context = consoles.context("officer", lang)
    told = json.dumps({"whole": True, "bridges": [summary(**given)]})
    context.add_init_script(TOLD)
    context.add_init_script(f"window.begin = () => window.say('bridges', {told})")
    page = context.new_page()
    page.goto(f"{consoles.served.address}/console/")
    row = page.locator("tbody tr")
    expect(row).to_have_count(1)
    return row


def port(
    consoles: Consoles, lang: str = "en", trucks: str = "[]", viewport: ViewportSize | None = None, **given: Any
) -> Page:
    """The page of a bridge in a state, with these trucks."""
    figure = {"value": 1.0, "source": "stated", "at": AT, "age_minutes": 0.0}
    resources = [
        {
            "resource": name, "up": figure | {"value": up}, "stands": figure | {"value": stands},
            "manned": figure | {"value": up}, "waiting": None, "serving": None, "backlog_minutes": None,
            "unpredicted": 0, "room": None, "without_room": None,
        }
        for name, up, stands in (("scanner", 5.0, 9.0), ("portal", 1.0, 1.0))
    ]  # fmt: skip
    state = {
        "bridge": WORLD_TRADE, "name": "World Trade Bridge", "port": "2304", "port_name": "Laredo", "at": AT,
        "local_time": "08:00", "arrivals": None, "lanes": [LANE], "resources": resources, "unplaced_scanners": 0,
        "lost": [], "closed": False, "opens": None,
    } | given  # fmt: skip
    told = {"bridge": WORLD_TRADE, "whole": False, "zone": None, "rows": [], "gone": [], "counts": None, "left": None}
    context = consoles.context("officer", lang, viewport=viewport)
    context.add_init_script(TOLD)
    script = f"window.say('board', {json.dumps(told | {'state': state})}); window.tell({trucks})"
    context.add_init_script(f"window.begin = () => {{ {script} }}")
    page = context.new_page()
    page.goto(f"{consoles.served.address}/console/port/{WORLD_TRADE}")
    expect(page.locator("h1")).to_have_text("World Trade Bridge")
    return page


def test_the_sign_of_lives_is_for_lives_alone(consoles: Consoles) -> None:
    row = border(consoles, held=12)
    expect(row.locator("td").nth(1)).to_have_text("12")
    expect(row.locator('.tag[data-tone="life"]')).to_have_count(0)
    row = border(consoles, held=12, lives=2)
    expect(row.locator('.tag[data-tone="life"]')).to_have_text("for lives: 2")
    expect(row.locator('.tag[data-tone="wrong"]')).to_have_text("10")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"scanners_up": 6, "scanners": 10}, "6 of 10"),
        ({"scanners_up": 0, "scanners": 7, "closed": True}, "closed, 7 there"),
        ({"scanners_up": 0, "scanners": 0}, "none there"),
    ],
)
def test_scanners_that_nobody_mans_are_not_said_to_be_down(
    consoles: Consoles, given: dict[str, Any], said: str
) -> None:
    row = border(consoles, **given)
    expect(row.locator("td").nth(7)).to_have_text(said)
    expect(row.locator('.tag[data-tone="wrong"]')).to_have_count(0)


def test_who_stands_in_line_is_here_and_both_counts_are_said(consoles: Consoles) -> None:
    row = border(consoles, here=46, expected=415, in_line=133, queue=133.0)
    expect(row.locator("td").last).to_contain_text("179 / 282")
    expect(row.locator("td").last).to_contain_text("133 in line, 46 by name")


@pytest.mark.parametrize(("lang", "until"), [("en", "closed until 07:00"), ("es", "cerrado hasta 07:00")])
def test_a_closed_bridge_says_when_it_opens_and_nobody_is_asked_for_until_then(
    consoles: Consoles, lang: str, until: str
) -> None:
    row = border(consoles, lang, closed=True, opens="2026-03-04T13:00:00Z", to_see=46)
    expect(row).to_contain_text(until)
    expect(row.locator('.tag[data-tone="look"]')).to_have_count(0)
    lanes = [LANE | {"queue": 133.0, "missing": "closed"}]
    page = port(consoles, lang, closed=True, opens="2026-03-04T13:00:00Z", lanes=lanes)
    expect(page.locator(".notice").first).to_contain_text({"en": "Closed until", "es": "Cerrado hasta"}[lang])
    expect(page.locator(".notice").first).to_contain_text("133")


def test_a_lane_that_stands_still_is_told_beside_the_wait_of_all(consoles: Consoles) -> None:
    row = border(consoles, wait=wait(14), worst={"lane": "fast", "minutes": 99.0})
    expect(row.locator("td").nth(5)).to_contain_text("FAST: 99")


def test_the_plan_has_a_mark_for_each_scanner_and_tells_portals_apart(consoles: Consoles) -> None:
    page = port(consoles)
    expect(page.locator(".port-plan")).to_contain_text("5 of 9, portal 1 of 1")
    expect(page.locator(".port-up")).to_have_count(6)
    expect(page.locator(".port-idle")).to_have_count(4)
    expect(page.locator(".port-down")).to_have_count(0)
    lost = [{"scanner_id": "S-0", "resource": "scanner", "status": "down", "since": None, "causes": []}]
    page = port(consoles, lost=lost)
    expect(page.locator(".port-down")).to_have_count(1)
    expect(page.locator(".port-idle")).to_have_count(3)


@pytest.mark.parametrize("viewport", [DESKTOP, UPRIGHT], ids=["desktop", "upright"])
@pytest.mark.parametrize("lang", ["en", "es"])
def test_what_is_out_of_service_is_said_below_the_trucks_and_inside_its_ground(
    consoles: Consoles, lang: str, viewport: ViewportSize
) -> None:
    trucks = """[...Array(40).keys()].map((n) => window.truck(n + 1, {
      state: n < 20 ? 'scanning' : 'at_dock', since: new Date(Date.now() - 3.6e6 * 11).toISOString(),
    }))"""
    since = (datetime.now(UTC) - timedelta(hours=39, minutes=47)).isoformat()
    lost: list[dict[str, Any]] = [
        {"scanner_id": f"S-{n}", "resource": "scanner", "status": "down", "since": since,
         "causes": causes}
        for n, causes in enumerate((["unplanned", "site"], ["staffing", "planned"], []))
    ]  # fmt: skip
    page = port(consoles, lang, trucks, viewport, lost=lost)
    plan = page.locator(".port-plan")
    expect(plan.locator(".port-truck")).not_to_have_count(0)
    expect(plan.locator(".port-lost text")).to_have_count(2)
    picture(plan, f"port-plan-lost-{lang}-{viewport['width']}")
    assert plan.evaluate(OVER) == []
    # Without room for every cause the others are counted; all of them are said to who points there.
    words = {"en": "unplanned, site, staffing, planned", "es": "no planeado, instalaciones, personal, planeado"}
    expect(plan.locator(".port-lost title")).to_contain_text(words[lang])
    lost[0]["causes"] = ["power"]
    one = port(consoles, lang, trucks, viewport, lost=lost[:1])
    expect(one.locator(".port-lost text").first).to_have_text({"en": "1 out: power", "es": "1 fuera: energía"}[lang])


@pytest.mark.parametrize("lang", ["en", "es"])
def test_what_is_said_of_a_truck_is_true_of_it(consoles: Consoles, lang: str) -> None:
    trucks = """[
      window.truck(1, {
        examination: 'release', was: 'release', basis: null, attention: 0, state: 'expected', reason: null,
      }),
      window.truck(2, { examination: 'hold', hold: 'found', state: 'found', attention: 4 }),
      window.truck(3, { examination: 'hold', hold: 'found', state: 'found', attention: 5 }),
    ]"""
    page = port(consoles, lang, trucks)
    panel = page.locator(".port-detail")
    page.locator('tr[data-crossing="T-001"]').click()
    released = {"en": "an examination is not worth its delay", "es": "una revisión no vale su demora"}[lang]
    expect(panel.locator(".port-order")).to_contain_text(released)
    expect(panel).to_contain_text({"en": "Filed at", "es": "Declarado a las"}[lang])
    expect(panel).not_to_contain_text({"en": "There since", "es": "Allí desde"}[lang])
    # The server knows no such truck: then the reason does not come.
    expect(panel).to_contain_text({"en": "The reason is not known", "es": "El motivo no se sabe"}[lang])
    for own, found in (("T-002", ("something was", "se halló algo")), ("T-003", ("people were", "se hallaron"))):
        page.locator(f'tr[data-crossing="{own}"]').click()
        expect(panel.locator(".port-order")).to_contain_text(found[lang == "es"])
        expect(panel.locator(".port-order")).not_to_contain_text({"en": "delay", "es": "demora"}[lang])


@pytest.mark.parametrize("lang", ["en", "es"])
def test_all_that_a_bridge_is_told_by_has_room_on_the_page(consoles: Consoles, lang: str) -> None:
    row = border(
        consoles, lang, held=112, lives=12, here=146, expected=1415, in_line=233, queue=233.0, scanners_up=15,
        scanners=20, scanners_down=2, closed=True, opens="2026-03-04T13:00:00Z", to_see=146, alerts=12,
        arrivals=120.0, lanes_open=15, wait=wait(114) | {"low": 100.0, "high": 130.0},
        worst={"lane": "fast", "minutes": 199.0},
    )  # fmt: skip
    expect(row.locator("td").last).to_contain_text("379")
    assert row.page.evaluate(
        "(table => table.scrollWidth <= table.clientWidth)(document.querySelector('.border-table'))"
    )
    assert row.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
