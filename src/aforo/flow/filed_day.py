"""Whether the instant at which a declaration was filed is that of a day alone: its form has a date and no time."""

from __future__ import annotations

from datetime import datetime, time

from aforo.domain.event import Filed

#: The forms whose filings may be dated by the day, which is then recorded as its midnight by the filer's clock.
_DATED_BY_DAY = frozenset({"pedimento"})


def day_alone(filed: Filed, at: datetime) -> bool:
    """Whether nobody said at what time of the day of `at` a declaration was filed; `at` has the filer's offset."""
    return filed.source in _DATED_BY_DAY and at.time() == time.min
