"""The events of a batch: filed, assessed and decided, crossing by crossing, written in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone

import msgspec

from aforo.domain.event import Assessed, Decided, Event, Filed, Payload, new_event
from aforo.flow.filing import Filings, filing_key, sealed_fields, stream_of
from aforo.flow.node import Node
from aforo.flow.recorded import pack_identities
from aforo.flow.verdicts import Verdict
from aforo.log.ids import event_ids


class EventMaker:
    """Makes the events of one transaction: identifiers in order, one instant, the node's actor and origin."""

    def __init__(self, node: Node, count: int, at: datetime) -> None:
        self.at = at
        self._ids = iter(event_ids(count, self.at))
        self._actor = node.actor
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


def filed_payloads(filings: Filings, node: Node, source: str, warnings: dict[int, tuple[str, ...]]) -> list[Filed]:
    """What is recorded of each new filing."""
    records = filings.table["record"].to_list()
    none: tuple[str, ...] = ()
    if filings.astray:
        lost = {records[row] for row in filings.astray}
        warnings = warnings | {number: (*warnings.get(number, none), "amends_unknown") for number in lost}
    return [
        # The declaration's text is complete JSON already; it is embedded as it is.
        Filed(msgspec.Raw(clear.encode()), identities, content, source, number, sealed, warnings.get(number, none))  # type: ignore[arg-type]
        for clear, identities, content, number, sealed in zip(
            filings.clear,
            pack_identities(filings.identities),
            filings.content,
            records,
            sealed_fields(filings, node),
            strict=True,
        )
    ]


def filing_instants(filings: Filings) -> list[datetime]:
    """When each declaration was filed, with the offset that its filer wrote."""
    zones = {
        minutes: timezone(timedelta(minutes=minutes))
        for minutes in filings.table["filed_offset_minutes"].unique().to_list()
    }
    return [
        datetime.fromtimestamp(micro / 1_000_000, zones[minutes])
        for micro, minutes in zip(
            filings.table["filed_at"].to_physical().to_list(),
            filings.table["filed_offset_minutes"].to_list(),
            strict=True,
        )
    ]


def events_of(
    verdicts: Sequence[Verdict], filings: Filings, filed: Sequence[Filed], node: Node, at: datetime
) -> tuple[list[Event], list[str]]:
    """All events of a batch, in the order in which they are recorded, and the identifier of each crossing's decision.

    Written out, since this is the innermost loop of a border's traffic: no call but the events' own making.
    """
    instants = filing_instants(filings)
    keys = [filing_key(own) for own in filings.table["declaration_id"].to_list()]
    ids = iter(event_ids(len(filed) + 2 * len(verdicts), at))
    actor, origin = node.actor, node.origin
    events: list[Event] = []
    decisions: list[str] = []
    for verdict in verdicts:
        stream, version, cause = stream_of(verdict.crossing), verdict.version, None
        for row in verdict.rows:
            version += 1
            cause = next(ids)
            events.append(
                Event(
                    cause,
                    Filed.TYPE,
                    Filed.SCHEMA,
                    stream,
                    version,
                    instants[row],
                    at,
                    actor,
                    filed[row],
                    idempotency_key=keys[row],
                    origin=origin,
                )
            )
        assessed, decided = next(ids), next(ids)
        events.append(
            Event(
                assessed,
                Assessed.TYPE,
                Assessed.SCHEMA,
                stream,
                version + 1,
                at,
                at,
                actor,
                verdict.assessed,
                causation_id=cause,
                origin=origin,
            )
        )
        events.append(
            Event(
                decided,
                Decided.TYPE,
                Decided.SCHEMA,
                stream,
                version + 2,
                at,
                at,
                actor,
                verdict.decided,
                causation_id=assessed,
                origin=origin,
            )
        )
        decisions.append(decided)
    return events, decisions
