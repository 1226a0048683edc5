"""The first pass: which listed names could be alike enough to a name, out of all of them, quickly.

Words are kept by sound, in the order of their length, each with the set of its letters. The words of a name that is
looked for meet the words of about their length and with nearly their letters; of these rapidfuzz measures the edits.
What words a listed name shares with the name then bounds how alike the two can be: the bound is the score of
`likeness` if every shared word were the same. Names below the bound are not compared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

import msgspec
import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from aforo.domain.watchlist import Entry, ListedName, Watchlist
from aforo.risk.screening.likeness import ALIKE, COSTS
from aforo.risk.screening.spelling import LONGEST_SPELLING, WEIGHTS, Name, Word, name_of

Int64Array = npt.NDArray[np.int64]
#: Rows, each once, and the share of a word's weight that each has.
Near = tuple[Int64Array, npt.NDArray[np.float64]]

#: What a word that is an edit away can at most share, less than the whole by so much of the edit's part in the word:
#: what the spelling costs (likeness.COSTS), seen as weight of another word, and not all of it, to be on the safe side.
_AN_EDIT = 0.45
#: Distinct words whose neighbours are remembered before they are forgotten; a few thousand bytes each.
_REMEMBERED = 20_000
#: A bound is compared with a little less than the score asked for, since its words are weighed before they are joined.
_MARGIN = 20_000


class Row(msgspec.Struct, frozen=True, gc=False):
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
    """All names of some lists. Not to be shared between threads: it remembers the words that were looked for."""

    def __init__(self, lists: Sequence[Watchlist]) -> None:
        #: Those that are read as persons' names, then the others.
        self.rows: list[Row] = [
            Row(watchlist, entry, listed, person, name_of(listed.text, person=person))
            for person in (True, False)
            for watchlist in lists
            for entry in watchlist.entries
            if person in readings(entry.kind)
            for listed in entry.names
        ]
        persons = sum(row.person for row in self.rows)
        self._part = {True: (0, persons), False: (persons, len(self.rows))}
        words: dict[str, list[int]] = defaultdict(list)
        wholes: dict[str, list[int]] = defaultdict(list)
        for at, row in enumerate(self.rows):
            told = [word for word in row.name.words if _tells(word)]
            for sound in {sound for word in told for sound in word.sounds}:
                words[sound].append(at)
            wholes[row.name.whole].append(at)
            for one, two in pairwise(told):
                wholes[one.sound + two.sound].append(at)
        self._sounds = sorted(words, key=lambda sound: (len(sound), sound))
        self._number = {sound: number for number, sound in enumerate(self._sounds)}
        #: The rows of each sound, one sound after the other, and where those of each begin.
        self._postings = np.array([at for sound in self._sounds for at in words[sound]], np.int64)
        self._begins = np.cumsum([0, *(len(words[sound]) for sound in self._sounds)])
        self._wholes = {sound: np.array(sorted(set(rows)), np.int64) for sound, rows in wholes.items()}
        self._masks = np.array([_letters(sound) for sound in self._sounds], np.uint64)
        self._texts = np.array(self._sounds, object)
        self._lengths = np.array([len(sound) for sound in self._sounds], np.int8)
        self._from = np.searchsorted(self._lengths, np.arange(LONGEST_SPELLING + 4)).tolist()
        self._weights = np.array([_core(row.name.words) for row in self.rows], np.float64)
        self._scratch = np.zeros(len(self.rows), np.int64)
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
        rows: list[Int64Array] = []
        shares: list[npt.NDArray[np.float64]] = []
        for sound in word.sounds:
            if sound in self._wholes:
                rows.append(self._wholes[sound])
                shares.append(np.ones(len(rows[-1])))
            if word.kind == "number":
                numbers, edits = self._exactly(sound)
            else:
                numbers, edits = self._neighbours(sound, len(word.written))
            begins = self._begins[numbers]
            lengths = self._begins[numbers + 1] - begins
            ends = np.cumsum(lengths)
            rows.append(self._postings[np.repeat(begins - ends + lengths, lengths) + np.arange(lengths.sum())])
            shares.append(np.repeat(1.0 - _AN_EDIT * edits / len(sound), lengths))
        every, share = np.concatenate(rows), np.concatenate(shares)
        order = np.argsort(share, kind="stable")
        every, share = every[order], share[order]
        # Of a row that has several such words, the nearest counts: the place that is written last stands.
        places = np.arange(len(every))
        self._scratch[every] = places
        last = self._scratch[every] == places
        return every[last], share[last]

    def _exactly(self, sound: str) -> tuple[Int64Array, Int64Array]:
        numbers = np.array([self._number[sound]] if sound in self._number else [], np.int64)
        return numbers, np.zeros(len(numbers), np.int64)

    def _neighbours(self, sound: str, letters: int) -> tuple[Int64Array, Int64Array]:
        """The numbers of the words that are at most as many edits away as the costs allow for so many letters."""
        # The listed word may be the longer one, and both are longer as they are written than as they sound.
        most = max(costs.edits[letters + 1] for costs in COSTS.values())
        mask = np.uint64(_letters(sound))
        first, last = self._from[max(0, len(sound) - most)], self._from[len(sound) + most + 1]
        apart = np.bitwise_count(self._masks[first:last] ^ mask)
        apart += np.abs(self._lengths[first:last] - np.int8(len(sound))).view(np.uint8)
        numbers = np.flatnonzero(apart <= 2 * most) + first
        texts = self._texts[numbers].tolist()
        if not texts:
            return numbers, numbers
        edits = cdist([sound], texts, scorer=OSA.distance, score_cutoff=most, dtype=np.int64)[0]
        near = edits <= most
        return numbers[near], edits[near]

    def candidates(self, name: Name, *, person: bool, least: int) -> list[int]:
        """The rows, read as `person`, whose names could reach the score `least`, in order."""
        told = [word for word in name.words if _tells(word)]
        rows: list[Int64Array] = []
        weights: list[npt.NDArray[np.float64]] = []
        for word in told:
            near, shares = self.near(word)
            rows.append(near)
            weights.append(shares * word.weight)
        for one, two in pairwise(told):
            number = self._number.get(one.sound + two.sound)
            if number is not None:
                rows.append(self._postings[self._begins[number] : self._begins[number + 1]])
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
        first, last = self._part[person]
        at = np.flatnonzero(shared[first:last] >= max(mine / 3, 1.0)) + first
        theirs = self._weights[at]
        common = shared[at]
        added = np.maximum(mine - common, 0.0)
        left = np.maximum(theirs - common, 0.0)
        other = np.minimum(added, left)
        # A name of joining words alone weighs nothing here.
        heavier, mean = np.maximum(np.maximum(mine, theirs), 1.0), np.maximum((mine + theirs) / 2, 1.0)
        costs = COSTS["person" if person else "firm"]
        lost = costs.other_word * other / mean
        lost += (costs.added * (added - other) + costs.left_out * (left - other)) / heavier
        kept: list[int] = at[ALIKE - 1000 * lost >= least - _MARGIN].tolist()
        return kept
