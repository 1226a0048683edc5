"""What the policies permit, action by action and role by role, against the committed table: all else is denied."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from aforo.api.access import actions, permitting
from aforo.domain.role import ROLES, Asking

TABLE = Path(__file__).resolve().parents[1] / "permitted.toml"
EVERYONE: tuple[Asking, ...] = (*ROLES, "anyone")


def expected() -> dict[str, set[str]]:
    """By action: the roles that it is permitted to; ` own` behind a role says on its own records alone."""
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return {action: set(roles) for action, roles in table["actions"].items()}


def permitted(action: str) -> set[str]:
    """As `expected`, by the policies."""
    found = set()
    for role in EVERYONE:
        wide, own = (permitting(role, action, each) is not None for each in (False, True))
        assert own or not wide, "who may do it on every record may do it on its own"
        if own:
            found.add(role if wide else f"{role} own")
    return found


def test_every_action_is_in_the_table_and_every_line_is_an_action() -> None:
    lacking = [f"{each} = {sorted(permitted(each))}" for each in actions() if each not in expected()]
    assert not lacking, "add to tests/permitted.toml, once it is what is wanted:\n" + "\n".join(lacking)
    assert expected().keys() == set(actions())


@pytest.mark.parametrize("action", sorted(expected()))
def test_an_action_is_permitted_to_whom_the_table_says_and_to_nobody_else(action: str) -> None:
    assert permitted(action) == expected()[action]


def test_what_is_open_to_anyone_is_open_to_all() -> None:
    for action, roles in expected().items():
        if "anyone" in roles:
            assert roles == set(EVERYONE), action


def test_a_carrier_and_a_device_have_nothing_of_risk_rules_or_prices() -> None:
    officers = {"read_crossing", "read_decision", "read_entity", "read_rules", "read_lists", "read_hits", "read_alerts"}
    for action in officers | {"read_bridges", "hear_bridges", "read_persons", "audit", "read_accounts"}:
        assert {"carrier", "carrier own", "device", "port", "anyone"}.isdisjoint(expected()[action]), action
