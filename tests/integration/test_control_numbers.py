"""Control numbers of answers in X12: each filer's own, none twice, and going on from where they were."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from journeys import NOW, Post

from aforo.answers import Answer, Reference, received, shipped
from aforo.domain.envelope import X12Reference
from aforo.domain.reception import Numbered
from aforo.flow.control_numbers import number_of, numbers
from aforo.flow.filer import Filer
from aforo.flow.node import Node
from aforo.flow.recording import EventMaker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from journeys import Learnt

OWN, OTHER = Filer.of(["QXFT"]), Filer.of(["EVIL"])
LAW = shipped("US")


@pytest.fixture
def node(learnt: Learnt, tmp_path: Path) -> Iterator[Node]:
    with Post(learnt, tmp_path / "post").node() as opened:
        yield opened


def answer(own: str, partner: str = "QXFT", second: int = 0) -> Answer:
    envelope = X12Reference("02", partner, "ZZ", "CUSTOMS", "000000001", "1", "0001", "309", partner, "CUSTOMS")
    return received(Reference.to([own], x12=envelope), NOW + timedelta(seconds=second), LAW)


def given(node: Node, filer: Filer, *own: str, partner: str = "QXFT") -> list[int]:
    return numbers([answer(each, partner) for each in own], [filer] * len(own), node)


def older_stream(node: Node, *own: str) -> None:
    """Numbers as they were counted before filers were told apart: for the partner alone."""
    digest = blake2b(b"02\0QXFT", digest_size=16, key=node.keys.secret("content")).hexdigest()
    make = EventMaker(node, len(own), node.clock())
    for version, each in enumerate(own, 1):
        make.add(Numbered(answer(each).id), f"partner/{digest}", version, key=f"answer:{answer(each).id}")
    node.log.append(make.events)


def test_who_writes_anothers_identifier_in_isa_sees_nothing_of_it_and_leaves_no_gap(node: Node) -> None:
    assert given(node, OWN, "A1", "A2", "A3") == [1, 2, 3]
    assert given(node, OTHER, "E1") == [1]
    assert given(node, OWN, "A4") == [4]
    assert given(node, OTHER, "E2", "E3") == [2, 3]


def test_a_filer_has_a_sequence_for_each_partner_that_it_is(node: Node) -> None:
    assert given(node, OWN, "A1", "A2") == [1, 2]
    assert given(node, OWN, "B1", partner="QXFU") == [1]


def test_whoever_may_file_for_anyone_is_not_the_carrier_of_its_name(node: Node) -> None:
    assert given(node, OWN, "A1", "A2") == [1, 2]
    assert given(node, Filer("QXFT"), "A3") == [1]
    assert given(node, Filer.of(["QXFT", "QXFU"]), "A4") == [1]


def test_the_same_answer_keeps_its_number_and_another_filers_is_its_own(node: Node) -> None:
    assert given(node, OWN, "A1", "A2", "A1") == [1, 2, 1]
    assert given(node, OTHER, "A2", "E1", "A2") == [1, 2, 1]
    assert given(node, OWN, "A2", "A3") == [2, 3]
    assert numbers([answer("N1"), answer("N1")], [OWN, OTHER], node) == [4, 3]
    assert numbers([answer("N1"), answer("N1")], [OTHER, OWN], node) == [3, 4]
    assert number_of(answer("A2"), node) == 2
    assert number_of(answer("A9"), node) is None


def test_numbers_go_on_above_those_of_an_older_log(node: Node) -> None:
    older_stream(node, "A1", "A2", "A3")
    assert given(node, OWN, "A2", "A4", "A3", "A5") == [2, 4, 3, 5]
    assert given(node, OTHER, "E1") == [4]
    assert [number_of(answer(each), node) for each in ("A1", "A4", "A5", "A6")] == [1, 4, 5, None]


def test_processes_side_by_side_give_no_number_twice(learnt: Learnt, tmp_path: Path) -> None:
    post = Post(learnt, tmp_path / "post")
    with post.node() as first, post.node() as second:

        def work(node: Node, filer: Filer, name: str) -> list[int]:
            return [number for n in range(15) for number in given(node, filer, f"{name}{n}", f"SAME{n}")]

        jobs = [(first, OWN, "A"), (second, OWN, "B"), (first, OTHER, "C"), (second, OTHER, "D")]
        with ThreadPoolExecutor(len(jobs)) as pool:
            made = list(pool.map(lambda job: work(*job), jobs))
        for one, two in ((made[0], made[1]), (made[2], made[3])):
            assert one[1::2] == two[1::2], "the same answer has the same number"
            alone = one[0::2] + two[0::2] + one[1::2]
            assert sorted(alone) == list(range(1, 46))


def test_an_answer_without_an_envelope_has_no_number(node: Node) -> None:
    plain = received(Reference.to(["A1"]), NOW, LAW)
    with pytest.raises(ValueError, match="no envelope"):
        numbers([plain], [OWN], node)
    assert numbers([], [], node) == []
