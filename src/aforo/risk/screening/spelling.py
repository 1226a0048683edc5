"""A name as words that can be compared, whatever alphabet, accents, dots and legal forms it was written with.

What is read from a name follows Unicode's NFKC, the transliteration tables of anyascii (one spelling for each sign of
every script), and the words of `words.toml`.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Literal

import msgspec
from anyascii import anyascii

WordKind = Literal["name", "particle", "title", "generic", "number"]
#: What a word weighs against the others of its name.
WEIGHTS: dict[WordKind, int] = {"name": 100, "generic": 70, "number": 25, "particle": 8, "title": 0}

#: Longer names and more words are cut: no name is as long, and the work must be bounded.
LONGEST_NAME = 400
MOST_WORDS = 16
LONGEST_WORD = 40
#: A word that stands for several, at most.
LONGEST_SPELLING = 2 * LONGEST_WORD

_LETTERS = re.compile(r"[a-z0-9]+")
_DOTTED = re.compile(r"\b(?:[a-z]\. ?)+[a-z]\b\.?")
_APOSTROPHE = re.compile(r"['`’ʻʼ‘´]")
#: Letters that Spanish and transliterations use for one sound, in the order in which they are replaced.
_SOUNDS = (
    ("ce", "se"), ("ci", "si"), ("ge", "je"), ("gi", "ji"),
    ("ph", "f"), ("kh", "j"), ("sch", "s"), ("sh", "s"), ("ch", "c"), ("ck", "c"), ("qu", "c"), ("gh", "g"),
    ("th", "t"), ("dh", "d"), ("zh", "s"), ("ll", "y"), ("oo", "u"), ("ou", "u"), ("ee", "i"), ("iy", "i"),
    ("yy", "i"), ("ii", "i"), ("ks", "x"),
)  # fmt: skip
_ONE_SOUND = str.maketrans({"k": "c", "q": "c", "z": "s", "v": "b", "w": "b", "y": "i", "j": "j", "h": None})
_DOUBLED = re.compile(r"(.)\1+")


class Word(msgspec.Struct, frozen=True, gc=False):
    """One word: as it is compared (`text`), as it sounds (`sound`), what it is and what it weighs.

    `written` is how it was spelled where that is a variant of `text`, and else the same.
    A `common` word is in a table of names that many bear: it is no misspelling of another such name.
    """

    text: str
    written: str
    sound: str
    kind: WordKind
    weight: int
    common: bool = False

    @property
    def sounds(self) -> tuple[str, ...]:
        """What the word sounds like, as it is compared and as it is written."""
        return (self.sound,) if self.text == self.written else (self.sound, sound_of(self.written))


class Name(msgspec.Struct, frozen=True, gc=False):
    """The words of a name in the order in which it is spoken, its legal forms apart.

    `weight` is the words' together. `whole` is all of them in one, by which a name that was written without spaces is
    known.
    """

    words: tuple[Word, ...]
    forms: tuple[str, ...]
    weight: int
    whole: str


@dataclass(frozen=True)
class _Vocabulary:
    forms: dict[tuple[str, ...], str]
    longest_form: int
    kinds: dict[str, WordKind]
    variants: dict[str, str]
    numbers: dict[str, str]
    common: frozenset[str]


@cache
def _vocabulary() -> _Vocabulary:
    text = (resources.files("aforo.risk.screening") / "words.toml").read_text(encoding="utf-8")
    tables = tomllib.loads(text)
    forms = {
        tuple(spelling.split()): form for form, spellings in tables["forms"].items() for spelling in (form, *spellings)
    }
    kinds: dict[str, WordKind] = dict.fromkeys(tables["generic"]["words"], "generic")
    kinds |= dict.fromkeys(tables["particles"]["words"], "particle")
    kinds |= dict.fromkeys(tables["titles"]["words"], "title")
    variants = {other: word for word, others in tables["variants"].items() for other in others}
    numbers = {word: number for number, words in tables["numbers"].items() for word in words}
    common = frozenset(tables["common"]["surnames"] + tables["common"]["given_names"] + list(tables["variants"]))
    return _Vocabulary(forms, max(map(len, forms)), kinds, variants, numbers, common)


def plain(text: str) -> str:
    """The text in lower-case ASCII letters: NFKC, transliterated, without accents; at most LONGEST_NAME characters."""
    shown = unicodedata.normalize("NFKC", text[:LONGEST_NAME])
    return (shown if shown.isascii() else anyascii(shown)[: 2 * LONGEST_NAME]).lower()


@lru_cache(maxsize=65_536)
def sound_of(word: str) -> str:
    """A word as it sounds: the letters that Spanish spelling and transliterations take for each other are one."""
    for letters, one in _SOUNDS:
        if letters in word:
            word = word.replace(letters, one)
    return _DOUBLED.sub(r"\1", word.translate(_ONE_SOUND)) or word


@lru_cache(maxsize=65_536)
def _word(text: str, person: bool) -> Word:
    known = _vocabulary()
    if person and len(text) == 1 and text != "y":
        return Word(text, text, text, "name", WEIGHTS["number"])
    if text.isdigit() or (not person and text in known.numbers):
        number = known.numbers.get(text, text.lstrip("0") or "0")
        return Word(number, number, number, "number", WEIGHTS["number"])
    written, text = text, known.variants.get(text, text)
    kind = known.kinds.get(text, "name")
    if person and kind == "generic":
        kind = "name"
    if kind == "name" and any(each.isdigit() for each in text) and sum(map(str.isdigit, text)) * 2 > len(text):
        kind = "number"
    return Word(text, written, sound_of(text), kind, WEIGHTS[kind], text in known.common)


def _tokens(text: str) -> list[str]:
    text = _APOSTROPHE.sub("", plain(text)).replace("&", " and ")
    # "S.A. de C.V." and "A. B. C." are letters of one word.
    text = _DOTTED.sub(lambda found: " " + found.group().replace(".", "").replace(" ", "") + " ", text)
    return [token[:LONGEST_WORD] for token in _LETTERS.findall(text)][: 2 * MOST_WORDS]


def _without_forms(tokens: list[str]) -> tuple[list[str], list[str]]:
    """The words that are no legal form, and the forms. A name that is nothing but a form keeps its words."""
    known = _vocabulary()
    rest: list[str] = []
    forms: list[str] = []
    at = 0
    while at < len(tokens):
        for length in range(min(known.longest_form, len(tokens) - at), 0, -1):
            form = known.forms.get(tuple(tokens[at : at + length]))
            if form is not None:
                forms.append(form)
                at += length
                break
        else:
            rest.append(tokens[at])
            at += 1
    return (rest, forms) if rest else (tokens, [])


@lru_cache(maxsize=131_072)
def name_of(text: str, *, person: bool = False) -> Name:
    """The name that a text gives. Of a `person`, what stands before a single comma is the surnames, and no legal form
    is looked for but behind everything else."""
    if person and text.count(",") == 1:
        surnames, given = text.split(",")
        text = f"{given} {surnames}"
    tokens = _tokens(text)
    rest, forms = _without_forms(tokens)
    if person and forms and len(rest) < 2:
        rest, forms = tokens, []
    words = tuple(_word(token, person) for token in rest[:MOST_WORDS])
    if all(word.weight < WEIGHTS["number"] for word in words):
        words = tuple(Word(word.text, word.written, word.sound, "name", WEIGHTS["name"]) for word in words)
    kept = tuple(word for word in words if word.weight)
    whole = "".join(sound_of(token) for token, word in zip(rest, words, strict=False) if word.weight)
    return Name(kept, tuple(forms), sum(word.weight for word in kept), whole)
