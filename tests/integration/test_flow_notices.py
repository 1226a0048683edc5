"""What declares nothing is kept as it was received, each once, and whom it names can be erased from it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from aforo.domain.event import Noted
from aforo.flow.notices import keep_notices
from aforo.intake.batch import Notice
from aforo.intake.registry import recognise
from aforo.log.erasure import erase_person

if TYPE_CHECKING:
    from journeys import Post

SAMPLES = Path(__file__).resolve().parents[1] / "samples" / "intake" / "x12"


def notices(name: str) -> list[Notice]:
    path = SAMPLES / name
    form = recognise(path)
    assert form is not None
    return [notice for batch in form.read(path) for notice in batch.notices]


def test_all_that_a_notice_says_is_kept_and_erasure_reaches_it(post: Post) -> None:
    events = notices("353_events.edi")
    with post.node() as node:
        assert keep_notices(events, node, "x12") == 2
        assert keep_notices(events, node, "x12") == 0
        kept = [each.payload for each in node.log.read(types=[Noted.TYPE])]
        first = kept[0]
        assert isinstance(first, Noted)
        assert (first.source, first.kind, first.record) == ("x12", "353", 1)
        persons = [int(person, 16) for person in first.persons]
        opened = node.keys.open(persons, first.sealed)
        assert opened is not None
        said = msgspec.json.decode(opened)
        assert (said["fields"], said["text"]) == (dict(events[0].fields), events[0].raw)
        assert said["fields"]["crossing_id"] == "QXFTT26030200"
        assert "SEAL CHANGED BY CUSTOMS" in said["text"]
        carrier = int(node.keys.identity_hashes("carrier", ["QXFT"])[0])
        assert erase_person(node.log, carrier, "asked", actor="tester") is not None
        assert node.keys.open(persons, first.sealed) is None


def test_the_same_statement_under_another_heading_is_another_notice(post: Post) -> None:
    first = notices("353_events.edi")[0]
    other = replace(first, fields={**first.fields, "crossing_id": "QXFT-OTHER"})
    with post.node() as node:
        assert keep_notices([first, other], node, "x12") == 2
