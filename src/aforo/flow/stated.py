"""Evidence that facts state, where no feature shows it: hits of list screening, declarations that contradict.

A fact has a source and a code; what it adds to the log-odds of each threat is the policy document's to say, and enters
as it is written, like a rule's evidence. The terms are recorded with the decision; a replay takes the facts from there
and weighs them anew. A fact that the policy gives no weight adds nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from aforo.domain.stated import StatedTerm
from aforo.domain.threat import THREATS
from aforo.domain.units import Int64Array
from aforo.routing.policy import Policy

#: In the place of a declaration: the fact is one of the crossing as a whole, and speaks of each of its declarations.
WHOLE = -1


class Fact(NamedTuple):
    """A fact of a crossing: its source (`list`, `contradiction`), its code, and the place of the declaration that it is
    about among those of the crossing that stand, or WHOLE.
    """

    source: str
    code: str
    place: int = WHOLE


#: The facts of crossings, by crossing; those without any are left out.
Facts = Mapping[int, Sequence[Fact]]


def weighed(facts: Facts, policy: Policy) -> dict[int, list[StatedTerm]]:
    """The terms of crossings' facts, by crossing, as a decision records them; a fact that is told twice counts once."""
    if not facts:
        return {}
    weights = policy.stated_micro()
    found = {
        c: [
            (fact.source, fact.code, k, micro, fact.place)
            for fact in dict.fromkeys(own)
            for k, micro in enumerate(weights.get((fact.source, fact.code), ()))
            if micro
        ]
        for c, own in facts.items()
    }
    return {c: terms for c, terms in found.items() if terms}


def by_row(
    terms: Mapping[int, Sequence[StatedTerm]], rows: Sequence[Sequence[int]]
) -> dict[int, list[tuple[str, str, int, int]]]:
    """The same terms by row of the batch, without their places; `rows[c]` are those of crossing c that stand."""
    found: dict[int, list[tuple[str, str, int, int]]] = {}
    for c, own in terms.items():
        for source, code, k, micro, place in own:
            for row in rows[c] if place == WHOLE else (rows[c][place],):
                found.setdefault(row, []).append((source, code, k, micro))
    return found


def log_odds(stated: Mapping[int, Iterable[tuple[str, str, int, int]]], rows: Int64Array) -> Int64Array:
    """What is stated of some rows, int64[len(rows), K] in micro-log-odds."""
    made = np.zeros((len(rows), len(THREATS)), dtype=np.int64)
    for place, row in enumerate(rows.tolist()):
        for _, _, k, micro in stated.get(row, ()):
            made[place, k] += micro
    return made
