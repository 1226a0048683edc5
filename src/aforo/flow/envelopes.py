"""Events encoded in columns: the bytes that `aforo.log.stored.encode` makes of the same events, one by one.

(Streams and keys hold no control characters, which intake refuses: those have shorter forms there.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

import numpy as np

from aforo.domain.event import Origin, Payload
from aforo.domain.units import Int64Array
from aforo.flow.json_columns import Column, Texts, constant, numbers, objects, plain, strings
from aforo.log.written import Written


@dataclass(frozen=True)
class Envelopes:
    """Events of one type, in columns; `data` has the JSON text of each payload.

    `occurred_at` is RFC 3339 text by row, or one instant for all. `places` int64[n] are where they go among the events
    of the transaction.
    """

    payload: type[Payload]
    places: Int64Array
    event_id: list[str]
    stream: list[str]
    version: Int64Array
    occurred_at: Column | datetime
    data: Column
    causation_id: list[str] | None = None
    idempotency_key: list[str] | None = None


def written(parts: Sequence[Envelopes], at: datetime, actor: str, origin: Origin) -> Written:
    """The events of one transaction, recorded `at`, in the order of their places."""
    order = np.argsort(np.concatenate([part.places for part in parts])).tolist()
    columns = zip(*(_columns(part, at, actor, origin) for part in parts), strict=True)
    wholes = (list(chain.from_iterable(column)) for column in columns)
    return Written(*([whole[place] for place in order] for whole in wholes))


def _columns(part: Envelopes, at: datetime, actor: str, origin: Origin) -> tuple[list[Any], ...]:
    """The columns of `Written`."""
    count = len(part.places)
    nothing: list[str | None] = [None] * count
    return (
        part.event_id,
        part.stream,
        part.version.tolist(),
        part.idempotency_key or nothing,
        [part.payload.TYPE] * count,
        part.causation_id or nothing,
        [text.encode() for text in _bodies(part, at, actor, origin) if text is not None],
    )


def _bodies(part: Envelopes, at: datetime, actor: str, origin: Origin) -> Column:
    occurred = constant(part.occurred_at) if isinstance(part.occurred_at, datetime) else plain(part.occurred_at)
    envelope: dict[str, Texts | str] = {
        "event_id": plain(part.event_id),
        "type": constant(part.payload.TYPE),
        "schema": constant(part.payload.SCHEMA),
        "stream": strings(part.stream),
        "version": numbers(part.version),
        "occurred_at": occurred,
        "recorded_at": constant(at),
        "actor": constant(actor),
        "data": part.data,
    }
    if part.causation_id is not None:
        envelope["causation_id"] = plain(part.causation_id)
    if part.idempotency_key is not None:
        envelope["idempotency_key"] = strings(part.idempotency_key)
    if origin != "live":
        envelope["origin"] = constant(origin)
    return objects(envelope, len(part.places))
