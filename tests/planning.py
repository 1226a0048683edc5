"""What the tests of who may do what send of rules in shadow, the policy and plans of the twin, and who may."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx
from listening import Listening

from aforo.domain.role import ROLES, Role
from aforo.scoreboard.shipped import definitions

_READ = {"officer", "supervisor", "analyst", "auditor", "administrator"}
_PLAN = {"supervisor", "analyst", "administrator"}
#: What is allowed, by operation.
ALLOWED: dict[str, set[str]] = {
    "rule_shadow": _READ,
    "list_policies": _READ,
    "read_policy": _READ,
    "policy_difference": _READ,
    "policy_impact": _READ,
    "policy_shadow": _READ,
    "policy_twin": _PLAN,
    "check_policy": {"supervisor", "analyst"},
    "propose_policy": {"supervisor", "analyst"},
    "promote_policy": {"supervisor"},
    "propose_measure": {"supervisor", "analyst"},
    "step_measure": {"supervisor"},
    "list_scenarios": _PLAN,
    "read_scenario": _PLAN,
    "check_scenario": _PLAN,
    "list_plans": _PLAN,
    "ask_plan": _PLAN,
    "read_plan": _PLAN,
    "plan_outcome": _PLAN,
    "cancel_plan": _PLAN,
    "run_plan_again": _PLAN,
    "keep_plan": _PLAN,
    "drop_plan": _PLAN,
    "list_standing": _PLAN,
    "ask_what_if": _PLAN,
}
#: A plan that is done is not run again; what ships was proposed by nobody, and is not rolled back.
ONCE = {"promote_policy", "run_plan_again", "propose_measure", "step_measure"}
_PLAN_BODY = {
    "scenario": {
        "name": "x", "title": {"en": "x", "es": "y"}, "ports": ["Columbus"], "first": "2024-10-07", "days": 1,
        "replications": 2, "change": [{"kind": "booths_added"}],
    }
}  # fmt: skip
_POLICY_BODY = {"based_on": "default@5", "version": "6", "figures": [{"path": "harm.theft", "value": 1, "source": "x"}]}
_FIRST = definitions().documents[definitions().find("scan-rate", 1).hash].decode()
_MEASURE = _FIRST.replace("version = 1", "version = 7")
#: What is sent.
BODIES: dict[str, dict[str, Any]] = {
    "check_policy": _POLICY_BODY,
    "propose_policy": _POLICY_BODY,
    "promote_policy": {"to": "rolled_back", "reason": "x"},
    "propose_measure": {"document": _MEASURE},
    "step_measure": {"to": "retired", "reason": "x"},
    "check_scenario": _PLAN_BODY,
    "ask_plan": _PLAN_BODY,
    "keep_plan": {"kept": True},
    "ask_what_if": {"bridge": "2406/columbus", "days": 1},
}


def path_of(made: Listening, operation: str, path: str, role: str) -> str:
    """Where an operation is asked: a plan that is dropped is one of whoever drops it."""
    if operation == "policy_twin":
        return f"{path}?bridge=2406/columbus"
    if operation == "drop_plan" and role in ALLOWED[operation]:
        return f"/v1/plans/{planned(made.as_(_role(role)), 'cancelled')}"
    return path


def named(made: Listening) -> dict[str, Callable[[], str]]:
    """How what paths name is found: a version that ships, a scenario that ships, and a plan of the analyst's that is
    done."""
    return {
        "policy": lambda: "default@5",
        "measure": lambda: "incidents@1",
        "scenario": lambda: "el-paso-2023",
        "plan": lambda: planned(made.as_("analyst"), "done"),
    }


def planned(client: httpx.Client, state: str) -> str:
    """A plan that has come to a state, the one that there is already, if there is one."""
    known = client.get("/v1/plans").json()["plans"]
    plan: str = next(
        (each["plan"] for each in known if (each["by"], each["state"], state) == ("analyst", "done", "done")), ""
    )
    plan = plan or client.post("/v1/plans", json=_PLAN_BODY).json()["plan"]
    if state == "cancelled":
        client.post(f"/v1/plans/{plan}/cancel")
    until = time.monotonic() + 60
    while client.get(f"/v1/plans/{plan}").json()["row"]["state"] != state and time.monotonic() < until:
        time.sleep(0.1)
    return plan


def _role(role: str) -> Role:
    return next(each for each in ROLES if each == role)
