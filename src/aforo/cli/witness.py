"""`aforo witness`: a small process that cosigns the checkpoints of logs, for a party that is not the node."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.markup import escape

from aforo.api.server import listen, server
from aforo.api.tiles_at import TilesAt, TilesUnreadableError
from aforo.api.witness_app import witness_application
from aforo.cli import supervisor, terminal
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import AsJson
from aforo.cli.outputs import keep_apart
from aforo.domain import structs
from aforo.log.contradiction import Contradiction, UnsettledError, bare, settled
from aforo.log.cosignature import WitnessKey
from aforo.log.keyfile import KeyStoreForeignError, KeyStoreUnusableError
from aforo.log.note import NoteError, Verifier
from aforo.log.witness_state import Witness, WitnessNamedError

State = Annotated[
    Path, typer.Option("--state", help="The witness's file: its key, the last checkpoints, and what convicts a log.")
]
Tiles = Annotated[
    str | None,
    typer.Option("--tiles", help="Where somebody has tiles of the log: a folder, or a URL as https://NODE/v1/log."),
]
#: The environment's name of an auditor's token, which is shown to a log whose tiles are read.
AUDITOR = "AFORO_LOG_TOKEN"


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    group = typer.Typer(no_args_is_help=True, help="A witness of logs: it cosigns what goes on from what it saw.")
    group.command("serve")(serve)
    group.command("key")(key)
    group.command("show")(show)
    group.command("settle")(settle)
    group.command("convict")(convict)
    app.add_typer(group, name="witness")


def serve(
    name: Annotated[str, typer.Option("--name", help="The witness's name, as witness.example/w1.")],
    log: Annotated[list[str], typer.Option("--log", help="The verifier key of a log to cosign for; may be repeated.")],
    state: State,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.", min=1, max=65_535)] = 8090,
    lang: LanguageOption = "",
) -> None:
    """Cosign checkpoints (C2SP tlog-witness) until it is told to stop. TLS is a proxy's.

    Give the key of a log anew when it was rotated: both keys then, until the last checkpoint under the old one is past.
    """
    say = Sentences("aforo.cli", lang)
    keys = [_key(each, say) for each in log]
    try:
        listening = listen(host, port)
    except OSError as error:
        told = say("serve_address", address=f"{host}:{port}", why=error.strerror or error)
        terminal.fail(escape(told), to_do=say("serve_address_to_do"))
    structs.make_ready()
    with closing(listening), _opened(state, name, keys, say) as witness:
        terminal.err.print(
            say("witness_ready", key=witness.key.text, address=f"http://{host}:{port}"), markup=False, soft_wrap=True
        )
        supervisor.tell("READY=1")
        server(witness_application(witness), host, port).run(sockets=[listening])
        supervisor.tell("STOPPING=1")
    terminal.err.print(say("serve_ended"), markup=False)


def key(
    state: State,
    name: Annotated[str | None, typer.Option("--name", help="The witness's name, to make its file with a key.")] = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Print the witness's key, by which its cosignatures are verified; with --name, make it where there is none."""
    say = Sentences("aforo.cli", lang)
    with _opened(state, name, [], say) as witness:
        text = witness.key.text
    if as_json:
        terminal.emit({"key": text})
    else:
        typer.echo(text)


def show(state: State, as_json: AsJson = False, lang: LanguageOption = "") -> None:
    """Print the last checkpoint that it cosigned of each log, and what convicts one. Exit 1 where something does."""
    say = Sentences("aforo.cli", lang)
    with _opened(state, None, [], say) as witness:
        public, notes, held, left_out = witness.key, witness.notes(), witness.contradictions(), witness.left_out()
    if as_json:
        terminal.emit({"key": public.text, "notes": notes, "contradictions": held, "left_out": left_out})
    else:
        for origin, note in notes.items():
            typer.echo(note)
            terminal.err.print(say("witness_cosigned", origin=origin, at=_instant(public, note)), markup=False)
        for each in held:
            told = "witness_convicts" if each.proven else "witness_suspects"
            terminal.err.print(say(told, origin=each.origin), style="bold red", markup=False)
        for origin, count in left_out.items():
            terminal.err.print(say("witness_left_out", origin=origin, count=count), style="bold red", markup=False)
    if any(each.proven for each in held):
        raise typer.Exit(terminal.FOUND)


def settle(
    state: State,
    log: Annotated[list[str], typer.Option("--log", help="The verifier key of the log; may be repeated.")],
    tiles: Annotated[
        str, typer.Option("--tiles", help="Where somebody has its tiles: a folder, or a URL as https://NODE/v1/log.")
    ],
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Settle what it only suspects a log of, by tiles of that log: it is proven, or the checkpoints agree after all.

    The tiles may be of either history, where they reach as far as both checkpoints under a signed one. For a URL give
    the token of an auditor in AFORO_LOG_TOKEN. Exit 1 where something is proven: `show --json` has it then.
    """
    say = Sentences("aforo.cli", lang)
    keys = [_key(each, say) for each in log]
    with _opened(state, None, keys, say) as witness, _tiles(tiles, say) as at:
        origins = dict.fromkeys(each.name for each in keys)
        became = [witness.settle(origin, at.checkpoint(), at.read) for origin in origins]
    proven, agreed, left = (sum(getattr(each, name) for each in became) for name in ("proven", "agreed", "left"))
    if as_json:
        terminal.emit({"proven": proven, "agreed": agreed, "left": left})
    else:
        terminal.out.print(say("witness_settled", proven=proven, agreed=agreed, left=left), markup=False)
    if proven:
        raise typer.Exit(terminal.FOUND)


def convict(
    file: Annotated[Path, typer.Argument(help="Two checkpoints and a proof (JSON): `aforo witness show --json`.")],
    key: Annotated[list[str], typer.Option("--key", help="A verifier key of the log; may be repeated.")],
    tiles: Tiles = None,
    proof: Annotated[
        Path | None, typer.Option("--proof", help="Where the tiles make it convict: the file for that.")
    ] = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Whether two checkpoints convict a log: it signed both, and they cannot both be true. Exit 1 where they do not.

    A suspicion has no proof: --tiles makes it, as `settle` does, and --proof keeps it. For a URL give the token of an
    auditor in AFORO_LOG_TOKEN.
    """
    say = Sentences("aforo.cli", lang)
    keys = [_key(each, say) for each in key]
    keep_apart({"--proof": proof}, [file], lang)
    try:
        said = msgspec.json.decode(file.read_bytes(), type=Contradiction)
    except (OSError, msgspec.MsgspecError) as error:
        terminal.fail(escape(say("file_unusable", why=error)), where=str(file), to_do=say("witness_file_to_do"))
    if tiles is not None and not said.convicts(keys):
        with _tiles(tiles, say) as at:
            said = _completed(said, keys, at)
    convicted = said.convicts(keys)
    if convicted and proof is not None:
        _write(proof, msgspec.json.encode(said), say)
    if as_json:
        terminal.emit({"convicts": convicted, "origin": keys[0].name})
    else:
        terminal.out.print(say("witness_convicted" if convicted else "witness_acquitted"), markup=False)
    if not convicted:
        raise typer.Exit(terminal.FOUND)


def _completed(said: Contradiction, keys: list[Verifier], at: TilesAt) -> Contradiction:
    """What convicts the log of two checkpoints that are suspected, by tiles; they themselves where that does not.
    Raises TilesUnreadableError."""
    signed = []
    for note in (said.smaller, said.larger, at.checkpoint() or ""):
        with suppress(NoteError):
            signed.append(bare(note, keys))
    try:
        return settled(signed, at.read) or said
    except UnsettledError:
        return said


@contextmanager
def _tiles(place: str, say: Sentences) -> Iterator[TilesAt]:
    """The tiles of a place; leaves with an error in words where they cannot be read."""
    to_do = say("witness_tiles_to_do", token=AUDITOR)
    try:
        at = TilesAt(place, os.environ.get(AUDITOR, ""))
    except ValueError as error:
        terminal.fail(escape(say("witness_tiles", why=error)), where=escape(place), to_do=to_do)
    try:
        yield at
    except TilesUnreadableError as error:
        terminal.fail(escape(say("witness_tiles", why=error)), where=escape(place), to_do=to_do)


def _write(path: Path, data: bytes, say: Sentences) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        terminal.fail(
            escape(say("file_unusable", why=error)), where=escape(str(path)), to_do=say("witness_proof_to_do")
        )


def _instant(key: WitnessKey, note: str) -> str:
    return datetime.fromtimestamp(key.cosigned_at(note), UTC).isoformat()


def _key(text: str, say: Sentences) -> Verifier:
    try:
        return Verifier.parse(text)
    except NoteError as error:
        terminal.fail(escape(say("witness_log_key", why=error)), where=escape(text), to_do=say("witness_key_to_do"))


@contextmanager
def _opened(state: Path, name: str | None, logs: list[Verifier], say: Sentences) -> Iterator[Witness]:
    """The witness of a file, made where there is none and a name is given; leaves with an error in words."""
    if name is None and not state.is_file():
        terminal.fail(say("witness_none"), where=escape(str(state)), to_do=say("witness_none_to_do"))
    try:
        witness = Witness(state, name, logs, lambda: int(time.time()))
    except WitnessNamedError as error:
        terminal.fail(
            escape(say("witness_named", name=error)), where=escape(str(state)), to_do=say("witness_none_to_do")
        )
    except (KeyStoreForeignError, KeyStoreUnusableError, OSError, ValueError) as error:
        terminal.fail(
            escape(say("file_unusable", why=error)), where=escape(str(state)), to_do=say("witness_none_to_do")
        )
    with closing(witness):
        yield witness
