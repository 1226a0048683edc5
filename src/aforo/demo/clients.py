"""The clients of the live demonstration, and their tokens: who files, who reports, and who stands at which bridge.

The largest carriers file for themselves, the others through agents that file for many. At each bridge officers act
under a name of their own, and what happens on the road is seen to by officers who each have a name; the machines of all
bridges (readers, scanners, lanes) speak by one token, and the port's system reports who went on. The tokens are good in
the demonstration's folder alone, and are kept there.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from aforo.demo import people
from aforo.demo.people import Person
from aforo.domain.credential import command_credential
from aforo.domain.role import Role
from aforo.log.tokens import Tokens

#: Carriers that file for themselves, and agents that file for all others.
OWN, AGENTS = 3, 4
#: Who answers on the road.
_ON_THE_ROAD = ("Elena Duarte", "Marco Ibarra")
_FILE = "clients.json"
_YEARS = timedelta(days=3650)


class Sender(msgspec.Struct, frozen=True):
    """Who files: by which token, and for which carriers, by their codes."""

    name: str
    token: str
    carriers: tuple[str, ...]


class Clients(msgspec.Struct, frozen=True):
    """Tokens. `officers` are by bridge; `registry` registers seals; `player` moves the clock; `visitor` is for whoever
    asks the node by program; `road` are the tokens of the officers who answer on the road, by their names.
    `people` may sign in at the console, all by one `password`."""

    senders: tuple[Sender, ...]
    officers: dict[str, str]
    devices: str
    system: str
    registry: str
    player: str
    visitor: str
    password: str
    people: tuple[Person, ...]
    road: dict[str, str] = {}


def kept(folder: Path) -> Clients | None:
    """The clients of a folder; None where it has none yet."""
    path = folder / _FILE
    return msgspec.json.decode(path.read_bytes(), type=Clients) if path.is_file() else None


def make(folder: Path, keys: str, carriers: Sequence[str], bridges: Sequence[str], town: str) -> Clients:
    """Issue tokens for the clients, and keep them in the folder. `carriers` come with the largest first;
    `town` is the bridge of the town that has an account, one that is shown."""
    now = datetime.now(UTC)
    password, known = people.make(keys, carriers[0], bridges=[town])
    with closing(Tokens(keys)) as tokens:

        def issue(name: str, role: Role, codes: Sequence[str] = ()) -> str:
            return tokens.issue(f"SYN {name}", role, tuple(codes), now, now + _YEARS, command_credential())[0]

        rest = carriers[OWN:]
        groups = [
            *((f"carrier {each}", (each,)) for each in carriers[:OWN]),
            *((f"filing agent {number + 1}", tuple(rest[number::AGENTS])) for number in range(AGENTS)),
        ]
        made = Clients(
            tuple(Sender(name, issue(name, "carrier", codes), codes) for name, codes in groups if codes),
            {bridge: issue(f"officers at {bridge}", "officer") for bridge in bridges},
            issue("machines of the bridges", "device", bridges),
            issue("port system", "officer"),
            issue("registry of seals", "supervisor"),
            issue("player of the world", "device"),
            issue("visitor", "supervisor"),
            password,
            known,
            {f"SYN {name}": issue(name, "officer") for name in _ON_THE_ROAD},
        )
    draft = folder / f"{_FILE}.part"
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
        stream.write(msgspec.json.encode(made))
    draft.replace(folder / _FILE)
    return made
