"""The world is played: along with the node's clock, which it moves, and never further than what it has handed in.

Each step asks how far the clock may go, moves it there, lets happen what happens until then at every bridge, and hands
all of that in; only then comes the next step. So what is recorded is as late as one step, and where the node is slower
than the asked speed, time goes slower.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from aforo.demo.clients import Clients
from aforo.demo.outside import kept
from aforo.demo.outside.handing import Handing
from aforo.demo.outside.hearing import Hearing
from aforo.demo.outside.kept import Kept
from aforo.demo.outside.places import Shown
from aforo.demo.outside.responding import RoadDesk
from aforo.demo.outside.saying import Passage, Saying
from aforo.demo.outside.sealing import Seals, SealsStanding
from aforo.demo.outside.timetable import Due, Timetable
from aforo.demo.outside.wire import Wire
from aforo.demo.outside.yard import Yard
from aforo.domain.clock import instant, microseconds

_SECOND = 1_000_000
#: The longest step, by the node's clock, and the shortest, by the machine's.
LONGEST_STEP, SHORTEST_STEP_S = 30 * _SECOND, 0.2
#: Who came this long before the beginning waits in line when it begins, and comes in then one by one so fast.
_BEFORE, _ONE_BY_ONE = 10 * 60 * _SECOND, _SECOND // 5
#: Trucks that file first when the demonstration begins: those that come first.
_FIRST = 40
#: Machine's seconds until the node has taken in how its bridges are: who files before is decided again at once.
_HEARD_S = 1.2
#: Machine's seconds between two keepings, and between two looks for what officers at the console did.
_KEEP_S, _LOOK_S = 2.0, 1.0
#: What an officer does to a truck that waits: at the booth, and at a dock.
_DONE = {"booth": "crossing.arrived", "hold": "crossing.overridden"}
_EXAMINED = "crossing.examined"


class Told(msgspec.Struct):
    """What the node says of its clock: now, how far it may be moved, and which bridges act by themselves."""

    now: datetime
    reach: datetime
    automatic: dict[str, bool]


class Playing:
    """See the module. `say` is told of what happens, by a code and figures."""

    def __init__(
        self, folder: Path, seed: int, shown: Sequence[Shown], timetable: Timetable, wire: Wire, clients: Clients,
        begins: int, say: Callable[..., None],
    ) -> None:  # fmt: skip
        self._folder, self._seed = folder, seed
        self._timetable, self._wire, self._clients, self._say = timetable, wire, clients, say
        self._automatic: dict[str, bool] = {}
        before = kept.load(folder, seed)
        self._at = begins if before is None else before.at
        self._filed = 0 if before is None else before.filed
        self._heard = "" if before is None else before.heard
        self._fresh = before is None
        standing = {} if before is None else before.yards
        #: Bridges that were not shown before: whoever is on the way there has not filed yet.
        self._added = {each.bridge.id for each in shown} - standing.keys()
        self._yards = {each.bridge.id: self._yard(each, standing) for each in shown}
        self._to_file: list[Due] = []
        self._to_change: list[Due] = []
        self._to_come: list[Due] = []
        #: The yard of each truck that is to come or is there.
        self._yard_of: dict[str, Yard] = {}
        stood = SealsStanding() if before is None else before.seals
        # Of a fresh world, what happens at its very beginning is to happen yet.
        since = self._at - self._fresh
        self._seals = Seals(wire, clients, timetable, seed, stood, since, self._refused)
        self._road_desk = RoadDesk(wire, clients.road, self._seals.planted, seed)
        self._passages: list[Passage] = []

    def _yard(self, shown: Shown, standing: dict[str, Any]) -> Yard:
        name = shown.bridge.id
        return Yard(
            shown, self._seed, self._at, standing=standing.get(name),
            automatic=lambda: self._automatic.get(name, True),
        )  # fmt: skip

    def run(self, drawn: Sequence[Due], stop: threading.Event) -> None:
        """Play until it is told to stop; `drawn` are the trucks that the timetable gave already. Raises NoAnswerError,
        RefusedError."""
        with (
            Handing(self._wire, self._clients, self._timetable, self._refused) as hands,
            Hearing(self._wire, self._clients.system, self._heard) as hearing,
        ):
            told = self._tick(None)
            self._seals.begin(microseconds(told.now))
            self._take(drawn)
            self._draw(self._at)
            self._drop_before(self._at)
            self._hand_in(hands)  # how the bridges are, before anything is decided by that
            if not self._fresh:
                self._say("resumed", count=sum(yard.inside for yard in self._yards.values()))
            elif not stop.wait(_HEARD_S):
                self._begin(hands)
            self._play(stop, hands, hearing, told)
            self._keep(hearing)

    def _refused(self, why: str) -> None:
        self._say("refused", why=why)

    def _play(self, stop: threading.Event, hands: Handing, hearing: Hearing, told: Told) -> None:
        saved = looked = time.monotonic()
        while not stop.is_set():
            begun = time.monotonic()
            now = microseconds(told.now)
            to = min(max(microseconds(told.reach), now), self._at + LONGEST_STEP)
            told = self._tick(to if to > now else None)
            if to > self._at:
                self._step(to, hands, hearing)
            if begun - looked >= _LOOK_S:
                looked = begun
                self._look(hands)
            if begun - saved >= _KEEP_S:
                saved = begun
                self._keep(hearing)
            if microseconds(told.reach) - self._at < LONGEST_STEP:
                stop.wait(max(0.0, SHORTEST_STEP_S - (time.monotonic() - begun)))

    def _tick(self, to: int | None) -> Told:
        """Move the node's clock, or only ask how it stands."""
        ended: dict[str, int] = {}
        for yard in self._yards.values():
            for how, count in yard.state.ended.items():
                ended[how] = ended.get(how, 0) + count
        inside = sum(yard.inside for yard in self._yards.values())
        body = {"to": None if to is None else instant(to), "filed": self._filed, "inside": inside, "ended": ended}
        said = self._wire.post("/v1/demo/clock/ticks", self._clients.player, msgspec.json.encode(body))
        told = msgspec.convert(said, Told)
        before, self._automatic = self._automatic, told.automatic
        for name, yard in self._yards.items():
            if told.automatic.get(name, True) and not before.get(name, True):
                yard.take_over()
        return told

    # What comes

    def _draw(self, until: int) -> None:
        """The trucks of days that begin soon, in the order in which they file and come."""
        self._take(list(self._timetable.until(until)))

    def _take(self, fresh: Sequence[Due]) -> None:
        if fresh:
            self._seals.expect(each for each in fresh if each.bridge in self._yards)
            self._to_file = sorted([*self._to_file, *fresh], key=lambda due: due.filed, reverse=True)
            changing = [due for due in fresh if due.fate in ("amends", "cancels")]
            self._to_change = sorted([*self._to_change, *changing], key=lambda due: due.changes, reverse=True)
            self._to_come = sorted([*self._to_come, *fresh], key=lambda due: due.arrives, reverse=True)
            self._yard_of = {due.crossing: self._yards[due.bridge] for due in self._to_come}
            self._yard_of |= {name: yard for yard in self._yards.values() for name in yard.state.trucks}

    def _drop_before(self, at: int) -> None:
        """Leave out who came before; of the fresh world those alone that came long before, and those that nobody
        expects any more."""
        if self._fresh:
            gone = {id(due) for due in self._to_change if due.fate == "cancels" and due.changes <= at}
            self._to_come = [due for due in self._to_come if id(due) not in gone]
            late = [due for due in self._to_come if at - _BEFORE < due.arrives <= at]
            for number, due in enumerate(reversed(late), 1):
                due.arrives = at + number * _ONE_BY_ONE
            self._to_come = [due for due in self._to_come if due.arrives > at]
            self._to_come.sort(key=lambda due: due.arrives, reverse=True)
            coming = {id(due) for due in self._to_come}
            self._to_file = [due for due in self._to_file if id(due) in coming]
        else:
            self._to_come = [due for due in self._to_come if due.arrives > at]
            self._to_file = [
                due for due in self._to_file if due.filed > at or (due.bridge in self._added and due.arrives > at)
            ]
        self._to_change = [due for due in self._to_change if due.changes > at]

    def _begin(self, hands: Handing) -> None:
        """File for the trucks that are on their way when the demonstration begins, those that come first at once."""
        due = [each for each in self._to_file if each.filed <= self._at]
        self._to_file = [each for each in self._to_file if each.filed > self._at]
        due.sort(key=lambda each: each.arrives)
        for first, last in ((0, _FIRST), (_FIRST, len(due))):
            hands.file(due[first:last])
            self._filed += len(due[first:last])
            self._say("first_filed" if not first else "on_the_way_filed", count=len(due[first:last]))

    # What happens

    def _step(self, to: int, hands: Handing, hearing: Hearing) -> None:
        self._draw(to)
        for crossing, examination, raised in hearing.orders():
            yard = self._yard_of.get(crossing)
            if yard is not None:
                yard.order(crossing, examination, raised)
        filings = []
        while self._to_file and self._to_file[-1].filed <= to:
            filings.append(self._to_file.pop())
        changed = []
        while self._to_change and self._to_change[-1].changes <= to:
            changed.append(self._to_change.pop())
        while self._to_come and self._to_come[-1].arrives <= to:
            due = self._to_come.pop()
            if due.fate in ("comes", "amends"):
                self._yards[due.bridge].expect(due)
        if filings:
            hands.file(filings)
            self._filed += len(filings)
        if changed:
            hands.file(changed, changed=True)
        waiting = list(self._yards.values())
        while waiting:
            waiting = [yard for yard in waiting if not yard.advance(to)]
            self._hand_in(hands)
        passages, self._passages = self._passages, []
        self._seals.step(to, passages)
        self._road_desk.step(to, hands)
        self._at = to

    def _hand_in(self, hands: Handing) -> None:
        """Hand in what all bridges have to say."""
        said = Saying()
        for yard in self._yards.values():
            own, yard.out = yard.out, Saying()
            for name in said.__dataclass_fields__:
                getattr(said, name).extend(getattr(own, name))

        def answered(crossing: str, examination: Any) -> None:
            self._yard_of[crossing].answered(crossing, examination)

        self._passages += said.passages
        if said.anything:
            hands.hand_in(said, answered)

    def _look(self, hands: Handing) -> None:
        """See what officers at the console did with the trucks that wait for them."""
        for name, yard in self._yards.items():
            for crossing, place in list(yard.state.asks.items()):
                if _DONE.get(place, _EXAMINED) in hands.history(name, crossing):
                    yard.officer_said(crossing, hands.arrive(name, crossing))

    def _keep(self, hearing: Hearing) -> None:
        yards = {name: yard.state for name, yard in self._yards.items()}
        kept.save(self._folder, Kept(self._seed, self._at, hearing.last, self._filed, yards, self._seals.state))
