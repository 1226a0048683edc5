"""What no format of messages may accept without a word, tried on every one that is registered, at every place.

A date that no calendar has, a country that no list has, and what stands below something that is missing: each has to be
found, with its place. The samples and the declaration beside them say where to look (`format_samples`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from format_samples import CASES, SAMPLES, declared, values_of

from aforo.intake import registry
from aforo.intake.message import Messages

RECEIVED = datetime(2026, 3, 2, 15, 4, 5, tzinfo=UTC)
#: The 32nd of November in the forms that dates have; a pattern's first group is the year that stays.
DATES = (
    (re.compile(r"(?<![\w.-])((?:19|20)[0-9]{2})(?:0[1-9]|1[0-2])[0-3][0-9](?![0-9A-Za-z])"), r"\g<1>1132"),
    (re.compile(r"(?<![\w.-])((?:19|20)[0-9]{2})-[01][0-9]-[0-3][0-9]"), r"\g<1>-11-32"),
    (re.compile(r"(?<![\w/])[0-3][0-9]/[01][0-9]/((?:19|20)[0-9]{2})(?![\w/])"), r"32/11/\g<1>"),
)
#: No country: of two letters and of three.
NOWHERE = {2: "ZQ", 3: "ZQQ"}


def problems(form: Messages, text: str) -> Counter[tuple[str, str]]:
    batches = form.read_bytes(text.encode(), received=RECEIVED)
    return Counter((each.code, each.place) for batch in batches for each in batch.problems)


def instead(text: str, start: int, end: int, new: str) -> str:
    return text[:start] + new + text[end:]


def impossible(text: str, name: str) -> Iterator[tuple[str, str]]:
    """Each place of a date with the text in which it is impossible."""
    own = declared(name)
    for pattern, new in DATES:
        for match in pattern.finditer(text):
            before = text[max(0, match.start() - 60) : match.start()]
            if not any(re.search(f"(?:{each})$", before) for each in own.not_dates):
                yield before[-20:] + match[0], instead(text, match.start(), match.end(), match.expand(new))
    for own_form in own.dates:
        for match in re.finditer(own_form, text):
            yield match[0], instead(text, match.start(1), match.end(1), match[1][:-2] + "32")


def test_every_format_declares_what_the_suite_needs() -> None:
    for form in registry.MESSAGES:
        own = declared(form.NAME)
        assert bool(own.countries) != bool(own.no_countries), form.NAME
        assert bool(own.parents) != bool(own.no_parents), form.NAME
        texts = [path.read_text(encoding="utf-8") for path in sorted((SAMPLES / form.NAME).iterdir())]
        assert all(values_of(text, own.values) for text in texts), f"{form.NAME}: `values` finds nothing in a sample"
        assert any(True for text in texts for _ in impossible(text, form.NAME)), f"{form.NAME}: no date in any sample"
        if own.countries:
            assert any(re.search(own.countries, text) for text in texts), f"{form.NAME}: `countries` finds none"


@pytest.mark.parametrize(("form", "path"), CASES)
def test_no_date_is_accepted_that_no_calendar_has(form: Messages, path: Path) -> None:
    text = path.read_bytes().decode()
    before = problems(form, text)
    silent = [where for where, changed in impossible(text, form.NAME) if not problems(form, changed) - before]
    assert silent == []


@pytest.mark.parametrize(("form", "path"), CASES)
def test_no_country_is_accepted_that_no_list_has(form: Messages, path: Path) -> None:
    own = declared(form.NAME)
    text = path.read_bytes().decode()
    before = problems(form, text)
    silent = [
        match[0]
        for match in (re.finditer(own.countries, text) if own.countries else ())
        if not problems(form, instead(text, match.start(1), match.end(1), NOWHERE[len(match[1])])) - before
    ]
    assert silent == []


@pytest.mark.parametrize("form", registry.MESSAGES, ids=lambda form: form.NAME)
def test_nothing_is_accepted_below_what_is_missing(form: Messages) -> None:
    for each in declared(form.NAME).parents:
        text = (SAMPLES / form.NAME / each.sample).read_bytes().decode()
        cut = re.sub(each.cut, "", text, count=1, flags=re.DOTALL)
        assert cut != text, each
        found = problems(form, cut)
        assert each.code in {code for code, _ in found}, (each, found)
        assert all(place for _, place in found)
