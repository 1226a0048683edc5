"""What a result rests on, as it is said beside the figures: what is assumed throughout, and what differs from what is
published."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from aforo.twin.base_check import base_sentences
from aforo.twin.results import Result, row_of
from aforo.twin.scan_limit import limits_told
from aforo.twin.threats import prevalences

#: The share of commercial trucks that were scanned over the whole border, fiscal 2020 and 2024, as published.
PUBLISHED_SCANNED: Final = (0.16, 0.27)
#: From this part of a change of the mean wait on it is said how much of it passes while no booth is up.
_NIGHT: Final = 0.1

Say = Callable[..., str]


def premises(result: Result, called: tuple[str, str], say: Say, language: str) -> list[str]:
    """The largest assumptions, in sentences; `called` are the names of both columns.

    They are what trucks hide and staff, what limits scanning, the base's scans against those that are published, the
    scanners of both worlds where they differ, the scenario's own sources, the counts, and the port documents.
    """
    told = base_sentences(result.base, result.bridge_names, say, language)
    told += [say("premise_traffic"), say("premise_prevalence", prevalences=prevalences(result.threats, say))]
    told += limits_told(result.limits, called, say)
    rows = [row_of(result.comparison, "scan_share", bridge) for bridge in result.comparison.rows]
    shares = [row.first.value for row in rows if row is not None and row.first.value is not None]
    if shares:
        low, high = PUBLISHED_SCANNED
        shown = {
            "first": called[0],
            "low": f"{100 * low:.0f}",
            "high": f"{100 * high:.0f}",
            "whole": f"{100 * shares[0]:.1f}",
        }
        if len(shares) > 1:
            least, most = min(shares[1:]), max(shares[1:])
            told.append(say("premise_scanned_each", least=f"{100 * least:.1f}", most=f"{100 * most:.1f}", **shown))
        else:
            told.append(say("premise_scanned", **shown))
    before, after = (sum(each[at] for each in result.scanners.values()) for at in (0, 1))
    moved = sorted(((b - a, place) for place, (a, b) in result.scanners.items() if a != b), key=lambda each: -each[0])
    if moved:
        places = ", ".join(f"{result.bridge_names.get(place, place)} {more:+d}" for more, place in moved)
        told.append(
            say("premise_scanners", first=called[0], second=called[1], before=before, after=after, places=places)
        )
    if result.sources:
        spoken = (each.told(language) for each in result.sources)
        told.append(say("premise_sources", sources="; ".join(spoken)))
    told.append(say("premise_counts", counts=result.counts.told(language)))
    documents = (f"{each.name} ({each.port}) {each.version} [{each.sha256[:8]}]" for each in result.documents)
    told.append(say("premise_documents", documents="; ".join(documents)))
    return told


def night(result: Result, say: Say) -> list[str]:
    """How much of the change of the mean wait passes while no booth is up, where there is a change and
    that is a large part of it."""
    whole, shut_out = (row_of(result.comparison, figure) for figure in ("wait_mean", "wait_open"))
    if whole is None or shut_out is None or whole.difference.low <= 0.0 <= whole.difference.high:
        return []
    change, by_day = whole.difference.value, shut_out.difference.value
    if change is None or by_day is None or abs(change - by_day) <= _NIGHT * abs(change):
        return []
    return [say("night_told", change=f"{change:+.2f}", night=f"{change - by_day:+.2f}", open=f"{by_day:+.2f}")]
