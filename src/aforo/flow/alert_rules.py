"""The document of times to respond that is in force: the last that was activated in the log, else the shipped one."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from aforo.answers import response
from aforo.answers.response import Response, ResponseError
from aforo.domain.event import ArtefactKind, ArtefactPromoted, ArtefactRegistered, Payload, new_event
from aforo.log.artefacts import ArtefactChangedError, ArtefactMissingError
from aforo.log.ids import event_ids
from aforo.log.store import Log

logger = logging.getLogger("aforo.alerts")

_KIND: ArtefactKind = "alerts"
STREAM = f"artefact/{_KIND}/response"


@dataclass(frozen=True)
class AlertRules:
    """The document, read; and the hash that names it."""

    response: Response
    hash: str


def in_force(log: Log) -> AlertRules:
    """What is in force. A document that is damaged or gone gives way to the shipped one: no filing waits for it."""
    stages = [payload for stored in log.stream(STREAM) if isinstance(payload := stored.payload, ArtefactPromoted)]
    if stages:
        try:
            return AlertRules(response.completed(log.artefacts.get(stages[-1].hash)), stages[-1].hash)
        except (ArtefactMissingError, ArtefactChangedError, ResponseError) as error:
            logger.error("the document of times to respond cannot be used: %s", type(error).__name__)
    document = response.shipped()
    return AlertRules(response.parse(document), response.hash_of(document))


def activate(log: Log, document: bytes, actor: str) -> AlertRules:
    """Put a document in force for all who use this log, from now on; what was raised keeps its times.

    Raises ResponseError, ConcurrencyError.
    """
    parsed = response.parse(document)
    hash_ = log.artefacts.put(_KIND, document)
    before = log.stream(STREAM)
    said = [stored.payload for stored in before]
    stages = [payload for payload in said if isinstance(payload, ArtefactPromoted)]
    payloads: list[Payload] = []
    if not any(isinstance(payload, ArtefactRegistered) and payload.hash == hash_ for payload in said):
        payloads.append(ArtefactRegistered(_KIND, parsed.name, hash_, parsed.version, actor))
    if not stages or stages[-1].hash != hash_:
        payloads.append(ArtefactPromoted(_KIND, parsed.name, hash_, "active", actor))
    at = log.clock()
    log.append(
        [
            new_event(own, payload, STREAM, version, occurred_at=at, recorded_at=at, actor=actor)
            for own, payload, version in zip(
                event_ids(len(payloads), at), payloads, range(len(before) + 1, len(before) + 3), strict=False
            )
        ]
    )
    return AlertRules(parsed, hash_)
