"""Roles: what kind of person, or machine, acts on a node."""

from __future__ import annotations

from typing import Literal, get_args

Role = Literal[
    "officer", "supervisor", "analyst", "carrier", "auditor", "administrator", "municipality", "device", "port"
]
ROLES: tuple[Role, ...] = get_args(Role)
#: The roles of persons of the administration: what one of them does stands in the record under a name.
STAFF_ROLES: tuple[Role, ...] = ("officer", "supervisor", "analyst", "auditor", "administrator")
#: Who asks: a role, or anyone at all who has not signed in.
Asking = Literal[Role, "anyone"]
