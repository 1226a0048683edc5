"""The map on the page of a trip in a browser: its words stand apart, and each state has a shape of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from conftest import DESKTOP
from dock_scene import words
from journeys import Post
from listening import Listening, listening
from playwright.sync_api import ViewportSize, expect
from sealed import drive
from sealed import opened as opened_rows
from test_browser_trips import UPRIGHT, opened
from under_seal import BREACH, breached, report, sealed_trip, sound

from aforo.api.access import Rate
from aforo.domain.clock import microseconds

if TYPE_CHECKING:
    from conftest import Consoles
    from journeys import Learnt

#: One of which all happens within half an hour: twice open in its yard, silent, and opened on the road.
SHORT = "MTY-LRD-0045"
#: Words on a map that stand on each other, or on a mark that is not their own.
CLASHING = """() => {
  const boxes = [...document.querySelectorAll('.custody-map')].flatMap((map, number) => [
    ...[...map.querySelectorAll('text')].map((each) => [each.textContent, each.closest('.map-words') ?? each, each]),
    ...[...map.querySelectorAll(':scope > .state-mark')].map((each) => ['a mark', each, each]),
  ].map(([name, group, each]) => [name, group, each.getBoundingClientRect(), number]));
  const clash = (one, other) => one.left < other.right - 1 && other.left < one.right - 1
    && one.top < other.bottom - 2 && other.top < one.bottom - 2;
  const marks = (name) => name === 'a mark';
  return boxes.flatMap(([name, group, box, map], at) => boxes.slice(at + 1)
    .filter(([other, own, , there]) => there === map && own !== group && !(marks(name) && marks(other)))
    .filter(([, , there]) => clash(box, there)).map(([other]) => `${name} | ${other}`));
}"""


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    """A node with a trip in order and two that were broken."""
    with listening(Post(learnt, tmp_path_factory.mktemp("map")), rate=Rate(1e6, 1e6)) as made:
        breached(made)
        sound(made)
        start = microseconds(sealed_trip(made, SHORT))
        rows = drive(20, start=start, began=start)
        for first, last in ((1, 2), (3, 4), (15, 16)):
            rows = opened_rows(rows, first, last)
        report(made, SHORT, rows[[*range(5), *range(14, 20)]])
        yield made


@pytest.mark.parametrize("size", [DESKTOP, UPRIGHT, {"width": 390, "height": 844}], ids=["desk", "upright", "narrow"])
@pytest.mark.parametrize(("trip", "lang"), [(SHORT, "en"), (SHORT, "es"), (BREACH, "es")])
def test_words_on_the_map_stand_apart_also_where_all_happened_near(
    consoles: Consoles, trip: str, lang: str, size: ViewportSize
) -> None:
    said = words(lang, "custody")
    page = opened(consoles, trip, lang, size)
    map_ = page.locator(".custody-map")
    expect(map_).to_contain_text(said["state_broken"])
    expect(map_).to_contain_text("Apodaca")
    assert page.evaluate(CLASHING) == []


def test_each_state_has_a_shape_of_its_own_wherever_it_is_drawn(consoles: Consoles) -> None:
    page = opened(consoles, SHORT)
    stands = page.locator(".trip-stands")
    expect(stands.locator("[data-shape=broken]")).to_be_visible()
    shapes = page.locator(".custody-map [data-shape]")
    expect(page.locator(".custody-map [data-shape=broken]").first).to_be_visible()
    drawn = {each.get_attribute("data-shape"): each.inner_html() for each in shapes.all()}
    assert drawn.keys() == {"open", "broken"}
    page.locator(".trip-band summary").press("Enter")
    drawn |= {each.get_attribute("data-shape"): each.inner_html() for each in page.locator(".trip-band .tag svg").all()}
    page.goto(page.url.replace(f"/{SHORT}", ""))
    expect(page.locator("[data-shape=intact]").first).to_be_visible()
    drawn |= {each.get_attribute("data-shape"): each.inner_html() for each in page.locator("[data-shape]").all()}
    assert {"intact", "open", "silent", "broken"} <= drawn.keys()
    assert len(set(drawn.values())) == len(drawn)
