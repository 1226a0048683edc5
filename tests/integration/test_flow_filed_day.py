"""A form that says the day of its filing and no time: no hour is told of it, nor that it came late."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from journeys import Post

from aforo.domain.event import Filed
from aforo.flow.correspondence import answer
from aforo.flow.entity_shown import parties, show_entity
from aforo.flow.filer import Filer
from aforo.flow.receiving import Message, receive
from aforo.flow.shown import show
from aforo.flow.timeline import timeline
from aforo.intake.together import Letter

PEDIMENTO = Path(__file__).resolve().parents[1] / "samples" / "intake" / "pedimento" / "import_two_items.csv"


def test_a_day_alone_has_no_hour_and_is_not_late(post: Post) -> None:
    post.clock.now = datetime(2026, 3, 2, 18, tzinfo=UTC)
    with post.node() as node:
        filer = Filer("customs")
        (letter,) = receive([Message(PEDIMENTO.read_bytes(), filer, "")], node)
        assert isinstance(letter, Letter)
        answer([letter], [filer], node)
        filed, *_ = node.log.read(types=[Filed.TYPE])
        crossing = filed.event.stream.removeprefix("crossing/")
        known = timeline(crossing, node)
        assert known is not None
        told = {each.type: each for each in known.entries}
        assert (told["crossing.filed"].day_alone, told["crossing.filed"].late_s) == (True, None)
        assert told["crossing.filed"].at.date().isoformat() == "2026-03-02"
        assert not told["crossing.decided"].day_alone
        shown = show(crossing, node, persons=False)
        assert shown is not None
        assert shown.filings[0].day_alone
        page = show_entity((parties(crossing, node) or [])[0].handle, node, names=False)
        assert page is not None
        assert page.crossings[0].day_alone
