"""The samples of message formats, and what each format declares of its own for the family's suite.

Beside the folder of samples `tests/samples/intake/<NAME>` lies `<NAME>.toml`, so that a new format needs no edit of a
test. It says how the values of a sample are found without the format's own reader, where countries stand, and what has
to stand above something else:

    values = "xml"                    # xml, json, x12, table, or a pattern whose only group is a value
    countries = 'COUNTRY=([A-Z]{2})'  # a pattern whose only group is a country's code; else no_countries = "why"
    not_dates = ['DOC=']              # patterns before what looks like a date and is none
    dates = ['AT=([0-9]{6})']         # dates in another form than CCYYMMDD, CCYY-MM-DD and DD/MM/CCYY
    no_parents = "why"                # else one or more:
    [[parents]]
    sample = "350_status.edi"
    cut = 'M10[^~]*~'                 # what is taken out: what stands below it must then be found at fault
    code = "x12_parent_missing"       # as this
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from aforo.intake import registry

SAMPLES = Path(__file__).resolve().parent / "samples" / "intake"
CASES = [
    pytest.param(each, path, id=f"{each.NAME}/{path.name}")
    for each in registry.MESSAGES
    for path in sorted((SAMPLES / each.NAME).iterdir())
]


class Parent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is taken out of a sample, and the code of what must then be found."""

    sample: str
    cut: str
    code: str


class Declared(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a format declares for the family's suite; see the module's text."""

    values: str
    countries: str = ""
    no_countries: str = ""
    not_dates: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    parents: tuple[Parent, ...] = ()
    no_parents: str = ""


def declared(name: str) -> Declared:
    """The declaration of a format by its name."""
    return msgspec.toml.decode((SAMPLES / f"{name}.toml").read_text(encoding="utf-8"), type=Declared)


def values_of(text: str, way: str) -> list[str]:
    """The values of a message's text, by an independent and crude reading of the form that the format declares."""
    if way == "xml":
        body = re.sub(r"<\?.*?\?>|<!--.*?-->|\sxmlns(:\w+)?=\"[^\"]*\"|\sxsi:\w+=\"[^\"]*\"", "", text, flags=re.DOTALL)
        found = re.findall(r"=\"([^\"]+)\"", body) + re.findall(r">([^<>]+)<", body)
    elif way == "json":
        lines = text.splitlines() if text.count("\n{") else [text]
        found = [str(each) for line in lines for each in _leaves(msgspec.json.decode(line))]
    elif way == "x12":
        element, segment = text[3], text[105]
        body = [each.strip().split(element) for each in text.split(segment) if each.strip()]
        skipped = {"ISA", "GS", "ST", "SE", "GE", "IEA"}
        found = [value for parts in body if parts[0] not in skipped for value in parts[1:]]
    elif way == "table":
        first = text.splitlines()[0]
        mark = max(",;\t|", key=first.count)
        found = [value for row in list(csv.reader(io.StringIO(text), delimiter=mark))[1:] for value in row]
    else:
        found = re.findall(way, text, re.MULTILINE)
    return [value.strip() for value in found if value.strip()]


def _leaves(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        for each in value.values():
            yield from _leaves(each)
    elif isinstance(value, list):
        for each in value:
            yield from _leaves(each)
    elif value is not None and not isinstance(value, bool):
        yield value
