"""The record of a fleet in columns, of what is said of each of its scanners."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from aforo.fleet.interruptions import Said
from aforo.fleet.record import ABSENT, CAUSE_CODES, EVENT_CODES, Names, Record, ordered

WORDS = ("reporter", "port", "kind", "contract_id", "blocker")
COLUMNS = ("scanner", "at", "row", "event", "cause", "planned", "reporter", "port", "kind", "contract", "blocker")


def of_said(fleet: Mapping[str, Sequence[Said]]) -> Record:
    """Rows are counted through all scanners."""
    words: dict[str, dict[str, int]] = {name: {} for name in WORDS}
    rows: list[tuple[int, ...]] = []
    for scanner, said in enumerate(fleet.values()):
        for each in said:
            told = [(words[name], getattr(each, name)) for name in WORDS]
            codes = [ABSENT if word is None else known.setdefault(word, len(known)) for known, word in told]
            planned = ABSENT if each.planned is None else int(each.planned)
            cause = ABSENT if each.cause is None else CAUSE_CODES[each.cause]
            rows.append((scanner, each.at, len(rows) + 1, EVENT_CODES[each.event], cause, planned, *codes))
    table = np.array(rows, dtype=np.int64).reshape(len(rows), len(COLUMNS))
    names = Names(list(fleet), *(list(words[name]) for name in WORDS))
    return ordered(names, {name: table[:, place] for place, name in enumerate(COLUMNS)})
