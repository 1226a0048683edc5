"""`aforo seal put-aside`: what brokers handed over and waits until it can be taken, by device and reason."""

from __future__ import annotations

from datetime import datetime

import msgspec
from rich.markup import escape

from aforo.cli import terminal
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import AsJson, Keys, Store
from aforo.domain.clock import instant
from aforo.log.keyfile import KeyStoreUnusableError
from aforo.log.put_aside import PutAside, Waiting
from aforo.settings import Settings, aside_file, settings

#: Lines that are listed.
MOST_LISTED = 50


class WaitingShown(msgspec.Struct, frozen=True):
    """Messages of a device that wait, why (the code of the problem), their bytes, and since when the first does."""

    device: str
    code: str
    messages: int
    bytes: int
    since: datetime


def aside_of(where: Settings, say: Sentences) -> PutAside:
    """The file of what waits, made where there is none; leaves with an error in words where it cannot be used."""
    file = aside_file(where.keys)
    try:
        return PutAside(file)
    except (KeyStoreUnusableError, OSError) as error:
        told = say("put_aside_unusable", problem=escape(str(error)))
        terminal.fail(told, where=escape(str(file)), to_do=say("put_aside_unusable_to_do"))


def put_aside(store: Store = None, keys: Keys = None, as_json: AsJson = False, lang: LanguageOption = "") -> None:
    """Say what brokers handed over that waits here until it can be taken, by device and why.

    It waits in a file beside the keys of the listener, for seven days at most.
    """
    say = Sentences("aforo.cli", lang)
    where = settings(store, keys)
    waiting: list[Waiting] = []
    if aside_file(where.keys).is_file():
        with aside_of(where, say) as aside:
            waiting = aside.waiting()
    found = [WaitingShown(each.device, each.code, each.messages, each.bytes, instant(each.since)) for each in waiting]
    if as_json:
        terminal.emit({"waiting": found})
    elif not found:
        terminal.out.print(say("put_aside_none"), markup=False)
    else:
        table = terminal.listing(
            say, "put_aside", "device", "why", "messages", "bytes", "since", right=("messages", "bytes")
        )
        for each in found[:MOST_LISTED]:
            why, since = say(f"put_aside_why_{each.code}"), f"{each.since:%Y-%m-%d %H:%M:%S}Z"
            table.add_row(*map(escape, (each.device, why, f"{each.messages:,}", f"{each.bytes:,}", since)))
        terminal.show(table)
        if len(found) > MOST_LISTED:
            terminal.out.print(say("put_aside_more", count=f"{len(found) - MOST_LISTED:,}"), markup=False)
