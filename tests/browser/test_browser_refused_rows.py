"""Rows that were refused, in a real browser: who looks at a bridge, or a town's street, sees which rows they lack."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from journeys import NOW, Post
from listening import Listening, listening
from pictured import whole_picture
from playwright.sync_api import expect

from aforo.api.access import Rate
from aforo.flow.input_refusals import open_refusals, settled
from aforo.flow.telemetry import record

if TYPE_CHECKING:
    from conftest import Consoles
    from journeys import Learnt

PORT = "/port/world-trade"


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    post = Post(learnt, tmp_path_factory.mktemp("refused"))
    with listening(post, rate=Rate(1e6, 1e6)) as made:
        at = (NOW - timedelta(minutes=40)).isoformat()
        body = f"reader,at,plate\nworld-trade-start,{at},T7\nnowhere,{at},T8\n"
        sent = made.as_("device").post("/v1/readings", content=body.encode(), headers={"content-type": "text/csv"})
        assert sent.status_code == 200, sent.text
        yield made


def test_a_bridge_and_a_town_name_the_rows_that_they_lack_until_a_person_settles_them(
    consoles: Consoles, served: Listening
) -> None:
    (refused,) = open_refusals(served.log)
    words = refused.words
    page = consoles.open(PORT, "officer")
    expect(page.get_by_text(words.en)).to_be_visible()
    whole_picture(page, "port-refused-rows")
    spanish = consoles.open(PORT, "officer", "es")
    expect(spanish.get_by_text(words.es)).to_be_visible()
    town = consoles.open("/municipality", "municipality", carriers=("world-trade",))
    expect(town.get_by_text(words.en)).to_be_visible()
    whole_picture(town, "municipality-refused-rows")
    record([settled(refused.refusal, "The reader was mended.", served.log)], served.log, actor="Ana", origin="live")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_text(words.en)).to_have_count(0)
