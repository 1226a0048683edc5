"""`aforo measure scoreboard` and `publish`: the figures of a log, and what is published."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from aforo.cli import terminal
from aforo.cli.day_option import valid_day
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import AsJson, Keys, Store, opened_log
from aforo.cli.refused_rows import leave_refused, show_refused
from aforo.cli.scoreboard_table import show
from aforo.domain.clock import microseconds
from aforo.fleet import contract
from aforo.fleet.contract import Contract
from aforo.flow.scoreboard import Board, NeverPublishedError
from aforo.flow.scoreboard_shown import rows_shown
from aforo.log.origin import clock_of
from aforo.log.sequencer import sequence
from aforo.log.store import ConcurrencyError
from aforo.measures.definition import DefinitionError
from aforo.scoreboard.forum import MOST_REASON
from aforo.scoreboard.official import DIMENSIONS, MOST, Asked, Dimension, TooManyRowsError
from aforo.scoreboard.places import date_of, number_of
from aforo.scoreboard.state import DAYS
from aforo.settings import officer

#: Days that are shown unless others are named.
USUAL_DAYS = 7
_DAY = "%Y-%m-%d"

First = Annotated[
    datetime | None,
    typer.Option(
        formats=[_DAY], callback=valid_day, help="The first local day; a week before the last one unless given."
    ),
]
Last = Annotated[
    datetime | None, typer.Option(formats=[_DAY], callback=valid_day, help="The last local day; today unless given.")
]


def scoreboard(
    by: Annotated[
        list[str] | None,
        typer.Option(help="What rows are told apart by: port, bridge, day, lane, programme; repeat for several."),
    ] = None,
    first: First = None,
    last: Last = None,
    bridge: Annotated[list[str] | None, typer.Option(help="Only this bridge, by id; repeat for several.")] = None,
    lane: Annotated[str | None, typer.Option(help="Only this lane class.")] = None,
    programme: Annotated[str | None, typer.Option(help="Only this trade programme.")] = None,
    measure: Annotated[list[str] | None, typer.Option(help="Only this measure; repeat for several.")] = None,
    version: Annotated[int | None, typer.Option(help="The version of the one measure that is named.", min=1)] = None,
    contracts: Annotated[
        list[Path] | None,
        typer.Option(help="A contract (TOML) that says which service is agreed of scanners, not those in force."),
    ] = None,
    store: Store = None,
    keys: Keys = None,
    language: LanguageOption = "",
    as_json: AsJson = False,
) -> None:
    """Show the scoreboard of a log: waits, scan and examination rates, hit rates, incidents, each with its interval.

    Exit 1 where rows of input that the figures lack were refused, and nobody settled them (`aforo measure refused`).
    """
    say = Sentences("aforo.cli", language)
    dimensions = _dimensions(by or ["bridge"], say)
    if version is not None and len(measure or ()) != 1:
        terminal.fail(say("scoreboard_version"), where="--version", to_do=say("scoreboard_version_to_do"))
    agreed = [read_contract(file, language) for file in contracts] if contracts else None
    with opened_log(store, keys) as log:
        log.clock = clock_of(log)
        board = Board(log, contracts=agreed)
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
        if not 0 <= until - since < DAYS or not 0 < since <= today + DAYS:
            terminal.fail(say("scoreboard_days", most=DAYS - 1, ahead=DAYS), to_do=say("scoreboard_days_to_do"))
        try:
            asked = Asked(bridges, since, until, dimensions, lane, programme)
            found, refused = board.rows(chosen, asked), board.refused(chosen, asked)
        except TooManyRowsError:
            terminal.fail(say("scoreboard_wide", most=f"{MOST:,}"), to_do=say("scoreboard_days_to_do"))
        rows, unplaced = rows_shown(board, found), board.unplaced
        now, origin, days = log.clock(), log.marks, (date_of(since), date_of(until))
        board.save()
    if as_json:
        span = {"now": now, "origin": origin, "first": days[0], "last": days[1]}
        terminal.emit({**span, "by": sorted(dimensions), "rows": rows, "unplaced": unplaced, "refused": refused})
        leave_refused(refused)
        return
    head = say("scoreboard_head", first=days[0].isoformat(), last=days[1].isoformat(), at=f"{now:%Y-%m-%d %H:%M}")
    terminal.out.print(head, style="bold", markup=False)
    if origin != "live":
        terminal.paragraph(say("feed_synthetic"), style="bold")
    show(rows, chosen, dimensions, language)
    if unplaced:
        terminal.out.print(say("scoreboard_unplaced", count=unplaced), markup=False)
    show_refused(refused, say)
    leave_refused(refused)


def publish(
    revise: Annotated[
        str | None, typer.Option(metavar="period", help="Publish a week or quarter anew, such as 2026-W10.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why it is revised: published with it; names no person.")] = "",
    store: Store = None,
    keys: Keys = None,
    language: LanguageOption = "",
) -> None:
    """Publish the weeks and quarters that are due, as a server does by itself; or revise one, with the reason.

    Exit 1 where rows of input that the figures lack were refused, and nobody settled them (`aforo measure refused`).
    """
    say = Sentences("aforo.cli", language)
    if (revise is None) != (not reason.strip()):
        terminal.fail(say("scoreboard_reason"), to_do=say("scoreboard_reason_to_do"))
    if len(reason) > MOST_REASON:
        terminal.fail(say("scoreboard_reason_long", most=f"{MOST_REASON:,}"), where="--reason")
    with opened_log(store, keys) as log:
        log.clock = clock_of(log)
        board = Board(log)
        if revise is None:
            made_now = board.publish(actor=officer())
        else:
            try:
                made = board.revise(revise, reason.strip(), actor=officer())
            except NeverPublishedError:
                terminal.fail(escape(say("scoreboard_never", period=revise)), to_do=say("scoreboard_never_to_do"))
            except ConcurrencyError:
                terminal.fail(say("scoreboard_faster"), to_do=say("scoreboard_faster_to_do"), code=terminal.FOUND)
            made_now = [] if made is None else [made]
        told, refused = [each.period for each in made_now], board.refused_of(made_now)
        sequence(log)
    sentence = say("scoreboard_published", periods=", ".join(told)) if told else say("scoreboard_nothing")
    terminal.out.print(sentence, markup=False)
    show_refused(refused, say)
    leave_refused(refused)


def read_contract(file: Path, language: str) -> Contract:
    """The contract in a file; leaves with an error in words."""
    words = Sentences("aforo.cli", language)
    try:
        return contract.parse(file.read_bytes())
    except OSError as error:
        terminal.fail(escape(words("file_unusable", why=error)), to_do=words("no_such_file_to_do"))
    except contract.ContractError as error:
        terminal.fail(escape(words.of(error.text)), where=escape(str(file)))


def _dimensions(by: list[str], say: Sentences) -> frozenset[Dimension]:
    found = frozenset(each for each in DIMENSIONS if each in by)
    if wrong := [each for each in by if each not in DIMENSIONS]:
        terminal.fail(escape(say("scoreboard_by", by=wrong[0])), to_do=say("scoreboard_by_to_do"))
    return found
