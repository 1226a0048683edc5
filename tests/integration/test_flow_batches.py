"""A file and single messages are decided alike: whatever the batches, the same decisions, lines and log."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from journeys import Learnt, Post, answered, file, table_of, truck
from priced import COLOMBIA, book, put_in_force, stand

from aforo.log.store import Log

#: Where a batch may end: behind a crossing's last declaration.
CROSSINGS = 45


class Crossings(list[pl.DataFrame]):
    """Tables in a row; what a failing test shows of them is short."""

    def __repr__(self) -> str:
        return f"{len(self)} crossings"

    def batches(self, ends: list[int]) -> list[pl.DataFrame]:
        """The crossings in batches that end before the given places."""
        return [pl.concat(self[start:end]) for start, end in itertools.pairwise([0, *ends, len(self)])]


@pytest.fixture(scope="module")
def crossings(learnt: Learnt) -> Crossings:
    """Crossings in order of filing, one table each; some have several declarations, some are amended or cancelled."""
    plain = learnt.future.head(CROSSINGS)
    extra: dict[int, list[dict[str, Any]]] = {
        3: [truck("two-1", crossing_id="two"), truck("two-2", crossing_id="two", hs6="070200")],
        9: [truck("old"), truck("new", amends="old", action="replace", value_usd=100.0)],
        15: [truck("gone"), truck("end", amends="gone", action="cancel")],
        16: [truck("lone-end", amends="never-filed", action="cancel")],
        40: [truck("again", tractor_id="TR-two-1", driver_id=None, importer_id=None)],
    }
    extra |= {
        22: [truck("e1", amends="earlier-1", action="replace", declared_empty=1, gross_mass_kg=40_000.0)],
        30: [truck("e2", amends="earlier-2", action="cancel"), truck("e3", crossing_id="earlier-2", hs6="070200")],
    }
    rows: list[pl.DataFrame] = []
    for place in range(CROSSINGS):
        if place in extra:
            rows.append(pl.DataFrame(extra[place]))
        rows.append(plain[place])
    together = table_of(pl.concat(rows, how="diagonal_relaxed"))
    ends = list(itertools.accumulate(frame.height for frame in rows))
    return Crossings(together[start:end] for start, end in itertools.pairwise([0, *ends]))


class Made(tuple[list[Any], list[Any]]):
    """Lines and log of a run."""

    def __repr__(self) -> str:
        return f"{len(self[0])} lines, {len(self[1])} events"


def filed_in(post: Post, batches: list[pl.DataFrame], waiting: float | None = None) -> Made:
    """The lines (without the identifier of the decision) and what the log then holds, without what must differ; at
    bridges with prices where so many minutes of work are `waiting`."""
    if waiting is not None:
        with post.log() as log:
            put_in_force(log, book(), book(COLOMBIA))
    with post.node() as node:
        if waiting is not None:
            stand(node, waiting=waiting)
        file(node, [truck("earlier-1"), truck("earlier-2")])
        lines = []
        for batch in batches:
            for line in answered(node, batch):
                said = msgspec.json.decode(line)
                del said["decision"]
                lines.append(said)
        return Made((sorted(lines, key=lambda line: line["declaration_id"]), content(node.log)))


def content(log: Log) -> list[Any]:
    """What the events of crossings say: not their identifiers, and not the sealed texts, which are drawn at random."""
    said = []
    for stored in log.read():
        body = msgspec.json.decode(stored.body)
        if not body["stream"].startswith("crossing/"):
            continue
        for member in ("event_id", "causation_id"):
            body.pop(member, None)
        sealed = body["data"].pop("sealed", None)
        said.append((body, sorted(sealed or ())))
    return said


@pytest.fixture(scope="module")
def in_one(learnt: Learnt, crossings: Crossings, tmp_path_factory: pytest.TempPathFactory) -> Made:
    return filed_in(Post(learnt, tmp_path_factory.mktemp("one")), crossings.batches([]))


def check_equal(made: Made, in_one: Made) -> None:
    for own, expected in zip(made[0], in_one[0], strict=True):
        assert own == expected
    for own, expected in zip(made[1], in_one[1], strict=True):
        assert own == expected


def test_single_messages_are_decided_as_one_file(post: Post, crossings: Crossings, in_one: Made) -> None:
    assert len(in_one[0]) == sum(each.height for each in crossings)
    check_equal(filed_in(post, crossings.batches(list(range(1, len(crossings))))), in_one)


def test_by_the_price_of_a_bridge_too_whatever_the_batches(
    learnt: Learnt, crossings: Crossings, tmp_path: Path
) -> None:
    cuts: tuple[list[int], ...] = ([], list(range(1, len(crossings))), [7, 8, 30])
    one, *others = (
        filed_in(Post(learnt, tmp_path / str(place)), crossings.batches(ends), waiting=12.0)
        for place, ends in enumerate(cuts)
    )
    priced = [body["data"]["routing"] for body, _ in one[1] if "routing" in body["data"]]
    assert len(priced) > 10
    assert any(len(routed["listed"]) > 0 for routed in priced)
    for made in others:
        check_equal(made, one)


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ends=st.sets(st.integers(1, CROSSINGS - 1), max_size=12))
def test_any_batches_are_decided_as_one_file(
    learnt: Learnt, crossings: Crossings, in_one: Made, tmp_path_factory: pytest.TempPathFactory, ends: set[int]
) -> None:
    post = Post(learnt, tmp_path_factory.mktemp("some"))
    check_equal(filed_in(post, crossings.batches(sorted(ends))), in_one)


def test_opened_again_between_batches_nothing_changes(
    learnt: Learnt, crossings: Crossings, in_one: Made, tmp_path: Path
) -> None:
    post = Post(learnt, tmp_path / "again")
    lines = []
    for batch in crossings.batches([5, 18, 31]):
        lines += filed_in(post, [batch])[0]
    with post.log() as log:
        check_equal(Made((sorted(lines, key=lambda line: line["declaration_id"]), content(log))), in_one)
