"""One bridge as trucks go through it: a portal, lines and booths, scanners, docks, a place for those that are held.

A truck comes and is read at the gate. One that was ordered to be scanned before it came waits for the portal where that
is up and has room, else it goes past. It waits for a booth of its class, and stands there for as long as it takes;
where it goes then is what the node answered when it was told of the arrival, or what an officer ordered since. After a
scan that alarms the node is asked again. Who finds no room where it is sent keeps the booth until there is some. A
scanner that breaks puts its truck back at the head of the queue. How long everything takes was drawn beforehand, so the
same answers make the same yard.

It says what its readers, booths, scanners and docks see (`Saying`), and asks no one anything itself: where it cannot go
on before the node has answered, it stops there.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Final

from aforo.demo.outside import seeing
from aforo.demo.outside.breaking import units_of
from aforo.demo.outside.places import Shown
from aforo.demo.outside.roster import ENDLESS, Roster, room_of
from aforo.demo.outside.saying import Saying, Stated, written
from aforo.demo.outside.standing import Service, Standing
from aforo.demo.outside.timetable import Due
from aforo.demo.outside.voice import Voice
from aforo.domain.bridge import Resource
from aforo.domain.decision import Examination

SCANS: Final = ("scan", "scan_then_decide")
#: Where trucks are examined, apart from those that are held.
RESOURCES: Final[tuple[Resource, ...]] = ("portal", "scanner", "dock", "joint")
#: After an officer at the console has said what to do, the truck moves off within this time.
_MOVES_OFF = 2_000_000


class Yard:
    """See the module."""

    def __init__(
        self, shown: Shown, seed: int, at: int, *, standing: Standing | None = None,
        automatic: Callable[[], bool] = lambda: True,
    ) -> None:  # fmt: skip
        """`standing` is how it stood, where it did; else it is empty `at` an instant, and says how its scanners are.
        `automatic` says whether booths and docks act by themselves, or wait for an officer at the console."""
        self.id = shown.bridge.id
        self._seed, self._automatic = seed, automatic
        self._roster = Roster(shown.bridge, shown.port.zone)
        self._room = room_of(shown.bridge)
        self._voice = Voice(shown, seed)
        if standing is None:
            standing = Standing(at, units_of(shown.bridge))
            self.state = standing
            self._begin(at)
        self.state = standing

    # What is told to it

    def expect(self, due: Due) -> None:
        """A truck will come when it is due."""
        self.state.trucks[due.crossing] = due
        self._push(due.arrives, "come", due.crossing)

    def order(self, crossing: str, examination: Examination, raised: bool) -> None:
        """What the node ordered of a truck before it came, or (`raised`) an officer since."""
        if raised and crossing in self.state.trucks:
            if examination == "release" and self._is_held(crossing):
                self._push(self.state.at + _MOVES_OFF, "freed", crossing)
            self.state.raised[crossing] = examination
        elif not raised and crossing not in self.state.arrived:
            self.state.ordered[crossing] = examination

    def answered(self, crossing: str, examination: Examination) -> None:
        """What the node answered of a truck that stands at the booth, or was scanned."""
        if crossing in self.state.trucks:
            self.state.arrived[crossing] = examination

    def officer_said(self, crossing: str, examination: Examination) -> None:
        """An officer at the console saw to a truck that waited for one: it moves off, by what is ordered of it."""
        place = self.state.asks.pop(crossing, None)
        if place == "booth":
            self.state.arrived[crossing] = examination
            self._push(self.state.at + _MOVES_OFF, "booth", crossing)
        elif place == "hold":
            self._push(self.state.at + _MOVES_OFF, "freed", crossing)
        elif place is not None and crossing in self.state.serving[place]:
            self._end_by_hand(place, crossing, self.state.at, reported=examination)

    def take_over(self) -> None:
        """Booths and docks act by themselves again: nobody waits for an officer any more."""
        waiting, self.state.asks = self.state.asks, {}
        for crossing, place in waiting.items():
            if place == "booth":
                self.out.arrivals.append((self.id, crossing))
                self._push(self.state.at + _MOVES_OFF, "booth", crossing)
            elif place == "hold":
                self._push(self.state.at + _MOVES_OFF, "hold", crossing)
            else:
                self._end_by_hand(place, crossing, self.state.at)

    # Time

    def advance(self, to: int) -> bool:
        """Let happen what happens until an instant; False where the node has to answer first."""
        events = self.state.events
        while events and events[0][0] <= to:
            event = heapq.heappop(events)
            at, _, what, whom = event
            if not self._happens(what, whom, at):
                heapq.heappush(events, event)
                return False
            self.state.at = max(self.state.at, at)
        self.state.at = to
        return True

    @property
    def out(self) -> Saying:
        """What it has to say, and nobody has handed in."""
        return self._voice.out

    @out.setter
    def out(self, fresh: Saying) -> None:
        self._voice.out = fresh

    @property
    def inside(self) -> int:
        """How many trucks are in the yard, or waiting before it."""
        return len(self.state.trucks)

    def _happens(self, what: str, whom: str, at: int) -> bool:
        if what == "come":
            self._come(whom, at)
        elif what == "booth":
            return self._booth_is_done(whom, at)
        elif what == "decided":
            return self._after_scan(whom, at)
        elif what == "unit":
            self._unit_turns(whom, at)
        elif what == "roster":
            self._change_rosters(at)
        elif what == "hold":
            self._hold_ends(whom, at)
        elif what == "freed":
            self._go_free(whom, at)
        else:
            self._service_ends(what, whom, at)
        return True

    # The way through

    def _come(self, crossing: str, at: int) -> None:
        for place in ("queue_end", "bridge"):
            self._voice.read(place, self.state.trucks[crossing], at)
        ordered = self.state.ordered.pop(crossing, "release")
        if ordered in SCANS and self.state.is_up("portal") and self._has_room("portal"):
            self._enter("portal", crossing, at)
        else:
            self._line_up(crossing, at)

    def _line_up(self, crossing: str, at: int) -> None:
        line = self._roster.line[self.state.trucks[crossing].lane]
        self.state.lines.setdefault(line, []).append(crossing)
        self._fill_booths(at)

    def _fill_booths(self, at: int) -> None:
        for line, waiting in self.state.lines.items():
            taken = sum(each == line for each in self.state.booths.values())
            while waiting and taken < self.state.lanes.get(line, 0):
                crossing = waiting.pop(0)
                taken += 1
                self.state.booths[crossing] = line
                self._voice.read("primary", self.state.trucks[crossing], at, line)
                self._voice.seen("booth", crossing, at)
                if self._automatic():
                    self.out.arrivals.append((self.id, crossing))
                    self._push(at + self.state.trucks[crossing].takes["booth"], "booth", crossing)
                else:
                    self.state.asks[crossing] = "booth"

    def _booth_is_done(self, crossing: str, at: int) -> bool:
        order = self._ordered_now(crossing)
        if order is None:
            return False
        place = self._place_of("release" if order in SCANS and crossing in self.state.scanned else order)
        if place is None:
            self._leave_booth(crossing, at)
            self._leave(crossing, at, "released" if crossing not in self.state.scanned else "scanned")
        else:
            self._send(place, crossing, at)
        return True

    def _ordered_now(self, crossing: str) -> Examination | None:
        """What is ordered of a truck; None where the node has not answered yet."""
        answered = self.state.arrived.get(crossing)
        return answered and self.state.raised.pop(crossing, answered)

    def _place_of(self, order: Examination) -> str | None:
        """Where a truck is sent by an order; None for the way out."""
        posts = self.state.posts
        by_hand = "dock" if "dock" in posts else "joint" if "joint" in posts else None
        if order == "hold":
            return "hold"
        if order in SCANS:
            return "scanner" if "scanner" in posts else by_hand
        if order == "joint" and (posts.get("joint", 0) > 0 or by_hand is None):
            return "joint" if "joint" in posts else None
        return None if order == "release" else by_hand

    def _send(self, place: str, crossing: str, at: int) -> None:
        if place != "hold" and not self._has_room(place):
            self.state.blocked.append((crossing, place))
            return
        self._leave_booth(crossing, at)
        self._enter(place, crossing, at)

    def _leave_booth(self, crossing: str, at: int) -> None:
        if self.state.booths.pop(crossing, None) is not None:
            self._fill_booths(at)

    def _enter(self, place: str, crossing: str, at: int) -> None:
        if place == "hold":
            self._push(at + self.state.trucks[crossing].takes["hold"], "hold", crossing)
            return
        self.state.queues.setdefault(place, []).append(crossing)
        self._voice.work(place, crossing, "queued", at)
        self._serve(place, at)

    def _serve(self, place: str, at: int) -> None:
        """Take from the queue as many as there are units free; those that were blocked move up."""
        queue = self.state.queues.setdefault(place, [])
        while queue and (unit := self.state.free(place, self.id)) is not None:
            crossing = queue.pop(0)
            ends = at + max(self.state.trucks[crossing].takes[place], 1)
            self.state.serving.setdefault(place, {})[crossing] = Service(unit, ends)
            self._voice.work(place, crossing, "started", at, unit)
            if place in ("dock", "joint"):
                self._voice.seen("dock", crossing, at)
            self._push(ends, place, crossing)
            self._unblock(place, at)

    def _unblock(self, place: str, at: int) -> None:
        for each in self.state.blocked:
            if each[1] == place and self._has_room(place):
                self.state.blocked.remove(each)
                self._leave_booth(each[0], at)
                self._enter(place, each[0], at)
                return

    def _service_ends(self, place: str, crossing: str, at: int) -> None:
        service = self.state.serving.get(place, {}).get(crossing)
        if service is None or service.ends != at:
            return  # it was interrupted, and began anew
        if place in ("dock", "joint"):
            if self._automatic():
                self._end_by_hand(place, crossing, at)
            else:
                service.ends = 0
                self.state.asks[crossing] = place
            return
        self._voice.work(place, crossing, "ended", at)
        del self.state.serving[place][crossing]
        alarm, found = seeing.image(self.state.trucks[crossing], place, self._seed)
        due = self.state.trucks[crossing]
        asks = alarm and place == "scanner"
        self._voice.scanned(due, alarm, found, service.unit, at, max(due.takes[place], 1), asks=asks)
        self.state.scanned.add(crossing)
        if found:
            self.state.found.add(crossing)
        if place == "portal":
            self._line_up(crossing, at)
        elif alarm:
            self.state.arrived.pop(crossing, None)
            self._push(at, "decided", crossing)
        else:
            self._go_on(crossing, self.state.raised.pop(crossing, "release"), at)
        self._serve(place, at)

    def _after_scan(self, crossing: str, at: int) -> bool:
        order = self._ordered_now(crossing)
        if order is not None:
            self._go_on(crossing, order, at)
        return order is not None

    def _go_on(self, crossing: str, order: Examination, at: int) -> None:
        """Who was scanned goes where more is ordered, else away."""
        place = None if order in SCANS else self._place_of(order)
        if place is None:
            self._leave(crossing, at, "scanned")
        else:
            self._send(place, crossing, at)

    def _end_by_hand(self, place: str, crossing: str, at: int, *, reported: Examination | None = None) -> None:
        """The truck leaves its dock; `reported` is what holds where an officer at the console reported what was found:
        a hold, where that was something."""
        self._voice.work(place, crossing, "ended", at)
        del self.state.serving[place][crossing]
        found = self._voice.opened(self.state.trucks[crossing], place, at) if reported is None else reported == "hold"
        if found:
            self.state.found.add(crossing)
            self._enter("hold", crossing, at)
        else:
            self._leave(crossing, at, "examined")
        self._serve(place, at)

    def _is_held(self, crossing: str) -> bool:
        return any(whom == crossing and what == "hold" for _, _, what, whom in self.state.events)

    def _hold_ends(self, crossing: str, at: int) -> None:
        """Whoever is held is released by two officers, after what was found is secured."""
        if crossing not in self.state.trucks:
            return  # officers at the console were faster
        if not self._automatic():
            self.state.asks[crossing] = "hold"
            return
        if crossing not in self.state.found and self._voice.opened(self.state.trucks[crossing], "hold", at):
            self.state.found.add(crossing)
        self.out.freed.append((self.id, crossing))
        self._go_free(crossing, at)

    def _go_free(self, crossing: str, at: int) -> None:
        if (due := self.state.trucks.get(crossing)) is None:
            return
        self.state.asks.pop(crossing, None)
        found = crossing in self.state.found
        self.out.contested += [due] if found and seeing.contests(due, self._seed) else []
        self._leave(crossing, at, "found" if found else "held")

    def _leave(self, crossing: str, at: int, how: str) -> None:
        """The truck is gone from the yard."""
        state = self.state
        self._voice.read("exit", self.state.trucks[crossing], at)
        self._voice.seen("left", crossing, at)
        del state.trucks[crossing]
        state.arrived.pop(crossing, None)
        state.raised.pop(crossing, None)
        state.scanned.discard(crossing)
        state.found.discard(crossing)
        state.ended[how] = state.ended.get(how, 0) + 1
        if how == "released":
            self.out.passed.append({"crossing_id": crossing, "examined": 0, "at": written(at)})

    # Units and rosters

    def _begin(self, at: int) -> None:
        for unit in self.state.units:
            unit.begin(self._seed)
            self._voice.scanner(unit, "commissioned", at - 86_400_000_000)
            if not unit.up:
                self._voice.scanner(unit, "down", at)
            self._push(at + unit.lasts(self._seed), "unit", unit.name)
        self._change_rosters(at)

    def _unit_turns(self, name: str, at: int) -> None:
        unit = next(each for each in self.state.units if each.name == name)
        unit.turn()
        self._push(at + unit.lasts(self._seed), "unit", name)
        self._voice.scanner(unit, "up" if unit.up else "down", at)
        serving = self.state.serving.get(unit.resource, {})
        for crossing in [each for each, service in serving.items() if service.unit == name and not unit.up]:
            del serving[crossing]
            self.state.queues[unit.resource].insert(0, crossing)
            self._voice.work(unit.resource, crossing, "queued", at)
        self._pass_by(at)
        self._serve(unit.resource, at)

    def _change_rosters(self, at: int) -> None:
        lanes, posts = dict(self._roster.lanes(at)), dict(self._roster.posts(at))
        if lanes != self.state.lanes:
            self.out.stated.append(Stated(self.id, "lanes", {"lanes": lanes, "at": written(at)}))
        if posts and posts != self.state.posts:
            self.out.stated.append(Stated(self.id, "staff", {"posts": posts, "at": written(at)}))
        self.state.lanes = {str(name): count for name, count in lanes.items()}
        self.state.posts = {str(name): count for name, count in posts.items()}
        self._push(self._roster.next_change(at), "roster", "")
        self._fill_booths(at)
        self._pass_by(at)
        for place in RESOURCES:
            self._serve(place, at)

    def _pass_by(self, at: int) -> None:
        """Who waits for a portal at which no unit is up any more goes past it."""
        if self.state.queues.get("portal") and not self.state.is_up("portal"):
            waiting, self.state.queues["portal"] = self.state.queues["portal"], []
            for crossing in waiting:
                self._voice.work("portal", crossing, "ended", at)
                self._line_up(crossing, at)

    def _has_room(self, place: str) -> bool:
        return len(self.state.queues.get(place, ())) < self._room.get(place, ENDLESS)

    def _push(self, at: int, what: str, whom: str) -> None:
        self.state.serial += 1
        heapq.heappush(self.state.events, (at, self.state.serial, what, whom))
