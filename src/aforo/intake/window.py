"""When what comes in live may say that it was filed: about when it was received.

The time of filing orders what is known of parties, who are others' partners too, and dates what was seen of them: who
files for a far year would move that for everyone. Files of the past, which are screened or learnt from, have no window.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from aforo.domain.text import catalogue
from aforo.intake.batch import Findings, printable
from aforo.intake.instants import EARLIEST_YEAR, LATEST_YEAR
from aforo.intake.validation import Rows

#: How long after its receipt a filing may say that it was filed, how long before, and how long without a warning.
AHEAD, BEHIND, USUAL = timedelta(days=1), timedelta(days=366), timedelta(days=31)


@dataclass(frozen=True)
class Window:
    """The times of filing that are taken of what was received then."""

    received: datetime

    def findings(self, rows: Rows, column: str, filed_at: pl.Series) -> Iterator[Findings]:
        """What is to be said of rows by their instants of filing, in a column that the file calls `column`: a refusal
        of each that lies outside, which says when it is and what is allowed, and a warning of all that are old.

        A year that no record may say is left to the check of the field.
        """
        received = self.received.astimezone(UTC)
        earliest, latest, old = received - BEHIND, received + AHEAD, received - USUAL
        if not ((filed_at < old) | (filed_at > latest)).any():
            return
        outside = ((filed_at < earliest) | (filed_at > latest)) & filed_at.dt.year().is_between(
            EARLIEST_YEAR, LATEST_YEAR
        )
        which = outside.fill_null(False)
        alike: dict[datetime, list[int]] = {}
        for row, at in zip(which.arg_true().to_list(), filed_at.filter(which).to_list(), strict=True):
            alike.setdefault(at, []).append(row)
        for at, numbers in alike.items():
            said = catalogue("aforo.intake").say(
                "time_far", column=printable(column), value=_utc(at), earliest=_utc(earliest), latest=_utc(latest),
                behind=BEHIND.days,
            )  # fmt: skip
            yield rows.found("time_far", column, "refusal", np.array(numbers, dtype=np.int64), said)
        aged = filed_at.is_between(earliest, old, closed="left").fill_null(False)
        if aged.any():
            said = catalogue("aforo.intake").say("time_old", column=printable(column), days=USUAL.days)
            yield rows.found("time_old", column, "warning", aged.to_numpy(), said)


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
