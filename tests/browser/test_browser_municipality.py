"""A municipality at its own page, in a real browser: its street, its hours, closures, and work at stake as a range."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from journeys import Post
from listening import Listening, listening
from pictured import whole_picture
from playwright.sync_api import ViewportSize, expect
from town_scene import TOWN, a_town

from aforo.api.access import Rate

if TYPE_CHECKING:
    from conftest import Consoles
    from journeys import Learnt

Axe = Callable[..., list[str]]
NOW = datetime(2024, 1, 18, 19, 2, 30, tzinfo=UTC)
TELEPHONE: ViewportSize = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    post = Post(learnt, tmp_path_factory.mktemp("town"))
    post.clock.now = NOW
    with listening(post, rate=Rate(1e6, 1e6)) as made:
        a_town(NOW)[0].put(made.log)
        yield made


def test_a_town_sees_its_street_its_hours_and_what_a_closure_brings(consoles: Consoles, axe: Axe) -> None:
    page = consoles.open("/municipality", "municipality", carriers=TOWN)
    colombia = page.get_by_role("region", name="Colombia Solidarity Bridge")
    expect(colombia.get_by_text("at 20 to 27 m a truck (assumed)")).to_be_visible()
    expect(colombia.get_by_text("The approach and its lanes hold 200 (assumed)")).to_be_visible()
    trade = page.get_by_role("region", name="World Trade Bridge")
    expect(trade.get_by_text("No queue is known here").first).to_be_visible()
    hours = page.get_by_role("table").filter(has_text="Hours that trucks waited before primary")
    expect(hours.get_by_role("row").filter(has_text="Jan 16, 2024")).to_contain_text("settled")
    expect(hours.get_by_role("row").filter(has_text="Jan 18, 2024")).to_contain_text("so far")
    closes = page.get_by_role("table").filter(has_text="Where the trucks of World Trade Bridge go")
    expect(closes.get_by_role("row").filter(has_text="Nowhere, or later")).to_be_visible()
    expect(page.get_by_text("Simulated", exact=True)).to_be_visible()
    expect(page.get_by_text("Nothing of it is apportioned to this town.")).to_be_visible()
    whole_picture(page, "municipality")
    page.get_by_role("checkbox", name="Give this town its part").check()
    expect(page.get_by_text("APPORTIONED to this town")).to_be_visible()
    for word in ("scanner", "examination rate"):
        assert word not in page.get_by_role("main").inner_text().replace("how much a bridge examines, its scanners", "")
    assert axe(page) == []


def test_the_page_in_spanish_on_a_telephone(consoles: Consoles, axe: Axe) -> None:
    page = consoles.open("/municipality", "municipality", "es", viewport=TELEPHONE, carriers=TOWN)
    expect(page.get_by_text("Simulado", exact=True)).to_be_visible()
    expect(page.get_by_role("heading", name="Horas de camión de espera")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    whole_picture(page, "municipality-es")
    assert axe(page) == []


def test_who_oversees_the_corridor_says_whose_town(consoles: Consoles) -> None:
    page = consoles.open("/municipality", "analyst")
    page.get_by_label("Add a bridge of the town").select_option("colombia")
    expect(page.get_by_role("region", name="Colombia Solidarity Bridge")).to_be_visible()
    expect(page.get_by_role("button", name="Leave out colombia")).to_be_visible()
    whole_picture(page, "municipality-analyst")
