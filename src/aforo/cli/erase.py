"""`aforo erase`: destroy the key of a person, and record that it was done."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from aforo.cli import terminal
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import ACTOR, AsJson, Keys, Store, opened_log
from aforo.domain.declaration import ENTITY_KINDS, PERSONAL_FIELDS
from aforo.log.erasure import GroundNamesPersonError, erase_identity

#: A name that was filed without an identifier is a person of its own kind; a photo is known by its SHA-256.
KINDS = (*ENTITY_KINDS, *(field for field in PERSONAL_FIELDS if field.endswith("_name")), "reporter", "photo")


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("erase")(erase)


def erase(
    kind: Annotated[str, typer.Option(help=f"The kind of identity: {', '.join(KINDS)}.")],
    value: Annotated[str, typer.Option(help="The identifier or name, as it was filed.")],
    ground: Annotated[
        str, typer.Option(help="The legal ground, recorded in clear for ever: it must not name the person.")
    ],
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Make everything the log holds sealed of a person unreadable for ever. The log still verifies.

    Exit 1 where nothing is sealed under that person's key. Backups of the key store must be erased or expire as well.
    """
    say = Sentences("aforo.log", lang)
    if kind not in KINDS:
        terminal.fail(
            say("cli_unknown_kind", kind=escape(kind)), to_do=say("cli_unknown_kind_do", kinds=", ".join(KINDS))
        )
    if not ground.strip():
        terminal.fail(say("cli_no_ground"), to_do=say("cli_no_ground_do"))
    called = say(f"kind_{kind}")
    with opened_log(store, keys) as log:
        try:
            person, event = erase_identity(log, kind, value, ground, actor=ACTOR)
        except GroundNamesPersonError:
            terminal.fail(say("cli_ground_names"), to_do=say("cli_ground_names_do"))
    if event is None:
        terminal.fail(say("cli_nothing_erased", kind=called), to_do=say("cli_nothing_erased_do"), code=terminal.FOUND)
    if as_json:
        terminal.emit({"kind": kind, "person": f"{person:016x}", "event_id": event})
    else:
        typer.echo(say("cli_erased", kind=called, person=f"{person:016x}", event=event))
