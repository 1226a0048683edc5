"""The document of times to respond: who is asked about what, how fast, up which ladder, and how long it may be put off.

It is versioned, and each figure is marked with its source or `assumed`. An administration replaces the document that is
shipped (`response.toml`) by its own.
"""

from __future__ import annotations

import tomllib
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from importlib import resources
from typing import Annotated

import msgspec
from msgspec import Meta

from aforo.domain.alert import ALERT_KINDS, AlertKind, StaffRole

LONGEST_DOCUMENT = 64 * 1024
#: No figure is more than a year of minutes.
Amount = Annotated[int, Meta(ge=1, le=525_600)]
Source = Annotated[str, Meta(min_length=1, max_length=300)]


class ResponseError(ValueError):
    """The document of times to respond is not valid; the message says where and what to do."""


class Minutes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A span of time."""

    minutes: Amount
    source: Source

    @property
    def span(self) -> timedelta:
        return timedelta(minutes=self.minutes)


class Snooze(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For how long an alert may be put off at once, and how often; none of either forbids it."""

    minutes: Annotated[int, Meta(ge=0, le=525_600)]
    times: Annotated[int, Meta(ge=0, le=100)]
    source: Source


class Score(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A likeness, from nothing (0) to equal (1)."""

    score: Annotated[float, Meta(ge=0.0, le=1.0)]
    source: Source


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One step of a ladder: who is asked, within what time they acknowledge, and then respond."""

    role: StaffRole
    acknowledge: Minutes
    respond: Minutes


class Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"steps": "step", "from_": "from"}):
    """What holds for one kind of alert. `from_` is the least score of a hit, `before` how long ahead of its day a
    challenge is told of, `after` how old a list may be: each belongs to one kind."""

    snooze: Snooze
    steps: Annotated[tuple[Step, ...], Meta(min_length=1, max_length=8)]
    from_: Score | None = None
    before: Minutes | None = None
    after: Minutes | None = None


#: The figure that a kind needs beside its ladder.
_OWN: dict[AlertKind, str] = {"screening_hit": "from_", "challenge_due": "before", "stale_list": "after"}


class Response(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The document."""

    name: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$(?!\n)")]
    version: Annotated[str, Meta(pattern=r"^[0-9A-Za-z.-]{1,20}$(?!\n)")]
    kind: dict[AlertKind, Rules]

    def step(self, kind: AlertKind, level: int) -> Step | None:
        """A step of a kind's ladder, None above the last."""
        steps = self.kind[kind].steps
        return steps[level] if level < len(steps) else None

    def at(self, kind: AlertKind, level: int) -> Step:
        """A step of a kind's ladder; the last for whatever stands above it, as a longer ladder of before left it."""
        steps = self.kind[kind].steps
        return steps[min(level, len(steps) - 1)]

    @property
    def never_put_off(self) -> list[AlertKind]:
        """The kinds of which no alert may be put off, in the order of ALERT_KINDS."""
        none = {kind for kind, rules in self.kind.items() if not (rules.snooze.times and rules.snooze.minutes)}
        return [kind for kind in ALERT_KINDS if kind in none]

    def may_snooze(self, kind: AlertKind, snoozes: int, now: datetime, until: datetime) -> bool:
        """Whether an alert that was put off so often may be put off once more, until an instant."""
        granted = self.kind[kind].snooze
        return snoozes < granted.times and now < until <= now + timedelta(minutes=granted.minutes)


@lru_cache(maxsize=8)
def parse(document: bytes) -> Response:
    """A document that is to be put in force; it speaks of every kind. Raises ResponseError."""
    response = _read(document)
    if missing := [kind for kind in ALERT_KINDS if kind not in response.kind]:
        raise ResponseError(f"the document says nothing of {missing[0]}: add [kind.{missing[0]}]")
    return response


@lru_cache(maxsize=8)
def completed(document: bytes) -> Response:
    """A document that was put in force, maybe before there were as many kinds: what it does not speak of is as in the
    shipped one. Raises ResponseError."""
    response = _read(document)
    return msgspec.structs.replace(response, kind=parse(shipped()).kind | response.kind)


def _read(document: bytes) -> Response:
    if len(document) > LONGEST_DOCUMENT:
        raise ResponseError("the document of times to respond is larger than 64 kB: shorten it")
    try:
        response = msgspec.convert(tomllib.loads(document.decode()), Response)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ResponseError(f"the document of times to respond is not TOML in UTF-8: {error}") from None
    except msgspec.ValidationError as error:
        raise ResponseError(f"the document of times to respond is not valid: {error}") from None
    for kind, rules in response.kind.items():
        for figure in ("from_", "before", "after"):
            if (getattr(rules, figure) is not None) != (_OWN.get(kind) == figure):
                wrong = "needs" if _OWN.get(kind) == figure else "has no"
                raise ResponseError(f"[kind.{kind}] {wrong} `{figure.rstrip('_')}`: mend that")
    return response


def shipped() -> bytes:
    """The document that is shipped."""
    return (resources.files("aforo.answers") / "response.toml").read_bytes()


def hash_of(document: bytes) -> str:
    """What names a document: the SHA-256 of its bytes, as artefacts are named."""
    return sha256(document).hexdigest()
