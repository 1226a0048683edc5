"""Sentences about dates that cannot be read: they name the format in force and show the value.

A date may be shown to whoever sent it. A value that has not the shape of one may be a name or a number of a person that
has slipped into the column, and is not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import lru_cache, partial

from aforo.domain.text import Text, catalogue
from aforo.intake.batch import printable
from aforo.intake.instants import EXCEL_EPOCH, EXCEL_SERIAL
from aforo.intake.mapping import EXCEL, ColumnRule

#: Names of months, English and Spanish, whole or by their first three letters.
_MONTHS = (
    "january february march april may june july august september october november december"
    " enero febrero marzo abril mayo junio julio agosto septiembre setiembre octubre noviembre diciembre"
)
_NAMES = sorted({part for name in _MONTHS.split() for part in (name, name[:3])}, reverse=True)
_MONTH = rf"(?:{'|'.join(_NAMES)})\.?"
_OFFSET = "(?: ?(?:Z|[+-][0-9]{2}:?[0-9]{2}))?"
_CLOCK = rf"(?:[T ,]{{1,2}}[0-9]{{1,2}}(?:[:.h][0-9]{{2}}){{0,2}}(?:[.,][0-9]{{1,9}})?(?: ?[ap]\.? ?m\.?)?{_OFFSET})?"
_BETWEEN = "(?:[-/. ]| de )"
_DATE = re.compile(
    rf"(?:[0-9]{{1,2}}|[0-9]{{4}}){_BETWEEN}(?:[0-9]{{1,2}}|{_MONTH}){_BETWEEN}(?:[0-9]{{4}}|[0-9]{{1,2}}){_CLOCK}"
    rf"|{_MONTH} [0-9]{{1,2}},? [0-9]{{4}}{_CLOCK}"
    r"|(?:19|20)[0-9]{6}(?:[0-9]{4}|[0-9]{6})?|[0-9]{1,5}(?:[.,][0-9]{1,12})?|[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?",
    re.IGNORECASE,
)
#: The days whose serial numbers are taken for dates: what lies outside may be any number.
_FIRST, _LAST = date(1990, 1, 1), date(2100, 1, 1)


def shown(value: str) -> str:
    """A value as a sentence may show it; empty where it has not the shape of a date."""
    return printable(value) if len(value) <= 40 and _DATE.fullmatch(value) else ""


def kind(value: str) -> str:
    """What the sentence of a value that cannot be read says of it: `serial`, `date`, or `other`, which is not shown."""
    return "serial" if serial_date(value) is not None else "date" if shown(value) else "other"


def unreadable(column: str, rule: ColumnRule) -> Callable[[str], Text]:
    """What makes the sentence of a value that is none of the column's formats."""
    return partial(_unreadable, printable(column), rule.formats)


def out_of_range(column: str) -> Callable[[str], Text]:
    """What makes the sentence of a date outside the years that a declaration may say."""
    return partial(_out_of_range, printable(column))


@lru_cache(maxsize=4_096)
def _unreadable(column: str, formats: Sequence[str], value: str) -> Text:
    say, text = catalogue("aforo.intake").say, shown(value)
    form = " | ".join(formats)
    serial = serial_date(value)
    if serial is not None and EXCEL not in formats:
        code = "time_serial_mapped" if formats else "time_serial"
        return say(code, column=column, value=text, day=serial.isoformat(), format=form)
    if formats:
        return say("time_mapped_value" if text else "time_mapped", column=column, value=text, format=form)
    return say("time_value" if text else "time_format", column=column, value=text)


@lru_cache(maxsize=4_096)
def _out_of_range(column: str, value: str) -> Text:
    text = shown(value)
    return catalogue("aforo.intake").say("time_range_value" if text else "time_range", column=column, value=text)


def serial_date(value: str) -> date | None:
    """The day that a value is the serial number of, as spreadsheets count; None where it looks like none."""
    if EXCEL_SERIAL.fullmatch(value) is None:
        return None
    day = EXCEL_EPOCH.date() + timedelta(days=int(re.split("[.,]", value)[0]))
    return day if _FIRST <= day < _LAST else None
