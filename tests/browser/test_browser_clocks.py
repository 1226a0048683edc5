"""Hours, zones and numbers as the two countries at the border write them: on pages, below curves and on the plan."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import pytest
from border_scene import CAREFUL, fill, prepared
from journeys import Post, clock_of
from listening import Listening, listening
from playwright.sync_api import Page, expect
from priced import WORLD_TRADE, stand

from aforo.api.access import Rate

if TYPE_CHECKING:
    from conftest import Consoles
    from journeys import Learnt

PORT = f"/port/{WORLD_TRADE}"
#: Keeps what is written on canvases.
WRITTEN = """
const write = CanvasRenderingContext2D.prototype.fillText;
window.written = new Set();
CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
  window.written.add(text);
  return write.call(this, text, ...rest);
};
"""
#: Pairs of hours below marks of the plan that lie over each other.
OVER = """() => {
  const all = [...document.querySelectorAll('.port-spent')]
    .map((each) => [each.textContent, each.getBoundingClientRect()]);
  return all.flatMap(([one, a], at) => all.slice(at + 1)
    .filter(([, b]) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
    .map(([other]) => [one, other]));
}"""


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    post = prepared(Post(learnt, tmp_path_factory.mktemp("clocks")))
    with listening(post, rate=Rate(1e6, 1e6), policy=CAREFUL, opened=partial(stand, waiting=8.0)) as made:
        fill(made)
        yield made


def written(consoles: Consoles, path: str, lang: str) -> tuple[Page, list[str]]:
    """A page, and what is written below and beside its curves."""
    context = consoles.context("officer", lang)
    context.add_init_script(WRITTEN)
    page = context.new_page()
    page.goto(f"{consoles.served.address}/console{path}")
    expect(page.locator(".chart canvas").first).to_be_visible()
    page.wait_for_function("() => window.written.size > 6")
    return page, page.evaluate("[...window.written]")


@pytest.mark.parametrize(("lang", "day"), [("en", "Mar 20"), ("es", "20 mar")])
def test_curves_tell_hours_of_the_bridge_in_the_readers_language_and_the_zone_once(
    consoles: Consoles, lang: str, day: str
) -> None:
    page, told = written(consoles, PORT, lang)
    assert "UTC−5" in told
    assert any(each.startswith("12:00") for each in told)
    assert any(each.endswith(f"\n{day}") or each == day for each in told), told
    assert not [each for each in told if re.search(r"\d ?[ap]m|/", each)], told
    # One name of the zone everywhere on the page.
    expect(page.locator(".page-head")).to_contain_text("07:00 UTC−5")
    expect(page.locator(".port-queue thead").first).to_contain_text("(UTC−5)")
    assert not re.search(r"C[SD]T|GMT|America/", page.locator("#page").inner_text())


@pytest.mark.parametrize("lang", ["en", "es"])
def test_whole_hours_stand_below_a_curve_of_a_day(consoles: Consoles, lang: str) -> None:
    _, told = written(consoles, "/design", lang)
    assert {"0", "2", "4", "6"} <= set(told)
    assert "2.5" not in told
    assert {"en": "Hour", "es": "Hora"}[lang] in told


def test_numbers_in_spanish_are_those_of_mexico(consoles: Consoles) -> None:
    page = consoles.open(PORT, "officer", "es")
    page.locator(".port-queue tr[data-crossing]").first.wait_for()
    shares = page.locator(".port-queue td:nth-child(3)").all_inner_texts()
    assert shares
    assert all(re.fullmatch(r"\d+\.\d\d%|–", each) for each in shares), shares


def test_long_stays_stand_below_their_marks_side_by_side(consoles: Consoles, served: Listening) -> None:
    """The last of these: it lets time go by."""
    clock_of(served.log).move(hours=2, minutes=43)
    page = consoles.open(PORT, "officer", "es")
    stays = page.locator(".port-spent")
    expect(stays.first).to_have_text(re.compile("^2:4"))
    assert stays.count() > 1
    assert page.evaluate(OVER) == []
    mark = page.locator(".port-truck", has=stays).first
    expect(mark).to_have_attribute("aria-label", re.compile("2 h 4. min$"))
