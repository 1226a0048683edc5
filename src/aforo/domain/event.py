"""Events: what is recorded. One event is one leaf of the log.

An `Event` is the envelope; its `data` is one of the payloads below, or of those of other modules of this room that are
imported here. The stored bytes are the JSON encoding of the event as it was first written: they are hashed, and never
written again. A payload that changes shape gets a new schema number and an upcaster in `UPCASTERS`, applied on reading.

None of these types can be part of a cycle, so the garbage collector need not follow them (`gc=False`): a border makes
three of them a truck.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, ClassVar, Literal

import msgspec

from aforo.domain.alert import ALERT_PAYLOADS
from aforo.domain.arrival import Arrived as Arrived
from aforo.domain.arrival import AtYard as AtYard
from aforo.domain.artefact import ArtefactKind as ArtefactKind
from aforo.domain.artefact import ArtefactPromoted as ArtefactPromoted
from aforo.domain.artefact import ArtefactRegistered as ArtefactRegistered
from aforo.domain.artefact import Stage as Stage
from aforo.domain.booth import BOOTH_PAYLOADS
from aforo.domain.bridge import BRIDGE_PAYLOADS
from aforo.domain.challenge import ChallengeAnswered as ChallengeAnswered
from aforo.domain.challenge import Challenged as Challenged
from aforo.domain.challenge import ChallengeEnclosed as ChallengeEnclosed
from aforo.domain.challenge import ChallengeVerdict as ChallengeVerdict
from aforo.domain.challenge import Document as Document
from aforo.domain.clock import check_readable
from aforo.domain.credential import current_credential
from aforo.domain.credential_event import CREDENTIAL_PAYLOADS
from aforo.domain.decision import Basis, Examination, ScanImage
from aforo.domain.device import DEVICE_PAYLOADS
from aforo.domain.dock import DOCK_PAYLOADS
from aforo.domain.edge import EDGE_PAYLOADS
from aforo.domain.handover import HANDOVER_PAYLOADS
from aforo.domain.incident import INCIDENT_PAYLOADS
from aforo.domain.input_refusal import INPUT_PAYLOADS
from aforo.domain.order import ORDER_PAYLOADS
from aforo.domain.order import AcceptanceUndone as AcceptanceUndone
from aforo.domain.order import OrderAccepted as OrderAccepted
from aforo.domain.order import OrderUndone as OrderUndone
from aforo.domain.order import Overridden as Overridden
from aforo.domain.outcome import Outcome
from aforo.domain.payload import Payload as Payload
from aforo.domain.reception import CrossingOpened as CrossingOpened
from aforo.domain.reception import Noted as Noted
from aforo.domain.reception import Numbered as Numbered
from aforo.domain.reception import PersonRead as PersonRead
from aforo.domain.reception import Quarantined as Quarantined
from aforo.domain.reception import Received as Received
from aforo.domain.response import RESPONSE_PAYLOADS, ResponseStarted, without_place
from aforo.domain.retention import RETENTION_PAYLOADS
from aforo.domain.routed import DecisionStage, Routed
from aforo.domain.scanner import SCANNER_PAYLOADS
from aforo.domain.scoreboard import SCOREBOARD_PAYLOADS, SCOREBOARD_UPCASTERS
from aforo.domain.screening import ListedParty, ScreeningConfirmed, ScreeningDismissed, ScreeningHit, ScreeningListed
from aforo.domain.shadow import ShadowChose
from aforo.domain.signing import LogSucceeded as LogSucceeded
from aforo.domain.signing import SigningKeyRotated as SigningKeyRotated
from aforo.domain.stated import Contradiction, Link, StatedTerm
from aforo.domain.subscription import SUBSCRIPTION_PAYLOADS
from aforo.domain.subscription import Delivered as Delivered
from aforo.domain.subscription import Subscribed as Subscribed
from aforo.domain.subscription import Unsubscribed as Unsubscribed
from aforo.domain.trip import TRIP_PAYLOADS

Origin = Literal["live", "synthetic", "twin"]


class Filed(Payload, frozen=True, omit_defaults=True, gc=False):
    """A declaration was received. Stream `crossing/<id>`.

    `declaration` holds the fields that are not personal, by name, as the declaration table has them. `sealed` holds
    each personal field encrypted under its person's key. `identities` is the base64 of the eight-byte little-endian
    keyed hashes of ENTITY_KINDS, zero where there is none. `content` is the keyed digest of the whole declaration, by
    which a second filing of the same identifier is told from a contradiction. `source` is the intake format. `reply` is
    the envelope that answers go back in, for formats that have answers of their own: the JSON of an `X12Reference`,
    sealed under the carrier's key. `takes` are crossings that are part of this one from here on, since this filing's
    trip lists their shipments.
    """

    TYPE: ClassVar[str] = "crossing.filed"

    declaration: dict[str, Any]
    identities: str
    content: str
    source: str
    record: int
    sealed: dict[str, str] | None = None
    warnings: tuple[str, ...] = ()
    reply: str | None = None
    takes: tuple[Taken, ...] = ()


class TakenFiling(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A filing of a crossing that was taken into another, as it is recorded there, and when it was filed."""

    at: datetime
    filed: Filed


class Taken(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A crossing that is part of another: all its filings, in their order, and what had been ordered for it."""

    crossing: str
    filings: tuple[TakenFiling, ...]
    floor: Decided | None = None


class Moved(Payload, frozen=True, omit_defaults=True, gc=False):
    """All of this crossing is part of the crossing `into` from here on. Stream `crossing/<id>`."""

    TYPE: ClassVar[str] = "crossing.moved"

    into: str


class Assessed(Payload, frozen=True, omit_defaults=True, gc=False):
    """The risk of a crossing. Stream `crossing/<id>`.

    `log_odds` per threat, in millionths, in the order of THREATS. `evidence` (source, code, threat index, log-odds) is
    written for what is selected or asked for; elsewhere it is recomputed by replay from the features of the decision.
    """

    TYPE: ClassVar[str] = "crossing.assessed"

    log_odds: tuple[int, ...]
    evidence: tuple[tuple[str, str, int, int], ...] | None = None


class Decided(Payload, frozen=True, omit_defaults=True, gc=False):
    """How a crossing is to be examined, with all that went into it. Stream `crossing/<id>`.

    `features` is the base64 of the packed feature rows, one a declaration of the crossing that stands, in the order
    that the model artefact names (risk/feature_rows.py). `rules` holds (rule code, threat index, log-odds, declaration
    row) that fired. `lot` is the lottery's draw in parts per billion; `control_propensity`, `propensity` in ppb;
    `value` and `price` in truck-nanominutes. `position` and `findings` are how many filings and findings the memory had
    taken in, which names its state: it follows the log's order. `artefacts` is the hash of the artefact set: the hashes
    of model, rules, policy, control plan and price table. `code` is the product's version. `again` marks a crossing
    that had a decision before: it keeps its lot and does not count again in the rate.

    `stated` is the evidence that facts state, by the weights of the policy document, and `contradictions` and `listed`
    (parties that resemble entries of lists) those that some of it is of; `links` are open crossings that may be the
    same truck.

    `upkeep` tells by which rules a crossing is kept up that is amended or scanned (see flow/earlier.py); logs from
    before there was a choice say nothing, which is 1. `kept` marks an examination that was ordered before, stands, and
    is stricter than what this decision would have chosen: no filing lowers it. Basis and propensity are then those of
    that order.

    `stage` is when it was decided, `bridge` for which bridge's resources, and `routing` the numbers of the choice by
    price: then `value` is what the option is expected to prevent, and `price` what it costs the rest of the bridge's
    day. All three are absent where the price was that of the rate; so they are in logs from before bridges had prices.

    What rules left behind that decided nothing: `shadow` is what those in shadow would have added, in the form of
    `rules`; `shadow_mandatory` are those in shadow that would have made an examination mandatory; `failed` are the
    rules, in force or in shadow, that failed on a declaration of the crossing and said nothing of it. Logs from before
    these were recorded lack them.
    """

    TYPE: ClassVar[str] = "crossing.decided"

    examination: Examination
    basis: Basis | None
    control: bool
    lot: int
    control_propensity: int
    propensity: int
    value: int
    price: int
    features: str
    position: int
    artefacts: str
    code: str
    rules: tuple[tuple[str, int, int, int], ...] = ()
    stratum: str = ""
    mandatory: tuple[str, ...] = ()
    passages: int = 0
    day: str = ""
    zone: str = ""
    again: bool = False
    findings: int = 0
    shadow: tuple[tuple[str, int, int, int], ...] = ()
    shadow_mandatory: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    stated: tuple[StatedTerm, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()
    upkeep: int = 1
    kept: bool = False
    links: tuple[Link, ...] = ()
    listed: tuple[ListedParty, ...] = ()
    stage: DecisionStage | None = None
    bridge: str = ""
    routing: Routed | None = None


class Passed(Payload, frozen=True, omit_defaults=True, gc=False):
    """The truck passed primary: one more passage of this tractor (keyed hash) at this place and on this local day.

    Stream `crossing/<id>`. Place and day are the lottery's: `bridge` is the code of the port (in older logs the bridge
    as it was written), `day` that of the crossing's decision. `let_go` tells that a port that was cut off let it go.
    """

    TYPE: ClassVar[str] = "crossing.passed"

    tractor: int
    bridge: str
    day: str
    let_go: bool = False


class Examined(Payload, frozen=True, omit_defaults=True, gc=False):
    """What an examination found. Stream `crossing/<id>`.

    `corrects` is the identifier of the event that recorded the same examination first: this outcome takes the place of
    that one's, and of every correction in between. Absent where the examination is a new one. `carried_out` is which
    examination it was, where the report said so. `order_stands` marks one after which what was ordered is still to be
    carried out: it was less than that, the order is a hold, or the record is withdrawn. Older logs lack both: there
    every examination ended what was ordered. `image` is what a scan showed, where the report said so:
    that is no finding, and what alarms is decided again.
    """

    TYPE: ClassVar[str] = "crossing.examined"
    SCHEMA: ClassVar[int] = 2

    outcome: Outcome
    corrects: str | None = None
    carried_out: Examination | None = None
    order_stands: bool = False
    image: ScanImage | None = None


class LotteryCommitted(Payload, frozen=True, omit_defaults=True, gc=False):
    """The SHA-256 of the key of one day's lottery, before it is used. Stream `artefact/lottery/<day>`."""

    TYPE: ClassVar[str] = "lottery.committed"

    day: date
    commitment: str


class LotteryRevealed(Payload, frozen=True, omit_defaults=True, gc=False):
    """The key of a past day's lottery, so that anyone can draw the lots again. Stream `artefact/lottery/<day>`."""

    TYPE: ClassVar[str] = "lottery.revealed"

    day: date
    key: str


class PersonErased(Payload, frozen=True, omit_defaults=True, gc=False):
    """The key of a person was destroyed; what was sealed under it is gone. Stream `person/<keyed hash>`."""

    TYPE: ClassVar[str] = "person.erased"

    person: str
    ground: str


PAYLOADS: dict[str, type[Payload]] = {
    payload.TYPE: payload
    for payload in (
        Filed,
        Moved,
        Assessed,
        Decided,
        Arrived,
        AtYard,
        Passed,
        Examined,
        Overridden,
        Challenged,
        ChallengeAnswered,
        ChallengeEnclosed,
        Quarantined,
        ArtefactRegistered,
        ArtefactPromoted,
        LotteryCommitted,
        LotteryRevealed,
        PersonErased,
        SigningKeyRotated,
        LogSucceeded,
        ScreeningListed,
        ScreeningHit,
        ScreeningConfirmed,
        ScreeningDismissed,
        Received,
        Noted,
        Numbered,
        Subscribed,
        Unsubscribed,
        Delivered,
        PersonRead,
        CrossingOpened,
        ShadowChose,
    )
}
PAYLOADS |= {
    payload.TYPE: payload
    for payload in (*ALERT_PAYLOADS, *BRIDGE_PAYLOADS, *SCANNER_PAYLOADS, *EDGE_PAYLOADS, *ORDER_PAYLOADS)
}
PAYLOADS |= {payload.TYPE: payload for payload in (*INCIDENT_PAYLOADS, *SCOREBOARD_PAYLOADS, *RETENTION_PAYLOADS)}
PAYLOADS |= {payload.TYPE: payload for payload in (*BOOTH_PAYLOADS, *DOCK_PAYLOADS, *INPUT_PAYLOADS)}
PAYLOADS |= {payload.TYPE: payload for payload in (*HANDOVER_PAYLOADS, *CREDENTIAL_PAYLOADS, *SUBSCRIPTION_PAYLOADS)}
PAYLOADS |= {payload.TYPE: payload for payload in (*DEVICE_PAYLOADS, *TRIP_PAYLOADS, *RESPONSE_PAYLOADS)}


def _severity_not_below_zero(data: dict[str, Any]) -> dict[str, Any]:
    """Schema 1 of what was examined took any number for the severity; one below zero said nothing, and is left out."""
    outcome = data["outcome"]
    if outcome.get("severity") is None or outcome["severity"] >= 0:
        return data
    return {**data, "outcome": {name: value for name, value in outcome.items() if name != "severity"}}


#: (type, schema as stored) → function from the stored data, as a plain dict, to the next schema's.
UPCASTERS: dict[tuple[str, int], Callable[[dict[str, Any]], dict[str, Any]]] = {
    (Examined.TYPE, 1): _severity_not_below_zero,
    (ResponseStarted.TYPE, 1): without_place,
    **SCOREBOARD_UPCASTERS,
}


class Event(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """The envelope. `version` counts from 1 within the stream. Times carry their offset and come from the one clock.
    `occurred_at` is when it happened, `reported_at` when we were told (absent where the same), `recorded_at` when it
    was written. `said_at` is what the clock of the device said that told of it, where that clock is doubted.
    `credential` is what the request or command acted by that caused it (see module `credential`): absent in what the
    node does by itself, and in older logs."""

    event_id: str
    type: str
    schema: int
    stream: str
    version: int
    occurred_at: datetime
    recorded_at: datetime
    actor: str
    data: Any
    reported_at: datetime | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    idempotency_key: str | None = None
    origin: Origin = "live"
    said_at: datetime | None = None
    credential: str | None = None


def new_event(
    event_id: str,
    payload: Payload,
    stream: str,
    version: int,
    *,
    occurred_at: datetime,
    recorded_at: datetime,
    actor: str,
    reported_at: datetime | None = None,
    causation_id: str | None = None,
    correlation_id: str | None = None,
    idempotency_key: str | None = None,
    origin: Origin = "live",
    said_at: datetime | None = None,
) -> Event:
    """An event that carries `payload`, with its type, its current schema and the credential in use. Raises
    InstantError."""
    check_readable(payload.TYPE, occurred_at, recorded_at, reported_at, said_at)
    return Event(
        event_id, payload.TYPE, payload.SCHEMA, stream, version, occurred_at, recorded_at, actor, payload, reported_at,
        causation_id, correlation_id, idempotency_key, origin, said_at, current_credential(),
    )  # fmt: skip


class UnknownEventError(ValueError):
    """The stored event has a type or a schema that this version of the product does not know."""


def payload_of(type_: str, schema: int, data: dict[str, Any]) -> Payload:
    """The payload of stored `data`, upcast to today's schema. Raises UnknownEventError, msgspec.ValidationError."""
    payload = PAYLOADS.get(type_)
    if payload is None:
        raise UnknownEventError(f"event type {type_!r} is not known to this version")
    while schema < payload.SCHEMA:
        upcaster = UPCASTERS.get((type_, schema))
        if upcaster is None:
            raise UnknownEventError(f"{type_} has no upcaster from schema {schema}")
        data = upcaster(data)
        schema += 1
    if schema > payload.SCHEMA:
        raise UnknownEventError(f"{type_} schema {schema} is newer than this version knows ({payload.SCHEMA})")
    return msgspec.convert(data, payload)
