"""What is read of a message as text: its leaves by path, and lists and texts where something else may stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from aforo.intake.borderconnect.reading import Number


def leaves(value: Mapping[str, object]) -> dict[str, str]:
    """The values of an object by their paths, as text: `address.city`, `sealNumbers[0]`. What is null or empty is left
    out; two that have one path are both kept."""
    made: dict[str, str] = {}
    _flatten(value.items(), made)
    return made


def _flatten(values: Iterable[tuple[str, object]], made: dict[str, str]) -> None:
    """Keep the leaves of values that are given with their paths."""
    for path, value in values:
        if isinstance(value, str):
            text = value
        elif isinstance(value, Number):
            text = value.text
        elif isinstance(value, dict):
            _flatten([(f"{path}.{name}", each) for name, each in value.items()], made)
            continue
        elif isinstance(value, list):
            _flatten([(f"{path}[{number}]", each) for number, each in enumerate(value)], made)
            continue
        elif isinstance(value, bool):
            text = "true" if value else "false"
        else:
            continue
        if text:
            keep(made, path, text)


def keep(made: dict[str, str], name: str, text: str) -> None:
    """Add a value under its name, or under a name like it where that is taken."""
    while name in made:
        name += "'"
    made[name] = text


def entries(value: object) -> list[object]:
    """The entries of what should be a list."""
    return value if isinstance(value, list) else []


def objects(value: object) -> list[dict[str, object]]:
    """The entries of what should be a list of objects; what is none is empty, so that the others keep their number."""
    return [each if isinstance(each, dict) else {} for each in entries(value)]


def part(value: Mapping[str, object], name: str) -> dict[str, object]:
    """A field that should be an object."""
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def text_of(value: object) -> str:
    """What should be text, without the space around it."""
    return value.strip() if isinstance(value, str) else ""
