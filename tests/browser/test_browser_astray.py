"""A truck that left its road, in the list of alerts: which trip, what, where, since when, and how it is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from cases import STORY, morning
from conftest import DESKTOP
from dock_scene import words
from pictured import whole_picture
from playwright.sync_api import ViewportSize, expect
from sealed import opened
from straight import NAME, corridor, on_the_road, strayed
from under_seal import report, sealed_trip

from aforo.domain.clock import microseconds
from aforo.flow.alert_watch import Watch
from aforo.flow.custody_watch import CustodyWatch

if TYPE_CHECKING:
    from conftest import Consoles
    from journeys import Learnt
    from listening import Listening

UPRIGHT: ViewportSize = {"width": 768, "height": 1024}
OWN, OF_A_CASE = "MTY-LRD-0101", "MTY-LRD-0102"


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    """A morning of cases, and two trucks that left their road: one is a case's, one was opened too."""
    with morning(learnt, tmp_path_factory.mktemp("astray")) as made:
        answer = made.as_("supervisor").put("/v1/roads/corridor", json={"document": corridor().decode()})
        assert answer.status_code == 200, answer.text
        for trip, crossing in ((OWN, ""), (OF_A_CASE, STORY)):
            start = microseconds(sealed_trip(made, trip, corridor=NAME, crossing=crossing))
            drive = strayed(on_the_road(start, 60), 45, 60)
            report(made, trip, opened(drive, 50, 52) if trip == OWN else drive)
        CustodyWatch(made.log).look()
        Watch(made.log).look()
        yield made


@pytest.mark.parametrize(("lang", "size"), [("en", DESKTOP), ("es", UPRIGHT)], ids=["en-desk", "es-upright"])
def test_an_alert_says_which_trip_what_where_since_when_and_how_it_is_known(
    consoles: Consoles, axe: Callable[..., list[str]], lang: str, size: ViewportSize
) -> None:
    said = words(lang, "alerts") | words(lang, "custody")
    page = consoles.open("/alerts", "officer", lang, viewport=size)
    own = page.locator("section.panel", has=page.get_by_role("heading", name=OWN))
    expect(own.locator("article")).to_have_count(2)
    astray = own.locator("article", has_text={"en": "off its corridor", "es": "fuera de su corredor"}[lang])
    expect(astray).to_contain_text(said["grade_device"])
    expect(astray).to_contain_text("26.")
    expect(astray).to_contain_text("km")
    expect(page.locator("section.panel", has=page.get_by_role("link", name=STORY)).first).to_contain_text(OF_A_CASE)
    page.get_by_role("button", name=said["order_saves"]).click()
    first = page.locator("#page article").first
    expect(first).to_contain_text({"en": "the seal was opened", "es": "el candado se abrió"}[lang])
    whole_picture(page, f"alerts-of-trips-{lang}")
    assert axe(page) == []
    own.get_by_role("link", name=OWN).first.click()
    expect(page.locator("h1")).to_contain_text(OWN)
    # Its page has all that was found of it.
    trip = words(lang, "trip")
    found = page.get_by_role("region", name=trip["causes"])
    off = found.get_by_role("row").filter(has_text={"en": "off its corridor", "es": "fuera de su corredor"}[lang])
    expect(off).to_contain_text(NAME)
    expect(off).to_contain_text(said["grade_device"])
    expect(off.get_by_role("cell", name=trip["asks_yes"], exact=True)).to_be_visible()
    expect(off).to_contain_text("UTC")
    assert axe(page) == []
