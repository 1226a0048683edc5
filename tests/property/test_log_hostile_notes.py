"""Whatever a witness is sent, and whatever stands in a note or a key, is taken or refused in words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aforo.log import merkle
from aforo.log.checkpoint import Checkpoint, parse
from aforo.log.contradiction import Contradiction
from aforo.log.cosignature import WitnessKey, WitnessSigner
from aforo.log.note import NoteError, Signer, Verifier, taken_apart
from aforo.log.witness import RefusedError, Submission, submitted
from aforo.log.witness_state import Witness

LOG = Signer("aforo/test", bytes(range(32)))
COSIGNER = WitnessSigner("witness.example/w1", bytes(range(1, 33)))
LEAVES = [merkle.leaf_hash(b"%d" % number) for number in range(40)]


def note(size: int) -> str:
    return Checkpoint(LOG.verifier.name, size, merkle.root(LEAVES[:size])).signed(LOG)


BODY = Submission(5, merkle.consistency_proof(LEAVES, 5), note(40)).body
COSIGNED = note(40) + COSIGNER.line(taken_apart(note(40))[0], 1_700_000_000)


def mutated(whole: bytes) -> st.SearchStrategy[bytes]:
    """The bytes with a piece of them replaced, removed or said twice."""

    def change(at: int, until: int, piece: bytes, keep: bool) -> bytes:
        first, last = sorted((at, until))
        return whole[:last] + piece + whole[first if keep else last :]

    places = st.integers(0, len(whole))
    pieces = st.one_of(st.binary(max_size=4), st.sampled_from([b"\n", b"\n\n", b"=", b" ", b"+", "— ".encode()]))
    return st.builds(change, places, places, pieces, st.booleans())


@pytest.fixture(scope="module")
def witness(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Witness]:
    state: Path = tmp_path_factory.mktemp("witness") / "witness.sqlite"
    with closing(Witness(state, "witness.example/w1", [LOG.verifier], lambda: 1)) as made:
        made.add(Submission(0, [], note(5)).body)
        yield made


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.one_of(st.binary(max_size=200), mutated(BODY)))
def test_a_witness_refuses_in_words_and_cosigns_only_what_goes_on(witness: Witness, body: bytes) -> None:
    before = witness.last(LOG.verifier.name)
    told: RefusedError | None = None
    try:
        witness.add(body)
    except RefusedError as refused:
        told = refused
    after = witness.last(LOG.verifier.name)
    assert after is not None
    if told is not None:
        assert told.status in (400, 403, 404, 409, 422)
        assert after == before
        assert told.evidence is None, "nothing that the log signed here contradicts itself"
    else:
        assert (after.size, after.root) == (40, merkle.root(LEAVES))
        assert submitted(body).old in (5, 40)


@given(mutated(COSIGNED.encode()))
def test_a_changed_note_says_nothing_else(whole: bytes) -> None:
    text = whole.decode("utf-8", "replace")
    for opens in (LOG.verifier.opens, COSIGNER.public.cosigned_at):
        with suppress(NoteError):
            opens(text)
            assert taken_apart(text)[0] == taken_apart(COSIGNED)[0]


@given(st.one_of(st.text(max_size=120), mutated(LOG.verifier.text.encode()).map(lambda each: each.decode("latin-1"))))
def test_a_changed_key_is_refused(text: str) -> None:
    for parses in (Verifier.parse, WitnessKey.parse):
        with suppress(NoteError):
            assert parses(text).text == text.strip()


@given(st.text(max_size=120))
def test_any_text_is_a_checkpoint_or_none(text: str) -> None:
    with suppress(NoteError):
        said = parse(text)
        assert text.startswith(said.text)


@given(mutated(note(5).encode()), mutated(note(40).encode()), st.lists(st.binary(max_size=33), max_size=8))
def test_nothing_made_up_convicts(smaller: bytes, larger: bytes, proof: list[bytes]) -> None:
    notes = (smaller.decode("utf-8", "replace"), larger.decode("utf-8", "replace"))
    assert not Contradiction(*notes, proof).convicts([LOG.verifier])
