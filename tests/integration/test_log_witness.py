"""A witness knows what it cosigned, and convicts whoever signs another history to anybody."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from witnessing import LEAVES, LOG, NAME, Node, submission

from aforo.log import merkle
from aforo.log.contradiction import Contradiction
from aforo.log.keyfile import KeyStoreForeignError
from aforo.log.note import Signer
from aforo.log.witness import RefusedError
from aforo.log.witness_state import MOST_KEPT, Witness, WitnessNamedError


@pytest.fixture
def witness(tmp_path: Path) -> Iterator[Witness]:
    with closing(Witness(tmp_path / "witness.sqlite", NAME, [LOG.verifier], lambda: 1_700_000_000)) as made:
        yield made


def test_what_was_cosigned_is_known_again(witness: Witness, tmp_path: Path) -> None:
    line = witness.add(submission(LEAVES[:5], 0))
    note = submission(LEAVES[:5], 0).decode().partition("\n\n")[2]
    assert witness.key.cosigned_at(note + line) == 1_700_000_000
    assert witness.notes() == {LOG.verifier.name: note + line}
    with closing(Witness(tmp_path / "witness.sqlite", None, [LOG.verifier], lambda: 1)) as again:
        assert again.key == witness.key
        with pytest.raises(RefusedError, match="5 leaves") as told:
            again.add(submission(LEAVES[:9], 0))
        assert (told.value.status, told.value.size) == (409, 5)
        again.add(submission(LEAVES[:9], 5))
        again.add(submission(LEAVES[:9], 9))
    last = witness.last(LOG.verifier.name)
    assert last is not None
    assert last.size == 9
    with pytest.raises(WitnessNamedError):
        Witness(tmp_path / "witness.sqlite", "another", [], lambda: 1)
    with pytest.raises(ValueError, match="name"):
        Witness(tmp_path / "none.sqlite", None, [], lambda: 1)
    with closing(Node(tmp_path / "node")), pytest.raises(KeyStoreForeignError):
        Witness(tmp_path / "node" / "log.sqlite", NAME, [], lambda: 1)


def test_who_is_unknown_or_has_not_signed_is_refused(witness: Witness) -> None:
    other = Signer("aforo/other", bytes(range(1, 33)))
    forger = Signer(LOG.verifier.name, bytes(range(1, 33)))
    for body, status in (
        (submission(LEAVES, 0, other), 404), (submission(LEAVES, 0, forger), 403), (b"old 0\n\nnothing", 400),
        (submission(LEAVES, 0).replace(b"\n300\n", b"\n299\n"), 403), (submission(LEAVES, 0)[:-9], 400),
    ):  # fmt: skip
        with pytest.raises(RefusedError) as told:
            witness.add(body)
        assert told.value.status == status
    assert witness.notes() == {}
    assert witness.contradictions() == []


def test_of_two_at_once_one_is_first(witness: Witness, tmp_path: Path) -> None:
    """Eight processes, as it were, on one file, each with a fork of its own from the same place: one is cosigned."""
    witness.add(submission(LEAVES[:5], 0))
    begin, done = threading.Barrier(8), []

    def submit(number: int) -> None:
        forked = [*LEAVES[:5], merkle.leaf_hash(b"fork %d" % number), *LEAVES[6:40]]
        with closing(Witness(tmp_path / "witness.sqlite", NAME, [LOG.verifier], lambda: 1)) as mine:
            begin.wait()
            try:
                done.append(mine.add(submission(forked, 5)))
            except RefusedError as refused:
                done.append(refused)

    threads = [threading.Thread(target=submit, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(isinstance(each, str) for each in done) == 1
    assert len(witness.contradictions()) == 7
    assert all(each.proven and each.contradiction.convicts([LOG.verifier]) for each in witness.contradictions())


def test_what_convicts_is_kept_up_to_an_end(witness: Witness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aforo.log.witness_state.MOST_KEPT", 3)
    assert MOST_KEPT > 3
    witness.add(submission(LEAVES[:8], 0))
    for number in range(6):
        forked = [merkle.leaf_hash(b"fork %d" % number), *LEAVES[1:20]]
        for leaves in (forked[:8], forked):
            with pytest.raises(RefusedError):
                witness.add(submission(leaves, 8))
    held = witness.contradictions()
    assert sorted(each.proven for each in held) == [False] * 3 + [True] * 3
    assert {each.contradiction.convicts([LOG.verifier]) for each in held if each.proven} == {True}


def injected(draw: random.Random, kind: str) -> tuple[list[bytes], list[bytes]]:
    """What a witness cosigned, and what the log then signs: put back and gone on with, forked, or with a leaf less."""
    size = draw.randrange(3, 250)
    before = LEAVES[:size]
    at = draw.randrange(size)
    new = [merkle.leaf_hash(b"new %d" % draw.randrange(2**60)) for _ in range(draw.randrange(1, 40))]
    if kind == "rollback":
        return before, [*before[:at], *new, *(merkle.leaf_hash(b"%d" % draw.randrange(2**60)) for _ in range(size))]
    if kind == "fork":
        return before, [*before[:at], new[0], *before[at + 1 :], *new[1:]]
    return before, [*before[:at], *before[at + 1 :], *new]


def convicted(tmp_path: Path, times: int) -> None:
    draw = random.Random(7)
    for kind in ("rollback", "fork", "deletion"):
        for number in range(times):
            before, after = injected(draw, kind)
            signer = Signer(f"aforo/{kind}-{number}", draw.randbytes(32))
            state = tmp_path / f"{kind}-{number}.sqlite"
            with closing(Witness(state, NAME, [signer.verifier], lambda: 1)) as made:
                made.add(submission(before, 0, signer))
                with pytest.raises(RefusedError):
                    made.add(submission(after, len(before), signer))
                (held,) = made.contradictions()
            state.unlink()
            proof = held.contradiction
            if not held.proven:
                # From a power of two a proof leaves out what convicts: whoever has the log's tiles adds it.
                assert len(before) & (len(before) - 1) == 0 < len(after) - len(before)
                whole = [merkle.root(after[: len(before)]), *merkle.consistency_proof(after, len(before))]
                proof = msgspec.structs.replace(proof, proof=whole)
            sent = msgspec.json.decode(msgspec.json.encode(proof), type=Contradiction)
            assert sent.convicts([signer.verifier]), (kind, len(before), len(after))


def test_rollbacks_forks_and_deletions_are_caught_and_convict(tmp_path: Path) -> None:
    convicted(tmp_path, 8)


@pytest.mark.long
def test_a_thousand_of_each_are_caught_and_convict(tmp_path: Path) -> None:
    convicted(tmp_path, 1_000)
