"""No forged bundle is accepted by either of two verifiers, and where the log itself is odd they say the same."""

from __future__ import annotations

from random import Random

import pytest
from bundled import LOG, WITNESS
from damaged import mutated, rewritten
from forged import FORGERIES
from forged_scene import SCENES, honest
from hypothesis import given, settings
from hypothesis import strategies as st
from second_verifier import second
from test_custody_verifiers import told_again, told_by

from aforo.custody.bundle import FORMAT, BundleError
from aforo.custody.bundle_verdict import verified


def said_by_both(data: bytes) -> tuple[object, object]:
    """What each verifier makes of a bundle, None where it refuses it."""
    try:
        one: object = told_by(verified(data, LOG.verifier, WITNESS.public))
    except BundleError:
        one = None
    try:
        other: object = told_again(second().verify(data, LOG.verifier.text, WITNESS.public.text))
    except second().RefusedError:
        other = None
    return one, other


def test_the_bundles_that_are_forged_from_are_sound() -> None:
    for number in range(SCENES):
        one, other = said_by_both(honest(number))
        assert one is not None
        assert one == other


@pytest.mark.parametrize("kind", FORGERIES)
def test_what_is_forged_is_refused_by_both(kind: str) -> None:
    for seed in range(40):
        assert said_by_both(FORGERIES[kind](Random(seed))) == (None, None), seed


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
