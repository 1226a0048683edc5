"""What the record teaches of filings: whose come, how far ahead of their trucks, and what trips that look alike hide.

A projection of the log. By bridge and class of value it adds up how long trucks were on the list, and filings that
never came (`routing.lateness`); by filer, at all bridges together, how many of its filings come; by what ties trips,
what examinations found among those of which so many look alike (`routing.trips`). Filers are keyed hashes of their
carriers. A truck came to the bridge that it filed for where a yard, a booth, a passage or an examination says so; one
that came to another was listed in vain. What was taken back while it was on the list was listed in vain too, unless it
was filed again. A bridge at which nobody reports arrivals teaches nothing of who does not come: examinations alone say
nothing of those that were released. Reports may come late, for a port that was cut off hands in what happened there
hours or days after: so nobody is said not to have come before a whole day has passed, and before that bridge has told
of what happened later than the truck could have come.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
import numpy as np

from aforo.domain.clock import microseconds
from aforo.domain.event import Arrived, Assessed, AtYard, Decided, Examined, Moved, Passed
from aforo.domain.units import MICRO
from aforo.flow.on_the_way import expected_of
from aforo.flow.trips import TIES
from aforo.log.stored import StoredEvent
from aforo.routing.lateness import Believed, Filers, Lateness
from aforo.routing.trips import Alike

HOUR, DAY, MINUTE = 3_600_000_000, 86_400_000_000, 60_000_000
#: Trucks that are followed at once: those filed last.
MOST = 200_000
#: How long after its time a truck may still come. So much later its bridge must have told of something, or else what
#: became of it may not have been handed in yet.
COMES_WITHIN = 6 * HOUR
#: How long after its time it is waited for whatever its bridge tells: a yard may tell while the booth is cut off.
WAITED = DAY
#: After so long without a word of its bridge nothing is learnt of a truck.
FORGOTTEN = 7 * DAY
#: Log-odds above which a threat is taken to be certain.
_SURE = 40.0
#: No filer: a row that says nothing of who filed.
_NO_FILER = -1


class _Filed(msgspec.Struct, array_like=True):
    """A truck that was filed for a bridge: of which class, by whom, since when, when it is expected (microseconds since
    1970), and when it was taken back, 0 where it stands."""

    bridge: str
    kind: int
    filer: int
    since: int
    due: int
    back: int = 0


class _Row(msgspec.Struct, array_like=True):
    """What became of a filing: its class and filer, the minutes that it was to be seen on the list, whether it came."""

    kind: int
    filer: int
    minutes: float
    came: bool


class _Weighed(msgspec.Struct, array_like=True):
    """What risk said of a crossing last (log-odds in millionths), and how many trips looked like it."""

    log_odds: tuple[int, ...]
    alike: tuple[int, ...] = ()
    priced: bool = False


class _Saved(msgspec.Struct, array_like=True):
    day: int
    lateness: dict[str, Lateness]
    filers: Filers
    alike: list[Alike]
    filed: dict[str, _Filed]
    rows: dict[str, list[_Row]]
    weighed: dict[str, _Weighed]
    telling: dict[str, int]
    found_today: list[tuple[tuple[int, ...], float, float]]


class Habits:
    """The projection; see the module, and `aforo.log.projections.Projection`."""

    name = "habits"
    version = 2
    types: Sequence[str] = tuple(each.TYPE for each in (Arrived, AtYard, Passed, Examined, Moved, Assessed, Decided))

    def __init__(self) -> None:
        self._day = 0
        self._lateness: dict[str, Lateness] = {}
        self._filers = Filers()
        self._alike = [Alike() for _ in TIES]
        self._filed: dict[str, _Filed] = {}
        self._rows: dict[str, list[_Row]] = {}
        self._weighed: dict[str, _Weighed] = {}
        #: The examinations of this day: how many trips look alike by each tie, what was found, and how likely it was.
        self._found_today: list[tuple[tuple[int, ...], float, float]] = []
        #: The bridges of which arrivals were reported on this day, and when the last of these happened.
        self._telling: dict[str, int] = {}

    def lateness(self, bridge: str) -> Lateness | None:
        """What was added up of a bridge; None where no truck of its list was seen to come yet."""
        known = self._lateness.get(bridge)
        return known if known is not None and sum(known.came) > 0.0 else None

    def believing(self) -> Believed:
        """Whose filings are put on lists."""
        return self._filers.believing()

    def raises(self) -> list[list[float]]:
        """By TIES and the count of trips that look alike, less one: what the worth of an examination is multiplied by,
        against that of a trip that is alone."""
        factors = [each.factor() for each in self._alike]
        return [np.maximum(own / own[0], 1.0).tolist() for own in factors]

    def apply(self, events: Sequence[StoredEvent]) -> None:
        """Take in the next events, in order."""
        for stored in events:
            payload, crossing = stored.payload, stored.event.stream.removeprefix("crossing/")
            at = microseconds(stored.event.occurred_at)
            self._move_on(microseconds(stored.event.recorded_at))
            if isinstance(payload, Assessed):
                self._weigh(crossing, payload.log_odds)
            elif isinstance(payload, Decided):
                self._decided(crossing, payload, at, stored)
            elif isinstance(payload, Moved):
                self._filed.pop(crossing, None)
            else:
                reported = isinstance(payload, Arrived | AtYard)
                self._came(crossing, payload.bridge if isinstance(payload, Arrived | AtYard) else "", at, reported)
                if isinstance(payload, Examined):
                    self._found(crossing, payload)

    def _weigh(self, crossing: str, log_odds: tuple[int, ...]) -> None:
        self._weighed.pop(crossing, None)
        self._weighed[crossing] = _Weighed(log_odds)
        if len(self._weighed) > MOST:
            del self._weighed[next(iter(self._weighed))]

    def _decided(self, crossing: str, decided: Decided, at: int, stored: StoredEvent) -> None:
        if (weighed := self._weighed.get(crossing)) is not None:
            weighed.priced = decided.routing is not None
            weighed.alike = decided.routing.alike if decided.routing is not None else ()
        before = self._filed.pop(crossing, None)
        if not decided.features:  # nothing of it stands any more
            if before is not None:
                self._filed[crossing] = msgspec.structs.replace(before, back=before.back or at)
        elif decided.routing is not None and decided.stage == "filed":
            expected = expected_of(decided.bridge, decided.routing, decided.zone, stored.event.recorded_at)
            if expected is not None:
                since = at if before is None else min(before.since, at)
                self._filed[crossing] = _Filed(
                    decided.bridge, expected.place, expected.filer, since, expected.at * 1_000_000
                )
                if len(self._filed) > MOST:
                    del self._filed[next(iter(self._filed))]

    def _came(self, crossing: str, bridge: str, at: int, reported: bool) -> None:
        filed = self._filed.pop(crossing, None)
        if reported and (told := bridge or (filed.bridge if filed is not None else "")):
            self._telling[told] = max(at, self._telling.get(told, 0))
        if filed is None:
            return
        minutes = self._listed(filed, at)
        if bridge in ("", filed.bridge):
            self._note(filed.bridge, _Row(filed.kind, filed.filer, minutes, True))
        else:
            self._note(filed.bridge, _Row(filed.kind, filed.filer, minutes, False))
            self._note(bridge, _Row(filed.kind, _NO_FILER, 0.0, True))

    def _note(self, bridge: str, row: _Row) -> None:
        self._rows.setdefault(bridge, []).append(row)

    @staticmethod
    def _listed(filed: _Filed, until: int) -> float:
        """The minutes that a truck was on the list until it came, was taken back or was due."""
        horizon = int(Lateness().list_minutes * MINUTE)
        return max(0, min(until, filed.due) - max(filed.since, filed.due - horizon)) / MINUTE

    def _found(self, crossing: str, examined: Examined) -> None:
        """What an examination found that a price, a rule or the lottery chose teaches of the trips that look alike; a
        correction, and what an officer chose, do not."""
        weighed = self._weighed.get(crossing)
        outcome = examined.outcome
        if weighed is None or not weighed.priced or outcome.violation is None:
            return
        if examined.corrects is not None or outcome.by_override:
            return
        del self._weighed[crossing]
        nothing = math.prod(1.0 / (1.0 + math.exp(min(odds / MICRO, _SURE))) for odds in weighed.log_odds)
        counts = weighed.alike or (1,) * len(TIES)
        self._found_today.append((counts, float(outcome.violation), 1.0 - nothing))

    def _move_on(self, at: int) -> None:
        """Close the days that are over."""
        day = at // DAY
        if day <= self._day:
            return
        midnight = day * DAY
        for crossing, filed in list(self._filed.items()):
            if midnight - filed.due > WAITED and self._telling.get(filed.bridge, 0) - filed.due > COMES_WITHIN:
                del self._filed[crossing]
                minutes = self._listed(filed, filed.back or filed.due)
                if minutes > 0.0 or not filed.back:
                    self._note(filed.bridge, _Row(filed.kind, filed.filer, minutes, False))
            elif midnight - filed.due > FORGOTTEN:
                del self._filed[crossing]
        filers: list[int] = []
        came: list[bool] = []
        for bridge, rows in self._rows.items():
            if bridge not in self._telling:
                continue
            # Of those who are not believed nothing was on the list.
            minutes_seen = [row.minutes if self._filers.believed(row.filer) else 0.0 for row in rows]
            self._lateness[bridge] = self._lateness.get(bridge, Lateness()).after(
                np.array([row.kind for row in rows]), np.array(minutes_seen), np.array([row.came for row in rows])
            )
            own = [row for row in rows if row.filer != _NO_FILER]
            filers += [row.filer for row in own]
            came += [row.came for row in own]
        self._filers = self._filers.after(filers, np.array(came, dtype=np.bool_))
        if self._found_today:
            counts, found, chance = (np.array(column) for column in zip(*self._found_today, strict=True))
            self._alike = [own.after(counts[:, kind], found, chance) for kind, own in enumerate(self._alike)]
        self._rows, self._telling, self._found_today = {}, {}, []
        self._day = day

    def dump(self) -> bytes:
        """The state: crossings, hashes and numbers."""
        return msgspec.msgpack.encode(
            _Saved(
                self._day, self._lateness, self._filers, self._alike, self._filed, self._rows, self._weighed,
                self._telling, self._found_today,
            )
        )  # fmt: skip

    def load(self, state: bytes) -> None:
        """Take over a state that `dump` gave."""
        saved = msgspec.msgpack.decode(state, type=_Saved)
        self._day, self._lateness, self._filers, self._alike = saved.day, saved.lateness, saved.filers, saved.alike
        self._filed, self._rows, self._weighed = saved.filed, saved.rows, saved.weighed
        self._telling, self._found_today = saved.telling, saved.found_today
