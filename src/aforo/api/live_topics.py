"""What the live stream of the console is asked for by, and which events touch which topic."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote

import msgspec

from aforo.api.names import named
from aforo.api.problems import ProblemError
from aforo.domain.alert import AlertRaised
from aforo.domain.artefact import ArtefactPromoted, ArtefactRegistered
from aforo.domain.event import PAYLOADS, Payload

#: How many topics one stream may have, and how long they may be together.
MOST_TOPICS, MOST_CHARACTERS = 64, 8_000
#: What it takes to open a stream at all, whose clock is in its first word.
HEAR_CLOCK = "hear_clock"
#: The actions that topics need. A topic with a name behind a colon is of one bridge, one crossing, or one party.
ACTIONS = {
    "bridges": "read_bridges",
    "board": "read_board",
    "alerts": "hear_alerts",
    "responses": "hear_alerts",
    "crossing": "hear_crossings",
    "entity": "read_entity",
    "rules": "hear_documents",
    "challenges": "hear_challenges",
    "measures": "hear_documents",
    "edges": "read_edges",
    "incidents": "hear_crossings",
    "clock": HEAR_CLOCK,
}
_NAMED = ("board", "crossing", "entity")
#: Topics that only say that something changed, by the room of the event's type.
_TOUCHED = {
    "alert": ("alerts",),
    "response": ("responses",),
    "challenge": ("challenges",),
    "edge": ("edges",),
    "measure": ("measures",),
    "scoreboard": ("measures",),
    "incident": ("incidents",),
    "artefact": ("rules", "measures"),
    "screening": ("rules",),
    "lottery": ("rules",),
}
_CHALLENGES = ("crossing.challenged", "crossing.challenge_answered")
#: The types of events that touch a topic; readings and what is filed by the thousand touch none but their crossing.
TOUCHING = tuple(
    sorted(each for each in PAYLOADS if each.partition(".")[0] in (*_TOUCHED, "crossing", "examination", "port"))
)


class Ticking(msgspec.Struct, frozen=True):
    """A clock that goes at a speed of its own, as the demo's does: what it says, the speed that it was set to and the
    one that it attains, and whether it stands."""

    at: datetime
    speed: float
    attained: float
    paused: bool


@dataclass(frozen=True)
class Topic:
    """A topic: what kind, and the bridge or crossing that it is of, where it is of one."""

    kind: str
    name: str = ""

    @property
    def text(self) -> str:
        """As it is asked for."""
        return f"{self.kind}:{self.name}" if self.name else self.kind


def topics_of(text: str) -> list[Topic]:
    """The topics that a query names. Raises ProblemError."""
    parts = [unquote(part) for part in text.split(",") if part]
    if not parts or len(parts) > MOST_TOPICS or len(text) > MOST_CHARACTERS:
        raise ProblemError("topics_bad", 400)
    found: dict[Topic, None] = {}
    for part in parts:
        kind, _, name = part.partition(":")
        if kind not in ACTIONS or bool(name) != (kind in _NAMED):
            raise ProblemError("topics_bad", 400)
        found[Topic(kind, named(name) if name else "")] = None
    return list(found)


def may_touch(type_: str, stream: str, topics: Collection[Topic]) -> bool:
    """Whether an event may touch any of the topics, before it is read in full: most are of crossings that nobody has
    open."""
    room, _, name = stream.partition("/")
    return room != "crossing" or type_ in _CHALLENGES or Topic("crossing", name) in topics


def touched_by(type_: str, stream: str, payload: Payload) -> list[Topic]:
    """The topics that an event touches."""
    room, _, name = stream.partition("/")
    found = [Topic(kind) for kind in _TOUCHED.get(type_.partition(".")[0], ())]
    if isinstance(payload, ArtefactRegistered | ArtefactPromoted) and str(payload.kind) != "measure":
        found = [Topic("rules")]
    if type_ in _CHALLENGES:
        found.append(Topic("challenges"))
    if room == "crossing":
        found.append(Topic("crossing", name))
    elif isinstance(payload, AlertRaised) and payload.subject.startswith("crossing/"):
        found.append(Topic("crossing", payload.subject.removeprefix("crossing/")))
    elif (crossing := getattr(payload, "crossing", None)) is not None:
        found.append(Topic("crossing", str(crossing)))
    return found
