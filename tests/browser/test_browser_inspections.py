"""Inspections recorded on the page of a trip in a browser: of its seal, and of truck and trailer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from conftest import DESKTOP
from dock_scene import words
from journeys import Post
from listening import Listening, listening
from playwright.sync_api import ViewportSize, expect
from test_browser_trips import THEIRS, UPRIGHT, opened
from under_seal import SOUND, sound

from aforo.api.access import Rate
from aforo.domain.trip import Inspected

if TYPE_CHECKING:
    from conftest import Consoles
    from journeys import Learnt

Axe = Callable[..., list[str]]


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    """A node with a trip of each of two carriers."""
    with listening(Post(learnt, tmp_path_factory.mktemp("inspections")), rate=Rate(1e6, 1e6)) as made:
        sound(made)
        sound(made, THEIRS, "CA-2", regime="in_bond")
        yield made


@pytest.mark.parametrize(("lang", "size"), [("en", DESKTOP), ("es", UPRIGHT)], ids=["en-desk", "es-upright"])
def test_an_inspection_is_recorded_by_the_keyboard_and_refused_in_plain_words(
    consoles: Consoles, served: Listening, axe: Axe, lang: str, size: ViewportSize
) -> None:
    said = words(lang, "trip") | words(lang, "cases")
    page = opened(consoles, THEIRS, lang, size)
    before = served.log.stream(f"trip/{THEIRS}", types=(Inspected.TYPE,))
    page.get_by_role("button", name=said["inspect"]).press("Enter")
    dialog = page.get_by_role("dialog", name=said["inspect"])
    dialog.get_by_role("button", name=said["do_inspect"]).press("Enter")
    expect(dialog.get_by_text(said["inspect_needed"])).to_be_visible()
    # A number that is not the seal's: the verdict would not learn of it from here.
    dialog.get_by_label(said["number"]).fill("MX 9999")
    expect(dialog.get_by_text(said["inspect_other"])).to_be_visible()
    dialog.get_by_label(said["number"]).fill(f"mx-{THEIRS[-4:]}")
    expect(dialog.get_by_text(said["inspect_other"])).to_have_count(0)
    dialog.get_by_role("button", name=said["inspect_rest"]).press("Enter")
    twist = dialog.get_by_role("radiogroup", name=said["point_twist"])
    twist.get_by_role("radio", name=said["found_pass"], exact=True).focus()
    page.keyboard.press("ArrowRight")
    expect(twist.get_by_role("radio", name=said["found_fail"])).to_be_checked()
    dialog.get_by_label(said["note"]).fill("the bolt turns")
    dialog.get_by_label(said["where"]).fill("Reynosa yard")
    dialog.get_by_label(said["person"]).fill("Rosa Vega")
    assert axe(page, within="dialog[open]") == []
    dialog.get_by_label(said["when"]).fill("2035-01-01T10:00")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_be_visible()
    dialog.get_by_label(said["when"]).fill("")
    dialog.get_by_role("button", name=said["do_inspect"]).press("Enter")
    done = said["done_inspect_not"].split("{")[0]
    expect(page.get_by_role("status").filter(has_text=done)).to_be_visible()
    event = served.log.stream(f"trip/{THEIRS}", types=(Inspected.TYPE,))[len(before)]
    inspected = event.payload
    assert isinstance(inspected, Inspected)
    assert {each.point: each.found for each in inspected.points} == {
        "view": "pass", "verify": "pass", "tug": "pass", "twist": "fail",
    }  # fmt: skip
    assert (inspected.note, inspected.where) == ("the bolt turns", "Reynosa yard")
    assert inspected.by
    assert "Rosa" not in inspected.by


def test_truck_and_trailer_have_seventeen_points_and_a_carrier_inspects_its_own(
    consoles: Consoles, served: Listening
) -> None:
    page = consoles.open(f"/trips/{SOUND}", "carrier", carriers=("CA-1",))
    page.get_by_role("button", name="Record an inspection").press("Enter")
    dialog = page.get_by_role("dialog", name="Record an inspection")
    expect(dialog.get_by_role("radiogroup")).to_have_count(4)
    dialog.get_by_label("What was inspected").select_option("conveyance")
    expect(dialog.get_by_role("radiogroup")).to_have_count(17)
    dialog.get_by_role("button", name="The rest is in order").press("Enter")
    dialog.get_by_role("button", name="Record the inspection").press("Enter")
    expect(page.get_by_text("Recorded: inspected, and in order at every point.")).to_be_visible()
    (event,) = served.log.stream(f"trip/{SOUND}", types=(Inspected.TYPE,))
    assert isinstance(event.payload, Inspected)
    assert event.payload.passed
