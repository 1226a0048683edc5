"""Batches in hand: answered in their order, and nothing behind one that failed."""

from __future__ import annotations

import json

import polars as pl
import pytest
from journeys import Post, decisions, file, table_of, truck

from aforo.cli.writing import Writing
from aforo.flow.journey import Screened, settle
from aforo.flow.node import Node
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
        with Writing(node, "declarations", answers) as writing:
            for table in tables():
                writing.put(settle(table, node), table)
        assert [told for told, _ in answers.told] == BATCHES
        counts = [sum(map(len, BATCHES[: place + 1])) for place in range(len(BATCHES))]
        assert [known for _, known in answers.told] == counts


def test_behind_a_batch_that_failed_nothing_is_recorded_or_answered(post: Post) -> None:
    with post.node() as first, post.node() as node:
        answers = Answers(node)

        def put_all() -> None:
            with Writing(node, "declarations", answers) as writing:
                for place, table in enumerate(tables()):
                    settled = settle(table, node)
                    if place == 1:  # another process files it meanwhile
                        file(first, truck("c"))
                    writing.put(settled, table)

        with pytest.raises(ConcurrencyError):
            put_all()
        assert [told for told, _ in answers.told] == BATCHES[:1]
        assert len(decisions(node.log)) == 3
