"""Where every device stands, and what of it is not as expected: in columns, so that a million of them are little work.

What a verdict and causes follow from is judged whole, which takes milliseconds a trip. Most blocks change nothing: they
go on from the one before, came in time, say that the seal is closed, and tell of a truck that drives on where it was
planned. `Live` tells these from the others. It may call something unexpected that is not, never the other way round: a
trip whose devices said only what is expected has the verdict that it had.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from aforo.custody.case import NEVER, Int64Array
from aforo.custody.columns import Columns, Dump, Rows
from aforo.custody.fences import Fences
from aforo.custody.fixes import Flags
from aforo.custody.ground import metres
from aforo.custody.jamming import JAMMED
from aforo.custody.limits import Limits
from aforo.custody.live_blocks import Blocks, Came, joined
from aforo.custody.movement import FASTEST_M_S, SLACK_M
from aforo.custody.road import Road
from aforo.custody.told import OPENING
from aforo.domain.reading import GRADES, OPEN, Grade

#: Why a block is not as expected: `opened` is a seal that is not closed, `alarm` that of a device which is jammed,
#: `chain` a block that does not go on from the one before, `clock` a time that had not come or goes back, `gap` a
#: silence between readings or until they came, `leap` a way that no truck drives, `fence` one that was entered or left,
#: `road` a position beside the corridor, `rest` a truck that stands for long, `begun` the first of a sealing, before
#: which nobody vouched for anything, `ground` the first since other documents are in force.
REASONS: Final = ("opened", "alarm", "chain", "clock", "gap", "leap", "fence", "road", "rest", "begun", "ground")
_BIT: Final = {name: 1 << place for place, name in enumerate(REASONS)}
#: The bits of what nobody waits to hear of.
LATER: Final = _BIT["begun"] | _BIT["ground"]
#: The bit of a block that does not go on from the one before.
CHAIN: Final = _BIT["chain"]
#: The sequence of a block after which none goes on.
_UNKNOWN: Final = -2
_COLUMNS: Final[dict[str, tuple[str, Any]]] = {
    "last": ("<i8", 0), "heard": ("<i8", 0), "since": ("<i8", 0), "limit": ("<i8", 0), "tolerance": ("<i8", 0),
    "due": ("<i8", NEVER), "signer": ("<u8", 0), "boot": ("<u8", 0), "sequence": ("<i8", -1),
    "hash": ("V32", bytes(32)), "top_boot": ("<u8", 0), "top": ("<i8", -1),
    "fixed": ("<i8", 0), "latitude": ("<i4", 0), "longitude": ("<i4", 0), "fences": ("<u8", 0), "beyond": ("<f4", 0.0),
    "rested": ("<i8", 0), "rest_latitude": ("<i4", 0), "rest_longitude": ("<i4", 0), "road": ("<i4", -1),
    "crossed": ("u1", 0), "leapt": ("u1", 0), "ground": ("u1", 0), "grade": ("u1", 0),
}  # fmt: skip


@dataclass(frozen=True)
class Ground:
    """What positions are held against: fences, corridors by their identifiers, and the limits in force; `documents`
    tells those that they are of from others."""

    fences: Fences
    roads: Mapping[str, Road]
    limits: Limits
    documents: str = ""


class Stands(msgspec.Struct, frozen=True, gc=False):
    """Where a device stands by its last fix: when that was taken (microseconds since 1970), latitude and longitude
    (1e-7 degree), the identifiers of the fences that it is in, by how many metres it is beside its corridor, and who
    vouches for that fix: the best of those who said the same."""

    at: int
    latitude: int
    longitude: int
    fences: tuple[str, ...]
    beyond: int
    grade: Grade


class Live:
    """See the module. Instants are microseconds since 1970 UTC."""

    def __init__(self, ground: Ground) -> None:
        self._devices = Columns(_COLUMNS)
        self._number: dict[str, int] = {}
        self.put(ground)

    def __len__(self) -> int:
        return len(self._devices)

    @property
    def nbytes(self) -> int:
        """What the columns take, without the names."""
        return self._devices.nbytes

    def put(self, ground: Ground) -> list[str]:
        """Hold positions against this from now on; the corridors that were not known before, for `goes_along`."""
        self._ground = ground
        self._roads = list(ground.roads.values())
        before, self._number = self._number, {name: place for place, name in enumerate(ground.roads)}
        # What goes along a corridor goes on along it, whichever number that has now. -1 is the last of them.
        moved = np.array([*(self._number.get(name, -1) for name in before), -1], dtype=np.int32)
        self._devices["road"][:] = moved[self._devices["road"]]
        # A set of fences is the sum of a number of each, drawn from its identifier: the same after a start.
        own = [each.id.encode() for each in ground.fences.fences]
        self._marks = np.array([_mark(each) for each in own], dtype=np.uint64)
        return [name for name in self._number if name not in before]

    def goes_along(self, devices: Sequence[str], road: str) -> None:
        """What these devices seal goes along a corridor."""
        rows = self._devices.rows(devices)
        self._devices["road"][rows[rows >= 0]] = self._number.get(road, -1)

    def look_anew(self) -> None:
        """What comes next of each device is looked at: until now it was held against other documents."""
        self._devices["ground"][self._devices["fixed"] > 0] = 1

    def registered(self, device: str, promise: int, tolerance: int) -> None:
        """What a device promises, and by how much its clock may be off (microseconds)."""
        row = self._devices.row(device)
        self._devices["limit"][row], self._devices["tolerance"][row] = promise + tolerance, tolerance
        if self._devices["due"][row] != NEVER:
            self._owes(np.array([row]))

    def heard(self, device: str, last: int, at: int) -> None:
        """A device spoke of times until `last`, and was heard `at`; of what it said nothing is known, and nothing goes
        on from it."""
        row, own = self._devices.row(device), self._devices
        own["last"][row] = last if last <= at + own["tolerance"][row] else at
        own["heard"][row], own["sequence"][row] = at, _UNKNOWN

    def sealed(self, device: str, since: int, road: str) -> None:
        """A device seals a load that goes along a corridor; empty, or one that is not known, where none is planned."""
        row, own = self._devices.row(device), self._devices
        own["since"][row], own["road"][row] = since, self._number.get(road, -1)
        self._owes(np.array([row]))

    def unsealed(self, device: str) -> None:
        """A device seals nothing."""
        row = self._devices.row(device)
        self._devices["due"][row], self._devices["since"][row], self._devices["road"][row] = NEVER, 0, -1

    def forget(self, device: str) -> None:
        """Where a device was is known no more."""
        row = self._devices.row(device)
        of_fix = ("fixed", "latitude", "longitude", "fences", "beyond", "grade")
        for column in (*of_fix, "rested", "rest_latitude", "rest_longitude"):
            self._devices[column][row] = _COLUMNS[column][1]

    def due(self, now: int) -> list[str]:
        """Devices that have been silent for longer than they promised, each told once for each silence."""
        rows = np.flatnonzero(self._devices["due"] <= now)
        self._devices["due"][rows] = NEVER
        return self._devices.names(rows)

    def stands(self, device: str) -> Stands | None:
        """Where a device stands; None where it told of no position."""
        row, own = self._devices.find(device), self._devices
        if row < 0 or not own["fixed"][row]:
            return None
        latitude, longitude = own["latitude"][row : row + 1], own["longitude"][row : row + 1]
        _, inside = self._ground.fences.inside(latitude, longitude)
        fences = tuple(self._ground.fences.fences[each].id for each in inside.tolist())
        beyond = round(float(own["beyond"][row]))
        grade = GRADES[int(own["grade"][row])]
        return Stands(int(own["fixed"][row]), int(latitude[0]), int(longitude[0]), fences, beyond, grade)

    def take(self, came: Sequence[Came]) -> dict[str, int]:
        """Take in blocks in the order in which they were recorded; devices with something unexpected among them, each
        with the bits of REASONS."""
        devices = self._devices.rows([each.device for each in came])
        known = np.flatnonzero(devices >= 0)
        if not len(known):
            return {}
        order = known[np.argsort(devices[known], kind="stable")]
        blocks = joined([came[each] for each in order.tolist()], devices[order])
        own = self._devices
        state = {name: own[name][blocks.row] for name in ("last", "since", "limit", "tolerance")}
        bits = self._chained(blocks)
        time, told = self._timed(blocks, state)
        bits |= told
        opened = (blocks.readings["door"] == OPEN) | np.isin(blocks.readings["kind"], OPENING)
        bits |= np.where(blocks.any(opened), _BIT["opened"], 0)
        bits |= np.where(blocks.any(blocks.readings["kind"] == JAMMED), _BIT["alarm"], 0)
        bits |= self._placed(blocks, time)
        found = np.flatnonzero(bits)
        reasons: dict[str, int] = {}
        for name, why in zip(own.names(blocks.row[found]), bits[found].tolist(), strict=True):
            reasons[name] = reasons.get(name, 0) | why
        return reasons

    def snapshot(self) -> Dump:
        """What dumps all of it as it is now, for `load`: to be called once, by any thread."""
        return self._devices.snapshot()

    def load(self, saved: bytes) -> None:
        """Take over what was dumped; corridors are then to be told anew. Raises msgspec.MsgspecError, ValueError."""
        self._devices.load(saved)
        self._devices["road"][:] = -1

    def _owes(self, rows: Rows) -> None:
        """From when on these devices, which seal something, will be silent."""
        own = self._devices
        own["due"][rows] = np.maximum(own["since"][rows], own["last"][rows]) + own["limit"][rows] + 1

    def _chained(self, blocks: Blocks) -> Int64Array:
        """Whether each block goes on from the one before of its device, and keeps that of the last of each."""
        own = self._devices
        chain = ("signer", "boot", "sequence", "hash")
        before = {name: blocks.shifted(getattr(blocks, name), own[name][blocks.row]) for name in chain}
        heard = own["heard"][blocks.row] > 0
        follows = (blocks.signer == before["signer"]) & (blocks.boot == before["boot"])
        signed = (blocks.sequence == before["sequence"] + 1) & (blocks.previous == before["hash"])
        # What fills a gap goes on from the one before, and is held against the one behind it as well.
        topped = blocks.risen(np.maximum(blocks.sequence, own["top"][blocks.row]))
        furthest = blocks.sequence > blocks.shifted(topped, own["top"][blocks.row])
        signed &= furthest & (blocks.boot >= own["top_boot"][blocks.row])
        good = follows & (signed | (blocks.signer == blocks.UNSIGNED))
        for name in chain:
            blocks.keep(getattr(blocks, name), own[name])
        self._keep_top(blocks)
        return np.where(good | (blocks.first & ~heard), 0, _BIT["chain"])

    def _keep_top(self, blocks: Blocks) -> None:
        """Keep of each device the highest sequence of its highest boot."""
        own = self._devices
        begins = np.flatnonzero(blocks.first)
        rows = blocks.row[begins]
        boot = np.maximum(np.maximum.reduceat(blocks.boot, begins), own["top_boot"][rows])
        of_it = np.where(blocks.boot == np.repeat(boot, np.diff(begins, append=len(blocks))), blocks.sequence, -1)
        before = np.where(boot == own["top_boot"][rows], own["top"][rows], -1)
        own["top"][rows] = np.maximum(np.maximum.reduceat(of_it, begins), before)
        own["top_boot"][rows] = boot

    def _timed(self, blocks: Blocks, state: Mapping[str, Int64Array]) -> tuple[Int64Array, Int64Array]:
        """The time of each reading, as verdicts take it, and what is odd about those of each block."""
        own, of = self._devices, blocks.of
        at, arrived = blocks.readings["at"], blocks.arrived[of]
        ahead = at > arrived + state["tolerance"][of]
        time: Int64Array = np.where(ahead, arrived, at)
        # The latest that was known before each block: of a device's first one that which was kept of it.
        latest = np.maximum.reduceat(time, blocks.starts)
        begun = np.maximum(state["last"], state["since"])
        until = blocks.risen(np.maximum(latest, begun))
        before = blocks.shifted(until, begun)
        late = blocks.arrived - before > state["limit"]
        step = np.diff(time, prepend=0)
        step[blocks.starts] = time[blocks.starts] - before
        back = step <= 0
        counted = np.diff(blocks.readings["sequence"].astype(np.int64), prepend=0) < 0
        counted[blocks.starts] = False
        bits = np.where(blocks.any(ahead | back | counted), _BIT["clock"], 0)
        bits |= np.where(late | blocks.any(step > state["limit"][of]), _BIT["gap"], 0)
        # What came of times before the sealing leaves its instant as the last that is known.
        bits |= np.where(
            (state["since"] > 0) & (before <= state["since"]) & (latest >= state["since"]), _BIT["begun"], 0
        )
        blocks.keep(until, own["last"])
        blocks.keep(blocks.arrived, own["heard"])
        ends = blocks.row[blocks.last]
        # What is sealed is known by its due, or was told to be silent and is heard again.
        self._owes(ends[own["since"][ends] > 0])
        return time, bits

    def _placed(self, blocks: Blocks, time: Int64Array) -> Int64Array:
        """What is odd about where the devices were, and where they stand now."""
        bits = np.zeros(len(blocks), dtype=np.int64)
        rows = np.flatnonzero(blocks.readings["fix"])
        if not len(rows):
            return bits
        own, of = self._devices, blocks.of[rows]
        time = time[rows]
        latitude, longitude = blocks.readings["latitude"][rows], blocks.readings["longitude"][rows]
        device = blocks.row[of]
        first = np.diff(device, prepend=-1) != 0

        def before(values: npt.NDArray[Any], column: str) -> npt.NDArray[Any]:
            made = np.roll(values, 1)
            made[first] = own[column][device[first]]
            return made

        since = before(time, "fixed")
        far = metres(before(latitude, "latitude"), before(longitude, "longitude"), latitude, longitude)
        leapt = (since > 0) & (far > SLACK_M + FASTEST_M_S * (time - since) / 1e6)
        fences = self._inside(latitude, longitude)
        crossed = fences != before(fences, "fences")
        beyond = self._beyond(own["road"][device], latitude, longitude)
        beside = (beyond > 0) | (before(beyond, "beyond") > 0)
        for what, flags in (("leap", leapt), ("fence", crossed), ("road", beside)):
            bits[of[flags]] |= _BIT[what]
        last = np.flatnonzero(np.diff(device, append=-1) != 0)
        ends = device[last]
        # A crossing is confirmed by the fixes that follow: as many blocks are looked at too.
        confirmed = min(self._ground.limits.fence.fixes.count, 255)
        left = own["crossed"][ends]
        bits[blocks.first_of(ends)[left > 0]] |= _BIT["fence"]
        begins = np.flatnonzero(first)
        anew = np.logical_or.reduceat(crossed, begins)
        own["crossed"][ends] = np.where(anew, confirmed, np.maximum(left, 1) - 1)
        # And a leap by the fix behind it (`movement`).
        bits[blocks.first_of(ends)[own["leapt"][ends] > 0]] |= _BIT["leap"]
        own["leapt"][ends] = np.logical_or.reduceat(leapt, begins)
        bits[blocks.first_of(ends)[own["ground"][ends] > 0]] |= _BIT["ground"]
        own["ground"][ends] = 0
        bits[of[last]] |= self._rested(ends, time[last], latitude[last], longitude[last])
        # What comes late is no news of where a device stands.
        newer = time[last] >= own["fixed"][ends]
        grade = self._vouched(ends, last, begins, (time, latitude, longitude), blocks.grade[of])
        ends, last = ends[newer], last[newer]
        own["grade"][ends] = grade[newer]
        for column, values in (
            ("fixed", time), ("latitude", latitude), ("longitude", longitude), ("fences", fences), ("beyond", beyond)
        ):  # fmt: skip
            own[column][ends] = values[last]
        return bits

    def _vouched(
        self, ends: Rows, last: Rows, begins: Rows, fixes: tuple[npt.NDArray[Any], ...], grade: npt.NDArray[np.uint8]
    ) -> npt.NDArray[np.uint8]:
        """The grade of the last fix of each device: that of the best who said the same, here or before."""
        whose = np.repeat(last, np.diff(begins, append=len(grade)))
        same, kept = np.ones(len(grade), dtype=bool), np.ones(len(ends), dtype=bool)
        for column, values in zip(("fixed", "latitude", "longitude"), fixes, strict=True):
            same &= values == values[whose]
            kept &= values[last] == self._devices[column][ends]
        best = np.minimum.reduceat(np.where(same, grade, np.uint8(len(GRADES))), begins)
        return np.where(kept, np.minimum(best, self._devices["grade"][ends]), best)

    def _inside(self, latitude: npt.NDArray[np.int32], longitude: npt.NDArray[np.int32]) -> npt.NDArray[np.uint64]:
        """The set of fences that each position is in, as one number."""
        made = np.zeros(len(latitude), dtype=np.uint64)
        if len(self._marks):
            row, fence = self._ground.fences.inside(latitude, longitude)
            if len(row):
                starts = np.flatnonzero(np.diff(row, prepend=-1))
                made[row[starts]] = np.add.reduceat(self._marks[fence], starts)
        return made

    def _beyond(
        self, road: npt.NDArray[np.int32], latitude: npt.NDArray[np.int32], longitude: npt.NDArray[np.int32]
    ) -> npt.NDArray[np.float64]:
        """Metres that each position is beside its corridor by more than fixes err; 0 where none is planned."""
        made = np.zeros(len(road))
        for number in np.unique(road[road >= 0]).tolist():
            rows = np.flatnonzero(road == number)
            made[rows] = self._roads[number].beyond(latitude[rows], longitude[rows])
        return np.maximum(made - self._ground.limits.deviation.slack.metres, 0.0)

    def _rested(
        self, ends: Rows, time: Int64Array, latitude: npt.NDArray[np.int32], longitude: npt.NDArray[np.int32]
    ) -> Int64Array:
        """Which devices stand for as long as is worth a look, each time that it has been so long once more, and which
        moved on after that."""
        own, limits = self._devices, self._ground.limits.stop
        away = metres(own["rest_latitude"][ends], own["rest_longitude"][ends], latitude, longitude)
        moved: Flags = (away > limits.radius.metres) | (own["rested"][ends] == 0)
        times = (own["fixed"][ends] - own["rested"][ends]) // limits.lasts.micro
        again = (time - own["rested"][ends]) // limits.lasts.micro > times
        told = np.where(moved, (times > 0) & (own["rested"][ends] > 0), again)
        for column, values in (("rested", time), ("rest_latitude", latitude), ("rest_longitude", longitude)):
            own[column][ends[moved]] = values[moved]
        return np.where(told, _BIT["rest"], 0)


def _mark(identifier: bytes) -> int:
    return int.from_bytes(blake2b(identifier, digest_size=8).digest(), "little")
