"""The page of roads in a browser: what is in force, since when and by whom, on a map and in tables, and by role."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from conftest import DESKTOP
from dock_scene import words
from fenced import FENCES
from journeys import Post
from listening import Listening, listening
from playwright.sync_api import ViewportSize, expect
from test_browser_trip_map import CLASHING
from test_browser_trips import BEYOND, UPRIGHT
from under_seal import planned

from aforo.api.access import Rate
from aforo.domain.role import Role

if TYPE_CHECKING:
    from conftest import Consoles
    from journeys import Learnt

Axe = Callable[..., list[str]]
#: Forms that reach beyond the sheet of their map.
CUT = """(map) => [...map.querySelectorAll(':scope > circle, :scope > path')]
  .map((each) => [each.outerHTML, each.getBBox()])
  .filter(([, { x, y, width, height }]) => x < 0 || y < 0
    || x + width > map.viewBox.baseVal.width || y + height > map.viewBox.baseVal.height)
  .map(([form]) => form)"""
CONTACTS = """name = "norte"
version = "7"
[[carrier]]
carrier = "ABCD"
[[carrier.line]]
id = "abcd-dispatch"
name = { en = "Dispatch", es = "Despacho" }
phone = "+52 81 5550 0199"
source = "assumed"
[[yard]]
id = "guarded"
name = "Guarded yard"
lat = 26.52
lon = -99.8
radius = { metres = 500, source = "assumed" }
source = "assumed"
"""


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    """A node with the shipped corridor, fences and contacts of its own in force."""
    with listening(Post(learnt, tmp_path_factory.mktemp("roads")), rate=Rate(1e6, 1e6)) as made:
        planned(made)
        eva = made.as_("supervisor", "Eva Luna")
        assert eva.put("/v1/roads/fences", json={"document": FENCES}).status_code == 200
        assert eva.put("/v1/response-documents/contacts", json={"toml": CONTACTS}).status_code == 200
        yield made


@pytest.mark.parametrize(
    ("lang", "size", "dark"), [("en", DESKTOP, False), ("es", UPRIGHT, True)], ids=["en-desk", "es-upright-dark"]
)
def test_what_is_in_force_is_told_with_its_sources_and_gone_through_by_the_keyboard(
    consoles: Consoles, axe: Axe, lang: str, size: ViewportSize, dark: bool
) -> None:
    said = words(lang, "roads")
    page = consoles.open("/roads", "officer", lang, viewport=size, dark=dark)
    table = page.get_by_role("region", name=said["documents"])
    row = table.get_by_role("row").filter(has_text=said["kind_fences"])
    expect(row).to_contain_text("Eva Luna")
    expect(table.get_by_role("row").filter(has_text=said["kind_limits"])).to_contain_text(said["ships"])
    map_ = page.get_by_role("img", name="monterrey", exact=False).or_(page.locator(".custody-map"))
    for text in ("30", "Scrapyard", "Crossroads", "The north-east", "The coast", "Guarded yard", "Sabinas Hidalgo"):
        expect(map_).to_contain_text(text)
    expect(map_).not_to_contain_text("Elsewhere")
    assert page.evaluate(CLASHING) == []
    zones = page.get_by_role("region", name=said["zones"])
    expect(zones.get_by_role("row").filter(has_text="mamulique")).to_contain_text("42.0 km")
    stops = page.get_by_role("region", name=said["stops"])
    expect(stops.get_by_role("row").filter(has_text="Sabinas Hidalgo")).to_contain_text(said["stop_yard"])
    assert axe(page) == []
    assert page.evaluate(BEYOND) == []
    page.get_by_role("tab", name=said["view_corridors"]).focus()
    for key, text in (
        ("fences", said["use_forbidden"]),
        ("limits", "150 m"),
        ("plan", "911"),
        ("contacts", "+52 81 5550 0199"),
    ):
        page.keyboard.press("ArrowRight")
        expect(page.get_by_role("tab", name=said[f"view_{key}"])).to_be_focused()
        expect(page.get_by_role("tabpanel")).to_contain_text(text)
        assert axe(page) == [], key
        assert page.evaluate(BEYOND) == [], key


def test_fences_are_all_on_their_map_and_each_has_its_document_and_its_source(consoles: Consoles) -> None:
    page = consoles.open("/roads", "officer")
    # On the corridor's map: two within it, one about all of it, one that reaches in.
    expect(page.locator(".custody-map")).to_have_attribute("aria-label", re.compile(r"\b4 fences\b"))
    page.get_by_role("tab", name="Fences").click()
    row = page.get_by_role("tabpanel").get_by_role("row").filter(has_text="Scrapyard")
    for text in ("yards", "A list of the state's police"):
        expect(row).to_contain_text(text)
    expect(page.get_by_role("row").filter(has_text="Crossroads")).to_contain_text("assumed")
    sheet = page.locator(".custody-map")
    expect(sheet).to_have_attribute("aria-label", re.compile(r"\b5 fences\b"))
    assert sheet.evaluate(CUT) == []


def test_a_limit_has_its_unit_and_its_note_in_the_readers_language(consoles: Consoles) -> None:
    page = consoles.open("/roads", "analyst", "es")
    page.get_by_role("tab", name="Límites").click()
    limits = page.get_by_role("tabpanel")
    expect(limits.get_by_role("row").filter(has_text="lo más rápido hasta una")).to_contain_text("110 km/h")
    expect(limits.get_by_role("row").filter(has_text="desde, hora local")).to_contain_text("22:00")
    jammed = limits.get_by_role("row").filter(has_text="señal bloqueada")
    expect(jammed).to_contain_text("80%, se reduce a la mitad cada 20 min")
    expect(jammed).to_contain_text("en una muestra de robos hubo inhibidores")


@pytest.mark.parametrize(
    ("role", "answers", "puts"),
    [("supervisor", True, True), ("auditor", True, False), ("analyst", False, False), ("administrator", False, True)],
)
def test_each_role_sees_what_the_server_lets_it(consoles: Consoles, role: Role, answers: bool, puts: bool) -> None:
    page = consoles.open("/roads", role)
    expect(page.locator(".custody-map")).to_be_visible()
    expect(page.get_by_role("navigation").get_by_role("link", name="Roads", exact=True)).to_have_count(1)
    expect(page.get_by_role("tab", name="Contacts and yards")).to_have_count(int(answers))
    expect(page.get_by_text("You may put another document in force")).to_have_count(int(puts))
    expect(page.locator("main .notice")).to_have_count(0)


def test_a_carrier_has_no_entry_to_it(consoles: Consoles) -> None:
    page = consoles.open("/trips", "carrier", carriers=("CA-1",))
    expect(page.locator("h1")).to_be_visible()
    expect(page.get_by_role("navigation").get_by_role("link", name="Roads", exact=True)).to_have_count(0)
