"""How long examinations at a bridge took, from the record, and what that says of the next ones.

An examination lasts from the instant at which a truck began to be served at a resource to the one at which it left it.
What is learnt (`routing.service_time`) is an artefact of the bridge and resource, in force by events like its tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np

from aforo.domain.bridge import ExaminationEnded, ExaminationStarted, Resource
from aforo.domain.event import Examined as Outcome
from aforo.domain.event import Filed, Origin
from aforo.flow import documents
from aforo.flow.names import stream_of
from aforo.flow.prices import service_named
from aforo.log.store import Log
from aforo.routing.service_time import FEWEST, Examined, ServiceTime, learn, predict, written

#: The examinations of a bridge that are learnt from: the last ones.
MOST = 20_000
_CHAPTER = 2
_PAGE = 10_000


def timed(log: Log, bridge: str) -> dict[Resource, Examined]:
    """The examinations at a bridge whose beginning and end were recorded, by resource, in the order of their ends."""
    began: dict[str, tuple[Resource, datetime, str]] = {}
    found: dict[Resource, list[tuple[str, str, float]]] = {}
    after, own = 0, f"port/{bridge}"
    types = (ExaminationStarted.TYPE, ExaminationEnded.TYPE, Outcome.TYPE)
    while events := log.read(after, types=types, limit=_PAGE):
        after = events[-1].position
        for stored in events:
            payload, at = stored.payload, stored.event.occurred_at
            if isinstance(payload, ExaminationStarted):
                if stored.event.stream == own:
                    began[payload.crossing] = payload.resource, at, payload.unit
                else:
                    began.pop(payload.crossing, None)
                continue
            crossing = (
                payload.crossing if isinstance(payload, ExaminationEnded) else stored.event.stream.partition("/")[2]
            )
            start = began.pop(crossing, None)
            if start is not None and at > start[1]:
                minutes = (at - start[1]).total_seconds() / 60.0
                found.setdefault(start[0], []).append((crossing, start[2], minutes))
    return {resource: _columns(own_rows[-MOST:], log) for resource, own_rows in found.items()}


def _columns(rows: Sequence[tuple[str, str, float]], log: Log) -> Examined:
    filed = _first_filings({crossing for crossing, _, _ in rows}, log)
    trucks = [features_of(filed.get(crossing, {})) for crossing, _, _ in rows]
    return Examined(
        [each[0] for each in trucks],
        [each[1] for each in trucks],
        [unit for _, unit, _ in rows],
        [each[2] for each in trucks],
        np.array([each[3] for each in trucks]),
        np.array([minutes for _, _, minutes in rows]),
    )


def _first_filings(crossings: Iterable[str], log: Log) -> dict[str, Mapping[str, Any]]:
    """The fields of the root declaration of each crossing that was filed."""
    found: dict[str, Mapping[str, Any]] = {}
    names = sorted(crossings)
    for start in range(0, len(names), 500):
        page = [stream_of(name) for name in names[start : start + 500]]
        for stream, events in log.streams(page).items():
            root = next((each.payload for each in events if isinstance(each.payload, Filed)), None)
            if isinstance(root, Filed):
                found[stream.removeprefix("crossing/")] = root.declaration
    return found


def features_of(fields: Mapping[str, Any]) -> tuple[str, str, str, float]:
    """What a prediction is made from: the HS chapter, whether the trailer is empty, the port, the packages; "" and NaN
    where a declaration does not say."""
    empty, packages = fields.get("declared_empty"), fields.get("packages")
    trailer = "" if empty is None else "empty" if empty else "loaded"
    return (fields.get("hs6") or "")[:_CHAPTER], trailer, fields.get("port") or "", _number(packages)


def _number(packages: object) -> float:
    return float(packages) if isinstance(packages, int | float) else float("nan")


def predicted(document: ServiceTime, fields: Mapping[str, Any]) -> float:
    """The minutes that the examination of a truck is expected to take, to the hundredth; which scanner it will be is
    not known yet."""
    goods, trailer, port, packages = features_of(fields)
    one = Examined([goods], [trailer], [""], [port], np.array([packages]), np.zeros(1))
    return round(float(predict(document, one)[0]), 2)


def learn_anew(log: Log, bridge: str, by: str, origin: Origin = "live") -> dict[Resource, ServiceTime]:
    """Learn the times of a bridge from the record and put them in force, for the resources of which enough is known."""
    learnt: dict[Resource, ServiceTime] = {}
    for resource, history in timed(log, bridge).items():
        if len(history.minutes) < FEWEST:
            continue
        try:
            document = learn(history, f"log of {bridge}, {resource}")
        except ValueError:  # too few of them have a duration that can be
            continue
        documents.put(
            log, "prices", service_named(bridge, resource), written(document), str(document.examinations), by,
            origin=origin,
        )  # fmt: skip
        learnt[resource] = document
    return learnt
