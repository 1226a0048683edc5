"""Batches in hand: answered in their order, and nothing behind one that failed."""

from __future__ import annotations

import json
import time

import msgspec
import polars as pl
import pytest
from journeys import Post, decisions, file, table_of, truck

from aforo.cli import writing
from aforo.cli.writing import Writing
from aforo.flow.journey import Screened, record, settle
from aforo.flow.node import Node
from aforo.flow.selection import Selection
from aforo.log.store import ConcurrencyError

BATCHES = [["a", "b"], ["c"], ["d", "e"], ["f"], ["g"], ["h"]]


def tables() -> list[pl.DataFrame]:
    return [table_of(pl.DataFrame([truck(own) for own in batch])) for batch in BATCHES]


class Answers:
    """What was answered, with how many decisions the log had by then."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.told: list[tuple[list[str], int]] = []

    def __call__(self, screened: Screened, lines: list[str]) -> None:
        named = [json.loads(line)["declaration_id"] for line in lines]
        self.told.append((named, len(decisions(self.node.log))))


def test_batches_are_answered_in_order_and_once_they_are_durable(post: Post) -> None:
    with post.node() as node:
        answers = Answers(node)
        with Writing(node, "declarations", answers) as behind:
            for table in tables():
                behind.put(settle(table, node), table)
        assert [told for told, _ in answers.told] == BATCHES
        counts = [sum(map(len, BATCHES[: place + 1])) for place in range(len(BATCHES))]
        assert [known for _, known in answers.told] == counts


def test_behind_a_batch_that_failed_nothing_is_recorded_or_answered(post: Post) -> None:
    with post.node() as first, post.node() as node:
        answers = Answers(node)

        def put_all() -> None:
            with Writing(node, "declarations", answers) as behind:
                for place, table in enumerate(tables()):
                    settled = settle(table, node)
                    if place == 1:  # another process files it meanwhile
                        file(first, truck("c"))
                    behind.put(settled, table)

        with pytest.raises(ConcurrencyError):
            put_all()
        assert [told for told, _ in answers.told] == BATCHES[:1]
        assert len(decisions(node.log)) == 3


def screened(node: Node, batches: list[list[dict[str, object]]]) -> list[Selection]:
    """The lines of batches that are in hand together."""
    told: list[str] = []
    with Writing(node, "declarations", lambda _, lines: told.extend(lines)) as behind:
        for batch in batches:
            table = table_of(pl.DataFrame(batch))
            behind.put(settle(table, node, ready=behind.ready), table)
    return [msgspec.json.decode(line, type=Selection) for line in told]


def test_what_a_batch_repeats_is_told_as_it_is_after_the_batch(post: Post) -> None:
    with post.node() as node:
        file(node, [truck("a"), truck("b")])
        lines = screened(
            node,
            [
                [
                    truck("a"),
                    truck("a2", amends="a", action="cancel"),
                    truck("b"),
                    truck("b2", amends="b", action="replace", importer_id="IM-2"),
                ]
            ],
        )
        told = {line.declaration_id: (line.decision, line.examination, line.probability) for line in lines}
        assert told["a"] == told["a2"]
        assert told["b"] == told["b2"]


def test_batches_that_meet_in_a_crossing_of_the_log_wait_for_each_other(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(screened: Screened, node: Node) -> None:
        time.sleep(0.3)
        record(screened, node)

    monkeypatch.setattr(writing, "record", slowly)
    with post.node() as node:
        file(node, [truck("a", crossing_id="X"), truck("b", crossing_id="X")])
        lines = screened(
            node,
            [[truck(own, amends=old, action="replace")] for own, old in (("a1", "a"), ("b1", "b"), ("a2", "a1"))],
        )
        assert [line.declaration_id for line in lines] == ["a1", "b1", "a2"]
        assert {line.crossing_id for line in lines} == {"X"}
        assert len(decisions(node.log)) == 4
