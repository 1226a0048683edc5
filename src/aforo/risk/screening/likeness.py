"""How alike two names are: one million, less what each difference costs, and every difference is shown.

The words of the two names are paired, the most alike first. What remains is a word for which the other name has another
(`other_word`), or a word that the other name leaves out (`left_out`, `added`). Each difference costs a share of the
whole in proportion to what its word weighs in its name, in integers, so that a score and its parts add up exactly.

The costs in `COSTS` were chosen on one half of labelled pairs of names and tried on the other (benchmarks/
list_screening.py; docs/adr/0005-list-screening.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import msgspec
from rapidfuzz.distance import OSA

from aforo.risk.screening.spelling import LONGEST_SPELLING, Name, Word, sound_of

#: The score of two names without a difference.
ALIKE = 1_000_000

Difference = Literal[
    "spelling", "initial", "other_word", "left_out", "added", "order", "joined", "form", "number", "alphabet"
]


class Part(msgspec.Struct, frozen=True, gc=False):
    """What one difference costs, in millionths, zero or less; `party` and `listed` are the words that it is about."""

    code: str
    party: str
    listed: str
    share: int


@dataclass(frozen=True)
class Costs:
    """What differences cost, in thousandths of the share of their words; `same_word` and below are of a pair of words.

    `spelling` is multiplied by how far the words are from each other; `order`, `form` and `joined` are of the whole.
    Words are the same word where the edits between them are at most one in `letters_an_edit` letters (rounded to the
    nearest), and at most `most_edits`.
    """

    spelling: int
    initial: int
    other_word: int
    left_out: int
    added: int
    order: int
    joined: int
    form: int
    letters_an_edit: float
    most_edits: int

    @cached_property
    def edits(self) -> tuple[int, ...]:
        """By the length of the longer of two words, how many edits they may be apart and still be the same word."""
        return tuple(
            min(self.most_edits, int(length / self.letters_an_edit + 0.5)) for length in range(LONGEST_SPELLING + 1)
        )


#: By what the names are of.
COSTS: dict[str, Costs] = {
    "person": Costs(800, 300, 1200, 350, 300, 20, 50, 50, 2.8, 2),
    "firm": Costs(1000, 1000, 1200, 800, 800, 10, 50, 50, 3.0, 2),
}


class Likeness(msgspec.Struct, frozen=True, gc=False):
    """The score in millionths, 0 to ALIKE, and its parts, which add up to it from ALIKE (and are cut at 0)."""

    score: int
    parts: tuple[Part, ...]


def distance(party: Word, listed: Word, costs: Costs) -> int | None:
    """How far two words are from each other, in thousandths of their length; None where they are two words.

    The restricted Damerau–Levenshtein distance (optimal string alignment), of the words as they are written, or of
    what they sound like, whichever is nearer; a word that only sounds the same is half an edit away.
    """
    if party.text == listed.text:
        return 0
    if party.kind == "number" or listed.kind == "number" or (party.common and listed.common):
        return None
    far = _edited(party.text, party.sound, listed.text, listed.sound, costs)
    if party.text != party.written or listed.text != listed.written:
        written = _edited(party.written, sound_of(party.written), listed.written, sound_of(listed.written), costs)
        far = written if far is None else far if written is None else min(far, written)
    return far


def _edited(one: str, one_sound: str, other: str, other_sound: str, costs: Costs) -> int | None:
    longest = max(len(one), len(other))
    if one_sound == other_sound and len(one_sound) > 1:
        return 500 // longest
    allowed = costs.edits[longest]
    if not allowed:
        return None
    edits = OSA.distance(one, other, score_cutoff=allowed)
    far = 1000 * edits // longest if edits <= allowed else None
    longest_sound = max(len(one_sound), len(other_sound))
    allowed = costs.edits[longest_sound]
    edits = OSA.distance(one_sound, other_sound, score_cutoff=allowed)
    if edits <= allowed:
        by_sound = 1000 * edits // longest_sound + 500 // longest
        far = by_sound if far is None else min(far, by_sound)
    return far


def _is_initial(one: Word, other: Word) -> bool:
    return len(one.text) == 1 and len(other.text) > 1 and other.text[0] == one.text


def _joined(party: list[Word], listed: list[Word]) -> tuple[list[Word], list[Word], int]:
    """Both names with two neighbours written as one word where the other name has that word, and how often."""
    joins = 0
    for mine, theirs in ((party, listed), (listed, party)):
        sounds = {word.sound for word in theirs}
        at = 0
        while at + 1 < len(mine):
            one, two = mine[at], mine[at + 1]
            sound = one.sound + two.sound
            if len(sound) > 3 and sound in sounds and one.sound not in sounds and two.sound not in sounds:
                whole = next(word for word in theirs if word.sound == sound)
                mine[at : at + 2] = [whole]
                joins += 1
            at += 1
    return party, listed, joins


def likeness(party: Name, listed: Name, *, person: bool, costs: Costs | None = None) -> Likeness:
    """How alike the name of a party is to a name on a list; `person` says which costs hold."""
    costs = costs or COSTS["person" if person else "firm"]
    if not party.words or not listed.words:
        return Likeness(0, (Part("other_word", "", "", -ALIKE),))
    if party.whole == listed.whole and party.words != listed.words and len(party.whole) > 3:
        cost = -costs.joined * 1000 if len(party.words) != len(listed.words) else 0
        parts = [Part("joined", "", "", cost)] if cost else []
        return _added_up(parts + _form(party, listed, costs))
    mine, theirs, joins = _joined(list(party.words), list(listed.words))
    weight = (sum(word.weight for word in mine) + sum(word.weight for word in theirs)) / 2
    heavier = max(sum(word.weight for word in mine), sum(word.weight for word in theirs))
    parts = [Part("joined", "", "", -costs.joined * 1000)] if joins else []
    taken: dict[int, int] = {}
    used: set[int] = set()
    texts = [word.text for word in theirs]
    for i, one in enumerate(mine):
        if one.text in texts:
            j = min((j for j, text in enumerate(texts) if text == one.text and j not in used), default=None)
            if j is not None:
                taken[i] = j
                used.add(j)
    pairs: list[tuple[int, int, int, int]] = []
    for i, one in enumerate(mine):
        if i not in taken:
            for j, other in enumerate(theirs):
                if j not in used and (far := distance(one, other, costs)) is not None:
                    pairs.append((far, abs(i - j), i, j))
    pairs.sort()
    for far, _, i, j in pairs:
        if i in taken or j in used:
            continue
        taken[i] = j
        used.add(j)
        if far:
            share = (mine[i].weight + theirs[j].weight) / 2 / weight
            parts.append(Part("spelling", mine[i].text, theirs[j].text, -round(far * costs.spelling * share)))
    left = [i for i in range(len(mine)) if i not in taken]
    missing = [j for j in range(len(theirs)) if j not in used]
    if person:
        for i in list(left):
            for j in missing:
                if _is_initial(mine[i], theirs[j]) or _is_initial(theirs[j], mine[i]):
                    share = max(mine[i].weight, theirs[j].weight) / heavier
                    parts.append(Part("initial", mine[i].text, theirs[j].text, -round(costs.initial * 1000 * share)))
                    left.remove(i)
                    missing.remove(j)
                    taken[i] = j
                    break
    parts += _unpaired([mine[i] for i in left], [theirs[j] for j in missing], weight, heavier, costs)
    aligned = [taken[i] for i in sorted(taken) if mine[i].weight >= 25]
    if aligned != sorted(aligned):
        parts.append(Part("order", "", "", -costs.order * 1000))
    return _added_up(parts + _form(party, listed, costs))


def _unpaired(mine: list[Word], theirs: list[Word], weight: float, heavier: int, costs: Costs) -> list[Part]:
    """What words cost that were not paired: other words on both sides first, the heaviest, then those of one side."""
    mine = sorted(mine, key=lambda word: -word.weight)
    theirs = sorted(theirs, key=lambda word: -word.weight)
    parts = []
    for one, other in zip(mine, theirs, strict=False):
        beyond = costs.added if one.weight > other.weight else costs.left_out
        cost = costs.other_word * 1000 * min(one.weight, other.weight) / weight
        cost += beyond * 1000 * abs(one.weight - other.weight) / heavier
        parts.append(Part("other_word", one.text, other.text, -round(cost)))
    for one in mine[len(theirs) :]:
        parts.append(Part("added", one.text, "", -round(costs.added * 1000 * one.weight / heavier)))
    for other in theirs[len(mine) :]:
        parts.append(Part("left_out", "", other.text, -round(costs.left_out * 1000 * other.weight / heavier)))
    return parts


def _form(party: Name, listed: Name, costs: Costs) -> list[Part]:
    if party.forms and listed.forms and not set(party.forms) & set(listed.forms):
        return [Part("form", " ".join(party.forms), " ".join(listed.forms), -costs.form * 1000)]
    return []


def _added_up(parts: list[Part]) -> Likeness:
    return Likeness(max(0, ALIKE + sum(part.share for part in parts)), tuple(parts))
