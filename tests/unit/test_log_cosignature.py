"""A cosignature is the witness's over a time and the whole text, and a witness cosigns only what goes on."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from aforo.log import merkle
from aforo.log.checkpoint import Checkpoint
from aforo.log.contradiction import Contradiction
from aforo.log.cosignature import WitnessKey, WitnessSigner
from aforo.log.note import NoteError, Signer
from aforo.log.witness import MOST_BYTES, Cosigned, RefusedError, Submission, judge, submitted

LOG = Signer("aforo/test", bytes(range(32)))
WITNESS = WitnessSigner("witness.example/w1", bytes(range(1, 33)))
LEAVES = [merkle.leaf_hash(b"%d" % number) for number in range(40)]
FORKED = [*LEAVES[:5], merkle.leaf_hash(b"another"), *LEAVES[6:]]
AT = 1_679_315_147


def note(leaves: list[bytes]) -> str:
    return checkpoint(leaves).signed(LOG)


def checkpoint(leaves: list[bytes]) -> Checkpoint:
    return Checkpoint(LOG.verifier.name, len(leaves), merkle.root(leaves))


def last(leaves: list[bytes]) -> Cosigned:
    return Cosigned(len(leaves), merkle.root(leaves), note(leaves))


def test_a_cosignature_is_as_the_format_has_it() -> None:
    text = checkpoint(LEAVES).text
    line = WITNESS.line(text, AT)
    raw = base64.b64decode(line.split(" ")[2])
    assert raw[4:12] == AT.to_bytes(8, "big")
    message = f"cosignature/v1\ntime {AT}\n{text}".encode()
    Ed25519PublicKey.from_public_bytes(WITNESS.public.public_key).verify(raw[12:], message)
    assert WitnessKey.parse(WITNESS.public.text) == WITNESS.public
    assert base64.b64decode(WITNESS.public.text.split("+", 2)[2])[0] == 4
    cosigned = note(LEAVES) + line
    assert WITNESS.public.cosigned_at(cosigned) == AT
    assert LOG.verifier.opens(cosigned) == text, "the log's own signature is not disturbed"
    assert WITNESS.public.cosigned_at(cosigned + WITNESS.line(text, AT + 7)) == AT + 7


def test_what_is_not_cosigned_is_said() -> None:
    text = checkpoint(LEAVES).text
    line = WITNESS.line(text, AT)
    with pytest.raises(NoteError, match="not cosigned"):
        WITNESS.public.cosigned_at(note(LEAVES))
    with pytest.raises(NoteError, match="does not hold"):
        WITNESS.public.cosigned_at(note(FORKED) + line)
    raw = bytearray(base64.b64decode(line.split(" ")[2]))
    for at in (11, 12, 75):
        other = bytes(raw[:at]) + bytes([raw[at] ^ 1]) + bytes(raw[at + 1 :])
        with pytest.raises(NoteError, match="does not hold"):
            WITNESS.public.cosigned_at(f"{note(LEAVES)}— {WITNESS.public.name} {base64.b64encode(other).decode()}\n")
    # A plain signature under the witness's key and name is another type, and so another key.
    plain = Signer(WITNESS.public.name, bytes(range(1, 33))).note(text).rpartition("\n\n")[2]
    with pytest.raises(NoteError, match="not cosigned"):
        WITNESS.public.cosigned_at(note(LEAVES) + plain)
    for never in (-1, 2**63):
        with pytest.raises(ValueError, match="no cosignature"):
            WITNESS.line(text, never)


def test_a_time_beyond_the_formats_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    text = checkpoint(LEAVES).text
    with monkeypatch.context() as patched:
        patched.setattr("aforo.log.cosignature._LAST_TIME", 2**64 - 1)
        line = WITNESS.line(text, 2**63)
        assert WITNESS.public.cosigned_at(note(LEAVES) + line) == 2**63
    with pytest.raises(NoteError, match="does not hold"):
        WITNESS.public.cosigned_at(note(LEAVES) + line)


def test_a_witness_shows_no_secret() -> None:
    assert bytes(range(1, 33)).hex() not in repr(WITNESS) + str(WITNESS)
    assert base64.b64encode(bytes(range(1, 33))).decode() not in repr(WITNESS)


def test_a_submission_is_read_as_it_was_sent() -> None:
    sent = Submission(5, merkle.consistency_proof(LEAVES, 5), note(LEAVES))
    assert submitted(sent.body) == sent
    assert sent.body.startswith(b"old 5\n")
    first = Submission(0, [], note(LEAVES))
    assert submitted(first.body) == first


@pytest.mark.parametrize(
    "body",
    [b"", b"old 0\n", b"old 00\n\nx", b"old -1\n\nx", b"old\n\nx", b"new 0\n\nx", b"old 1\nAA==\n\nx", b"old 1\n!\n\nx",
     b"\xff\n\nx", b"old 1\n" + b"A" * 43 + b"=\n" * 70 + b"\nx", b"old 0\n\n" + b"x" * MOST_BYTES,
     b"old " + b"9" * 5_000 + b"\n\nx"],
)  # fmt: skip
def test_what_is_no_submission_is_refused(body: bytes) -> None:
    with pytest.raises(NoteError):
        submitted(body)


def refused(known: Cosigned | None, submission: Submission, leaves: list[bytes]) -> RefusedError:
    with pytest.raises(RefusedError) as told:
        judge(known, submission, checkpoint(leaves))
    return told.value


def test_a_tree_that_goes_on_is_taken() -> None:
    judge(None, Submission(0, [], note(LEAVES)), checkpoint(LEAVES))
    judge(None, Submission(0, [], note([])), checkpoint([]))
    judge(last([]), Submission(0, [], note(LEAVES)), checkpoint(LEAVES))
    for old in range(1, len(LEAVES) + 1):
        proof = merkle.consistency_proof(LEAVES, old)
        judge(last(LEAVES[:old]), Submission(old, proof, note(LEAVES)), checkpoint(LEAVES))


def test_what_begins_elsewhere_is_told_where_to_begin() -> None:
    for known, old in ((last(LEAVES[:9]), 0), (last(LEAVES[:9]), 10), (None, 3)):
        told = refused(known, Submission(old, [], note(LEAVES)), LEAVES)
        assert (told.status, told.size, told.evidence) == (409, 9 if known else 0, None)
    assert refused(last(LEAVES), Submission(40, [], note(LEAVES[:9])), LEAVES[:9]).status == 400
    # A log that has fewer leaves than were cosigned: an old copy, which is told so.
    told = refused(last(LEAVES), Submission(3, [], note(LEAVES[:9])), LEAVES[:9])
    assert (told.status, told.size) == (409, 40)


def test_a_proof_where_there_is_nothing_to_prove_is_refused() -> None:
    for known, old, leaves in ((None, 0, LEAVES), (last([]), 0, LEAVES), (last(LEAVES), 40, LEAVES)):
        told = refused(known, Submission(old, [LEAVES[0]], note(leaves)), leaves)
        assert (told.status, told.evidence, told.suspicion) == (422, None, None)
    empty = Checkpoint(LOG.verifier.name, 0, LEAVES[0])
    with pytest.raises(RefusedError) as made:
        judge(None, Submission(0, [], empty.signed(LOG)), empty)
    assert made.value.status == 422


def test_another_root_of_one_size_convicts() -> None:
    for old in (40, 0):
        told = refused(last(LEAVES), Submission(old, [], note(FORKED)), FORKED)
        assert (told.status, told.size) == (409, 40)
        assert told.evidence is not None
        assert told.evidence.convicts([LOG.verifier])


@pytest.mark.parametrize("old", range(6, 40))
def test_a_fork_is_refused_and_its_own_proof_convicts(old: int) -> None:
    proof = merkle.consistency_proof(FORKED, old)
    told = refused(last(LEAVES[:old]), Submission(old, proof, note(FORKED)), FORKED)
    assert told.status == 422
    if old & (old - 1):
        assert told.evidence is not None
        assert told.evidence.convicts([LOG.verifier])
    else:
        assert told.evidence is None
        assert told.suspicion == Contradiction(note(LEAVES[:old]), note(FORKED))
        assert not told.suspicion.convicts([LOG.verifier])
        # With the forked tree at hand the root of its first leaves, which the proof leaves out, is told.
        whole = [merkle.root(FORKED[:old]), *proof]
        assert Contradiction(note(LEAVES[:old]), note(FORKED), whole).convicts([LOG.verifier])


def test_a_wrong_proof_convicts_nobody() -> None:
    for old in range(1, 40):
        good = merkle.consistency_proof(LEAVES, old)
        for proof in ([], good[:-1], [*good, good[0]], good[::-1], [LEAVES[0], *good[1:]]):
            if proof == good:
                continue
            told = refused(last(LEAVES[:old]), Submission(old, proof, note(LEAVES)), LEAVES)
            assert (told.status, told.evidence) == (422, None)


def test_only_two_of_one_log_that_contradict_each_other_convict() -> None:
    proof = merkle.consistency_proof(FORKED, 7)
    good = Contradiction(note(LEAVES[:7]), note(FORKED), proof)
    assert good.convicts([LOG.verifier])
    other = Signer("aforo/test", bytes(range(2, 34)))
    stranger = Signer("aforo/other", bytes(range(3, 35)))
    by_other = checkpoint(FORKED).signed(other)
    assert not good.convicts([other.verifier])
    assert not good.convicts([])
    assert Contradiction(note(LEAVES[:7]), by_other, proof).convicts([LOG.verifier, other.verifier]), "a rotated key"
    of_stranger = Checkpoint("aforo/other", 40, merkle.root(FORKED)).signed(stranger)
    assert not Contradiction(note(LEAVES[:7]), of_stranger, proof).convicts([LOG.verifier, stranger.verifier])
    true = merkle.consistency_proof(LEAVES, 7)
    for smaller, larger, hashes in (
        (note(LEAVES[:7]), note(LEAVES), true), (note(LEAVES), note(LEAVES), []),
        (note(FORKED), note(LEAVES[:7]), proof),
        (note(LEAVES[:7]), note(FORKED), true), (note(LEAVES[:7]), note(FORKED), []), ("", note(FORKED), proof),
        (note(LEAVES[:7]), note(FORKED), [each[:-1] for each in proof]), (note(LEAVES), note(FORKED), proof),
        (note(LEAVES[:7]), note(FORKED), proof * 20),
    ):  # fmt: skip
        assert not Contradiction(smaller, larger, hashes).convicts([LOG.verifier])
