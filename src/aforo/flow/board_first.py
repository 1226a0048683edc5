"""Which trucks of a board are told first, and what all of them come to: a screen shows some at once, and needs no more
to begin with."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from aforo.flow.board_truck import NOW, Truck, done


class BoardCounts(msgspec.Struct, frozen=True):
    """The trucks of a board: those that need a person now, that are here, that are expected, and that are done."""

    person: int
    here: int
    coming: int
    done: int


def by_need(trucks: Iterable[tuple[str, Truck]]) -> list[str]:
    """Crossings in the order in which they are told: who needs a person now (lives first, then holds), who is here, who
    comes (what is asked for first, then by when it is due), and at the end what is done."""
    return [name for *_, name in sorted((*_place(truck), name) for name, truck in trucks)]


def counts_of(trucks: Iterable[tuple[str, Truck]]) -> BoardCounts:
    """What the trucks of a board come to."""
    every = [(truck.attention >= NOW, _stretch(truck)) for _, truck in trucks]
    person = sum(now for now, _ in every)
    here, coming, over = (sum(stretch == each for _, stretch in every) for each in (_HERE, _COMING, _DONE))
    return BoardCounts(person, here, coming, over)


_HERE, _COMING, _DONE = 1, 2, 3


def _stretch(truck: Truck) -> int:
    if done(truck):
        return _DONE
    return _COMING if truck.state == "expected" else _HERE


def _place(truck: Truck) -> tuple[int, int, int]:
    attention = truck.attention
    return 0 if attention >= NOW else _stretch(truck), -attention, truck.due or truck.since
