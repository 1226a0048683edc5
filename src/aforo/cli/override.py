"""`aforo override`: an officer orders another examination than the one selected, and says why."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from aforo.cli import terminal
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import AsJson, Keys, Store, opened_log
from aforo.cli.second_signature import refuse_account_name, second_signature
from aforo.domain.decision import Examination
from aforo.domain.text import catalogue
from aforo.exams.override import OverrideRefusedError
from aforo.flow.override import NoDecisionError, override
from aforo.log.contention import retried
from aforo.log.sequencer import sequence
from aforo.settings import officer, settings


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("override")(command)


def command(
    which: Annotated[str, typer.Argument(metavar="decision|crossing", help="A decision, a crossing or a declaration.")],
    to: Annotated[Examination, typer.Option(help="The examination that is ordered.")],
    reason: Annotated[
        str, typer.Option(help="Why, in a sentence. Recorded in clear for ever: it must not name a person.")
    ],
    by: Annotated[
        str | None, typer.Option(help="The officer who orders it; by default the user of this terminal.")
    ] = None,
    second: Annotated[
        str | None,
        typer.Option(
            metavar="officer",
            help="The second officer, whom a lowering needs; where the node has accounts the login of one, whose "
            "password is typed or piped in.",
        ),
    ] = None,
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Order another examination. Raising takes one officer, lowering two; the label that follows is marked."""
    say = Sentences("aforo.cli", lang)
    if by is not None and not by.strip():
        terminal.fail(say("override_by_nobody"), to_do=say("override_by_nobody_to_do"))
    with opened_log(store, keys) as log:
        ordering, key_store = officer(by), settings(store, keys).keys
        refuse_account_name(key_store, ordering, say)
        signed, credential = second_signature(key_store, second, say)
        try:
            made = retried(lambda: override(log, which, to, ordering, reason, signed, second_credential=credential))
        except NoDecisionError:
            terminal.fail(escape(say("replay_nothing", which=which)), to_do=say("override_nothing_to_do"))
        except OverrideRefusedError as refused:
            terminal.fail(say.of(catalogue("aforo.exams").say(refused.code)), where=escape(which), code=terminal.FOUND)
        sequence(log)
    if as_json:
        terminal.emit(made)
    else:
        terminal.out.print(say("override_done", crossing=made.crossing, was=made.was, now=made.now), markup=False)
