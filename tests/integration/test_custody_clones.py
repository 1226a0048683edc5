"""Cloned devices: a second block of one place in a chain, over intake and watch to a proof that convicts alone."""

from __future__ import annotations

import random
from collections import Counter
from functools import partial
from hashlib import sha256, sha512
from pathlib import Path

import pytest
from cloning import WITNESS, blocks_in, outcomes, signature
from nacl import bindings
from nacl.signing import SigningKey
from sealed import drive
from second_verifier import second

from aforo.custody.bundle_verdict import verified
from aforo.custody.cloned import NoCloneError, clone_of
from aforo.intake.seal_block import FIRST, encode


def convicted(folder: Path, times: int) -> Counter[str]:
    """Inject so many clones, and a tenth as many blocks that are sent twice; what became of them."""
    found = Counter[str]()
    for came in outcomes(folder, times):
        each, data = came.injected, came.bundle
        verdict = verified(data, came.key, WITNESS.public)
        facts = {fact for span in verdict.spans for fact in span.facts if fact.code == "cloned"}
        again = second().verify(data, came.key.text, WITNESS.public.text)
        told = [fact for span in again["spans"] for fact in span["facts"] if fact["code"] == "cloned"]
        if not each.twins:
            assert came.judged.state in ("intact", "silent")
            assert (facts, told) == (set(), [])
            found["honest"] += 1
            continue
        assert came.judged.state == "suspect"
        assert "cloned" in came.judged.codes
        (fact,) = facts
        assert {(one["since"], one["latest"]) for one in told} == {(fact.since, fact.latest)}
        named = sorted(sha256(twin).hexdigest() for twin in each.twins)
        assert sorted(fact.rests_on) == named
        # Out of the bundle, the two blocks; with them and the device's key alone:
        held = blocks_in(data)
        one, other = (held[hash_] for hash_ in fact.rests_on)
        proof = clone_of(one, other, bytes(each.key.verify_key))
        assert (proof.device, sorted(proof.hashes)) == (each.device, named)
        found["convicted"] += 1
    return found


def test_clones_are_caught_and_their_two_blocks_convict(tmp_path: Path) -> None:
    assert convicted(tmp_path, 20) == {"convicted": 20, "honest": 2}


@pytest.mark.long
def test_a_thousand_clones_are_caught_and_their_two_blocks_convict(tmp_path: Path) -> None:
    assert convicted(tmp_path, 1_000) == {"convicted": 1_000, "honest": 100}


def test_blocks_that_an_honest_device_can_have_made_convict_nobody() -> None:
    key, stranger = SigningKey(b"1" * 32), SigningKey(b"2" * 32)
    sign = partial(signature, key)
    readings = drive(3)
    made = encode("seal-1", "seal-1", 1, 4, FIRST, readings, sign)
    twin = encode("seal-1", "seal-1", 1, 4, FIRST, readings[:2], sign)
    public = bytes(key.verify_key)

    def why(one: bytes, other: bytes, key: bytes = public) -> str:
        with pytest.raises(NoCloneError) as refused:
            clone_of(one, other, key)
        assert refused.value.text.es
        return refused.value.code

    proof = clone_of(made, twin, public)
    assert (proof.device, proof.signer, proof.boot, proof.sequence) == ("seal-1", "seal-1", 1, 4)
    assert why(made, made) == "clone_one_block"
    places = [
        ("seal-2", "seal-2", 1, 4),
        ("seal-1", "gate", 1, 4),
        ("seal-1", "seal-1", 2, 4),
        ("seal-1", "seal-1", 1, 5),
    ]
    for device, signer, boot, number in places:
        assert why(made, encode(device, signer, boot, number, FIRST, readings[:2], sign)) == "clone_other_place"
    forged = encode("seal-1", "seal-1", 1, 4, FIRST, readings[:1], partial(signature, stranger))
    assert why(made, forged) == "clone_not_signed"
    assert why(made, twin, bytes(stranger.verify_key)) == "clone_not_signed"
    assert why(made, twin, bytes(32)) == "clone_not_signed", "a key of small order vouches for anything"
    assert why(made, twin[:-1]) == "clone_no_block"
    again = encode("seal-1", "seal-1", 1, 4, FIRST, readings, partial(_hedged, key))
    assert again != made
    assert why(made, again) == "clone_same_said"
    # Whoever changes a bit of a block makes no second one.
    draw = random.Random(3)
    for _ in range(500):
        damaged = bytearray(made)
        damaged[draw.randrange(len(damaged))] ^= 1 << draw.randrange(8)
        assert why(made, bytes(damaged)) in ("clone_no_block", "clone_other_place", "clone_not_signed")


def _hedged(key: SigningKey, said: bytes) -> bytes:
    """Another signature of Ed25519 that holds: of a device that draws at random when it signs."""
    spread = sha512(bytes(key)).digest()
    secret = bytearray(spread[:32])
    secret[0] &= 248
    secret[31] = secret[31] & 127 | 64
    drawn = bindings.crypto_core_ed25519_scalar_reduce(sha512(b"drawn" + spread + said).digest())
    point = bindings.crypto_scalarmult_ed25519_base_noclamp(drawn)
    hashed = bindings.crypto_core_ed25519_scalar_reduce(sha512(point + bytes(key.verify_key) + said).digest())
    scalar = bindings.crypto_core_ed25519_scalar_reduce(bytes(secret) + bytes(32))
    product = bindings.crypto_core_ed25519_scalar_mul(hashed, scalar)
    return point + bindings.crypto_core_ed25519_scalar_add(drawn, product)
