"""`aforo seal retention`: what is due to be erased of trips under seal and of handovers, and its erasure."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from aforo.cli import terminal
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import AsJson, Keys, Store, log_to_read, opened_log
from aforo.cli.port_live import contents
from aforo.custody.document import RoadError
from aforo.custody.retention import Policy, read, shipped
from aforo.flow.retention import Due, due, erase_due
from aforo.settings import officer

#: Lines that are listed.
MOST_LISTED = 50


def retention(
    policy: Annotated[
        Path | None, typer.Option(help="The policy's document (TOML); the shipped one without it.")
    ] = None,
    erase: Annotated[bool, typer.Option("--erase", help="Erase what is due; it cannot be undone.")] = False,
    ground: Annotated[
        str, typer.Option(help="With --erase: why, recorded in clear for ever; it must name nobody.")
    ] = "",
    by: Annotated[str, typer.Option(help="Who acts; by default this terminal's user.")] = "",
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Say what is due to be erased of trips under seal and of handovers, and erase it.

    The log and every bundle still verify. Backups of the log hold what was erased until they expire.
    """
    say = Sentences("aforo.cli", lang)
    if erase and not ground.strip():
        terminal.fail(say("retention_no_ground"), where="--ground", to_do=say("retention_no_ground_do"))
    document = _policy(policy, say)
    if not erase:
        with log_to_read(store, keys) as log:
            _show(due(log, document, log.clock()), as_json, say)
        return
    with opened_log(store, keys) as log:
        done = erase_due(log, document, log.clock(), ground.strip(), actor=officer(by or None))
    if as_json:
        terminal.emit(done)
    else:
        terminal.paragraph(
            say("retention_erased", trips=f"{done.trips:,}", events=f"{done.events:,}", stated=f"{done.stated:,}")
        )


def _policy(file: Path | None, say: Sentences) -> Policy:
    if file is None:
        return shipped()
    try:
        return read(contents(file, say))
    except RoadError as error:
        terminal.fail(escape(say.of(error.text)), where=escape(str(file)))


def _show(found: Due, as_json: bool, say: Sentences) -> None:
    if as_json:
        terminal.emit(found)
        return
    if found.unscrubbed:
        terminal.paragraph(say("retention_unscrubbed"))
    if not (found.trips or found.readings or found.given or found.handovers):
        terminal.paragraph(say("retention_nothing", policy=found.policy))
        return
    table = terminal.listing(say, "retention", "what", "since", "events", "held")
    rows = [(each.trip, each.since, each.events, each.held) for each in found.trips]
    rows += [(each.device, each.since, each.blocks, "") for each in found.readings]
    rows += [(say("retention_given", trip=each.trip), each.since, each.events, "") for each in found.given]
    rows += [(say("retention_handovers", place=each.place), each.since, each.events, "") for each in found.handovers]
    for what, since, events, held in rows[:MOST_LISTED]:
        table.add_row(escape(what), f"{since.astimezone(UTC):%Y-%m-%d}", f"{events:,}", escape(held))
    terminal.show(table)
    terminal.paragraph(say("retention_due", events=f"{found.events:,}", policy=found.policy))
