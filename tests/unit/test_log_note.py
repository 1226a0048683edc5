"""Notes and checkpoints are those of the transparency-log ecosystem, and a changed one is refused."""

from __future__ import annotations

import base64

import pytest

from aforo.log.checkpoint import Checkpoint, opened, parse
from aforo.log.merkle import EMPTY_ROOT
from aforo.log.note import NoteError, Signer, Verifier

#: The example of the format's first implementation (golang.org/x/mod/sumdb/note).
KNOWN_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
KNOWN_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)

SIGNER = Signer("aforo/test", bytes(range(32)))
OTHER = Signer("aforo/test", bytes(range(1, 33)))


def test_a_note_of_another_implementation_opens() -> None:
    assert Verifier.parse(KNOWN_KEY).opens(KNOWN_NOTE).startswith("If you think")
    assert Verifier.parse(KNOWN_KEY).text == KNOWN_KEY


def test_a_changed_note_is_refused() -> None:
    note = SIGNER.note("one\ntwo\n")
    assert SIGNER.verifier.opens(note) == "one\ntwo\n"
    with pytest.raises(NoteError, match="does not hold"):
        SIGNER.verifier.opens(note.replace("two", "too"))
    with pytest.raises(NoteError, match="not signed by"):
        OTHER.verifier.opens(note)
    for broken in ("", "text\n", "text\n\n", note[:-1], note.replace("— ", "- ")):
        with pytest.raises(NoteError):
            SIGNER.verifier.opens(broken)


def test_a_note_may_carry_others_signatures() -> None:
    both = SIGNER.note("text\n") + OTHER.note("text\n").rpartition("\n\n")[2]
    assert SIGNER.verifier.opens(both) == OTHER.verifier.opens(both) == "text\n"


def test_a_signer_shows_no_secret() -> None:
    shown = repr(SIGNER) + str(SIGNER)
    assert bytes(range(32)).hex() not in shown
    assert base64.b64encode(bytes(range(32))).decode() not in shown


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb"])
def test_a_name_that_the_format_cannot_carry_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="signer's name"):
        Signer(name, bytes(32))


@pytest.mark.parametrize(
    "key", ["", "a+b", "aforo/test+00000000+!!", KNOWN_KEY[:-4], KNOWN_KEY.replace("c74f", "c74e")]
)
def test_a_broken_key_is_refused(key: str) -> None:
    with pytest.raises(NoteError):
        Verifier.parse(key)


def test_a_checkpoint_says_origin_size_and_root() -> None:
    checkpoint = Checkpoint("aforo/test", 7, EMPTY_ROOT)
    note = checkpoint.signed(SIGNER)
    assert note.split("\n")[:4] == ["aforo/test", "7", base64.b64encode(EMPTY_ROOT).decode(), ""]
    assert opened(note, SIGNER.verifier) == checkpoint
    assert parse(checkpoint.text + "extension 1\n") == checkpoint


def test_a_checkpoint_of_another_log_is_refused() -> None:
    with pytest.raises(NoteError, match="aforo/other"):
        opened(Checkpoint("aforo/other", 7, EMPTY_ROOT).signed(SIGNER), SIGNER.verifier)


@pytest.mark.parametrize(
    "text", ["", "a\n1\n", "a\n01\nAAAA\n", "a\n-1\nAAAA\n", "a\n1\nAAAA\n", "a\n1\n!\n", "a\n²\nA\n"]
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        parse(text)
