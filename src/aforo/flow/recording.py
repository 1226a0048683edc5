"""The events of a batch: filed, assessed and decided, crossing by crossing, written in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from aforo.domain.event import Assessed, Decided, Event, Filed, Moved, Payload, new_event
from aforo.domain.table import FEW
from aforo.flow.envelopes import Envelopes, written
from aforo.flow.filing import Filings, sealed_fields
from aforo.flow.json_columns import Column, Texts, column, column_of, constant, objects, plain, sparse, taken
from aforo.flow.names import filing_key, stream_of
from aforo.flow.node import Node
from aforo.flow.recorded import pack_identities
from aforo.flow.verdicts import Verdicts
from aforo.log.ids import event_ids
from aforo.log.written import Written


class EventMaker:
    """Makes the events of one transaction: identifiers in order, one instant, the node's origin, and its actor unless
    another is given."""

    def __init__(self, node: Node, count: int, at: datetime, actor: str | None = None) -> None:
        self.at = at
        self._ids = iter(event_ids(count, self.at))
        self._actor = node.actor if actor is None else actor
        self._origin = node.origin
        self.events: list[Event] = []

    def add(
        self,
        payload: Payload,
        stream: str,
        version: int,
        *,
        occurred_at: datetime | None = None,
        cause: str | None = None,
        key: str | None = None,
    ) -> str:
        """Append one event; returns its identifier."""
        event_id = next(self._ids)
        self.events.append(
            new_event(
                event_id,
                payload,
                stream,
                version,
                occurred_at=occurred_at or self.at,
                recorded_at=self.at,
                actor=self._actor,
                causation_id=cause,
                idempotency_key=key,
                origin=self._origin,
            )
        )
        return event_id


#: The intake format of a batch, or of each of its records by number.
Source = str | Mapping[int, str]


def filed_texts(
    filings: Filings, node: Node, source: Source, warnings: dict[int, tuple[str, ...]], replies: Mapping[int, str]
) -> Column:
    """What is recorded of each new filing: the JSON text of a `Filed`. `replies` are sealed envelopes for the answers,
    by record."""
    records = filings.table["record"].to_list()
    for code, rows in (("amends_unknown", filings.astray), ("crossing_stays", filings.staying)):
        warned = {records[row] for row in rows}
        warnings = warnings | {number: (*warnings.get(number, ()), code) for number in warned}
    said = {row: warnings[record] for row, record in enumerate(records) if warnings.get(record)} if warnings else {}
    named: dict[str, Texts | str] = {
        "declaration": filings.clear,
        "identities": plain(pack_identities(filings.identities)),
        "content": plain(filings.content),
        "source": constant(source) if isinstance(source, str) else plain([source[number] for number in records]),
        "record": [str(number) for number in records],
        "sealed": sealed_fields(filings, node),
    }
    if said:
        named["warnings"] = sparse(said, len(records))
    if replies:
        own = {row: replies[record] for row, record in enumerate(records) if record in replies}
        named["reply"] = sparse(own, len(records))
    if filings.taking:  # by the first row of the crossing
        takes = {filings.crossing.index(name): [each for each, _ in own] for name, own in filings.taking.items()}
        named["takes"] = sparse(takes, len(records))
    return objects(named, len(records))


def filing_instants(filings: Filings) -> Column:
    """When each declaration was filed, as RFC 3339 text with the offset that its filer wrote."""
    table = filings.table
    if table.height <= FEW:
        instants = zip(table["filed_at"].to_list(), table["filed_offset_minutes"].to_list(), strict=True)
        return [_instant(at, minutes) for at, minutes in instants]
    minutes = pl.col("filed_offset_minutes").cast(pl.Int64)
    local = pl.col("filed_at").dt.replace_time_zone(None) + pl.duration(minutes=minutes)
    part = local.dt.microsecond()
    hours, rest = minutes.abs() // 60, minutes.abs() % 60
    two = pl.concat_str(hours.cast(pl.String).str.zfill(2), pl.lit(":"), rest.cast(pl.String).str.zfill(2))
    text = pl.concat_str(
        local.dt.to_string("%Y-%m-%dT%H:%M:%S"),
        pl.when(part > 0).then(pl.lit(".") + part.cast(pl.String).str.zfill(6)).otherwise(pl.lit("")),
        pl.when(minutes == 0)
        .then(pl.lit("Z"))
        .otherwise(pl.when(minutes < 0).then(pl.lit("-")).otherwise(pl.lit("+")) + two),
    )
    return column_of(table.select("filed_at", "filed_offset_minutes"), text)


def _instant(at: datetime, minutes: int) -> str:
    local = (at + timedelta(minutes=minutes)).replace(tzinfo=None).isoformat()
    if not minutes:
        return f"{local}Z"
    hours, rest = divmod(abs(minutes), 60)
    return f"{local}{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"


def events_of(
    verdicts: Verdicts,
    filings: Filings,
    filed: Column,
    node: Node,
    at: datetime,
    credentials: Sequence[str | None] | None = None,
) -> tuple[Written, list[str]]:
    """All events of a batch, in the order in which they are recorded, and the identifier of each crossing's decision.

    A crossing's new filings come first (they lie together, crossings in their order), then its assessment and decision;
    last, what became part of another crossing. `credentials` are by row of the new filings, where they differ; a
    crossing is decided by that of its last filing.
    """
    new, before = verdicts.filed, verdicts.version
    assert (new > 0).all(), "a crossing is decided because something of it was filed"
    crossing = np.repeat(np.arange(len(new)), new)
    row = np.arange(len(crossing))
    filed_place, decided_place = row + 2 * crossing, np.cumsum(new + 2) - 1
    assessed_place = decided_place - 1
    moved = [(each.crossing, old.version + 1, into) for into, own in filings.taking.items() for each, old in own]
    count = len(row) + 2 * len(new)
    every = event_ids(count + len(moved), at)
    ids = column(every)
    streams = column([stream_of(name) for name in verdicts.crossing])
    decisions = taken(ids, decided_place)
    filings_before = np.cumsum(new) - new
    of_filing = None if credentials is None else column(credentials)
    of_crossing = None if of_filing is None else taken(of_filing, np.cumsum(new) - 1)
    parts = [
        Envelopes(
            Filed,
            filed_place,
            taken(ids, filed_place),
            taken(streams, crossing),
            before[crossing] + 1 + row - filings_before[crossing],
            filing_instants(filings),
            filed,
            idempotency_key=column([filing_key(own) for own in filings.table["declaration_id"].to_list()]),
            credential=of_filing,
        ),
        Envelopes(
            Assessed,
            assessed_place,
            taken(ids, assessed_place),
            streams,
            before + new + 1,
            at,
            verdicts.assessed,
            causation_id=taken(ids, assessed_place - 1),
            credential=of_crossing,
        ),
        Envelopes(
            Decided,
            decided_place,
            decisions,
            streams,
            before + new + 2,
            at,
            verdicts.decided,
            causation_id=taken(ids, assessed_place),
            credential=of_crossing,
        ),
    ]
    if moved:
        parts.append(
            Envelopes(
                Moved,
                np.arange(count, count + len(moved)),
                column(every[count:]),
                column([stream_of(name) for name, _, _ in moved]),
                np.array([version for _, version, _ in moved], dtype=np.int64),
                at,
                column([constant(Moved(into)) for _, _, into in moved]),
                causation_id=column([decisions[verdicts.crossing.index(into)] for _, _, into in moved]),
                credential=None
                if of_crossing is None
                else column([of_crossing[verdicts.crossing.index(into)] for _, _, into in moved]),
            )
        )
    events = written(parts, at, node.actor, node.origin)
    return events, [events.event_id[place] for place in decided_place.tolist()]
