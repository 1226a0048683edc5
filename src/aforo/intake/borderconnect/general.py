"""What is asked of any field, described by the manual or not: dates are of the calendar, and countries are listed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from aforo.domain.codes import countries
from aforo.intake.borderconnect.flat import leaves

#: Texts that can only be a date, or a date and a time; what follows the seconds is not looked at.
_DATE = re.compile(r"([12][0-9]{3}-[0-9]{2}-[0-9]{2})(?:[T\t ]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)[^0-9]?.{0,12})?")
_COUNTRY = re.compile(r"(?:^|\.)(?:country|[A-Za-z]*Country|country[A-Z][A-Za-z]*)(?:\[[0-9]+\])?$")


def oddities(value: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """The code and the path of each date that there is not and of each country that the list has not."""
    for path, text in leaves(value).items():
        matched = _DATE.fullmatch(text)
        if matched is not None and not _is_instant(matched[1], matched[2]):
            yield "bc_date", path
        elif len(text) == 2 and _COUNTRY.search(path) and text not in countries():
            yield "bc_country_unknown", path


def _is_instant(day: str, clock: str | None) -> bool:
    try:
        datetime.fromisoformat(f"{day}T{clock}" if clock else day)
    except ValueError:
        return False
    return True
