"""All that is wrong with the form of a document at once, and what is left of it to be judged without.

A decoder stops at the first fault. So what is at fault is told, taken out, and the rest decoded again, until it is a
port or nothing is left. What is missing only because something was taken out is no fault of the document: it is not
told, and goes too.
"""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import msgspec

from aforo.domain.form import Path, fault_at, fault_of, lacking, place_of, value_at
from aforo.ports.document import PortDocument
from aforo.ports.finding import Finding, say

#: Faults that are told of one document.
MOST = 100
#: Of each finding of what a document says: the parts of a bridge that it follows from. Others follow from their place.
_FROM: dict[str, tuple[str, ...]] = {
    "lane_served_twice": ("lanes",),
    "lane_served_by_none": ("lanes",),
    "booths_while_closed": ("lanes", "open"),
    "booths_too_many": ("lanes", "booths"),
    "joint_while_closed": ("joint", "open"),
    "shape_empty": ("arrivals.hourly", "arrivals.weekday"),
    "shape_closed": ("arrivals.hourly", "arrivals.weekday", "open"),
    "lane_shares": ("arrivals.lanes",),
    "lane_share_without_lane": ("arrivals.lanes", "lanes"),
}

#: Findings that hold whatever is taken out.
_BY_ITSELF = frozenset({"port_zone", "port_zone_other", "source_reserved", "bridge_name_twice", "id_twice"})


@dataclass(frozen=True)
class Formed:
    """The port of what is in order, None where too little is; what is wrong with the form; and the places that were
    taken out, as `place_of` writes them."""

    port: PortDocument | None
    faults: tuple[Finding, ...]
    taken_out: tuple[str, ...]

    def judges(self, finding: Finding) -> bool:
        """Whether a finding of what the document says holds whatever stands in the places that were taken out."""
        return not any(_meet(needed, out) for needed in self._needed(finding) for out in self.taken_out)

    def _needed(self, finding: Finding) -> list[str]:
        """The places that a finding follows from."""
        if finding.code in _BY_ITSELF:
            return []
        if finding.code == "bridge_shares":
            whole = [each for each in self.taken_out if each.startswith("bridge[") and each.endswith("]")]
            shares = [f"bridge[{each.id}].share" for each in self.port.bridges] if self.port is not None else []
            return [*shares, *(each for each in whole if "." not in each)]
        if finding.code in _FROM:
            bridge = finding.place.partition(".")[0]
            return [f"{bridge}.{part}" for part in _FROM[finding.code]]
        # The number of a place in a list is told only where nothing was taken out of that list.
        numbered = re.fullmatch(r"(.*)\[[0-9]+\].*", finding.place)
        place = [finding.place if numbered is None else numbered[1]]
        return [*place, "sources"] if finding.code == "source_unknown" else place


def formed(document: dict[str, Any]) -> Formed:
    """What a decoded document is, and all that is wrong with its form."""
    out = list(_not_finite(document))
    if not out:
        with suppress(msgspec.ValidationError):
            return Formed(msgspec.convert(document, PortDocument), (), ())
    table = copy.deepcopy(document)
    found = [say("port_not_finite", place_of(path, document)) for path in out]
    for path in out:
        _take(path, table)
    port = None
    while port is None and len(found) < MOST:
        kept = _kept(table)
        try:
            port = msgspec.convert(kept, PortDocument)
        except msgspec.ValidationError as wrong:
            place, gone, what = (_in_document(path, table) for path in fault_at(wrong, PortDocument, kept))
            told = place_of(place, document)
            faults = [(what, fault_of(wrong, PortDocument, kept)[1])]
            if len(what) > len(gone):  # a field is missing there, and so may others be
                faults = [((*gone, field), why) for field, why in lacking(wrong, PortDocument, kept)]
            for path, why in faults:
                if not any(each[: len(path)] == path for each in out):
                    found.append(say("port_not_valid" if told else "port_not_whole", told, why=why))
            if not gone or value_at(gone, table) is None:
                break
            _take(gone, table)
            out.append(gone)
    return Formed(port, tuple(found), tuple(place_of(path, document) for path in out))


#: Stands in a list for what was taken out of it, so that what comes after stays where it was.
_GONE = object()


def _take(path: Path, table: Any) -> None:
    at, key = value_at(path[:-1], table), path[-1]
    if isinstance(at, dict):
        at.pop(key, None)
    elif isinstance(at, list) and isinstance(key, int):
        at[key] = _GONE


def _kept(node: Any) -> Any:
    """A table without what was taken out of its lists."""
    if isinstance(node, dict):
        return {key: _kept(child) for key, child in node.items()}
    return [_kept(child) for child in node if child is not _GONE] if isinstance(node, list) else node


def _in_document(path: Path, table: Any) -> Path:
    """A path in what is kept of a table, as one in the whole."""
    whole: list[str | int] = []
    for key in path:
        if isinstance(table, list) and isinstance(key, int):
            key = [place for place, each in enumerate(table) if each is not _GONE][key]
        whole.append(key)
        table = value_at((key,), table)
    return tuple(whole)


def _not_finite(node: Any, path: Path = ()) -> Iterator[Path]:
    """The path of each number that is neither finite nor missing: TOML can write `nan`."""
    if isinstance(node, float):
        if not math.isfinite(node):
            yield path
    elif isinstance(node, dict | list):
        for key, child in node.items() if isinstance(node, dict) else enumerate(node):
            yield from _not_finite(child, (*path, key))


def _meet(one: str, other: str) -> bool:
    """Whether one place is the other, or within it."""
    return one == other or one.startswith((f"{other}.", f"{other}[")) or other.startswith((f"{one}.", f"{one}["))
