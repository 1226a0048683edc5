"""Versions of one contract that are given together: each is reckoned with for its own days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

import msgspec

from aforo.fleet.contract import Contract, ContractError


def in_sequence(given: Sequence[Contract]) -> list[Contract]:
    """Contracts in the order in which they were given, each version with the days that it holds: one without an end
    holds until the next of its contract begins. Raises ContractError where two hold on one day: what is owed would be
    doubled."""
    ends: dict[int, date | None] = {place: each.until for place, each in enumerate(given)}
    for name in dict.fromkeys(each.id.strip() for each in given):
        own = sorted((each.since, place) for place, each in enumerate(given) if each.id.strip() == name)
        for (since, place), (then, next_) in pairwise(own):
            end = ends[place]
            if end is None and since < then:
                ends[place] = end = then
            if end is None or end > then:
                last = min((day for day in (end, ends[next_]) if day is not None), default=None)
                raise ContractError(
                    "contract_overlap", what=name, first=given[place].version, second=given[next_].version,
                    since=then, until="…" if last is None else last - timedelta(days=1),
                )  # fmt: skip
    return [msgspec.structs.replace(each, until=ends[place]) for place, each in enumerate(given)]
