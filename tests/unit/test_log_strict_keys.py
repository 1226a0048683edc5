"""Keys, signatures and base64 have one encoding each; points of small order sign for nobody."""

from __future__ import annotations

import base64
import re
import unicodedata
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from second_verifier import second
from weak_keys import NON_CANONICAL, OF_SMALL_ORDER, SMALL_ORDER, decoded, order_of

from aforo.domain import ed25519
from aforo.domain.ed25519 import usable_key, usable_signature
from aforo.log.checkpoint import parse
from aforo.log.cosignature import WitnessKey
from aforo.log.note import MOST_SIGNATURES, NoteError, Signer, Verifier, is_name, key_text, taken_apart

L = 2**252 + 27742317777372353535851937790883648493
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


def test_both_verifiers_and_the_specification_name_the_points_of_small_order_and_no_others() -> None:
    points = [decoded(bytes.fromhex(each)) for each in SMALL_ORDER]
    assert len(set(points)) == 8
    assert [order_of(each) for each in points if each is not None] == [1, 2, 4, 4, 8, 8, 8, 8]
    heights = {each[1] for each in points if each is not None}
    assert heights == set(second().SMALL) == ed25519._SMALL
    page = Path(__file__).resolve().parents[2] / "docs" / "reference" / "custody-verdict.md"
    (told,) = re.findall(r"0x([0-9A-F]{64})", page.read_text(encoding="utf-8"))
    assert int(told, 16) in heights


def test_a_signature_under_a_key_of_small_order_is_made_by_anybody() -> None:
    """Every encoding of such a key, which another library takes with a message that nobody chose: the check alone
    stands before them."""
    assert len(OF_SMALL_ORDER) == 14
    for key in OF_SMALL_ORDER:
        for number in range(8):
            message = b"%d" % number
            signature = key.signature(message)
            Ed25519PublicKey.from_public_bytes(key.public).verify(signature, message)
            assert usable_signature(signature)
            assert not ed25519.holds(key.public, message, signature)
            assert not second().holds(key.public, message, signature)


@pytest.mark.parametrize("encoded", SMALL_ORDER + NON_CANONICAL)
def test_weak_and_ambiguous_keys_are_refused(encoded: str) -> None:
    key = bytes.fromhex(encoded)
    assert not usable_key(key)
    assert not second().is_point(key)
    for made in (Verifier, WitnessKey):
        with pytest.raises(NoteError, match="small order"):
            made("aforo/test", key)
    with pytest.raises(NoteError, match="small order"):
        Verifier.parse(key_text("aforo/test", b"\x01", key))
    with pytest.raises(NoteError, match="small order"):
        WitnessKey.parse(key_text("aforo/test", b"\x04", key))
    for kind in (1, 4):
        with pytest.raises(second().RefusedError):
            second().key_of(key_text("aforo/test", bytes([kind]), key), kind)


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


def test_what_no_name_has_is_told_apart_alike_by_both_whatever_the_python() -> None:
    own = [chr(each) for each in range(0x110000) if not is_name(chr(each))]
    assert own == [chr(each) for each in range(0x110000) if not second().is_name(chr(each))]
    assert own == [chr(each) for each in range(0x110000) if chr(each) == "+" or chr(each).isspace()
                   or unicodedata.category(chr(each)) in ("Cc", "Cs")]  # fmt: skip


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
