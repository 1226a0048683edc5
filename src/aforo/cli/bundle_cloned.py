"""`aforo bundle cloned`: whether two signed blocks convict alone, by nothing but them and the signer's key."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.markup import escape

from aforo.cli import terminal
from aforo.cli.bundle_told import plain
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import AsJson
from aforo.custody import keys
from aforo.custody.cloned import NoCloneError, clone_of
from aforo.intake.seal_block import MOST_BYTES


def cloned(
    one: Annotated[
        Path, typer.Argument(metavar="block", help="A signed block: its bytes, or their base64 as a leaf has it.")
    ],
    other: Annotated[Path, typer.Argument(metavar="block", help="The other one.")],
    key: Annotated[str, typer.Option("--key", help="The base64 of the signer's Ed25519 public key.")],
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Find out offline whether two signed blocks prove a clone: one device, boot and sequence, two blocks.

    Exit 1 where they convict nobody.
    """
    say = Sentences("aforo.cli", lang)
    try:
        public = keys.read(key)
    except ValueError:
        terminal.fail(say("bundle_cloned_key"), where="--key", to_do=say("bundle_cloned_key_to_do"))
    try:
        proof = clone_of(_block(one, say), _block(other, say), public)
    except NoCloneError as error:
        if as_json:
            terminal.emit({"proves": False, "code": error.code})
            raise typer.Exit(terminal.FOUND) from None
        terminal.fail(escape(say.of(error.text)), code=terminal.FOUND)
    if as_json:
        terminal.emit({"proves": True, **msgspec.to_builtins(proof)})
    else:
        told = {"device": plain(proof.device), "signer": plain(proof.signer)}
        first, second = proof.hashes
        terminal.paragraph(
            say("bundle_cloned", **told, boot=proof.boot, sequence=proof.sequence, one=first, other=second)
        )


def _block(path: Path, say: Sentences) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(2 * MOST_BYTES)
    except OSError as error:
        terminal.fail(
            escape(say("file_unusable", why=error.strerror or error)), where=escape(str(path)),
            to_do=say("bundle_cloned_file_to_do"),
        )  # fmt: skip
    try:
        return base64.b64decode(data.strip(), validate=True)
    except (binascii.Error, ValueError):
        return data
