"""Which sentence a finding about a field has, where it depends on the mapping, on the kind of file, or on the value."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache, partial

import numpy as np
import numpy.typing as npt
import polars as pl

from aforo.domain.text import Text, catalogue
from aforo.intake import date_sentences
from aforo.intake.batch import printable
from aforo.intake.mapping import ColumnRule, Plan

#: Warnings of codes that a list does not know: in a table a mapping can say that the list does not apply.
UNLISTED = frozenset({"hs6_unknown", "country_unknown", "port_unknown"})
#: The duty rate of 100 %.
WHOLE_RATE = 1.0

ValueText = Callable[[str], Text]
Rows = npt.NDArray[np.bool_] | npt.NDArray[np.int64]


def texts(code: str, target: str, column: str, plan: Plan, *, table: bool) -> tuple[Text | None, ValueText | None]:
    """The sentence of a finding, or what makes that of one value; both None where the code's own sentence serves."""
    rule = plan.fields[target].rule if target in plan.fields else ColumnRule(target)
    if code == "time_format":
        return None, date_sentences.unreadable(column, rule)
    if code == "time_range":
        return None, date_sentences.out_of_range(column)
    if code == "duty_rate_high":
        return None, partial(_rate, printable(column), rule.scale)
    if code == "number_range" and rule.scale != 1.0:
        said = catalogue("aforo.intake").say("number_range_scaled", column=printable(column), scale=f"{rule.scale:g}")
        return said, None
    if table and code in UNLISTED:
        return catalogue("aforo.intake").say(f"{code}_table", column=printable(column)), None
    return None, None


def kinds(code: str, given: pl.Series | None, which: npt.NDArray[np.bool_]) -> Iterator[tuple[str, Rows]]:
    """The rows of a finding by what its sentence says of them: dates apart from serial numbers, and from what is not
    shown. `given` has the column's values."""
    if code != "time_format" or given is None:
        yield "", which
        return
    at = np.flatnonzero(which)
    kind = np.array([date_sentences.kind(value) for value in given.gather(at).fill_null("").str.strip_chars()])
    for name in np.unique(kind).tolist():
        yield name, at[kind == name]


@lru_cache(maxsize=4_096)
def _rate(column: str, scale: float, value: str) -> Text:
    say = catalogue("aforo.intake").say
    if scale == 1.0:
        return say("duty_rate_high", column=column, value=printable(value))
    whole = f"{WHOLE_RATE / scale:g}"
    return say("duty_rate_high_scaled", column=column, value=printable(value), whole=whole, scale=f"{scale:g}")
