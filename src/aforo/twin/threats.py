"""Finds by threat in a comparison: how many trucks hid each threat, and how many of them were found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec
import numpy as np

from aforo.domain.threat import THREATS
from aforo.measures.crossing_times import mean_interval
from aforo.measures.intervals import Interval, proportion, shown
from aforo.twin.scenario import Scenario
from aforo.twin.traffic import Profile

#: Figures of one replication of all bridges, of the first scenario and of the second.
Wholes = Sequence[tuple[Mapping[str, float], Mapping[str, float]]]


class ThreatFinds(msgspec.Struct, frozen=True):
    """The finds of one threat in both scenarios, in pairs (first, second). Intervals are of 95 per cent.

    `prevalence` is the share of trucks that hide it, which is assumed; `stated` whether a scenario states it, else it
    is the default of the product. `hidden` and `found` are trucks of one run, means over replications; `share` is found
    over hidden of all replications together, with the exact limits of a proportion. `difference` is of `found`, paired.
    """

    threat: str
    prevalence: tuple[float, float]
    stated: bool
    hidden: tuple[Interval, Interval]
    found: tuple[Interval, Interval]
    share: tuple[Interval, Interval]
    difference: Interval


def threat_finds(first: Scenario, second: Scenario, wholes: Wholes) -> tuple[ThreatFinds, ...]:
    """The finds by threat of two scenarios, from the figures of their replications."""
    stated = first.traffic.stated_prevalences() | second.traffic.stated_prevalences()
    return tuple(_of_threat(threat, first, second, threat in stated, wholes) for threat in THREATS)


def _of_threat(threat: str, first: Scenario, second: Scenario, stated: bool, wholes: Wholes) -> ThreatFinds:
    hidden = np.array([[side[f"hidden_{threat}"] for side in pair] for pair in wholes])
    found = np.array([[side[f"found_{threat}"] for side in pair] for pair in wholes])
    return ThreatFinds(
        threat=threat,
        prevalence=(first.traffic.prevalence[threat], second.traffic.prevalence[threat]),
        stated=stated,
        hidden=(mean_interval(hidden[:, 0]), mean_interval(hidden[:, 1])),
        found=(mean_interval(found[:, 0]), mean_interval(found[:, 1])),
        share=(
            proportion(float(found[:, 0].sum()), float(hidden[:, 0].sum())),
            proportion(float(found[:, 1].sum()), float(hidden[:, 1].sum())),
        ),
        difference=mean_interval(found[:, 1] - found[:, 0]),
    )


def threat_heads(called: tuple[str, str], say: Callable[..., str]) -> tuple[str, ...]:
    """The heads of the table of finds by threat; `called` are the names of both scenarios."""
    sides = (say("column_threat_found", side=side) for side in called)
    return say("column_threat"), say("column_prevalence"), *sides, say("column_threat_difference")


def threat_cells(finds: ThreatFinds, say: Callable[..., str]) -> tuple[str, ...]:
    """One row of the table of finds by threat."""
    assumed = say("prevalence_stated" if finds.stated else "prevalence_assumed")
    sides = (
        f"{shown(share, 100.0)} % / {hidden.value or 0.0:,.1f}" if share.value is not None else "–"
        for share, hidden in zip(finds.share, finds.hidden, strict=True)
    )
    return (
        say(f"threat_{finds.threat}"),
        f"{_shares(finds.prevalence)} {assumed}",
        *sides,
        shown(finds.difference, signed=True),
    )


def prevalences(finds: Sequence[ThreatFinds], say: Callable[..., str]) -> str:
    """The prevalences of both scenarios in one phrase; those that a scenario states are marked."""
    return ", ".join(
        f"{say(f'threat_{each.threat}')} {_shares(each.prevalence)}"
        + (f" {say('prevalence_stated')}" if each.stated else "")
        for each in finds
    )


def default_prevalences(say: Callable[..., str]) -> str:
    """The prevalences that the product assumes by default, in one phrase."""
    shares = Profile().prevalence
    return ", ".join(f"{say(f'threat_{threat}')} {_shares([shares[threat]])}" for threat in THREATS)


def _shares(prevalence: Sequence[float]) -> str:
    return " → ".join(f"{100.0 * share:.3g} %" for share in dict.fromkeys(prevalence))
