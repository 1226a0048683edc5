"""What figures mean, with what the forum decided; figures of scanners and of sources that disagree, in a browser."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from boards import a_border
from journeys import Post
from listening import Listening, listening
from pictured import whole_picture
from playwright.sync_api import expect

from aforo.api.access import Rate
from aforo.domain.bridge import PublishedLaneWait, WaitsPublished
from aforo.domain.scanner import ScannerReported
from aforo.scoreboard.shipped import definitions

if TYPE_CHECKING:
    from conftest import Consoles
    from journeys import Learnt

MONDAY = datetime(2024, 1, 1, tzinfo=ZoneInfo("America/Chicago"))
NOW = datetime(2024, 4, 2, 12, tzinfo=UTC)
LAST_WEEK = MONDAY + timedelta(weeks=12)
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    post = Post(learnt, tmp_path_factory.mktemp("measures"))
    post.clock.now = NOW
    said = a_border(MONDAY)
    for scanner, port in (("WTB-1", "world-trade"), ("WTB-2", "world-trade")):
        said.say(f"scanner/{scanner}", ScannerReported("commissioned", port=port), MONDAY)
    for number in range(12):
        at = LAST_WEEK + number * 12 * HOUR
        said.say("scanner/WTB-1", ScannerReported("down", "parts", "port"), at)
        said.say("scanner/WTB-1", ScannerReported("up", None, "port"), at + 3 * HOUR)
    for day in range(7):
        feed = WaitsPublished("cbp-bwt", (PublishedLaneWait("standard", 55 + day),))
        said.say("port/world-trade", feed, LAST_WEEK + timedelta(days=day) + 12 * HOUR)
    with listening(post, rate=Rate(1e6, 1e6)) as made:
        said.put(made.log)
        first = definitions().documents[definitions().find("scan-rate", 1).hash].decode()
        second = first.replace("version = 1", "version = 2").replace('["arrived"]', '["examined"]')
        proposal = {"document": second, "side": "CBP", "sides": ["CBP", "ANAM"], "reason": "Of what was examined."}
        assert made.as_("analyst").post("/v1/measures", json=proposal).status_code == 200
        step = {"to": "adopted", "side": "ANAM", "since": "2024-05-01", "reason": "Agreed in April."}
        assert made.as_("supervisor").post("/v1/measures/scan-rate@2/stage", json=step).status_code == 200
        yield made


@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_version_shows_what_the_forum_decided_on_it(consoles: Consoles, lang: str) -> None:
    page = consoles.open("/measures?measure=scan-rate", None, lang)
    words = {"en": ("adopted", "Agreed in April."), "es": ("adoptada", "Agreed in April.")}[lang]
    panel = page.locator("section.panel").filter(has_text=words[1])
    expect(panel).to_be_visible()
    expect(panel).to_contain_text(words[0])
    expect(panel).to_contain_text("ANAM")
    expect(panel).not_to_contain_text("supervisor")
    whole_picture(page, f"measures-forum-{lang}")


@pytest.mark.parametrize("lang", ["en", "es"])
def test_scanners_are_told_one_by_one_beside_what_is_pooled(consoles: Consoles, lang: str) -> None:
    asked = "/scoreboard/official?first=2024-03-25&last=2024-03-31&bridge=world-trade&measure=scanner-availability"
    page = consoles.open(asked, "officer", lang)
    page.locator("tbody button[aria-expanded]").first.click()
    opened = page.locator("[role=region]")
    expect(opened).to_contain_text("WTB-1")
    expect(opened).to_contain_text("WTB-2")
    expect(opened.get_by_role("row").filter(has_text="WTB-1").first).to_contain_text("%")
    whole_picture(page, f"measures-scanners-{lang}")


@pytest.mark.parametrize("lang", ["en", "es"])
def test_waits_of_all_sources_stand_together_with_the_difference(consoles: Consoles, lang: str) -> None:
    asked = "/scoreboard/official?first=2024-03-25&last=2024-03-31&bridge=world-trade&measure=wait-to-primary"
    page = consoles.open(asked, "officer", lang)
    page.locator("tbody button[aria-expanded]").first.click()
    row = page.locator("[role=region]").get_by_role("row").filter(has_text="cbp-bwt")
    expect(row).to_contain_text("58.0 min")
    expect(row).to_contain_text("+")
    expect(row).to_contain_text({"en": "beyond the interval", "es": "fuera del intervalo"}[lang])
    whole_picture(page, f"measures-compared-{lang}")
