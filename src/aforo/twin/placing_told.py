"""A plan of scanners in words: its tables as cells and its sentences, for the terminal and for the page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from aforo.measures.intervals import Interval, shown
from aforo.twin.base_check import base_sentences
from aforo.twin.designs_told import three_digits
from aforo.twin.placement import Placed, Placement, Tried
from aforo.twin.placing import SAME
from aforo.twin.plan_page import Say, Spoken, Tabled

#: A sentence names no more bridges than this.
_NAMED: Final = 4


def told_of(told: Placement, say: Say, language: str) -> Spoken:
    """The plan in words."""
    return Spoken(
        title(told, say, language),
        (say("placing_official"), say("placing_synthetic")),
        (headline(told, say),),
        tables(told, say),
        tuple(sentences(told, say, language)),
    )


def title(told: Placement, say: Say, language: str) -> str:
    """What was asked."""
    return say("placing_title", count=told.count, kind=told.kind_name.told(language), bridges=len(told.bridges))


def headline(told: Placement, say: Say) -> str:
    """The worst case before and after, how many trucks are scanned, and what that takes. Where going somewhere costs
    something the worst case is no chance of a find: then the least of those stands beside it."""
    today, plan = told.plan("today"), told.plan("plan")
    found = {"found_before": _per_cent(today.least_found), "found_after": _per_cent(plan.least_found)}
    return say(
        "placing_headline_diverting" if told.diverting else "placing_headline",
        before=_level(today.worst),
        after=_level(plan.worst),
        scanned_before=_per_cent(told.scanned_today, 0),
        scanned_after=_per_cent(told.scanned, 0),
        hours=shown(told.hours, 1.0, 0),
        **(found if told.diverting else {}),
    )


def tables(told: Placement, say: Say) -> tuple[Tabled, ...]:
    """By bridge (the busiest first), the ways, the same where not all smugglers move, and the frontier."""
    busiest = sorted(told.bridges, key=lambda each: -each.trucks)
    return (
        Tabled(say("placing_bridges"), _heads("bridges", say), tuple(_bridge(each, say) for each in busiest)),
        Tabled(
            say("placing_plans", draws=told.draws), _heads("plans", say), tuple(_way(each, say) for each in told.plans)
        ),
        Tabled(say("placing_moves"), _heads("moves", say), tuple(_moves(each, say) for each in told.plans)),
        Tabled(
            say("placing_frontier", count=told.count),
            _heads("frontier", say),
            tuple((_per_cent(each.level), f"{each.hours:z,.0f}", f"{each.enough}") for each in told.frontier),
        ),
    )


def sentences(told: Placement, say: Say, language: str) -> list[str]:
    """What follows from the plan, how it is proved, and what it rests on."""
    plan, greedy = told.plan("plan"), told.plan("greedy")
    sayings = [
        say("placing_stands_told"),
        say(
            "placing_limit",
            use=f"{100.0 * told.use:.0f}",
            full=f"{100.0 * told.scanned_full:.0f}",
            found=f"{100.0 * told.found_full:.1f}",
        ),
        say(
            "placing_weakest_diverting" if told.diverting else "placing_weakest",
            before=_some(told.plan("today").weakest, say),
            after=_some(plan.weakest, say),
        ),
    ]
    if told.ceiling is not None:
        sayings.append(say("placing_ceiling", ceiling=f"{told.ceiling:,.0f}"))
    if told.placed < told.count:
        sayings.append(say("placing_left", placed=told.placed, count=told.count))
    if told.enough < told.placed:
        sayings.append(say("placing_enough", enough=told.enough, placed=told.placed))
    proved = {
        "bound": _per_cent(told.proof.bound, 2),
        "gap": _per_cent(told.proof.gap, 3),
        "water": _per_cent(told.water_level, 2),
    }
    sayings.append(say("placing_proof", **proved))
    less = plan.worst.value is not None and greedy.worst.value is not None and (
        greedy.worst.value < plan.worst.value - SAME
    )  # fmt: skip
    if less or told.ceiling is None:
        sayings.append(say("placing_greedy_less" if less else "placing_greedy_same"))
    sayings.append(say("placing_hedged", draws=told.hedged_draws))
    if told.hedged_without_ceiling:
        sayings.append(say("placing_hedged_ceiling"))
    sayings += base_sentences(told.base, {each.id: each.title for each in told.bridges}, say, language)
    if told.value_missing is not None and told.hours.low != told.hours.high:
        sayings.append(told.value_missing.told(language))
    if told.value is not None:
        low, high = three_digits(told.value)
        sources = "; ".join(each.name.told(language) for each in told.value.estimates)
        worth = {"least": f"{told.value.least:.2f}", "most": f"{told.value.most:.2f}", "sources": sources}
        code = "placing_value_told" if told.value.low < 0.0 else "placing_value_saved"
        sayings.append(say(code, low=low, high=high, **worth))
    premise = "placing_premise" if told.ceiling is None else "placing_premise_ceiling"
    sayings.append(say(premise, times=f"{math.exp(0.1 * told.strength):.1f}"))
    if told.ceiling is None and not told.diverting:
        sayings.append(say("placing_independent", detection=_per_cent(told.detection)))
    sayings.append(say("placing_hour"))
    figures = {"figures": len(told.assumed), "name": told.figures, "ports": told.assumed_ports}
    sayings.append(say("placing_assumed", draws=told.draws, seed=told.seed, **figures))
    sayings.append(say("premise_counts", counts=told.counts.told(language)))
    documents = (f"{each.name} ({each.port}) {each.version} [{each.sha256[:8]}]" for each in told.documents)
    sayings.append(say("premise_documents", documents="; ".join(documents)))
    return sayings


_COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "bridges": ("bridge", "trucks", "stands", "gets", "drawn", "any", "today", "planned", "hours"),
    "plans": ("way", "worst", "mean", "above", "above_mean", "better"),
    "moves": ("way", "hours", "stays", "drifts"),
    "frontier": ("level", "hours", "enough"),
}


def _heads(table: str, say: Say) -> tuple[str, ...]:
    return tuple(say(f"placing_column_{each}") for each in _COLUMNS[table])


def _bridge(each: Placed, say: Say) -> tuple[str, ...]:
    stands = "?"
    if each.stands is not None:
        scanners, portals = each.stands["secondary"], each.stands["portal"]
        stands = say("placing_stands_portal", scanners=scanners, portals=portals) if portals else f"{scanners}"
        stands += "*" if each.assumed else ""
    drawn = f"{each.gets_low}" if each.gets_low == each.gets_high else f"{each.gets_low}–{each.gets_high}"
    return (
        each.title,
        f"{each.trucks:,.0f}",
        stands,
        f"{each.gets}",
        drawn,
        _per_cent(each.gets_share, 0),
        _per_cent(each.covered_today, 0),
        _per_cent(each.covered, 0),
        f"{each.hours:z,.1f}",
    )


def _way(each: Tried, say: Say) -> tuple[str, ...]:
    named, worst, mean = say(f"placing_way_{each.name}"), _level(each.worst), _per_cent(each.mean)
    if each.above is None or each.above_mean is None:
        return named, worst, mean, "", "", ""
    draws = f"{_per_cent(each.better or 0.0, 0)} / {_per_cent(each.poorer or 0.0, 0)}"
    return named, worst, mean, shown(each.above, 100.0, signed=True), f"{100.0 * each.above_mean:+z.1f}", draws


def _moves(each: Tried, say: Say) -> tuple[str, ...]:
    return say(f"placing_way_{each.name}"), f"{each.hours:z,.0f}", _per_cent(each.stays), _per_cent(each.drifts)


def _level(interval: Interval) -> str:
    """A level with its limits, in per cent."""
    return f"{shown(interval, 100.0)} %"


def _per_cent(share: float, digits: int = 1) -> str:
    return f"{100.0 * share:z.{digits}f} %"


def _some(bridges: Sequence[str], say: Say) -> str:
    named = "; ".join(bridges[:_NAMED])
    return named if len(bridges) <= _NAMED else say("placing_more_bridges", bridges=named, more=len(bridges) - _NAMED)
