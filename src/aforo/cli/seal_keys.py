"""`aforo seal rotate` and `retire`: a device signs with another key, or reports no more."""

from __future__ import annotations

from typing import Annotated

import typer

from aforo.cli import terminal
from aforo.cli.custody_written import custody_written
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import Keys, Store
from aforo.flow import device_acts
from aforo.settings import officer

_Device = Annotated[str, typer.Argument(help="The device's identifier.")]
_By = Annotated[str, typer.Option(help="Who acts; by default this terminal's user.")]


def rotate(
    device: _Device,
    key: Annotated[str, typer.Argument(help="The base64 of its new Ed25519 public key.")],
    vouched: Annotated[str, typer.Option(help="The base64 of the old key's signature over the new one.")] = "",
    why: Annotated[str, typer.Option(help="Without it: what somebody at the desk saw, who vouches for it.")] = "",
    by: _By = "",
    store: Store = None,
    keys: Keys = None,
    lang: LanguageOption = "",
) -> None:
    """Change a device's key; what the old one signed stays signed."""
    say = Sentences("aforo.cli", lang)
    with custody_written(store, keys) as custody:
        who = officer(by or None)
        device_acts.rotate(custody, device, key, vouched, why, actor=who, origin=custody.log.marks)
    terminal.out.print(say("seal_rotated", device=device), markup=False)


def retire(
    device: _Device,
    why: Annotated[str, typer.Option(help="Why it reports no more.")],
    by: _By = "",
    store: Store = None,
    keys: Keys = None,
    lang: LanguageOption = "",
) -> None:
    """Retire a device: what comes in its name from now on is refused. Take in first what it still holds."""
    say = Sentences("aforo.cli", lang)
    with custody_written(store, keys) as custody:
        device_acts.retire(custody, device, why, actor=officer(by or None), origin=custody.log.marks)
    terminal.out.print(say("seal_retired_now", device=device), markup=False)
