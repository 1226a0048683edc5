"""Numbers of seals and identifiers of devices as verifiers of bundles take them, whatever Python runs those."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from hashlib import sha256

import pytest
from bundled import STREAM, registered
from hypothesis import given
from hypothesis import strategies as some
from proved import END, proven, sealed_hour
from sealed import MINUTE
from second_verifier import second

from aforo.custody.numbers import number_text
from aforo.domain.declaration import identity_text
from aforo.domain.trip import SealRead
from aforo.intake.portion import device_id

#: Of the planes that have characters.
EVERY = [chr(each) for each in (*range(0xD800), *range(0xE000, 0x34000), *range(0xE0000, 0xE1000))]


def of_every_character(told: Callable[[str], object]) -> str:
    """What is told of every character, as one hash."""
    return sha256("\n".join(str(told(each)) for each in EVERY).encode()).hexdigest()


def test_every_character_is_compared_alike_by_both_and_by_every_python() -> None:
    """The hash is one for all versions of Python, and so of Unicode, that the product runs under."""
    assert [each for each in EVERY if number_text(each) != second().number_text(each)] == []
    assert of_every_character(number_text) == "6c19e5469c22368eb830278b4bc3afd9eadb6ac55c85509bd5c213514754b3f7"


def test_every_character_is_in_an_identifier_or_not_for_both_and_for_every_python() -> None:
    assert [each for each in EVERY if (device_id(each) is not None) != second().is_identifier(each.encode())] == []
    told = of_every_character(lambda each: device_id(each) is not None)
    assert told == "1fbebbc7348391460652de821a0a5def36f97ad83f92977eab422f0ddb00d010"


ODD = "aZ09&- é\u0301ñßıſ½№ﬁＡΣςäⅫ\u200b\xad\u0345\u1e4d\U0001e4d0\U0001f600\u2d00Ⴀ\u0250カﾞ"


@given(some.text(max_size=8) | some.text(ODD, max_size=8))
def test_any_text_is_compared_alike_by_both(text: str) -> None:
    assert number_text(text) == second().number_text(text)
    assert (device_id(text) is not None) == second().is_identifier(text.encode())


@given(some.text("ABCxyz0189&-./ ÁÉÍÓÚÜÑáéíóúüñ\u0301\u0303ÇçßＡａ０№½Σςж", max_size=10))
def test_ordinary_numbers_are_compared_as_they_were(text: str) -> None:
    """As `identity_text` has it, by which they were compared before: letters with accents, wide ones, signs."""
    assert number_text(text) == number_text(identity_text(text))
    for other in (text.lower(), text.upper(), unicodedata.normalize("NFD", text), text.replace("-", " ")):
        assert (number_text(text) == number_text(other)) == (identity_text(text) == identity_text(other))


@pytest.mark.parametrize("later", ["\U0001e4d0", "\U0001f600", "\ua7cb", "\u0378"])
def test_a_character_that_came_later_is_part_of_a_number(later: str) -> None:
    """With a newer Unicode U+1E4D0 is a letter, with an older one nothing: one read swapped the seal, or did not."""
    record = sealed_hour()
    record.add("device/gate", registered("gate"), END)
    record.add(STREAM, SealRead("MX 0001" + later, where="the bridge"), END)
    assert [each.state for each in proven(record, END + MINUTE).spans] == ["intact", "broken"]
