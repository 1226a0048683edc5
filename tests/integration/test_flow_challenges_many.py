"""Many challenges: documents are read where one is asked for alone, and no carrier's cost another anything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from journeys import Post, file, truck

from aforo.domain.event import Challenged, ChallengeEnclosed, Document, new_event
from aforo.exams import challenge as limits
from aforo.exams.challenge import MOST_OPEN, ChallengeRefusedError, Enclosed
from aforo.flow.challenge import answer, challenges, opened
from aforo.flow.contested import Asker, file_challenge, list_challenges
from aforo.flow.node import Node
from aforo.log.ids import event_id
from aforo.log.store import Log

SCAN = Enclosed("scan.pdf", bytes(range(256)) * 1_000)
ONE, OTHER = (Asker(f"carrier {code}", frozenset({code})) for code in ("CA-1", "CA-2"))


@pytest.fixture
def node(post: Post) -> Iterator[Node]:
    with post.node() as made:
        file(made, truck("a"), truck("b", carrier_id="CA-2"))
        yield made


def test_documents_are_beside_the_crossing_and_read_where_a_challenge_is_opened(node: Node) -> None:
    made = file_challenge("a", "carrier", "It was empty.", [SCAN, Enclosed("n", b"")], ONE, node)
    assert sum(len(each.body) for each in node.log.stream("crossing/a")) < 20_000
    (kept,) = challenges(node.asking)
    assert kept.enclosed == len(SCAN.body)
    assert opened(node.log, made.challenge) == ("It was empty.", [("scan.pdf", SCAN.body), ("n", b"")])
    assert b"scan.pdf" not in b"".join(each.body for each in node.log.read(types=[ChallengeEnclosed.TYPE]))
    assert file_challenge("a", "carrier", "It was empty.", [SCAN, Enclosed("n", b"")], ONE, node) == made
    assert len(node.log.read(types=[ChallengeEnclosed.TYPE])) == 2


def test_documents_of_older_logs_are_read_as_they_stand(node: Node) -> None:
    last = node.log.stream("crossing/a")[-1].event
    made = file_challenge("a", "carrier", "It was empty.", [], ONE, node)
    new = node.log.stream("crossing/a")[-1]
    assert isinstance(new.payload, Challenged)
    sealed = Document(new.payload.statement, new.payload.statement)
    own, at = event_id(node.clock()), node.clock()
    older = Challenged(new.payload.about, "carrier", new.payload.statement, new.payload.due, (sealed,))
    node.log.append(
        [new_event(own, older, last.stream, new.event.version + 1, occurred_at=at, recorded_at=at, actor="x")]
    )
    assert opened(node.log, own) == ("It was empty.", [("It was empty.", b"It was empty.")])
    assert [each.enclosed > 0 for each in challenges(node.asking)] == [False, True]
    assert made.challenge != own


def test_a_carriers_token_of_older_logs_keeps_no_officer_of_its_name_from_answering(node: Node) -> None:
    file_challenge("a", "carrier", "It was empty.", [], ONE, node)
    new = node.log.stream("crossing/a")[-1]
    assert isinstance(new.payload, Challenged)
    own, at = event_id(node.clock()), node.clock()
    older = msgspec.structs.replace(new.payload, filers=("00ff",))
    version = new.event.version + 1
    stream = new.event.stream
    node.log.append([new_event(own, older, stream, version, occurred_at=at, recorded_at=at, actor="Ana Ruiz")])
    assert answer(node.log, own, "dismissed", "Ana Ruiz", "It was full.").crossing == "a"


def test_a_list_reads_nothing_of_what_others_filed(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = [file_challenge("a", "carrier", f"Number {number}.", [SCAN], ONE, node) for number in range(3)]
    challenges(node.asking)
    read: list[str] = []
    for name in ("stream", "streams"):
        before = getattr(Log, name)

        def noted(log: Log, asked: Any, before: Any = before) -> Any:
            read.append(asked)
            return before(log, asked)

        monkeypatch.setattr(Log, name, noted)
    assert list_challenges(OTHER, node, answered=True) == []
    assert list_challenges(ONE, node, answered=False) == mine
    assert list_challenges(Asker("Ana"), node, answered=True) == mine
    assert read == []


def test_a_carrier_has_so_many_open_and_others_are_not_held_up(node: Node) -> None:
    first, *_ = [file_challenge("a", "carrier", f"Number {n}.", [], ONE, node) for n in range(MOST_OPEN)]
    assert len(challenges(node.asking)) == MOST_OPEN
    with pytest.raises(ChallengeRefusedError, match="challenge_many_open"):
        file_challenge("a", "carrier", "One more.", [], ONE, node)
    assert file_challenge("a", "carrier", "Number 0.", [], ONE, node) == first
    file_challenge("b", "carrier", "Ours.", [], OTHER, node)
    file_challenge("a", "carrier", "As the driver told us.", [], Asker("Ana"), node)
    answer(node.log, first.challenge, "dismissed", "Ana", "It was not.")
    file_challenge("a", "carrier", "One more.", [], ONE, node)


def test_a_carrier_has_so_many_bytes_of_documents_open(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_OPEN_BYTES", 2 * len(SCAN.body))
    for number in range(2):
        file_challenge("a", "carrier", f"Number {number}.", [SCAN], ONE, node)
    with pytest.raises(ChallengeRefusedError, match="challenge_documents_open"):
        file_challenge("a", "carrier", "One more.", [Enclosed("n", b"x")], ONE, node)
    file_challenge("a", "carrier", "One more, in words.", [], ONE, node)
    file_challenge("b", "carrier", "Ours.", [SCAN], OTHER, node)
