"""The scoreboard at the terminal: a table for each measure, and what sources disagree on."""

from __future__ import annotations

from collections.abc import Sequence

from rich.markup import escape

from aforo.cli import terminal
from aforo.cli.language import Sentences
from aforo.flow.scoreboard_shown import RowShown
from aforo.measures.definition import Definition
from aforo.measures.disagreement import Said
from aforo.measures.estimates import COUNTED, PER_CENT, Estimate, Measured
from aforo.measures.figures import percent
from aforo.scoreboard.official import DIMENSIONS, Dimension

#: Parts of a figure that a table names, those that come first: of scanners those that were up least.
MOST_PORTIONS = 5
#: Why a row is left out where many rows are told apart: nothing was there to be counted.
_NOTHING = frozenset({"no_reads", "none_counted", "none_drawn", "no_trip", "none_released", "no_scan", "no_scanner"})


def show(
    rows: Sequence[RowShown], chosen: Sequence[Definition], dimensions: frozenset[Dimension], language: str
) -> None:
    """A table for each measure, since a row's figures would not fit on one line; then what sources disagree on."""
    say, words = Sentences("aforo.cli", language), Sentences("aforo.measures", language)
    names = [each for each in DIMENSIONS if each in dimensions]
    for place, measure in enumerate(chosen):
        table = terminal.listing(say, "scoreboard_col", *names, "figure", "counts")
        table.title = say.of(measure.name)
        table.title_justify = "left"
        shown = 0
        for row in rows:
            own = row.figures[place]
            if _nothing(own):
                continue
            shown += 1
            cells = [str(getattr(row, name) or say("scoreboard_absent")) for name in names]
            table.add_row(*map(escape, cells), escape(_figure(own, say, words)), escape(_counts(own, say, words)))
        if shown:
            terminal.show(table)
        else:
            terminal.out.print(say("scoreboard_none", measure=say.of(measure.name)), markup=False)
    _compared(rows, names, say, words)


def _nothing(own: Measured) -> bool:
    """Whether there was nothing to be counted; what was told of a part of the time is too little, and that is said."""
    return own.missing is not None and own.missing.code in _NOTHING and not (own.covered and own.covered.bridge_days)


def _figure(own: Measured, say: Sentences, words: Sentences) -> str:
    if own.missing is not None:
        return words.of(own.missing.text)
    if own.told == "counts":
        return say("scoreboard_counts_only")
    told = [say(f"scoreboard_{each.name}", value=_number(each), limits=_limits(each, say)) for each in own.estimates]
    if own.accepted is not None:
        told.append(say("scoreboard_accepted" if own.accepted else "scoreboard_not_accepted"))
    return "; ".join(told)


def _number(one: Estimate, value: float | None = None) -> str:
    told = one.value if value is None else value
    if told is None:
        return "–"
    if one.name in PER_CENT:
        return f"{percent(told)} %"
    if one.name == "ratio":
        return f"{told:.3g}"
    return f"{told:,.0f}" if one.name in COUNTED and told.is_integer() else f"{told:,.1f}"


def _limits(one: Estimate, say: Sentences) -> str:
    if one.low is None or one.high is None:
        return ""
    return say("scoreboard_limits", low=_number(one, one.low), high=_number(one, one.high))


def _counts(own: Measured, say: Sentences, words: Sentences) -> str:
    told = [] if own.whole is None else [f"{own.whole:,}"]
    if own.part is not None and own.whole is not None:
        told = [say("scoreboard_of", part=f"{own.part:,}", whole=f"{own.whole:,}")]
    for each in own.portions[:MOST_PORTIONS]:
        name = words(f"portion.{each.name}") if each.name in ("trusted", "others", "hours") else each.name
        value = f"{percent(each.value)} %" if each.value is not None else f"{each.part or 0:,.0f}"
        told.append(say("scoreboard_portion", name=name, value=value))
    if len(own.portions) > MOST_PORTIONS:
        told.append(say("scoreboard_more", count=len(own.portions) - MOST_PORTIONS))
    if own.covered is not None:
        told.append(say("scoreboard_covered", known=f"{own.covered.bridge_days:,}", of=f"{own.covered.of:,}"))
    return "; ".join(told)


def _compared(rows: Sequence[RowShown], names: Sequence[Dimension], say: Sentences, words: Sentences) -> None:
    """What several sources say of one figure, with the differences."""
    every = [(row, each) for row in rows for each in row.compared]
    for what in dict.fromkeys(each.what for _, each in every):
        table = terminal.listing(say, "scoreboard_col", *names, "source", "value", "of", "less", "bridge_days")
        table.title, table.title_justify = say(f"scoreboard_compared_{what}"), "left"
        own = [(row, each) for row, each in every if each.what == what]
        for row, each in own:
            cells = [str(getattr(row, name) or say("scoreboard_absent")) for name in names]
            both = "" if each.bridge_days is None else f"{each.bridge_days:,}"
            for said in each.told:
                value, of, less = told_by(said, each.unit, say)
                if each.bridge_days == 0:
                    value = say("scoreboard_no_day")
                table.add_row(*map(escape, cells), escape(source_named(said, say)), value, of, less, both)
                cells, both = [""] * len(names), ""
        terminal.show(table)
        for text in dict.fromkeys(words.of(each.words) for _, each in own):
            terminal.out.print(text, markup=False, style="dim")


def source_named(said: Said, say: Sentences) -> str:
    """A source by its name."""
    if said.source in ("readings", "records", "scanners", "log", "bts"):
        return say(f"scoreboard_source_{said.source}")
    return said.source


def told_by(said: Said, unit: str, say: Sentences) -> tuple[str, str, str]:
    """The value with its limits; of how many, and as of when; and by how much it differs."""

    def number(value: float, *, signed: bool = False) -> str:
        sign = ("−" if value < 0 else "+") if signed else ""
        own = abs(value) if signed else value
        if unit == "share":
            return f"{sign}{percent(own)} %"
        return f"{sign}{own:,.0f}" if unit == "trucks" else f"{sign}{own:,.1f} min"

    if said.value is None:
        return say("scoreboard_silent"), "", ""
    value = number(said.value)
    if said.low is not None and said.high is not None:
        value += say("scoreboard_limits", low=number(said.low), high=number(said.high))
    of = "" if said.count is None else f"{said.count:,}"
    if said.at is not None:
        of = say("scoreboard_as_of", of=of, at=f"{said.at:%Y-%m-%d %H:%M} UTC")
    less = "" if said.less is None else number(said.less, signed=True)
    return value, of, say("scoreboard_apart", less=less) if said.apart else less
