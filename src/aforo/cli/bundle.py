"""`aforo bundle`: the custody bundle of a trip is made out of the log, and what one proves is found offline."""

from __future__ import annotations

import tomllib
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.markup import escape

from aforo.cli import terminal
from aforo.cli.bundle_cloned import cloned
from aforo.cli.bundle_told import BundleTold
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import AsJson, Keys, Store, opened_log
from aforo.custody.bundle import MOST_BYTES, BundleError
from aforo.custody.bundle_verdict import verified
from aforo.flow.custody import Custody, UnknownTripError
from aforo.flow.custody_bundle import NotStatedError, bundle_of, last_statement, state_custody
from aforo.flow.custody_given import record_given
from aforo.log.checkpoint import Checkpoint, opened
from aforo.log.contention import retried
from aforo.log.cosignature import WitnessKey
from aforo.log.note import NoteError, Verifier
from aforo.log.sequencer import sequence
from aforo.log.store import Log
from aforo.log.stored import StoredEvent
from aforo.settings import officer

Trip = Annotated[str, typer.Argument(help="The trip's identifier.")]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    bundle = typer.Typer(no_args_is_help=True, help="Custody bundles: files of a trip that anybody verifies.")
    bundle.command("verify")(verify)
    bundle.command("state")(state)
    bundle.command("make")(make)
    bundle.command("example")(example)
    bundle.command("cloned")(cloned)
    app.add_typer(bundle, name="bundle")


def verify(
    file: Annotated[Path, typer.Argument(help="The bundle.")],
    log_key: Annotated[str, typer.Option("--log-key", help="The log's verifier key: <name>+<key id>+<base64>.")],
    witness_key: Annotated[str, typer.Option("--witness-key", help="A witness's key; or give --checkpoint.")] = "",
    checkpoint: Annotated[
        Path | None, typer.Option("--checkpoint", help="The checkpoint that you trust, in place of a witness.")
    ] = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Find out offline what a custody bundle proves: that the log has all of it, and which states follow from it.

    Exit 1 where it proves nothing.
    """
    say = Sentences("aforo.cli", lang)
    log = _log_key(log_key, say)
    trusted = _trusted(log, witness_key, checkpoint, say)
    try:
        # One byte more than may be is enough to refuse it.
        with file.open("rb") as opened_file:
            data = opened_file.read(MOST_BYTES + 1)
    except OSError as error:
        told = escape(say("file_unusable", why=error.strerror or error))
        terminal.fail(told, where=escape(str(file)), to_do=say("bundle_file_to_do"))
    try:
        verdict = verified(data, log, trusted)
    except BundleError as error:
        if as_json:
            terminal.emit({"proves": False, "problem": error.problem})
            raise typer.Exit(terminal.FOUND) from None
        terminal.fail(escape(say.of(error.text)), where=escape(f"{file}, {error.place}"), code=terminal.FOUND)
    if as_json:
        terminal.emit({"proves": True, **msgspec.to_builtins(verdict)})
    else:
        BundleTold(lang).tell(verdict)


def state(
    trip: Trip, store: Store = None, keys: Keys = None, as_json: AsJson = False, lang: LanguageOption = ""
) -> None:
    """State what follows for a trip from all that is recorded by now; the node's witnesses then cosign it."""
    say = Sentences("aforo.cli", lang)
    with opened_log(store, keys) as log:
        said = _stated(log, trip, say)
    if as_json:
        terminal.emit({"trip": trip, "event": said.event.event_id, "spans": said.event.data["spans"]})
    else:
        terminal.paragraph(say("bundle_stated", trip=trip, event=said.event.event_id))


def make(
    trip: Trip,
    out: Annotated[Path, typer.Option("--out", "-o", help="The file to write.")],
    witness_key: Annotated[
        str,
        typer.Option("--witness-key", help="As last stated, under what this witness cosigned."),
    ] = "",
    store: Store = None,
    keys: Keys = None,
    lang: LanguageOption = "",
) -> None:
    """Write the bundle of a trip. Without --witness-key its custody is stated anew, under a new checkpoint."""
    say = Sentences("aforo.cli", lang)
    try:
        witnesses = [WitnessKey.parse(witness_key)] if witness_key else []
    except NoteError as error:
        terminal.fail(escape(say("witness_log_key", why=error)), where="--witness-key", to_do=say("witness_key_to_do"))
    with opened_log(store, keys) as log:
        if not witnesses:
            _stated(log, trip, say)
        try:
            data = bundle_of(log, trip, witnesses)
        except NotStatedError:
            terminal.fail(
                escape(say("bundle_not_stated", trip=trip)), to_do=say("bundle_not_stated_do"), code=terminal.FOUND
            )
        record_given(log, trip, data, actor=officer(), origin=log.marks)
    _write(out, data, say)
    terminal.paragraph(say("bundle_made", file=out, bytes=f"{len(data):,}"))


def example(
    out: Annotated[Path, typer.Option("--out", "-o", help="The file to write.")],
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Write the bundle of a SYNTHETIC trip that ships with the product, and print the keys that it is verified with."""
    say = Sentences("aforo.cli", lang)
    shipped = resources.files("aforo.custody") / "documents"
    data = (shipped / "example.bundle").read_bytes()
    keys = tomllib.loads((shipped / "example-keys.toml").read_text(encoding="utf-8"))
    _write(out, data, say)
    if as_json:
        terminal.emit({"file": str(out), "bytes": len(data), **keys})
    else:
        terminal.paragraph(say("bundle_example", file=out, bytes=f"{len(data):,}"))
        for name, option in (("log_key", "--log-key"), ("witness_key", "--witness-key")):
            terminal.out.print(f"{option} {keys[name]}", markup=False, soft_wrap=True)


def _write(out: Path, data: bytes, say: Sentences) -> None:
    try:
        out.write_bytes(data)
    except OSError as error:
        told = escape(say("file_unusable", why=error.strerror or error))
        terminal.fail(told, where=escape(str(out)), to_do=say("bundle_file_to_do"))


def _stated(log: Log, trip: str, say: Sentences) -> StoredEvent:
    try:
        said = retried(partial(state_custody, Custody(log), trip, origin=log.marks))
    except UnknownTripError:
        # Of one whose words were erased what was stated before is left.
        if (last := last_statement(log, trip)) is not None:
            return last
        terminal.fail(escape(say("seal_no_trip", trip=trip)), to_do=say("seal_no_trip_to_do"), code=terminal.FOUND)
    sequence(log)
    return said


def _log_key(text: str, say: Sentences) -> Verifier:
    try:
        return Verifier.parse(text)
    except NoteError as error:
        terminal.fail(escape(say("witness_log_key", why=error)), where="--log-key", to_do=say("witness_key_to_do"))


def _trusted(log: Verifier, key: str, checkpoint: Path | None, say: Sentences) -> WitnessKey | Checkpoint:
    """The witness, or the checkpoint, that is believed."""
    if bool(key) == (checkpoint is not None):
        terminal.fail(say("bundle_trust"), where="--witness-key, --checkpoint", to_do=say("bundle_trust_to_do"))
    try:
        if checkpoint is None:
            return WitnessKey.parse(key)
        return opened(checkpoint.read_text(encoding="utf-8"), log)
    except NoteError as error:
        code, where = ("witness_log_key", "--witness-key") if checkpoint is None else ("bundle_checkpoint", checkpoint)
        terminal.fail(escape(say(code, why=error)), where=escape(str(where)), to_do=say("bundle_trust_to_do"))
    except (OSError, UnicodeDecodeError) as error:
        told = escape(say("file_unusable", why=error))
        terminal.fail(told, where=escape(str(checkpoint)), to_do=say("bundle_trust_to_do"))
