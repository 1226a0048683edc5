"""`aforo measure feed`: what anyone is told of a log, as its server answers at /v1/feed; and the schema of it."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from aforo.cli import terminal
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import AsJson, Keys, Store, opened_log
from aforo.flow.feed import Feed, FeedAge, FeedPeriod, feed_of, schema
from aforo.flow.live_bridges import LiveBridges
from aforo.flow.scoreboard import Board
from aforo.flow.scoreboard_shown import public_shown
from aforo.log.origin import clock_of

_MOST_WEEKS = 54


def feed(
    weeks: Annotated[
        int, typer.Option(min=1, max=_MOST_WEEKS, help="So many of the weeks that were published last.")
    ] = 4,
    as_schema: Annotated[
        bool, typer.Option("--schema", help="The JSON Schema of the feed; no log is needed for it.")
    ] = False,
    store: Store = None,
    keys: Keys = None,
    language: LanguageOption = "",
    as_json: AsJson = False,
) -> None:
    """Show the public feed of a log: waits now, and what was published, each value with its age. --json is the feed.

    Exit 1 where rows of input that published values lack were refused, and nobody settled them.
    """
    if as_schema:
        terminal.emit(schema())
        return
    say = Sentences("aforo.cli", language)
    with opened_log(store, keys) as log:
        log.clock = clock_of(log)
        board = Board(log)
        live = LiveBridges(log, board.directory)
        made = feed_of(public_shown(board, live, log.clock(), log.marks, weeks), board.measures)
        board.save()
    if as_json:
        terminal.emit(made)
    else:
        _show(made, say)
    if any(each.incomplete is True for each in (*made.weeks, *made.quarters)):
        raise typer.Exit(terminal.FOUND)


def _show(made: Feed, say: Sentences) -> None:
    names = {each.bridge: each.name for each in made.bridges}
    head = say("feed_head", format=made.format, version=made.version, at=f"{made.answered_at:%Y-%m-%d %H:%M:%S}")
    terminal.out.print(head, markup=False)
    if made.origin != "live":
        terminal.paragraph(say("feed_synthetic"), style="bold")
    table = terminal.listing(say, "feed_col", "bridge", "lane", "wait", "age", right=("wait", "age"))
    known = [each for each in made.waits_now if each.value is not None]
    for each in known:
        wait = say("feed_minutes", minutes=each.value)
        table.add_row(escape(names[each.bridge]), escape(each.lane), wait, _age(each.age, say))
    if known:
        terminal.show(table)
    terminal.out.print(say("feed_unknown", count=len(made.waits_now) - len(known)), markup=False)
    listing = terminal.listing(say, "feed_col", "period", "values", "missing", "days", "incidents", "published", "age")
    periods: tuple[FeedPeriod, ...] = (*made.weeks, *made.quarters)
    for own in periods:
        missing = sum(each.missing is not None for each in own.values)
        ages = [each.age for each in own.values if each.age.seconds is not None]
        at = f"{own.values[0].age.published_at:%Y-%m-%d %H:%M}" if own.values else ""
        listing.add_row(
            own.period, str(len(own.values) - missing), str(missing), _days(own, say), str(len(own.incidents)), at,
            _age(min(ages, key=lambda each: each.seconds or 0), say) if ages else "–",
        )  # fmt: skip
    if periods:
        terminal.show(listing)
    else:
        terminal.out.print(say("feed_nothing", period=made.next.period), markup=False)
    if lacking := [each.period for each in periods if each.incomplete is True]:
        terminal.paragraph(say("feed_incomplete", periods=", ".join(lacking)), style="bold")
    for text in made.withheld:
        terminal.paragraph(say("feed_withheld", what=say.of(text)))


def _days(own: FeedPeriod, say: Sentences) -> str:
    """On how many days the values of a period were measured, where that is told of any."""
    told = [each.days for each in own.values if each.days is not None]
    if not told:
        return "–"
    code = "feed_days" if min(told) == max(told) else "feed_days_range"
    return say(code, least=min(told), most=max(told), of=(own.last - own.first).days + 1)


def _age(age: FeedAge, say: Sentences) -> str:
    if age.seconds is None:
        return "–"
    days, rest = divmod(age.seconds, 86_400)
    hours, rest = divmod(rest, 3_600)
    return say("feed_age_days", days=days, hours=hours) if days else f"{hours}:{rest // 60:02}:{rest % 60:02}"
