"""Events encoded in columns: the bytes that `aforo.log.stored.encode` makes of the same events, one by one.

(Streams and keys hold no control characters, which intake refuses: those have shorter forms there.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl

from aforo.domain.credential import current_credential
from aforo.domain.event import Origin, Payload
from aforo.domain.units import Int64Array
from aforo.flow.json_columns import Column, Texts, constant, numbers, objects, plain, strings
from aforo.log.written import Written


@dataclass(frozen=True)
class Envelopes:
    """Events of one type, in columns; `data` has the JSON text of each payload.

    `occurred_at` is RFC 3339 text by row, or one instant for all. `places` int64[n] are where they go among the events
    of the transaction. `credential` is by row what caused the event, the credential in use where there is no column.
    """

    payload: type[Payload]
    places: Int64Array
    event_id: Column
    stream: Column
    version: Int64Array
    occurred_at: Column | datetime
    data: Column
    causation_id: Column | None = None
    idempotency_key: Column | None = None
    credential: Column | None = None


def written(parts: Sequence[Envelopes], at: datetime, actor: str, origin: Origin) -> Written:
    """The events of one transaction, recorded `at`, in the order of their places."""
    order = np.argsort(np.concatenate([part.places for part in parts]))
    columns = zip(*(_columns(part, _bodies(part, at, actor, origin)) for part in parts), strict=True)
    return Written(*(_ordered(column, order) for column in columns))


def _columns(part: Envelopes, bodies: Column) -> tuple[Column | Sequence[int] | Sequence[bytes], ...]:
    """The columns of `Written`."""
    count = len(part.places)
    nothing: list[str | None] = [None] * count
    return (
        part.event_id,
        part.stream,
        part.version.tolist(),
        nothing if part.idempotency_key is None else part.idempotency_key,
        [part.payload.TYPE] * count,
        nothing if part.causation_id is None else part.causation_id,
        bodies.cast(pl.Binary) if isinstance(bodies, pl.Series) else [text.encode() for text in bodies if text],
    )


def _ordered(parts: Sequence[Any], order: Int64Array) -> list[Any]:
    """The values of a column of all parts, in their order."""
    whole: list[Any] = []
    for part in parts:
        whole += part.to_list() if isinstance(part, pl.Series) else part
    return [whole[place] for place in order.tolist()]


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
    if part.credential is not None:
        envelope["credential"] = plain(part.credential)
    elif (credential := current_credential()) is not None:
        envelope["credential"] = constant(credential)
    return objects(envelope, len(part.places))
