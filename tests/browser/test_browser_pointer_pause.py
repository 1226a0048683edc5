"""Lists that change by themselves stand still under a hand: what is pressed is what was seen there, on every page on
which a touch of a row acts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cases import morning
from conftest import TABLET
from device import until
from ordered import sent
from pictured import picture
from playwright.sync_api import FloatRect, Locator, Page, Route, expect
from priced import WORLD_TRADE

if TYPE_CHECKING:
    from conftest import Consoles
    from journeys import Learnt
    from listening import Listening

TOLD = (Path(__file__).parent / "told.js").read_text(encoding="utf-8")

#: The mouse moves on a row, a truck comes, and the answer is whether it is shown 300 ms later.
MOVED_AND_TOLD = """async (row) => {
  row.dispatchEvent(new PointerEvent('pointermove', { bubbles: true, pointerType: 'mouse' }));
  window.tell([window.truck(90, { attention: 4 })]);
  await new Promise((later) => setTimeout(later, 300));
  return document.querySelector('tr[data-crossing="T-090"]') !== null;
}"""


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    """A node on which a morning has happened: there are alerts."""
    with morning(learnt, tmp_path_factory.mktemp("pressed")) as made:
        yield made


def told(consoles: Consoles, path: str, begin: str = "") -> Page:
    """A page that hears what the test tells it, and nothing else; `begin` is told as it is opened."""
    context = consoles.context("officer", viewport=TABLET)
    context.add_init_script(TOLD)
    context.add_init_script(f"window.begin = () => {{ {begin} }}")
    page = context.new_page()
    page.goto(f"{consoles.served.address}/console{path}")
    return page


def box(of: Locator) -> FloatRect:
    found = of.bounding_box()
    assert found is not None
    return found


def press(page: Page, of: Locator) -> None:
    """Put the pointer down on the middle of something, and leave it there."""
    of.scroll_into_view_if_needed()
    own = box(of)
    page.mouse.move(own["x"] + own["width"] / 2, own["y"] + own["height"] / 2)
    page.mouse.down()


# ---- the booth -------------------------------------------------------------------------------------------------------


def booth(consoles: Consoles, count: int) -> Page:
    page = told(consoles, "/booth/world-trade")
    expect(page.locator(".reach")).to_contain_text("List of", timeout=15_000)
    for n in range(1, count + 1):
        come(page, n)
        expect(candidate(page, n)).to_be_visible()
    return page


def come(page: Page, n: int) -> None:
    page.evaluate(f"window.tell([window.truck({n}, {{ state: 'at_primary', lane: 'fast' }})])")


def leave(page: Page, n: int) -> None:
    page.evaluate(f"window.tell([], ['T-{n:03}'])")


def candidate(page: Page, n: int) -> Locator:
    return page.locator(".arrivals").get_by_role("button").filter(has_text=f"T-{n:03}")


def test_the_truck_that_is_pressed_at_a_booth_is_the_one_that_is_asked_about(consoles: Consoles) -> None:
    page = booth(consoles, 3)
    picture(page, "booth-candidates")
    asked: list[dict[str, Any]] = []
    page.on(
        "request",
        lambda each: (
            asked.append(each.post_data_json) if each.method == "POST" and each.url.endswith("/booth") else None
        ),
    )
    press(page, candidate(page, 2))
    leave(page, 1)
    come(page, 4)
    page.wait_for_timeout(2_500)
    expect(candidate(page, 1)).to_be_visible()
    expect(candidate(page, 4)).to_have_count(0)
    page.mouse.up()
    until(page, lambda: asked)
    assert [each["crossing_id"] for each in asked] == ["T-002"]


def test_candidates_at_a_booth_keep_their_places_and_no_other_comes_under_the_finger(consoles: Consoles) -> None:
    page = booth(consoles, 3)
    before = {n: box(candidate(page, n)) for n in (1, 2, 3)}
    page.mouse.move(2, 2)
    leave(page, 1)
    expect(candidate(page, 1)).to_have_count(0)
    come(page, 4)
    expect(candidate(page, 4)).to_be_visible()
    assert [box(candidate(page, n)) for n in (2, 3)] == [before[2], before[3]]
    assert box(candidate(page, 4))["x"] != before[1]["x"], "an empty place is for nobody as yet"
    page.wait_for_timeout(1_600)
    come(page, 5)
    expect(candidate(page, 5)).to_be_visible()
    assert box(candidate(page, 5))["x"] == before[1]["x"]


def test_more_candidates_than_places_are_counted_and_the_last_has_the_place_of_the_first(consoles: Consoles) -> None:
    page = booth(consoles, 4)
    places = {n: box(candidate(page, n))["x"] for n in (1, 2, 3, 4)}
    come(page, 5)
    expect(page.locator(".arrivals")).to_contain_text("and 2 more")
    expect(candidate(page, 1)).to_have_count(0)
    expect(candidate(page, 5)).to_be_visible(timeout=5_000)
    expect(page.locator(".arrivals")).to_contain_text("and 1 more")
    assert box(candidate(page, 5))["x"] == places[1]
    assert [box(candidate(page, n))["x"] for n in (2, 3, 4)] == [places[2], places[3], places[4]]


# ---- the queue of a port ---------------------------------------------------------------------------------------------


def test_the_row_that_is_pressed_in_a_queue_is_the_one_that_is_chosen(consoles: Consoles) -> None:
    page = told(consoles, f"/port/{WORLD_TRADE}", "window.tell([1, 2, 3, 4, 5, 6].map((n) => window.truck(n)))")
    row = page.locator('tr[data-crossing="T-004"]')
    press(page, row)
    before = box(row)
    page.evaluate("window.tell([window.truck(90, { attention: 4 }), window.truck(91, { attention: 4 })], ['T-001'])")
    page.wait_for_timeout(1_000)
    assert box(row) == before
    expect(page.locator('tr[data-crossing="T-090"]')).to_have_count(0)
    page.mouse.up()
    expect(page.locator("#port-chosen")).to_have_text("T-004")
    expect(page.locator('tr[data-crossing="T-090"]')).to_be_visible()
    expect(page.locator('tr[data-crossing="T-001"]')).to_have_count(0)


def test_a_queue_goes_on_when_the_mouse_rests(consoles: Consoles) -> None:
    page = told(consoles, f"/port/{WORLD_TRADE}", "window.tell([1, 2, 3].map((n) => window.truck(n)))")
    row = page.locator('tr[data-crossing="T-002"]')
    row.hover()
    # In one task of the page, so that a slow machine comes no later than the mouse rests.
    shown = row.evaluate(MOVED_AND_TOLD)
    assert shown is False
    expect(page.locator('tr[data-crossing="T-090"]')).to_be_visible(timeout=2_000)


# ---- alerts ----------------------------------------------------------------------------------------------------------


def test_the_alert_that_is_pressed_is_the_one_that_is_taken(consoles: Consoles) -> None:
    page = told(consoles, "/alerts")
    turned: list[bool] = []

    def turn(route: Route) -> None:
        answer = route.fetch()
        made = answer.json()
        if turned:
            made["trucks"].reverse()
        route.fulfill(response=answer, json=made)

    page.route("**/v1/alerts?*", turn)
    page.reload()
    first = page.locator("article").first
    expect(first).to_be_visible()
    assert page.locator("section.panel", has=page.locator("article")).count() > 1
    own = first.get_attribute("data-alert")
    taken: list[str] = []
    page.on("request", lambda each: taken.append(each.url) if each.method == "POST" else None)
    button = first.get_by_role("button", name="Acknowledge")
    press(page, button)
    turned.append(True)
    with page.expect_response("**/v1/alerts?*"):
        page.evaluate("window.say('touched', { topics: ['alerts'] })")
    page.wait_for_timeout(300)
    assert page.locator("article").first.get_attribute("data-alert") == own
    page.mouse.up()
    until(page, lambda: taken)
    assert [each.rpartition("/alerts/")[2] for each in taken] == [f"{own}/acknowledge"]
    expect(page.locator("article").last).to_have_attribute("data-alert", str(own))


# ---- the docks -------------------------------------------------------------------------------------------------------


def test_the_truck_that_is_pressed_at_the_docks_is_the_one_that_is_begun(consoles: Consoles, served: Listening) -> None:
    sent(served, "pressed", "secondary")
    page = consoles.open("/dock/world-trade", "officer", viewport=TABLET)
    button = page.get_by_role("button", name="Begin with pressed", exact=True)
    press(page, button)
    before = box(button)
    with page.expect_response(lambda answer: answer.url.endswith("/docks") and "urgent" in answer.text()):
        sent(served, "urgent", "hold")
    page.wait_for_timeout(300)
    assert box(button) == before
    expect(page.get_by_role("button", name="Begin with urgent", exact=True)).to_have_count(0)
    page.mouse.up()
    expect(page.get_by_role("dialog")).to_contain_text("pressed")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Begin with urgent", exact=True)).to_be_visible()


# ---- the line on the connection --------------------------------------------------------------------------------------

#: The longest that it says.
LINES = {
    "en": "No connection since 10:18 UTC−5 List of 1,019 trucks, 12 h 36 min old: too old since 10:18 UTC−5. "
    "Nobody is released by it.",
    "es": "Sin conexión desde las 10:18 UTC−5 Lista de 1,019 camiones, de hace 12 h 36 min: "
    "demasiado vieja desde las 10:18 UTC−5. Nadie sale por ella.",
}


@pytest.mark.parametrize("lang", list(LINES))
@pytest.mark.parametrize("width", [390, 768, 1024, 1440])
@pytest.mark.parametrize(("path", "below"), [("booth", ".ask"), ("dock", "section.panel")])
def test_what_stands_below_the_line_on_the_connection_keeps_its_place(
    consoles: Consoles, path: str, below: str, width: int, lang: str
) -> None:
    page = consoles.open(f"/{path}/world-trade", "officer", lang, viewport={"width": width, "height": 844})
    expect(page.locator(below).first).to_be_visible()
    tops = set()
    for line in ("", LINES[lang]):
        # In the place of the page's own line, which changes by itself meanwhile.
        page.evaluate(
            "line => { const shown = document.querySelector('.reach'), made = shown.cloneNode(); "
            "made.append(line); shown.replaceWith(made); }",
            line,
        )
        tops.add(box(page.locator(below).first)["y"])
        if line:
            picture(page, f"connection-{path}-{width}-{lang}")
    assert len(tops) == 1, tops


# ---- the border ------------------------------------------------------------------------------------------------------


def test_the_bridge_that_is_pressed_on_the_border_is_the_one_that_is_opened(consoles: Consoles) -> None:
    def summary(bridge: str, held: int) -> dict[str, Any]:
        return {
            "bridge": bridge, "name": bridge, "port": "2304", "port_name": "Laredo", "zone": "America/Chicago",
            "at": "2026-03-04T14:00:00Z", "local_time": "08:00", "queue": None, "wait": None, "worst": None,
            "arrivals": None, "lanes_open": None, "scanners_up": None, "scanners": None, "scanners_down": 0,
            "closed": False, "opens": None, "expected": 0, "here": 0, "in_line": None, "held": held, "lives": 0,
            "to_see": 0, "alerts": 0,
        }  # fmt: skip

    def say(*held: int) -> str:
        names = (WORLD_TRADE, "colombia", "pharr")
        bridges = [summary(name, count) for name, count in zip(names, held, strict=True)]
        return f"window.say('bridges', {json.dumps({'whole': True, 'bridges': bridges})})"

    page = told(consoles, "/", say(3, 2, 1))
    row = page.locator("tbody tr", has_text="pharr")
    expect(row).to_be_visible()
    press(page, row.locator("td").nth(5))
    before = box(row)
    page.evaluate(say(1, 2, 3))
    page.wait_for_timeout(300)
    assert box(row) == before
    page.mouse.up()
    expect(page).to_have_url(f"{consoles.served.address}/console/port/pharr")
