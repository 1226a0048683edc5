"""The same network one step at a time, with decisions from outside: the world of the live demo.

The kernel's own events, so that who gives the decisions that a policy would have given gets its instants to the
microsecond. `World.advance` goes on until something is asked or an instant is reached; `answer` says what was decided.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from aforo.domain.decision import EXAMINATIONS, Examination
from aforo.domain.units import Int64Array
from aforo.routing.choice import RELEASE, SCANNED, STAGES
from aforo.twin.kernel import ASKS
from aforo.twin.network import LANES, NEVER, Network
from aforo.twin.policy import OUTSIDE, Policy
from aforo.twin.run import Run
from aforo.twin.state import (
    ASKED,
    ASKED_OPTIONS,
    ASKED_STAGE,
    ASKED_STATION,
    BEGAN,
    ENDED,
    ENTERED,
    LANE,
    LOTTERY,
    MANDATORY,
    NOW,
    NUMBER,
    WENT,
)
from aforo.twin.trucks import BY_ALARM, BY_LOT, BY_MANDATE, BY_POLICY, Fates, Trucks, none

#: What a move is: the truck came in, its service began, its service ended, it left its unit.
MOVES: Final = ("entered", "began", "ended", "left")


class StepError(ValueError):
    """A step that cannot be taken now, or an answer that is none of those allowed."""


@dataclass(frozen=True)
class Move:
    """Something that happened to a truck, µs of the run."""

    at: int
    what: str
    station: str
    number: int


@dataclass(frozen=True)
class Question:
    """A decision that the world waits for. `station` is None before arrival; `options` are those that can be had.

    `mandatory` and `lottery` are what comes before any policy by the truck's columns (`trucks.Trucks`), −1: nothing.
    """

    at: int
    number: int
    lane: str
    stage: str
    station: str | None
    options: tuple[Examination, ...]
    mandatory: int
    lottery: int


class World:
    """A bridge whose decisions come from outside; `trucks` may be followed by more (`take`)."""

    def __init__(self, network: Network, trucks: Trucks | None = None, *, seed: int = 0, port: int = 0) -> None:
        self._network = network
        self._moves: list[Move] = []
        self._run = Run(network, Policy(OUTSIDE), seed=seed, port=port, trace=self._moved)
        self._question: Question | None = None
        self.take(none() if trucks is None else trucks)

    @property
    def now(self) -> int:
        """The instant of the last event."""
        return int(self._run.bridge.floor.clock[NOW])

    def take(self, trucks: Trucks) -> None:
        """More trucks, which arrive after all that were taken before, and file after the last instant reached."""
        trucks.check()
        self._run.take_trucks(trucks)

    def advance(self, until: int = NEVER) -> Question | None:
        """Goes on to the next decision, or to the last event before `until`: the question, or None.

        Raises StepError while a question is unanswered.
        """
        if self._question is not None:
            raise StepError(f"truck {self._question.number} waits for a decision: answer it before going on")
        if self._run.advance(until) != ASKS:
            return None
        clock, trucks = self._run.bridge.floor.clock, self._run.bridge.floor.trucks
        truck = trucks[clock[ASKED]]
        station = int(clock[ASKED_STATION])
        options = int(clock[ASKED_OPTIONS])
        self._question = Question(
            self.now,
            int(truck[NUMBER]),
            LANES[truck[LANE]],
            STAGES[clock[ASKED_STAGE]],
            None if station < 0 else self._network.names[station],
            tuple(name for code, name in enumerate(EXAMINATIONS) if options >> code & 1),
            int(truck[MANDATORY]),
            int(truck[LOTTERY]),
        )
        return self._question

    def answer(self, option: Examination, basis: int | None = None) -> None:
        """What was decided. `basis` as in `trucks` (BY_MANDATE…), by default what the truck's columns and stage say.

        Raises StepError where nothing was asked, or for an option that was not among those of the question.
        """
        question = self._question
        if question is None:
            raise StepError("nothing was asked")
        if option not in question.options:
            raise StepError(f"{option} cannot be had here: there are {', '.join(question.options)}")
        if basis is None:
            mandated = (
                BY_MANDATE if question.mandatory > RELEASE else BY_LOT if question.lottery > RELEASE else BY_POLICY
            )
            basis = BY_ALARM if question.stage == STAGES[SCANNED] else mandated
        self._question = None
        self._run.answer(EXAMINATIONS.index(option), basis)

    def moves(self) -> list[Move]:
        """What has happened since this was last called, in the order in which it happened."""
        self._run.write_out()
        moves, self._moves = self._moves, []
        return moves

    def fates(self) -> Fates:
        """The fates of those who have left since this was last called."""
        return self._run.told()

    def _moved(self, rows: Int64Array) -> None:
        named = {ENTERED: MOVES[0], BEGAN: MOVES[1], ENDED: MOVES[2], WENT: MOVES[3]}
        for at, what, station, number in np.asarray(rows).tolist():
            self._moves.append(Move(at, named[what], self._network.names[station], number))
