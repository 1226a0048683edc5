"""Who files late, or not at all, by class of value: so that a price which counts on the list is not played with it.

The list holds trucks that have filed and not arrived, over its horizon of some minutes. By class of value per predicted
minute three things are added up from what came and what never did: trucks that came, minutes that they were on the list
(at most the horizon each), minutes that filings were on it which never came. From these follow what the price needs:

- `shown`: of the work on the list, the share that comes. Empty filings are worth as little as they did before.
- `late`: of the work that comes, the share that the list does not see in time. It is expected at the forecast's rate.

So where the riskiest file late, the list is expected to be short of them and the price does not fall for it. Classes in
which few came lean on their neighbours and on all, and what is old counts less: a habit is known within weeks.

A class says nothing of the hour in which a filer's empty filings are due: just when its own truck comes. So filings are
also counted by filer, and those of a filer of whom too few come are not put on the list: no room is kept for them, and
what comes of them is expected with the rest that files too late. A filer that nobody knows yet is believed as far as
the first filings of others came.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np

from aforo.domain.units import Float64Array, Int64Array
from aforo.routing.choice import CLASSES

FORMAT: Final = "aforo.lateness/1"
#: Trucks of all classes together that speak in each class beside its own, and what a day leaves of those before.
LEAN: Final = 30.0
KEPT_BY_DAY: Final = 0.97
Sums = tuple[float, ...]
#: A filer is believed while at least this share of its filings came; as many of its first filings as lean on others'.
LEAST_SHOWN: Final = 0.85
FIRST_FILINGS: Final = 5.0
#: Until others have told, a new filer is believed as if so many first filings had come; what is less is forgotten.
TRUSTED: Final = 20.0
FORGOTTEN: Final = 0.05
#: Stands for a filer that nobody knows: no hash is below zero.
NOBODY: Final = -1
#: Most filers that are remembered: those with most filings.
MOST_FILERS: Final = 200_000


class Lateness(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What has been added up, by class: a plain document. Minutes and trucks, those of the past discounted."""

    format: str = FORMAT
    list_minutes: float = 60.0
    came: Sums = (0.0,) * CLASSES
    listed: Sums = (0.0,) * CLASSES
    empty: Sums = (0.0,) * CLASSES

    def after(self, kinds: Int64Array, listed: Float64Array, came: np.typing.NDArray[np.bool_]) -> Lateness:
        """With one more day: `kinds` int64[n] classes, `listed` float64[n] minutes that each was on the list (0 where
        it was not), `came` whether it arrived. Raises ValueError on classes that there are not."""
        if len(kinds) and not (int(kinds.min()) >= 0 and int(kinds.max()) < CLASSES):
            raise ValueError(f"classes of value are numbered from 0 to {CLASSES - 1}")
        minutes = np.clip(np.nan_to_num(listed, nan=0.0), 0.0, self.list_minutes)
        sums = [
            np.bincount(kinds, weights=weights, minlength=CLASSES)
            for weights in (came.astype(np.float64), minutes * came, minutes * ~came)
        ]
        kept = [
            tuple((KEPT_BY_DAY * np.array(old) + new).tolist())
            for old, new in zip((self.came, self.listed, self.empty), sums, strict=True)
        ]
        return msgspec.structs.replace(self, came=kept[0], listed=kept[1], empty=kept[2])

    def shown(self) -> Float64Array:
        """float64[CLASSES]: of the work on the list, the share that comes; 1 where nothing was ever listed."""
        listed, empty = _leaning(self.listed, self.came), _leaning(self.empty, self.came)
        return np.where(listed + empty > 0.0, listed / np.maximum(listed + empty, 1e-9), 1.0)

    def late(self) -> Float64Array:
        """float64[CLASSES]: of the work that comes, the share that is not on the list; 0 where nothing ever came."""
        came, listed = _leaning(self.came, self.came), _leaning(self.listed, self.came)
        seen = np.where(came > 0.0, listed / np.maximum(came * self.list_minutes, 1e-9), 1.0)
        return np.clip(1.0 - seen, 0.0, 1.0)


class Believed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose filings are put on the list: those of filers that nobody knows if `others`, and of `but` the other way."""

    format: str = "aforo.believed/1"
    others: bool = True
    but: tuple[int, ...] = ()


class Filers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose filings come: by filer (a keyed hash, a number) trucks that came and filings that never did, those of the
    past discounted; and of the first filings of all filers the same."""

    format: str = "aforo.filers/1"
    known: dict[int, tuple[float, float]] = {}
    first: tuple[float, float] = (0.0, 0.0)

    def after(self, filers: Sequence[int] | Int64Array, came: np.typing.NDArray[np.bool_]) -> Filers:
        """With one more day: by filing who filed it, and whether a truck came of it."""
        known = {
            filer: (KEPT_BY_DAY * came_, KEPT_BY_DAY * empty)
            for filer, (came_, empty) in self.known.items()
            if KEPT_BY_DAY * (came_ + empty) >= FORGOTTEN
        }
        first = [KEPT_BY_DAY * each for each in self.first]
        # Hashes have 64 bits: an array of all of them would be of doubles, in which some are the same.
        hashes: Sequence[int] = filers.tolist() if isinstance(filers, np.ndarray) else filers
        for filer, showed in zip(hashes, came.tolist(), strict=True):
            before = known.get(filer, (0.0, 0.0))
            if sum(before) < FIRST_FILINGS:
                first[0 if showed else 1] += 1.0
            known[filer] = (before[0] + showed, before[1] + (not showed))
        if len(known) > MOST_FILERS:
            most = sorted(known, key=lambda filer: (-sum(known[filer]), filer))[:MOST_FILERS]
            known = {filer: known[filer] for filer in most}
        return Filers(self.format, known, (first[0], first[1]))

    def believing(self) -> Believed:
        """Whom to believe, as it is put in force: nothing but who is believed otherwise than a filer nobody knows."""
        others = self.believed(NOBODY)
        return Believed(others=others, but=tuple(sorted(each for each in self.known if self.believed(each) != others)))

    def believed(self, filer: int) -> bool:
        """Whether a filing of this filer is put on the list."""
        came, empty = self.known.get(filer, (0.0, 0.0))
        others = (self.first[0] + TRUSTED) / (self.first[0] + self.first[1] + TRUSTED)
        return (came + FIRST_FILINGS * others) >= LEAST_SHOWN * (came + empty + FIRST_FILINGS)


def _leaning(sums: Sums, came: Sums) -> Float64Array:
    """Sums of each class, with what LEAN trucks of the classes beside it and of all classes add."""
    own, trucks = np.array(sums), np.array(came)
    beside = np.convolve(own, (0.5, 0.0, 0.5), "same")
    beside_trucks = np.convolve(trucks, (0.5, 0.0, 0.5), "same")
    per = np.where(beside_trucks > LEAN, beside / np.maximum(beside_trucks, 1e-9), own.sum() / max(trucks.sum(), 1e-9))
    leaning: Float64Array = own + LEAN * per
    return leaning
