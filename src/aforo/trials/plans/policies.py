"""A policy document in the twin: one port-day with the document in force, and the same trucks with a draft."""

from __future__ import annotations

from datetime import date

from aforo.domain.decision import EXAMINATIONS
from aforo.domain.threat import THREATS
from aforo.domain.units import MICRO
from aforo.ports.directory import Directory
from aforo.routing.policy import Policy
from aforo.trials.plans.quick import Question, port_of
from aforo.twin.traffic import Profile

#: Replications of a port-day.
_REPLICATIONS = 20


def profile_of(policy: Policy, port: str) -> Profile:
    """What trucks and examinations are like in the twin by a policy document, at the port of a code.

    The twin's trucks hide threats in fixed proportions, so that harm by threat weighs in the mean alone; factors of
    programmes, the people threshold and what facts add are not in it.
    """
    harm = {threat: getattr(policy.harm, threat).minutes for threat in THREATS}
    most = max(max(harm.values()), 1)
    found = policy.detection_micro() / MICRO
    lead = policy.lead
    return Profile(
        harm=float(most),
        weigh={threat: minutes / most for threat, minutes in harm.items()},
        scan=dict(zip(THREATS, (policy.alarms_micro() / MICRO).tolist(), strict=True)),
        alone=dict(zip(THREATS, found[EXAMINATIONS.index("scan")].tolist(), strict=True)),
        exam=dict(zip(THREATS, found[EXAMINATIONS.index("secondary")].tolist(), strict=True)),
        false_alarm=policy.scan.false_alarm.probability,
        lead={
            lane: float(lead.fast.minutes if lane == "fast" else lead.standard.minutes)
            for lane in ("fast", "standard", "empty", "hazmat")
        },
        lottery=policy.control.floor_share.share * policy.running(port).rate.share,
    )


def question_of(in_force: Policy, draft: Policy, bridge: str, ports: Directory, day: date) -> Question:
    """What is asked of the twin about a draft: one day at a bridge (`port/bridge`) of these ports. Raises
    ScenarioError."""
    port = port_of(bridge, ports)
    return Question(
        bridge=bridge,
        document=ports.documents[port.code].decode(),
        days=1,
        first=day,
        policy=in_force.running(port.code).policy.policy,
        replications=_REPLICATIONS,
        profiles=(profile_of(in_force, port.code), profile_of(draft, port.code)),
    )
