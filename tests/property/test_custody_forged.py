"""No forged bundle is accepted by either of two verifiers, and where the log itself is odd they say the same."""

from __future__ import annotations

from random import Random

import pytest
from damaged import mutated, rewritten
from forged import FORGERIES
from forged_keys import LAX
from forged_scene import SCENES, Given, honest
from hypothesis import given, settings
from hypothesis import strategies as st
from second_verifier import second
from test_custody_verifiers import told_again, told_by

from aforo.custody.bundle import FORMAT, BundleError
from aforo.custody.bundle_verdict import verified
from aforo.log.cosignature import WitnessKey
from aforo.log.note import NoteError, Verifier


def said_by_both(said: bytes | Given) -> tuple[object, object]:
    """What each verifier makes of a bundle, None where it refuses it, or the keys that it is given."""
    given = said if isinstance(said, Given) else Given(said)
    try:
        log_key, witness_key = Verifier.parse(given.log_key), WitnessKey.parse(given.witness_key)
        one: object = told_by(verified(given.data, log_key, witness_key))
    except (BundleError, NoteError):
        one = None
    return one, _said_by_second(given)


def _said_by_second(given: Given) -> object:
    try:
        return told_again(second().verify(given.data, given.log_key, given.witness_key))
    except second().RefusedError:
        return None


def test_the_bundles_that_are_forged_from_are_sound() -> None:
    for number in range(SCENES):
        one, other = said_by_both(honest(number))
        assert one is not None
        assert one == other


@pytest.mark.parametrize("kind", FORGERIES)
def test_what_is_forged_is_refused_by_both(kind: str) -> None:
    for seed in range(40):
        assert said_by_both(FORGERIES[kind](Random(seed))) == (None, None), seed


@pytest.mark.parametrize("kind", LAX)
def test_what_is_signed_under_weak_keys_is_refused_for_that_alone(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who looks for no point of small order takes all of it, and all that it says."""
    for seed in range(20):
        made = LAX[kind](Random(seed))
        assert said_by_both(made) == (None, None), seed
        with monkeypatch.context() as lax:
            lax.setattr(second(), "is_point", lambda raw: len(raw) == 32)
            given = made if isinstance(made, Given) else Given(made)
            assert _said_by_second(given) is not None, seed


def test_what_is_damaged_is_refused_by_both() -> None:
    for seed in range(600):
        assert said_by_both(mutated(Random(seed))) == (None, None), seed


def test_of_a_log_in_which_something_odd_was_written_both_say_the_same() -> None:
    accepted = 0
    for seed in range(250):
        one, other = said_by_both(rewritten(Random(seed)))
        assert one == other, seed
        accepted += one is not None
    assert 0 < accepted < 250


@given(
    st.one_of(
        st.binary(max_size=300),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
            max_leaves=8,
        ).map(lambda value: repr(value).replace("'", '"').encode(errors="surrogatepass")),
        st.fixed_dictionaries({"format": st.just(FORMAT), "version": st.just(1), "leaves": st.lists(st.integers())})
        .map(lambda value: repr(value).replace("'", '"').encode()),
    )
)  # fmt: skip
@settings(max_examples=100, deadline=None)
def test_whatever_comes_is_refused_in_words(data: bytes) -> None:
    assert said_by_both(data) == (None, None)
