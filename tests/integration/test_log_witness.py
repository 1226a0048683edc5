"""A witness knows what it cosigned, and convicts whoever signs another history to anybody."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from forking import FORKS, HONEST, grown, note, reading
from witnessing import LEAVES, LOG, NAME, Node, submission

from aforo.log import merkle
from aforo.log.checkpoint import Checkpoint
from aforo.log.contradiction import Contradiction, opened_by
from aforo.log.keyfile import KeyStoreForeignError
from aforo.log.note import Signer, signature_line
from aforo.log.witness import RefusedError, Submission
from aforo.log.witness_state import MOST_KEPT, MOST_KEPT_BYTES, Settled, Witness, WitnessNamedError


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


def refused(witness: Witness, body: bytes) -> RefusedError:
    with pytest.raises(RefusedError) as told:
        witness.add(body)
    return told.value


def test_what_convicts_is_kept_up_to_an_end(witness: Witness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aforo.log.witness_state.MOST_KEPT", 3)
    assert MOST_KEPT > 3
    witness.add(submission(LEAVES[:8], 0))
    for number in range(6):
        forked = [merkle.leaf_hash(b"fork %d" % number), *LEAVES[1:20]]
        for leaves in (forked[:8], forked):
            refused(witness, submission(leaves, 8))
    held = witness.contradictions()
    assert sorted(each.proven for each in held) == [False] * 3 + [True] * 3
    assert {each.contradiction.convicts([LOG.verifier]) for each in held if each.proven} == {True}
    assert witness.left_out() == {LOG.verifier.name: 3}
    # What is there stays, and is there once.
    refused(witness, submission([merkle.leaf_hash(b"fork 0"), *LEAVES[1:20]], 8))
    assert witness.contradictions() == held
    assert witness.left_out() == {LOG.verifier.name: 3}


def test_what_is_kept_has_an_end_in_bytes_too(witness: Witness, monkeypatch: pytest.MonkeyPatch) -> None:
    witness.add(submission(LEAVES[:8], 0))
    refused(witness, submission(LEAVES[:3], 3))
    (held,) = witness.contradictions()
    length = len(msgspec.json.encode(held.contradiction))
    assert length < MOST_KEPT_BYTES / MOST_KEPT
    monkeypatch.setattr("aforo.log.witness_state.MOST_KEPT_BYTES", 2 * length)
    refused(witness, submission(LEAVES[:4], 4))
    refused(witness, submission(LEAVES[:5], 5))
    assert len(witness.contradictions()) == 2
    assert witness.left_out() == {LOG.verifier.name: 1}


def test_whatever_else_is_wrong_with_it_what_the_log_signed_is_kept(witness: Witness) -> None:
    """A checkpoint is refused for where it is said to go on from before anybody looks whether it is of one tree."""
    forked = [merkle.leaf_hash(b"fork"), *LEAVES[1:40]]
    assert refused(witness, submission(forked, 3)).size == 0, "there is nothing to compare it with"
    assert witness.contradictions() == []
    witness.add(submission(LEAVES[:20], 0))
    for body, status, size, proven in (
        (submission(forked, 3), 409, 20, False), (submission(forked, 0), 409, 20, False),
        (submission(forked[:7], 7), 409, 20, False), (submission(forked[:9], 20), 400, None, False),
        (submission(forked[:20], 3), 409, 20, True), (submission(forked[:20], 40), 400, None, True),
        (submission([], 20), 400, None, None), (submission([], 0), 409, 20, None),
    ):  # fmt: skip
        known = len(witness.contradictions())
        error = refused(witness, body)
        assert (error.status, error.size) == (status, size)
        assert (error.suspicion is not None, error.evidence is not None) == (proven is False, proven is True)
        assert len(witness.contradictions()) <= known + 1
    held = witness.contradictions()
    assert sorted(each.proven for each in held) == [False, False, False, True]
    for each in held:
        smaller, larger = (opened_by(said, [LOG.verifier]) for said in msgspec.structs.astuple(each.contradiction)[:2])
        assert smaller.size <= larger.size
        assert 20 in (smaller.size, larger.size)
        assert each.contradiction.convicts([LOG.verifier]) == each.proven
    # The proof that was wanted comes, and it is not both suspected and proven.
    refused(witness, submission(forked, 20))
    assert sorted(each.proven for each in witness.contradictions()) == [False, False, True, True]


def test_an_empty_tree_has_one_root(witness: Witness) -> None:
    witness.add(submission(LEAVES[:5], 0))
    said = Checkpoint(LOG.verifier.name, 0, bytes(32)).signed(LOG)
    error = refused(witness, Submission(0, [], said).body)
    assert (error.status, error.size) == (409, 5)
    (held,) = witness.contradictions()
    assert held.proven
    assert held.contradiction.convicts([LOG.verifier])


def test_what_was_suspected_and_goes_on_after_all_is_forgotten(witness: Witness) -> None:
    """A node that did not hear that it was cosigned asks from where it believes to be, and then from where it is."""
    witness.add(submission(LEAVES[:20], 0))
    refused(witness, submission(LEAVES[:30], 5))
    (held,) = witness.contradictions()
    assert not held.proven
    witness.add(submission(LEAVES[:30], 20))
    assert witness.contradictions() == []


def test_what_somebody_put_to_a_checkpoint_is_not_kept(witness: Witness) -> None:
    """Anybody can add lines to a note that a log signed, and have them stored."""
    junk = "".join(signature_line(f"stranger-{number}", b"abcd", bytes(1_000)) for number in range(60))
    witness.add(submission(LEAVES[:20], 0) + junk.encode())
    refused(witness, submission(LEAVES[:7], 3) + junk.encode())
    refused(witness, submission([merkle.leaf_hash(b"fork"), *LEAVES[1:20]], 3) + junk.encode())
    assert "stranger" not in str(witness.notes()) + str(witness.contradictions())
    assert len(witness.contradictions()) == 2


def test_a_suspicion_is_settled_with_tiles_of_either_history(witness: Witness) -> None:
    name = LOG.verifier.name
    forked = [*LEAVES[:10], merkle.leaf_hash(b"fork"), *LEAVES[11:]]
    witness.add(submission(LEAVES[:64], 0))
    refused(witness, submission(forked[:40], 3))
    refused(witness, submission(LEAVES[:50], 3))
    refused(witness, submission(forked[:100], 64))
    assert [each.proven for each in witness.contradictions()] == [False] * 3

    def settle(leaves: list[bytes], head: str | None) -> Settled:
        return witness.settle(name, head, reading(leaves))

    # Without a checkpoint over them tiles of the second history are only as good as what the log signed of it.
    other = Signer(name, bytes(range(1, 33)))
    for head in (None, "nonsense", note(other, forked), note(Signer("aforo/other", bytes(32)), forked)):
        assert settle(forked[:70], head) == Settled(0, 0, 3)
    assert settle(LEAVES[:20], note(LOG, LEAVES[:20])) == Settled(0, 0, 3)
    assert settle(LEAVES[:64], None) == Settled(1, 1, 1), "the witness has the checkpoint over these"
    assert settle(LEAVES[:80], note(LOG, LEAVES[:80])) == Settled(0, 0, 1), "they may go on to what was signed"
    assert settle(LEAVES, note(LOG, LEAVES)) == Settled(1, 0, 0)
    held = witness.contradictions()
    assert len(held) == 2
    assert all(each.proven and each.contradiction.convicts([LOG.verifier]) for each in held)
    assert witness.settle("aforo/other", None, reading([])) == Settled(0, 0, 0)


def convicted(tmp_path: Path, times: int) -> None:
    """Second histories of every kind: each is caught, and each is proven, where need be with tiles of one of them."""
    draw = random.Random(7)
    for kind, made in FORKS.items():
        logs = {
            f"aforo/{number}": (Signer(f"aforo/{number}", draw.randbytes(32)), made(draw)) for number in range(times)
        }
        keys = [log.verifier for log, _ in logs.values()]
        with closing(Witness(tmp_path / f"{kind}.sqlite", NAME, keys, lambda: 1)) as witness:
            for log, fork in logs.values():
                witness.add(fork.first(log))
                refused(witness, fork.then(log))
            held = witness.contradictions()
            assert {each.origin for each in held} == logs.keys(), kind
            for each in held:
                if not each.proven:
                    log, fork = logs[each.origin]
                    leaves = grown(draw, draw.choice((fork.cosigned, fork.signed)), fork)
                    assert witness.settle(each.origin, note(log, leaves), reading(leaves)) == Settled(1, 0, 0), kind
            for each in witness.contradictions():
                sent = msgspec.json.decode(msgspec.json.encode(each.contradiction), type=Contradiction)
                assert sent.convicts([logs[each.origin][0].verifier]), kind


def test_rollbacks_forks_and_deletions_are_caught_and_convict(tmp_path: Path) -> None:
    convicted(tmp_path, 8)


@pytest.mark.long
def test_a_thousand_of_each_are_caught_and_convict(tmp_path: Path) -> None:
    convicted(tmp_path, 1_000)


def test_honest_logs_that_look_alike_are_suspected_and_then_not(tmp_path: Path) -> None:
    draw = random.Random(5)
    for kind, made in HONEST.items():
        for number in range(8):
            fork = made(draw)
            with closing(Witness(tmp_path / f"{kind} {number}", NAME, [LOG.verifier], lambda: 1)) as witness:
                witness.add(fork.first(LOG))
                refused(witness, fork.then(LOG))
                assert [each.proven for each in witness.contradictions()] == [False], kind
                leaves = grown(draw, max(fork.cosigned, fork.signed, key=len), fork)
                became = witness.settle(LOG.verifier.name, note(LOG, leaves), reading(leaves))
                assert became == Settled(0, 1, 0), kind
                assert witness.contradictions() == []
