"""Events encoded in columns: the bytes that `aforo.log.stored.encode` makes of the same events, one by one.

(Streams and keys hold no control characters, which intake refuses: those have shorter forms there.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl

from aforo.domain.event import Origin, Payload
from aforo.domain.units import Int64Array
from aforo.flow.json_columns import column_of, constant, json_object, json_text, number, plain_text
from aforo.log.written import Written


@dataclass(frozen=True)
class Envelopes:
    """Events of one type, in columns; `data` has the JSON text of each payload.

    `occurred_at` is RFC 3339 text by row, or one instant for all. `places` int64[n] are where they go among the events
    of the transaction.
    """

    payload: type[Payload]
    places: Int64Array
    event_id: pl.Series
    stream: pl.Series
    version: Int64Array
    occurred_at: pl.Series | datetime
    data: pl.Series
    causation_id: pl.Series | None = None
    idempotency_key: pl.Series | None = None


def written(parts: Sequence[Envelopes], at: datetime, actor: str, origin: Origin) -> Written:
    """The events of one transaction, recorded `at`, in the order of their places."""
    frame = pl.concat([_encoded(part, at, actor, origin) for part in parts])
    order = np.argsort(np.concatenate([part.places for part in parts]))
    return Written(*(column.gather(order).to_list() for column in frame.iter_columns()))


def _encoded(part: Envelopes, at: datetime, actor: str, origin: Origin) -> pl.DataFrame:
    """The columns of `Written`."""
    nothing = pl.Series([None], dtype=pl.String).new_from_index(0, len(part.places))
    frame = pl.DataFrame(
        {
            "event_id": part.event_id,
            "stream": part.stream,
            "version": part.version,
            "idempotency_key": nothing if part.idempotency_key is None else part.idempotency_key,
            "causation_id": nothing if part.causation_id is None else part.causation_id,
            "data": part.data,
        }
    )
    occurred_at: pl.Expr | str
    if isinstance(part.occurred_at, datetime):
        occurred_at = constant(part.occurred_at)
    else:
        frame = frame.with_columns(part.occurred_at.alias("occurred_at"))
        occurred_at = plain_text("occurred_at")
    envelope: dict[str, pl.Expr | str] = {
        "event_id": plain_text("event_id"),
        "type": constant(part.payload.TYPE),
        "schema": constant(part.payload.SCHEMA),
        "stream": json_text("stream"),
        "version": number("version"),
        "occurred_at": occurred_at,
        "recorded_at": constant(at),
        "actor": constant(actor),
        "data": pl.col("data"),
    }
    if part.causation_id is not None:
        envelope["causation_id"] = plain_text("causation_id")
    if part.idempotency_key is not None:
        envelope["idempotency_key"] = json_text("idempotency_key")
    if origin != "live":
        envelope["origin"] = constant(origin)
    body = column_of(frame, json_object(envelope).cast(pl.Binary))
    return frame.select(
        "event_id",
        "stream",
        "version",
        "idempotency_key",
        pl.lit(part.payload.TYPE).alias("type"),
        "causation_id",
    ).with_columns(body.alias("body"))
