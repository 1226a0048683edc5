"""Truck e-manifests for the tests of BorderConnect's JSON: the samples, and what was made of a message."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from aforo.intake import borderconnect
from aforo.intake.batch import IntakeBatch
from aforo.intake.message import Messages

SAMPLES = Path(__file__).resolve().parent / "samples" / "intake" / "borderconnect"
RECEIVED = datetime(2026, 3, 2, 15, 4, 5, tzinfo=UTC)
FORM = Messages(borderconnect)
Json = dict[str, Any]
#: The way to a value of a message: names of fields and numbers in lists.
Steps = tuple[Any, ...]


def sample(name: str = "full") -> Any:
    """A sample's message, to be changed."""
    return json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))


def read(message: Any) -> list[IntakeBatch]:
    """What the product makes of a message, or of bytes."""
    return list(_batches(message if isinstance(message, bytes) else json.dumps(message).encode()))


@lru_cache(maxsize=4)
def _batches(data: bytes) -> tuple[IntakeBatch, ...]:
    return tuple(FORM.read_bytes(data, received=RECEIVED))


def rows(message: Any) -> list[Json]:
    return [row for batch in read(message) for row in batch.table.to_dicts()]


def found(message: Any, gravity: str = "refusal") -> list[tuple[str, str]]:
    """Place (without the message's number) and code of each problem, without those of every format."""
    return [
        (each.place.removeprefix("message 1").removeprefix(", "), each.code)
        for batch in read(message)
        for each in batch.problems
        if each.gravity == gravity and each.code != "party_missing"
    ]


def put(message: Any, where: Steps, value: Any) -> Any:
    """The message with another value there."""
    at = message
    for step in where[:-1]:
        at = at[step]
    at[where[-1]] = value
    return message


def drop(message: Any, where: Steps) -> Any:
    """The message without what is there."""
    at = message
    for step in where[:-1]:
        at = at[step]
    del at[where[-1]]
    return message


def path_of(where: Steps) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in where).removeprefix(".")
