"""Who may sign in at a live demonstration's console: one person of each role, a second officer and a second supervisor,
a carrier's clerk, and somebody of a town.

They are made up, and good in the demonstration's folder alone. All have one password, which is drawn for the folder: it
is told to whoever starts the demonstration.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime

import msgspec

from aforo.demo.outside import forms
from aforo.domain.role import Role
from aforo.log import passwords
from aforo.log.accounts import Accounts

#: The login of the officer who signs as the second one, in the world and at the console.
SECOND = "second"
#: To sign in by, the name that is recorded, and the role. Who seconds an officer's order is another officer, and who
#: approves what a supervisor proposes another supervisor.
_STAFF: tuple[tuple[str, str, Role], ...] = (
    ("supervisor", "SYN Alma Reyes", "supervisor"),
    ("officer", "SYN Ruth Cole", "officer"),
    (SECOND, "SYN Omar Vidal", "officer"),
    ("deputy", "SYN Lena Ortiz", "supervisor"),
    ("analyst", "SYN Iris Lang", "analyst"),
    ("auditor", "SYN Hugo Marsh", "auditor"),
    ("administrator", "SYN Nora Beck", "administrator"),
)


#: The code of the clerk's carrier in manifests, beside that by which it files: none of the traffic's has it.
_SCAC = "SYCN"


class Person(msgspec.Struct, frozen=True):
    """Somebody who may sign in: the name to do so by, and the role."""

    login: str
    role: Role


def make(
    keys: str, carrier: str, hashed: Callable[[str], str] = passwords.hashed, bridges: Sequence[str] = ()
) -> tuple[str, tuple[Person, ...]]:
    """Make the accounts of a new folder, the carrier's for its codes, and one of the town of these bridges where there
    are any; their password, and who they are."""
    now = datetime.now(UTC)
    # Whoever the demonstration is shown to over a network could try what is short.
    password = f"synthetic-{secrets.token_hex(12)}"
    kept = hashed(password)
    made = []
    with closing(Accounts(keys)) as accounts:
        for login, name, role in _STAFF:
            accounts.add(login, name, role, (), "en", now, password=kept)
            made.append(Person(login, role))
        codes = (carrier, _SCAC, forms.rfc(carrier))
        accounts.add("carrier", f"SYN Carla Nieto of {carrier}", "carrier", codes, "es", now, password=kept)
        made.append(Person("carrier", "carrier"))
        if bridges:
            accounts.add("town", "SYN Paz Luna", "municipality", tuple(bridges), "es", now, password=kept)
            made.append(Person("town", "municipality"))
    return password, tuple(made)
