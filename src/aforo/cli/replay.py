"""`aforo replay`: logged decisions made again with the code of today; the same to the bit, or what differs."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import metadata
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from aforo.cli import terminal
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import Keys, Store, log_to_read
from aforo.flow.names import filing_key, stream_of
from aforo.flow.replay import Logged, Replayed, decisions_of, logged, replay, simulated
from aforo.log.store import Log


def register(app: typer.Typer) -> None:
    app.command("replay")(command)


def command(
    which: Annotated[
        str | None, typer.Argument(metavar="decision|crossing", help="A decision, a crossing or a declaration.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every decision of the log.")] = False,
    store: Store = None,
    keys: Keys = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    lang: LanguageOption = "",
) -> None:
    """Make logged decisions again from the documents that they name, and compare every field."""
    say = Sentences("aforo.cli", lang)
    if not which and not everything:
        terminal.fail(say("replay_which"), to_do=say("replay_which_to_do"))
    code = metadata.version("aforo")
    count, different = 0, list[Replayed]()
    with (
        log_to_read(store, keys) as log,
        terminal.progress(say("replay_title"), log.position() if everything else None) as advance,
    ):
        groups = decisions_of(log) if everything else iter([_named(which or "", log)])
        reached = 0  # of the log's positions, which say how far it is where nobody has counted the decisions
        for group in groups:
            made = replay(group, log, code)
            count += len(made)
            different += [each for each in made if each.differences]
            before, reached = reached, max([reached, *(each.position for each in group if isinstance(each, Logged))])
            advance(reached - before if everything else len(made))
        of_twin = not count and simulated(log)
    if of_twin:
        terminal.fail(say("replay_simulated"), to_do=say("replay_simulated_to_do"))
    if not count:
        if everything:
            terminal.fail(say("replay_empty"), to_do=say("replay_empty_to_do"))
        terminal.fail(escape(say("replay_nothing", which=which)), to_do=say("replay_nothing_to_do"))
    if json:
        terminal.emit({"decisions": count, "equal": count - len(different), "different": different})
    else:
        table = Table(title=say("replay_title"), title_justify="left", show_header=False)
        table.add_row(say("replay_decisions"), f"{count:,}")
        table.add_row(say("replay_equal"), f"{count - len(different):,}")
        table.add_row(say("replay_different"), f"{len(different):,}")
        terminal.show(table)
        for line in _differences(different, say):
            terminal.out.print(line, markup=False)
    if different:
        raise typer.Exit(terminal.FOUND)


def _differences(different: list[Replayed], say: Sentences) -> Iterator[str]:
    for each in different[:20]:
        for field, was, now in each.differences:
            yield say(
                "replay_field",
                decision=each.event_id,
                crossing=each.crossing,
                field=field,
                was=was[:200],
                now=now[:200],
            )


def _named(which: str, log: Log) -> list[Logged | Replayed]:
    """The decisions that an identifier names: one decision, or all of a crossing's, by crossing or declaration."""
    event = log.event(which)
    if event is not None:
        stream = event.event.stream
        return [each for each in logged(log.stream(stream)) if each.event_id == which]
    found = log.find([filing_key(which)])
    streams = [stream_of(which), *(event.event.stream for event in found.values())]
    return [each for stream in dict.fromkeys(streams) for each in logged(log.stream(stream))]
