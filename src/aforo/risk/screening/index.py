"""The first pass: which listed names could be alike enough to a name, out of all of them, quickly.

Words are kept by sound, in the order of their length, each with the set of its letters. The words of a name that is
looked for meet the words of about their length and with nearly their letters; of these rapidfuzz measures the edits.
What words a listed name shares with the name then bounds how alike the two can be: the bound is the score of
`likeness` if every shared word were the same. Names below the bound are not compared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from aforo.domain.watchlist import Entry, ListedName, Watchlist
from aforo.risk.screening.likeness import ALIKE, COSTS
from aforo.risk.screening.spelling import WEIGHTS, Name, Word, name_of

Int64Array = npt.NDArray[np.int64]
#: Rows in order, and the share of a word's weight that each has.
Near = tuple[Int64Array, npt.NDArray[np.float64]]

#: What a word that is an edit away can at most share, less than the whole by so much of the edit's part in the word:
#: what the spelling costs (likeness.COSTS), seen as weight of another word, and not all of it, to be on the safe side.
_AN_EDIT = 0.45
#: Distinct words whose neighbours are remembered before they are forgotten; a few hundred bytes each.
_REMEMBERED = 200_000
#: A bound is compared with a little less than the score asked for, since its words are weighed before they are joined.
_MARGIN = 20_000


@dataclass(frozen=True)
class Row:
    """One listed name, read as a person's or as a firm's."""

    watchlist: Watchlist
    entry: Entry
    listed: ListedName
    person: bool
    name: Name


def readings(kind: str) -> tuple[bool, ...]:
    """Whether names of a kind are read as persons' names, as others, or as both."""
    return {"person": (True,), "unknown": (True, False)}.get(kind, (False,))


def _letters(sound: str) -> int:
    """The letters of a word as a set of bits: which there are, and which there are twice. An edit changes two of them
    at most, and one where it changes the length."""
    mask = 0
    for sign in sound:
        bit = 1 << (ord(sign) - 97 if sign >= "a" else 26 + (ord(sign) & 3))
        mask |= bit << 32 if mask & bit else bit
    return mask


def _tells(word: Word) -> bool:
    """Whether a word is looked for: those that join and single letters are in too many names."""
    return word.weight >= WEIGHTS["number"] and len(word.text) > 1


def _core(words: Sequence[Word]) -> int:
    return sum(word.weight for word in words if _tells(word))


class NameIndex:
    """All names of some lists. Not changed after it was made; safe to share between threads but for its memory."""

    def __init__(self, lists: Sequence[Watchlist]) -> None:
        self.rows: list[Row] = [
            Row(watchlist, entry, listed, person, name_of(listed.text, person=person))
            for watchlist in lists
            for entry in watchlist.entries
            for person in readings(entry.kind)
            for listed in entry.names
        ]
        words: dict[str, list[int]] = defaultdict(list)
        wholes: dict[str, list[int]] = defaultdict(list)
        for at, row in enumerate(self.rows):
            told = [word for word in row.name.words if _tells(word)]
            for sound in {sound for word in told for sound in word.sounds}:
                words[sound].append(at)
            wholes[row.name.whole].append(at)
            for one, two in zip(told, told[1:], strict=False):
                wholes[one.sound + two.sound].append(at)
        self._sounds = sorted(words, key=lambda sound: (len(sound), sound))
        self._number = {sound: number for number, sound in enumerate(self._sounds)}
        self._postings = [np.array(words[sound], np.int64) for sound in self._sounds]
        self._wholes = {sound: np.array(sorted(set(rows)), np.int64) for sound, rows in wholes.items()}
        self._masks = np.array([_letters(sound) for sound in self._sounds], np.uint64)
        self._texts = np.array(self._sounds, object)
        lengths = [len(sound) for sound in self._sounds]
        self._from = np.searchsorted(np.array(lengths, np.int64), np.arange(64))
        self._weights = np.array([_core(row.name.words) for row in self.rows], np.float64)
        costs = [COSTS["person" if row.person else "firm"] for row in self.rows]
        self._person = np.array([row.person for row in self.rows], np.bool_)
        self._other = np.array([cost.other_word * 1000 for cost in costs], np.float64)
        self._left_out = np.array([cost.left_out * 1000 for cost in costs], np.float64)
        self._added = np.array([cost.added * 1000 for cost in costs], np.float64)
        self._near: dict[str, Near] = {}

    def near(self, word: Word) -> Near:
        """The rows that have a word like this one, and how much of its weight they share with it at most."""
        if len(self._near) > _REMEMBERED:
            self._near.clear()
        known = self._near.get(word.written)
        if known is None:
            known = self._near[word.written] = self._look_up(word)
        return known

    def _look_up(self, word: Word) -> Near:
        found: list[tuple[Int64Array, float]] = []
        for sound in word.sounds:
            if sound in self._number:
                found.append((self._postings[self._number[sound]], 1.0))
            if sound in self._wholes:
                found.append((self._wholes[sound], 1.0))
            if word.kind != "number":
                for number, edits in self._neighbours(sound):
                    found.append((self._postings[number], 1.0 - _AN_EDIT * edits / len(sound)))
        if not found:
            return np.zeros(0, np.int64), np.zeros(0)
        if len(found) == 1:
            return found[0][0], np.full(len(found[0][0]), found[0][1])
        found.sort(key=lambda each: -each[1])
        every = np.concatenate([rows for rows, _ in found])
        shares = np.repeat([share for _, share in found], [len(rows) for rows, _ in found])
        rows, first = np.unique(every, return_index=True)
        return rows, shares[first]

    def _neighbours(self, sound: str) -> list[tuple[int, int]]:
        """The numbers of other words that are at most as many edits away as the costs allow, with these edits."""
        most = max(costs.edits[len(sound)] for costs in COSTS.values())
        letters = np.uint64(_letters(sound))
        close: list[int] = []
        for by in range(-most, most + 1):
            first, last = (int(self._from[min(max(0, len(sound) + each), 63)]) for each in (by, by + 1))
            apart = np.bitwise_count(self._masks[first:last] ^ letters)
            close += (np.flatnonzero(apart <= 2 * most - abs(by)) + first).tolist()
        if not close:
            return []
        texts = self._texts[close].tolist()
        distances = cdist([sound], texts, scorer=OSA.distance, score_cutoff=most, dtype=np.uint8)[0].tolist()
        return [(number, edits) for number, edits in zip(close, distances, strict=True) if 0 < edits <= most]

    def candidates(self, name: Name, *, person: bool, least: int) -> list[int]:
        """The rows, read as `person`, whose names could reach the score `least`, in order."""
        told = [word for word in name.words if _tells(word)]
        rows: list[Int64Array] = []
        weights: list[npt.NDArray[np.float64]] = []
        for word in told:
            near, shares = self.near(word)
            rows.append(near)
            weights.append(shares * word.weight)
        for one, two in zip(told, told[1:], strict=False):
            number = self._number.get(one.sound + two.sound)
            if number is not None:
                rows.append(self._postings[number])
                weights.append(np.full(len(rows[-1]), float(one.weight + two.weight)))
        whole = self._wholes.get(name.whole)
        if whole is not None:
            rows.append(whole)
            weights.append(np.full(len(whole), float(name.weight)))
        if not rows:
            return []
        shared = np.bincount(np.concatenate(rows), np.concatenate(weights), len(self.rows))
        mine = float(_core(told))
        # Less than a third shared is never enough, whatever the costs.
        at = np.flatnonzero((shared >= mine / 3) & (self._person == person)) if mine else np.flatnonzero(shared)
        theirs = self._weights[at]
        common = shared[at]
        added = np.maximum(mine - common, 0.0)
        left = np.maximum(theirs - common, 0.0)
        other = np.minimum(added, left)
        heavier, mean = np.maximum(mine, theirs), (mine + theirs) / 2
        lost = self._other[at] * other / mean
        lost += (self._added[at] * (added - other) + self._left_out[at] * (left - other)) / heavier
        kept: list[int] = at[ALIKE - lost >= least - _MARGIN].tolist()
        return kept
