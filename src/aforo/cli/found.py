"""What a reader of files found wrong, for people: how often, where first, and what to do, in their language."""

from __future__ import annotations

import re

from aforo.cli import terminal
from aforo.cli.language import Sentences
from aforo.domain.text import Text, catalogue
from aforo.intake.batch import Findings, Summary, printable

#: Words of places that are counted: a number, or the name of a segment or a set, follows. A path has none of them.
_COUNTED = re.compile(r"\b(?:interchange|group|set|segment|line|record|message|shipment)(?= \w)")
_LINE = re.compile("line ([0-9]+)")
#: Kinds of finding that are told after a run; `aforo check` tells them all.
_MOST = 10


def places_of(kind: Summary.Line) -> str:
    """Where a kind of finding first occurs: the first places, and a mark where there are more."""
    first, *others = kind.places
    told = [place_of(*first)]
    # Of the others a line or a row is enough: the column is the same.
    told += [place_of(*each, column=False) for each in others]
    return "; ".join(told) + ("; …" if kind.count > len(kind.places) else "")


def place_of(findings: Findings, number: int = 0, *, column: bool = True) -> str:
    """Where the finding of that number is."""
    say = Sentences("aforo.intake")
    if findings.places:
        return _COUNTED.sub(lambda word: say(f"check_place_{word[0]}"), printable(findings.places[number]))
    line = int(findings.lines[number])
    where = say(f"check_{findings.unit}", number=line) if line else say("check_file")
    return where + (say("check_column", column=printable(findings.column)) if findings.column and column else "")


def place_in_words(place: str) -> str:
    """The place of a problem, which is `file` or `line 7`, with `, column reader` where one is meant, in words."""
    return terminal.in_language(place_told(place))


def place_told(place: str) -> Text:
    """The same in both languages."""
    say = catalogue("aforo.intake").say
    where, _, column = place.partition(", column ")
    told = Text(where, where)
    if where == "file":
        told = say("check_file")
    elif (found := _LINE.fullmatch(where)) is not None:
        told = say("check_line", number=int(found[1]))
    if not column:
        return told
    within = say("check_column", column=printable(column))
    return Text(told.en + within.en, told.es + within.es)


def told(summary: Summary) -> list[str]:
    """A line for each kind of finding, the gravest and most frequent first."""
    say = Sentences("aforo.cli")
    return [
        f"{say(kind.gravity)} ×{kind.count:,} ({places_of(kind)}): {say.of(kind.text)}"
        for kind in summary.ordered()[:_MOST]
    ]
