"""Keys, signatures and base64 have one encoding each; points of small order sign for nobody."""

from __future__ import annotations

import base64

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from aforo.domain.ed25519 import usable_key, usable_signature
from aforo.log.checkpoint import parse
from aforo.log.cosignature import WitnessKey
from aforo.log.note import MOST_SIGNATURES, NoteError, Signer, Verifier, key_text, taken_apart

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
#: The eight points whose order divides 8, as they are published (order 1, 2, 4, 4, 8, 8, 8, 8).
SMALL_ORDER = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
]
#: Other encodings of points: y of p or more (all that fit), and a sign for x = 0.
NON_CANONICAL = [(y | sign << 255).to_bytes(32, "little").hex() for y in range(P, 2**255) for sign in (0, 1)] + [
    (y | 1 << 255).to_bytes(32, "little").hex() for y in (1, P - 1)
]
SIGNER = Signer("aforo/test", bytes(range(32)))
NOTE = SIGNER.note("aforo/test\n1\ntext\n")


def test_the_points_of_small_order_are_on_the_curve_and_sum_to_nothing() -> None:
    """Our list is of the right points: another library takes each as a key, under which a signature of nothing holds
    for some messages."""
    for encoded in SMALL_ORDER:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(encoded))
        accepted = 0
        for number in range(64):
            try:
                key.verify(bytes.fromhex(SMALL_ORDER[0]) + bytes(32), b"%d" % number)
            except InvalidSignature:
                continue
            accepted += 1
        assert accepted > 0, encoded


@pytest.mark.parametrize("encoded", SMALL_ORDER + NON_CANONICAL)
def test_weak_and_ambiguous_keys_are_refused(encoded: str) -> None:
    key = bytes.fromhex(encoded)
    assert not usable_key(key)
    for made in (Verifier, WitnessKey):
        with pytest.raises(NoteError, match="small order"):
            made("aforo/test", key)
    with pytest.raises(NoteError, match="small order"):
        Verifier.parse(key_text("aforo/test", b"\x01", key))
    with pytest.raises(NoteError, match="small order"):
        WitnessKey.parse(key_text("aforo/test", b"\x04", key))


def test_a_key_of_another_length_is_refused() -> None:
    for key in (b"", bytes(31), SIGNER.verifier.public_key + b"\0"):
        with pytest.raises(NoteError):
            Verifier("aforo/test", key)


def test_a_key_for_one_type_of_signature_is_none_for_another() -> None:
    with pytest.raises(NoteError):
        WitnessKey.parse(SIGNER.verifier.text)
    with pytest.raises(NoteError):
        Verifier.parse(WitnessKey("w", SIGNER.verifier.public_key).text)


@pytest.mark.parametrize("name", ["", "a b", "a\tb", "a\u2003b"])
def test_a_key_of_no_name_is_refused(name: str) -> None:
    with pytest.raises(NoteError):
        Verifier.parse(key_text(name, b"\x01", SIGNER.verifier.public_key))


def test_a_second_signature_made_of_the_first_is_refused() -> None:
    message = b"text"
    signature = SIGNER.signature(message)
    assert SIGNER.verifier.holds(message, signature)
    scalar = int.from_bytes(signature[32:], "little")
    more = signature[:32] + (scalar + L).to_bytes(32, "little")
    assert not usable_signature(more)
    assert not SIGNER.verifier.holds(message, more)
    for encoded in SMALL_ORDER + NON_CANONICAL:
        assert not SIGNER.verifier.holds(message, bytes.fromhex(encoded) + signature[32:])
    for other in (b"", signature[:-1], signature + b"\0", bytes(64)):
        assert not SIGNER.verifier.holds(message, other)


def changed(line: str) -> list[str]:
    """Other base64 of the same bytes, or nearly."""
    bits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    last = len(line.rstrip("=")) - 1
    stray = line[:last] + bits[bits.index(line[last]) + 1] + line[last + 1 :]
    return [stray, line.rstrip("="), line + "=", line + "====", line.replace("+", "-", 1), f" {line}", f"{line}\t"]


def test_base64_has_one_form() -> None:
    head, _, line = NOTE.rstrip("\n").rpartition(" ")
    assert line.endswith("=")
    assert SIGNER.verifier.opens(NOTE)
    for other in changed(line):
        if other != line:
            with pytest.raises(NoteError):
                SIGNER.verifier.opens(f"{head} {other}\n")
    root = base64.b64encode(bytes(31) + b"\x01").decode()
    assert parse(f"a\n1\n{root}\n").size == 1
    for other in changed(root):
        if other != root:
            with pytest.raises(NoteError):
                parse(f"a\n1\n{other}\n")


@pytest.mark.parametrize("size", ["", "01", "+1", "-1", "1 ", "1e3", "٣", "9" * 19, "9" * 5_000])
def test_a_size_has_one_form_and_an_end(size: str) -> None:
    with pytest.raises(NoteError):
        parse(f"a\n{size}\n{base64.b64encode(bytes(32)).decode()}\n")


def test_a_note_is_text_with_an_end() -> None:
    for broken in (
        NOTE.replace("text", "te\x00xt"), NOTE.replace("text", "te\rxt"), NOTE.replace("\n", "\r\n"),
        NOTE.replace("text", "x" * (1 << 20)), NOTE.replace("text", "\ud800"),
        NOTE + NOTE.rpartition("\n\n")[2] * MOST_SIGNATURES,
    ):  # fmt: skip
        with pytest.raises(NoteError):
            taken_apart(broken)
    with pytest.raises(NoteError):
        parse("origin\n1\n" + base64.b64encode(bytes(32)).decode() + "\n\nmore\n")


def test_every_line_of_a_known_key_must_hold() -> None:
    good = NOTE.rpartition("\n\n")[2]
    bad = SIGNER.note("another\n").rpartition("\n\n")[2]
    assert SIGNER.verifier.opens(NOTE + good)
    with pytest.raises(NoteError, match="does not hold"):
        SIGNER.verifier.opens(NOTE + bad)


def test_sixteen_signatures_of_others_are_passed_over() -> None:
    others = "".join(
        Signer(f"other/{number}", bytes([number]) * 32).note("aforo/test\n1\ntext\n").rpartition("\n\n")[2]
        for number in range(16)
    )
    assert SIGNER.verifier.opens(NOTE + others)
