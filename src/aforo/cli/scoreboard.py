"""`aforo measure scoreboard`, `definitions` and `publish`: the figures of a log, what they mean, and what is
published."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer
from rich.markup import escape

from aforo.bootstrap import officer
from aforo.cli import terminal
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import AsJson, Keys, Store, opened_log
from aforo.domain.clock import microseconds
from aforo.flow.scoreboard import Board, NeverPublishedError
from aforo.flow.scoreboard_shown import RowShown, measures_shown, rows_shown
from aforo.log.sequencer import sequence
from aforo.log.store import ConcurrencyError
from aforo.measures.definition import Definition, DefinitionError
from aforo.measures.estimates import Estimate, Measured
from aforo.measures.figures import percent
from aforo.scoreboard.official import DIMENSIONS, MOST, Asked, Dimension, TooManyRowsError
from aforo.scoreboard.places import number_of
from aforo.scoreboard.shipped import definitions
from aforo.scoreboard.state import DAYS

#: Days that are shown unless others are named.
USUAL_DAYS = 7
_DAY = "%Y-%m-%d"

First = Annotated[
    datetime | None, typer.Option(formats=[_DAY], help="The first local day; a week before the last one unless given.")
]
Last = Annotated[datetime | None, typer.Option(formats=[_DAY], help="The last local day; today unless given.")]


def scoreboard(
    by: Annotated[
        list[str] | None,
        typer.Option(help="What rows are told apart by: bridge, day, lane, programme; repeat for several."),
    ] = None,
    first: First = None,
    last: Last = None,
    bridge: Annotated[list[str] | None, typer.Option(help="Only this bridge, by id; repeat for several.")] = None,
    lane: Annotated[str | None, typer.Option(help="Only this lane class.")] = None,
    programme: Annotated[str | None, typer.Option(help="Only this trade programme.")] = None,
    measure: Annotated[list[str] | None, typer.Option(help="Only this measure; repeat for several.")] = None,
    version: Annotated[int | None, typer.Option(help="The version of the one measure that is named.", min=1)] = None,
    store: Store = None,
    keys: Keys = None,
    language: LanguageOption = "",
    as_json: AsJson = False,
) -> None:
    """Show the scoreboard of a log: waits, scan and examination rates, hit rates, incidents, each with its interval."""
    say, words = Sentences("aforo.cli", language), Sentences("aforo.measures", language)
    dimensions = _dimensions(by or ["bridge"], say)
    with opened_log(store, keys) as log:
        board = Board(log)
        try:
            chosen = [board.measures.find(each, version) for each in measure or ()] or board.measures.in_use()
        except DefinitionError as error:
            terminal.fail(escape(say.of(error.text)), to_do=say("scoreboard_measures_to_do"))
        bridges = list(dict.fromkeys(bridge or board.places.zones))
        if unknown := [each for each in bridges if each not in board.places.zones]:
            terminal.fail(escape(say("scoreboard_bridge", bridge=unknown[0])), to_do=say("scoreboard_bridge_to_do"))
        today = max(board.places.day(each, microseconds(log.clock())) for each in bridges)
        until = today if last is None else number_of(last.date())
        since = until - USUAL_DAYS + 1 if first is None else number_of(first.date())
        if not 0 <= until - since < DAYS:
            terminal.fail(say("scoreboard_days", most=DAYS - 1), to_do=say("scoreboard_days_to_do"))
        try:
            found = board.rows(chosen, Asked(bridges, since, until, dimensions, lane, programme))
        except TooManyRowsError:
            terminal.fail(say("scoreboard_wide", most=f"{MOST:,}"), to_do=say("scoreboard_days_to_do"))
        rows, unplaced = rows_shown(board, found), board.unplaced
        board.save()
    if as_json:
        terminal.emit({"rows": rows, "unplaced": unplaced})
        return
    _show(rows, chosen, dimensions, say, words)
    if unplaced:
        terminal.out.print(say("scoreboard_unplaced", count=unplaced), markup=False)


def list_definitions(language: LanguageOption = "", as_json: AsJson = False) -> None:
    """List the measures with their definitions, every version of each."""
    say = Sentences("aforo.cli", language)
    if as_json:
        terminal.emit(measures_shown(definitions()))
        return
    for each in definitions().all():
        terminal.out.print(f"{say.of(each.name)} ({each.id}, {each.version})", style="bold", markup=False)
        for text in (each.definition, each.numerator_said, each.denominator_said, each.exclusions_said, each.standard):
            terminal.out.print(f"  {say.of(text)}", markup=False)
        terminal.out.print(f"  {each.hash}", markup=False)


def publish(
    revise: Annotated[
        str | None, typer.Option(metavar="PERIOD", help="Publish a week or quarter anew, such as 2026-W10.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why it is revised: published with it; names no person.")] = "",
    store: Store = None,
    keys: Keys = None,
    language: LanguageOption = "",
) -> None:
    """Publish the weeks and quarters that are due, as a server does by itself; or revise one, with the reason."""
    say = Sentences("aforo.cli", language)
    if (revise is None) != (not reason.strip()):
        terminal.fail(say("scoreboard_reason"), to_do=say("scoreboard_reason_to_do"))
    with opened_log(store, keys) as log:
        board = Board(log)
        if revise is None:
            told = [each.period for each in board.publish(actor=officer())]
        else:
            try:
                made = board.revise(revise, reason.strip(), actor=officer())
            except NeverPublishedError:
                terminal.fail(escape(say("scoreboard_never", period=revise)), to_do=say("scoreboard_never_to_do"))
            except ConcurrencyError:
                terminal.fail(say("scoreboard_faster"), to_do=say("scoreboard_faster_to_do"), code=terminal.FOUND)
            told = [] if made is None else [made.period]
        sequence(log)
    sentence = say("scoreboard_published", periods=", ".join(told)) if told else say("scoreboard_nothing")
    terminal.out.print(sentence, markup=False)


def _dimensions(by: list[str], say: Sentences) -> frozenset[Dimension]:
    found = frozenset(each for each in DIMENSIONS if each in by)
    if wrong := [each for each in by if each not in DIMENSIONS]:
        terminal.fail(escape(say("scoreboard_by", by=wrong[0])), to_do=say("scoreboard_by_to_do"))
    return found


def _show(
    rows: list[RowShown], chosen: list[Definition], dimensions: frozenset[Dimension], say: Sentences, words: Sentences
) -> None:
    """A table for each measure: a row's figures would not fit on one line."""
    names = [each for each in DIMENSIONS if each in dimensions]
    for place, measure in enumerate(chosen):
        table = terminal.listing(say, "scoreboard_col", *names, "figure", "counts")
        table.title = say.of(measure.name)
        table.title_justify = "left"
        shown = 0
        for row in rows:
            own = row.figures[place]
            if own.missing is not None and own.missing.code in ("no_reads", "none_counted", "none_drawn"):
                continue
            shown += 1
            cells = [str(getattr(row, name) or say("scoreboard_absent")) for name in names]
            table.add_row(*map(escape, cells), escape(_figure(own, say, words)), _counts(own, say))
        if shown:
            terminal.show(table)
        else:
            terminal.out.print(say("scoreboard_none", measure=say.of(measure.name)), markup=False)


def _figure(own: Measured, say: Sentences, words: Sentences) -> str:
    if own.missing is not None:
        return words.of(own.missing.text)
    if own.told == "counts":
        return say("scoreboard_counts_only")
    return "; ".join(
        say(f"scoreboard_{each.name}", value=_number(each), limits=_limits(each, say)) for each in own.estimates
    )


def _number(one: Estimate, value: float | None = None) -> str:
    told = one.value if value is None else value
    if told is None:
        return "–"
    return f"{percent(told)} %" if one.name in ("share", "buffer_index") else f"{told:,.1f}"


def _limits(one: Estimate, say: Sentences) -> str:
    if one.low is None or one.high is None:
        return ""
    return say("scoreboard_limits", low=_number(one, one.low), high=_number(one, one.high))


def _counts(own: Measured, say: Sentences) -> str:
    if own.whole is None:
        return ""
    if own.part is None:
        return f"{own.whole:,}"
    return say("scoreboard_of", part=f"{own.part:,}", whole=f"{own.whole:,}")
