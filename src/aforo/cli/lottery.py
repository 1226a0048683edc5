"""`aforo lottery`: publish the keys of past days, and make a day's lots again with them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

import typer

from aforo.cli import terminal
from aforo.cli.day_option import valid_day
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import AsJson, Keys, Store, log_to_read, opened_log
from aforo.flow import lots
from aforo.log.sequencer import sequence
from aforo.measures.figures import expected
from aforo.settings import officer

_DAY = ["%Y-%m-%d"]


def register(app: typer.Typer) -> None:
    """Add the group of commands to `app`."""
    group = typer.Typer(
        no_args_is_help=True, help="The lottery's keys: publish those of past days, and check the lots."
    )
    group.command("reveal")(reveal)
    group.command("verify")(verify)
    app.add_typer(group, name="lottery")


def reveal(
    before: Annotated[
        datetime, typer.Option(formats=_DAY, callback=valid_day, help="Publish the keys of the days before this one.")
    ],
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Publish the lottery keys of past days in the log, so that anyone can check which trucks were drawn."""
    say = Sentences("aforo.cli", lang)
    with opened_log(store, keys) as log:
        try:
            days = lots.reveal(log, before.date(), officer())
        except lots.DayNotOverError:
            last = lots.first_open_day(log.clock()).isoformat()
            terminal.fail(say("lottery_not_over", day=before.date()), to_do=say("lottery_not_over_to_do", day=last))
        sequence(log)
    if as_json:
        terminal.emit({"revealed": days})
    else:
        terminal.out.print(say("lottery_revealed", count=len(days)), markup=False)
        for day in days:
            terminal.out.print(day.isoformat(), markup=False)


def verify(
    day: Annotated[
        datetime,
        typer.Argument(formats=_DAY, callback=valid_day, help="A local day whose key is published: YYYY-MM-DD."),
    ],
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Make the lots of a day again with its published key. Exit 1 where the key or a lot is not what was recorded."""
    say = Sentences("aforo.cli", lang)
    wanted: date = day.date()
    with log_to_read(store, keys) as log:
        try:
            checked = lots.check(log, wanted)
        except lots.NotRevealedError:
            terminal.fail(say("lottery_not_revealed", day=wanted), to_do=say("lottery_not_revealed_to_do"))
    if as_json:
        terminal.emit(checked)
    else:
        key = "lottery_key_good" if checked.key_is_the_one_committed_to else "lottery_key_bad"
        terminal.out.print(say(key, day=wanted), markup=False)
        counts = {"count": checked.decisions, "chosen": checked.chosen, "expected": expected(checked.expected)}
        terminal.out.print(say("lottery_lots", wrong=len(checked.wrong), **counts), markup=False)
        for decision, crossing in checked.wrong[:20]:
            terminal.out.print(say("lottery_wrong", decision=decision, crossing=crossing), markup=False)
    if not checked.good:
        raise typer.Exit(terminal.FOUND)
