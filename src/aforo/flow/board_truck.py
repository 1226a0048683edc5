"""One truck on a board: what is kept of it, in what state it is, and how much it needs a person."""

from __future__ import annotations

from typing import Literal

import msgspec

from aforo.domain.bridge import Resource
from aforo.domain.decision import Basis, Examination
from aforo.domain.order import RaiseGround
from aforo.domain.routed import DecisionStage

#: Where a truck is, in the order in which it comes there. `held`, `found`: it stands still until officers release it.
BoardState = Literal[
    "expected", "yard", "at_primary", "to_scan", "scanning", "to_dock", "at_dock", "held", "found", "examined",
    "released",
]  # fmt: skip
#: Why it is held: for lives, since something was found, by the decision, by an officer's order.
Hold = Literal["people", "found", "decided", "ordered"]
#: From this attention on a truck needs a person now; this one is that of lives.
NOW, LIVES = 3, 5


class At(msgspec.Struct, array_like=True, gc=False):
    """A truck at a resource of its bridge, since when (microseconds since 1970)."""

    resource: Resource
    step: Literal["queued", "started"]
    unit: str
    since: int


class Given(msgspec.Struct, array_like=True, gc=False):
    """An officer's order that stands: the event, who gave it and when, what was ordered before and since, and whether
    its officer may take it back, nothing having been done by it."""

    event_id: str
    by: str
    at: int
    was: Examination
    now: Examination
    seconded_by: str | None
    reason: str
    undoable: bool = False
    ground: RaiseGround | None = None


class Agreed(msgspec.Struct, array_like=True, gc=False):
    """Who has seen what is ordered and agrees, since when, by which event, and whether they may take that back."""

    by: str
    at: int
    event_id: str
    undoable: bool = True


class Seen(msgspec.Struct, array_like=True, gc=False):
    """What all events of a crossing say: what is ordered, whether something was found, whether an examination is all
    done, the officer's order that stands over the decision, if there is one, who agreed last with what stands, and
    whether people are among what was found."""

    standing: Examination
    found: bool
    finished: bool
    order: Given | None
    accepted: Agreed | None = None
    people: bool = False


class Truck(msgspec.Struct, array_like=True):
    """What is kept of a truck. Instants are microseconds since 1970, 0 where nobody named one; value and price are in
    truck-nanominutes, `log_odds` in millionths in the order of THREATS. `seen` is kept where officers ordered
    something or it was examined."""

    bridge: str
    filed: int
    heard: int
    since: int
    due: int = 0
    lane: str = ""
    declarations: int = 0
    empty: bool = False
    programme: str | None = None
    synthetic: bool = False
    decision: str = ""
    decided: int = 0
    stage: DecisionStage | None = None
    examination: Examination = "release"
    basis: Basis | None = None
    kept: bool = False
    value: int = 0
    price: int = 0
    control: bool = False
    people: bool = False
    log_odds: tuple[int, ...] = ()
    came: Literal["", "yard", "primary"] = ""
    passed: bool = False
    #: Examined since it was last sent anywhere.
    served: bool = False
    at: At | None = None
    accepted: Agreed | None = None
    seen: Seen | None = None

    @property
    def standing(self) -> Examination:
        """What is ordered now."""
        return self.examination if self.seen is None else self.seen.standing

    @property
    def found(self) -> bool:
        """Whether something was found in it that officers have not released it from."""
        return self.seen is not None and self.seen.found

    @property
    def state(self) -> BoardState:
        """Where it is."""
        if self.at is not None and self.at.resource != "booth":
            started = self.at.step == "started"
            if self.at.resource == "yard":
                return "yard"
            if self.at.resource in ("scanner", "portal"):
                return "scanning" if started else "to_scan"
            return "at_dock" if started else "to_dock"
        if self.found:
            return "found"
        if not self.came:
            return "expected"
        if self.standing == "hold":
            return "held"
        if self.served and self.seen is not None and self.seen.finished:
            return "examined"
        if self.passed and (self.standing == "release" or not self.served):
            return "released"
        return self._before_the_scan()

    def _before_the_scan(self) -> BoardState:
        if self.came == "yard":
            return "yard"
        if self.standing == "release":
            return "at_primary"
        return "to_scan" if self.standing in ("scan", "scan_then_decide") else "to_dock"

    @property
    def hold(self) -> Hold | None:
        """Why it is held, or will be when it comes."""
        if self.found:
            return "found"
        if self.standing != "hold":
            return None
        if self.examination == "hold":
            return "people" if self.people else "decided"
        return "ordered"

    @property
    def attention(self) -> int:
        """How much it needs a person: 5 lives (it is held for them, or they were found in it), 4 held, 3 to be examined
        and here, 2 the same and coming, 1 all that is being seen to, 0 nothing."""
        if done(self):
            return 0
        if self.hold is not None:
            people = self.seen is not None and self.seen.people
            return LIVES if self.hold == "people" or people else 4
        if self.standing == "release":
            return 0
        if self.accepted is not None or (self.at is not None and self.at.step == "started"):
            return 1
        return NOW if self.came else 2


def done(truck: Truck) -> bool:
    """Whether it is over with a truck here."""
    return truck.state in ("examined", "released")
