"""How the witnesses of a log stand: how far each cosigned, how long ago that is, and whether one contradicts it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from aforo.api.counters import Counters
from aforo.api.witness_link import Cosigning
from aforo.log import cosignatures
from aforo.log.proof import last_checkpoint
from aforo.log.store import Log


class WitnessStanding(msgspec.Struct, frozen=True):
    """A witness, by its name. `at` is when it last cosigned, `age_s` how many seconds ago; both missing where it never
    did. `behind` are the leaves of the newest checkpoint that it has not cosigned; `problem` is why it did not, as it
    was met last, empty where it did."""

    witness: str
    at: datetime | None
    age_s: float | None
    behind: int
    problem: str


class Witnesses:
    """The witnesses that checkpoints are submitted to. Asks the database."""

    def __init__(self, log: Log, cosigning: Cosigning) -> None:
        self._log = log
        self._cosigning = cosigning

    @property
    def contradict(self) -> bool:
        """Whether one has cosigned more leaves than are here, or others."""
        return self._cosigning.contradicted

    def standing(self) -> list[WitnessStanding]:
        """How each stands now, by the clock of the log, in the order in which they were named."""
        newest, now = last_checkpoint(self._log.database), self._log.clock()
        size = 0 if newest is None else newest.size
        made = []
        for key in self._cosigning.keys:
            last = cosignatures.last_attested(self._log.database, key)
            problem = self._cosigning.problems.get(key.text, "")
            if last is None:
                made.append(WitnessStanding(key.name, None, None, size, problem))
                continue
            at = datetime.fromtimestamp(last.at, UTC)
            age = max(0.0, (now - at).total_seconds())
            made.append(WitnessStanding(key.name, at, age, max(0, size - last.size), problem))
        return made


def look_up(counters: Counters, witnesses: Witnesses) -> None:
    """Have counters show how the witnesses stand, as of when they are asked."""

    def of(value: Callable[[WitnessStanding], float | None]) -> Callable[[], dict[str, float]]:
        def found() -> dict[str, float]:
            told = {each.witness: value(each) for each in witnesses.standing()}
            return {witness: number for witness, number in told.items() if number is not None}

        return found

    counters.look_up(
        "witness_age_seconds", "Time since a witness last cosigned; absent where it never did.", "witness",
        of(lambda each: each.age_s),
    )  # fmt: skip
    counters.look_up(
        "witness_behind_leaves", "Leaves of the newest checkpoint that a witness has not cosigned.", "witness",
        of(lambda each: float(each.behind)),
    )  # fmt: skip
    counters.look_up(
        "witness_contradicts", "Whether a witness has cosigned more leaves than are here, or others.", "",
        lambda: {"": float(witnesses.contradict)},
    )  # fmt: skip
