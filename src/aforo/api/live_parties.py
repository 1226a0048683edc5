"""Whose page somebody has open, and which events speak of that party: what the live stream touches it by.

A page is asked for by its handle; the events name crossings, of which the dossiers know the parties. Nothing is looked
up as long as nobody has the page of a party open.
"""

from __future__ import annotations

from collections.abc import Iterable

from aforo.api.live_topics import Topic
from aforo.domain.event import Filed, Payload
from aforo.flow.companions import Party, parties_of
from aforo.flow.dossiers import Dossiers
from aforo.flow.handles import party_of
from aforo.flow.node import Node
from aforo.risk.features import ENTITIES

ENTITY = "entity"


class OpenParties:
    """The parties of a node whose pages are open, by what their handles stand for."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._known: dict[Topic, Party | None] = {}
        self._open: dict[Party, list[Topic]] = {}

    def heard(self, topics: Iterable[Topic]) -> None:
        """The topics that anybody hears now; those that name no party of this node are none."""
        asked = [topic for topic in topics if topic.kind == ENTITY]
        self._known = {topic: self._party(topic) for topic in asked}
        self._open = {}
        for topic, party in self._known.items():
            if party is not None:
                self._open.setdefault(party, []).append(topic)

    def __bool__(self) -> bool:
        return bool(self._open)

    def touched(self, stream: str, payload: Payload) -> list[Topic]:
        """The topics that an event touches: those of the parties of the crossing that it speaks of."""
        if not self._open:
            return []
        room, _, name = stream.partition("/")
        crossing = name if room == "crossing" else getattr(payload, "crossing", None)
        if not isinstance(crossing, str):
            return []
        of = set(parties_of(payload)) if isinstance(payload, Filed) else set()
        of |= set(self._node.dossiers.ask(lambda dossiers: _parties(dossiers, crossing)))
        return [topic for party in of for topic in self._open.get(party, ())]

    def _party(self, topic: Topic) -> Party | None:
        if topic in self._known:
            return self._known[topic]
        found = party_of(topic.name, self._node.keys)
        return None if found is None else (ENTITIES.index(found[0]), found[1])


def _parties(dossiers: Dossiers, crossing: str) -> list[Party]:
    known = dossiers.crossings.get(crossing)
    return [] if known is None else list(known.parties)
