"""Responses on the road, answered by the world's officers: one of them takes a response over, calls, works through the
checklist, has somebody go to the truck, and ends it with what was true of that truck.

Who answers, and how fast, is drawn by the name of the response (SYNTHETIC: no public figure tells how long any of this
takes). What is done is read from the node each time, so nothing is done twice after a restart. Some responses are left
to whoever looks at the demonstration, and those that somebody at the console has taken are theirs; of a trip that is
not the world's it knows nothing, and lets it be.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple
from urllib.parse import quote

import msgspec

from aforo.demo.outside import journeys
from aforo.demo.outside.breaking import chance
from aforo.demo.outside.handing import Handing
from aforo.demo.outside.journeys import MINUTE, Journey
from aforo.demo.outside.wire import Wire
from aforo.domain.clock import microseconds
from aforo.domain.response import Party, ResponseEnding, ResponseKind

#: How often the node is asked which responses go on, by its clock.
LOOK: Final = MINUTE // 2
#: The share of responses that nobody takes over, and how long after its trip was discharged the officers at the bridge
#: end such a one: the truck was there, and nothing is to be saved any more (assumed).
LEFT, LEFT_FOR = 0.25, 4 * 60 * MINUTE
#: The share of first calls that nobody answers, and of steps that are not to be done (assumed).
_UNANSWERED, _NOT_POSSIBLE = 0.25, 0.1
#: People who are found in a load, at least and at most (assumed).
_PEOPLE = (3, 40)
#: Between two calls.
_BETWEEN = 2 * MINUTE
#: Who goes to a truck on the road, who stands at one that has come to the bridge, and who takes it over there.
_PATROL: Final = "SYN Guardia Nacional"
_BOOTH: Final = "SYN World Trade, primary"
_SECONDARY: Final = "SYN World Trade, secondary inspection"
#: What is refused where somebody at the console was faster.
_FASTER: Final = frozenset({"response_over", "response_taken"})


class Pace(NamedTuple):
    """Minutes, at least and at most: from the alert until somebody takes the response over, from there until somebody
    is reached, from there until somebody is at the truck, from there to the end."""

    own: tuple[float, float]
    reach: tuple[float, float]
    scene: tuple[float, float]
    end: tuple[float, float]


#: How fast responses go (assumed), and how soon somebody is at a truck that stands at the booth.
PACES: Final[Mapping[ResponseKind, Pace]] = {
    "theft": Pace((0.3, 2.3), (1.0, 4.0), (6.0, 20.0), (3.0, 9.0)),
    "people": Pace((0.3, 1.8), (0.3, 1.3), (5.0, 18.0), (4.0, 9.0)),
}
_AT_BOOTH: Final = (2.0, 6.0)


class Act(NamedTuple):
    """Something that is done about a response: at an instant, microseconds since 1970, by the last part of the route's
    path, and its body."""

    at: int
    what: str
    body: dict[str, Any]


class Row(msgspec.Struct, frozen=True):
    """A response as it is listed."""

    response: str
    kind: ResponseKind
    trip: str
    started_at: datetime
    owner: str | None = None
    discharged_at: datetime | None = None
    taken: bool = True

    @property
    def taker(self) -> str | None:
        """Who took it over: the desk that the plan names has not."""
        return self.owner if self.taken else None


class _Step(msgspec.Struct, frozen=True):
    code: str
    outcome: str | None = None


class _Line(msgspec.Struct, frozen=True):
    contact: str


class Told(msgspec.Struct, frozen=True):
    """A response as the node tells of it: what is to be done, whom to call, and what was done."""

    row: Row
    steps: tuple[_Step, ...] = ()
    carrier_lines: tuple[_Line, ...] = ()
    authority_lines: tuple[_Line, ...] = ()
    calls: tuple[Any, ...] = ()
    on_scene: str = ""


class RoadDesk:
    """See the module."""

    def __init__(
        self, wire: Wire, officers: Mapping[str, str], planted: Callable[[str], Journey | None], seed: int
    ) -> None:
        """`officers` are their tokens by their names; `planted` is what is true of a trip, None of one that is not the
        world's."""
        self._wire, self._officers, self._planted, self._seed = wire, officers, planted, seed
        self._looked = 0
        #: When the next act of a response is due, of those that were looked at.
        self._next: dict[str, int] = {}

    def step(self, to: int, hands: Handing) -> None:
        """Do what is due until an instant, up to which the node's clock has been moved. Raises NoAnswerError."""
        if not self._officers or to < self._looked + LOOK:
            return
        self._looked = to
        asked = self._wire.get("/v1/responses?which=open&limit=500", next(iter(self._officers.values())))
        rows = msgspec.convert(asked["responses"], list[Row])
        self._next = {each.response: self._next.get(each.response, 0) for each in rows}
        for row in rows:
            journey = self._planted(row.trip)
            if journey is not None and self._next[row.response] <= to:
                self._see_to(row, journey, to, hands)

    def _see_to(self, row: Row, journey: Journey, to: int, hands: Handing) -> None:
        officer = officer_of(row, tuple(self._officers), self._seed)
        if row.taker is None and is_left(row, self._seed):
            long_over = row.discharged_at is not None and microseconds(row.discharged_at) + LEFT_FOR <= to
            if long_over and self._told(row, officer).row.taker is None:
                self._do(hands, row, officer, Act(to, "end", end_of(row, journey, self._seed)))
        elif row.taker is None:
            due = instants(row, journey, self._seed)[0]
            if due <= to:
                self._do(hands, row, officer, Act(due, "own", {}))
            else:
                self._next[row.response] = due
        elif row.taker in self._officers:
            told = self._told(row, row.taker)
            left = acts(told, journey, self._seed)
            for act in left:
                if act.at <= to and told.row.taker == row.taker:
                    told = self._do(hands, row, row.taker, act) or told
            self._next[row.response] = min((act.at for act in left if act.at > to), default=to)

    def _told(self, row: Row, officer: str) -> Told:
        """The response as it is now: since it was listed somebody at the console may have taken it."""
        return msgspec.convert(self._wire.get(f"/v1/responses/{quote(row.response)}", self._officers[officer]), Told)

    def _do(self, hands: Handing, row: Row, officer: str, act: Act) -> Told | None:
        """Do it; the response after that, None where it was refused."""
        path = f"/v1/responses/{quote(row.response)}/{act.what}"
        answer = hands.unless(_FASTER, path, self._officers[officer], act.body)
        return None if answer is None else msgspec.convert(answer, Told)


def is_left(row: Row, seed: int) -> bool:
    """Whether a response is left to whoever looks at the demonstration."""
    return chance(seed, row.response, "left") < LEFT


def officer_of(row: Row, officers: tuple[str, ...], seed: int) -> str:
    """Which of the officers sees to a response."""
    return officers[int(chance(seed, row.response, "officer") * len(officers))]


def instants(row: Row, journey: Journey, seed: int) -> tuple[int, int, int, int]:
    """When a response is taken over, somebody is reached, somebody is at the truck, and it ends."""
    pace = PACES[row.kind]
    if journey.mishap == "swapped" and row.kind == "theft":
        pace = pace._replace(scene=_AT_BOOTH)
    at, found = microseconds(row.started_at), []
    for stage, (least, most) in pace._asdict().items():
        at += round((least + chance(seed, row.response, stage) * (most - least)) * MINUTE)
        found.append(at)
    own, reach, scene, end = found
    return own, reach, scene, end


def acts(told: Told, journey: Journey, seed: int) -> list[Act]:
    """What is left to be done about a response that an officer has taken over, in the order of time."""
    row = told.row
    own, reach, scene, end = instants(row, journey, seed)
    made = _calls(told, own, reach, seed)[len(told.calls) :]
    apart = (end - own) // (len(told.steps) + 1)
    for number, step in enumerate(told.steps, 1):
        if step.outcome is None:
            vain = chance(seed, row.response, "step", step.code) < _NOT_POSSIBLE
            outcome = "not_possible" if vain else "done"
            made.append(Act(own + number * apart, "steps", {"code": step.code, "outcome": outcome}))
    if not told.on_scene:
        at_bridge = journey.mishap == "swapped" and row.kind == "theft"
        made.append(Act(scene, "arrive", {"who": _BOOTH if at_bridge else _PATROL}))
    made.append(Act(end, "end", end_of(row, journey, seed)))
    return sorted(made, key=lambda act: act.at)


def _calls(told: Told, own: int, reach: int, seed: int) -> list[Act]:
    """All calls: to the carrier and to the authority, of people in the load to the authority first. One in some finds
    nobody, and is made before the one that does."""
    lines = {"carrier": told.carrier_lines, "authority": told.authority_lines}
    parties: list[Party] = ["carrier", "authority"] if told.row.kind == "theft" else ["authority", "carrier"]

    def call(at: int, party: Party, outcome: str) -> Act:
        which = next((each.contact for each in lines[party]), "")
        return Act(at, "calls", {"party": party, "contact": which, "outcome": outcome})

    first, second = parties
    made = [call(reach, first, "reached"), call(reach + _BETWEEN, second, "reached")]
    if chance(seed, told.row.response, "no answer") < _UNANSWERED:
        made.insert(0, call((own + reach) // 2, first, "no_answer"))
    return made


def end_of(row: Row, journey: Journey, seed: int) -> dict[str, Any]:
    """How a response ends: as it was with the truck. Another number on its seal is a matter of those who examine it at
    the bridge, and what neither opened nor changed a seal was nothing."""
    ending: ResponseEnding
    if row.kind == "people":
        if journey.threat != "people":
            return {"ending": "nobody"}
        least, most = _PEOPLE
        return {"ending": "people_alive", "people": least + int(chance(seed, row.trip, "people") * (most - least + 1))}
    if journey.mishap == "swapped":
        return {"ending": "handed_over", "handed_to": _SECONDARY}
    ending = "false"
    if journey.mishap == "opened":
        ending = _OPENED[journeys.opened_by(journey, seed)]
    return {"ending": ending}


_OPENED: Final[Mapping[journeys.Opening, ResponseEnding]] = {"driver": "false", "tried": "saved", "robbed": "lost"}
