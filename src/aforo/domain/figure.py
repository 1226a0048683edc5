"""Figures of documents: a value with its source or the word `assumed`; what is unknown is left out.

`source` is `assumed` or the key of a source that the document names under `[sources]`. `note` says how a figure was
computed or assumed, where that is not plain.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

#: The source of a figure that no public source is known for.
ASSUMED: Final = "assumed"

Source = Annotated[str, Meta(min_length=1, max_length=100, description="`assumed`, or a key of [sources]")]
Note = Annotated[str, Meta(max_length=1_000)]


class Figure(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every figure has beside its value."""

    source: Source
    note: Note = ""


def figures(node: Any, place: str = "") -> Iterator[tuple[str, Figure]]:
    """Every figure below a node of a document, with its place as TOML would write it."""
    if isinstance(node, Figure):
        yield place, node
    elif isinstance(node, msgspec.Struct):
        for attribute, name in _fields(type(node)):
            yield from figures(getattr(node, attribute), f"{place}.{name}" if place else name)
    elif isinstance(node, dict):
        for name, child in node.items():
            yield from figures(child, f"{place}.{name}" if place else name)
    elif isinstance(node, tuple):
        for number, child in enumerate(node):
            yield from figures(child, f"{place}[{getattr(child, 'id', number)}]")


@cache
def _fields(kind: type[msgspec.Struct]) -> tuple[tuple[str, str], ...]:
    """The fields of a kind of node and their names in TOML; to find them costs more than to walk a document."""
    return tuple((field.name, field.encode_name) for field in msgspec.structs.fields(kind))


#: Documents nest a few tables deep; a key with dots nests as deep as it is long.
_DEEPEST = 12


def not_plain(node: Any, place: str = "", depth: int = 0) -> str | None:
    """Where a decoded document nests too deep or holds a number that is not finite, None where nowhere."""
    if depth > _DEEPEST:
        return place
    if isinstance(node, float):
        return None if math.isfinite(node) else place
    if isinstance(node, dict):
        inside = (not_plain(each, f"{place}.{key}" if place else key, depth + 1) for key, each in node.items())
    elif isinstance(node, list):
        inside = (not_plain(each, f"{place}[{number}]", depth + 1) for number, each in enumerate(node))
    else:
        return None
    return next((found for found in inside if found is not None), None)


def not_finite(node: Any, place: str = "") -> str | None:
    """The place of the first number of a decoded document that is neither finite nor missing: TOML can write `nan`."""
    if isinstance(node, float):
        return None if math.isfinite(node) else place
    if isinstance(node, dict):
        inside = ((not_finite(child, f"{place}.{name}" if place else name)) for name, child in node.items())
    elif isinstance(node, list):
        inside = (not_finite(child, f"{place}[{number}]") for number, child in enumerate(node))
    else:
        return None
    return next((found for found in inside if found is not None), None)
