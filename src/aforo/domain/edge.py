"""Events of a port that may be cut off from its node: what the edge there records, and what the node makes of it.

Those of the first part are in the edge's own log, in the stream `truck/<visit>`; those of the second in the node's.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

from aforo.domain.decision import Basis, Examination, ScanImage
from aforo.domain.payload import Payload
from aforo.domain.routed import Routed
from aforo.domain.threat import Threat

#: Why an edge chose as it did at the booth: the code of a sentence.
EdgeReason = Literal[
    "edge_released",
    "edge_ordered",
    "edge_held",
    "edge_priced",
    "edge_mistakable",
    "edge_no_filing",
    "edge_no_filing_drawn",
    "edge_no_key",
    "edge_no_bundle",
]


class EdgeBundleTaken(Payload, frozen=True, omit_defaults=True, gc=False):
    """A bundle came into force at the edge. Stream `bundle`.

    `digest` is the SHA-256 of its body, `position` that of the node's log when it was made, `issued_at` the node's
    instant. `went_back` marks one whose node knows less than it did before.
    """

    TYPE: ClassVar[str] = "edge.bundle_taken"

    origin: str
    digest: str
    position: int
    issued_at: datetime
    went_back: bool = False


class EdgeArrived(Payload, frozen=True, omit_defaults=True, gc=False):
    """A truck stood at the booth, and this is what the edge chose.

    `marks` are the keyed hashes that it is known by, `number` that of its trip as it was given; `decision` the event of
    the node's that the edge acted on (a decision, or an officer's order), absent where it knew of no filing; `bundle`
    the digest of the bundle in force, `age_s` its age then. Where a lot was drawn, `lot`, `control_propensity` (ppb),
    `day`, `subject` (the mark it was drawn for) and `passages` are what it was drawn from; `control` tells that it was
    drawn for the control sample.
    Where the price of `bridge` was asked, `routing` are the numbers of that choice, and `value` and `price` what the
    option prevents and costs, in truck-nanominutes.
    """

    TYPE: ClassVar[str] = "edge.arrived"

    marks: tuple[str, ...]
    examination: Examination
    reason: EdgeReason
    basis: Basis | None = None
    decision: str | None = None
    bundle: str = ""
    age_s: int = 0
    lot: int | None = None
    control_propensity: int = 0
    control: bool = False
    day: str = ""
    subject: str = ""
    passages: int = 0
    number: str = ""
    bridge: str = ""
    value: int = 0
    price: int = 0
    routing: Routed | None = None


class EdgeExamined(Payload, frozen=True, omit_defaults=True, gc=False):
    """What an examination at the edge found. `order_stands` marks one that left what was ordered; `ordered` is that,
    as the edge knew it. `corrects` tells that it takes the place of the one of the same instant. `image` is what a scan
    showed, where the report said so."""

    TYPE: ClassVar[str] = "edge.examined"

    ordered: Examination
    violation: bool | None = None
    threat: Threat | None = None
    severity: float | None = None
    carried_out: Examination | None = None
    order_stands: bool = False
    corrects: bool = False
    image: ScanImage | None = None


class EdgePassed(Payload, frozen=True, omit_defaults=True, gc=False):
    """The truck was reported to have passed."""

    TYPE: ClassVar[str] = "edge.passed"


class EdgeOrdered(Payload, frozen=True, omit_defaults=True, gc=False):
    """An officer at the edge ordered otherwise. `reason` is sealed: only the node can tell whether it names a person.
    `over` is the event that what the officer saw comes from.

    `credential` and `second_credential` identify the access tokens of both officers; `proof` and `second_proof` are
    signatures over the order with keys that only the texts of these tokens give. `sealing_key` is the node's key that
    the reason is sealed under; edges of before used the key of the port.
    """

    TYPE: ClassVar[str] = "edge.ordered"

    was: Examination
    examination: Examination
    reason: str
    seconded_by: str | None = None
    over: str | None = None
    credential: str = ""
    second_credential: str = ""
    proof: str = ""
    second_proof: str = ""
    sealing_key: str = ""


class EdgeReadings(Payload, frozen=True, omit_defaults=True, gc=False):
    """A block of readings of one reader. Stream `reader/<name>`; `sealed` are plates, tags and instants under the
    node's `sealing_key` (edges of before used the key of the port), `count` how many readings there are."""

    TYPE: ClassVar[str] = "edge.readings"

    count: int
    sealed: str
    sealing_key: str = ""


class EdgeScannerLog(Payload, frozen=True, omit_defaults=True, gc=False):
    """A block of rows of the scanner log: reports of scanners, or scans. Stream `scanner-log`; `sealed` are the rows,
    since notes and reporters may be persons, under the node's `sealing_key` (edges of before used the key of the port),
    `count` how many there are."""

    TYPE: ClassVar[str] = "edge.scanner_log"

    count: int
    sealed: str
    sealing_key: str = ""


class EdgeEnrolled(Payload, frozen=True, omit_defaults=True, gc=False):
    """An edge signs what it hands in with this key from now on. Stream `edge-key/<edge's log>`.

    `bridge` is the identifier of the port document's bridge; edges of before wrote it as they liked. `pending` marks an
    edge that gets no bundle and hands nothing in until an administrator confirms its key; edges that were enrolled
    before there was a confirmation count as confirmed.
    """

    TYPE: ClassVar[str] = "edge.enrolled"

    port: str
    bridge: str
    key: str
    pending: bool = False


class EdgeConfirmed(Payload, frozen=True, omit_defaults=True, gc=False):
    """An administrator compared the fingerprint of an edge's key. Stream `edge-key/<edge's log>`."""

    TYPE: ClassVar[str] = "edge.confirmed"

    fingerprint: str


class EdgeRetired(Payload, frozen=True, omit_defaults=True, gc=False):
    """An edge gets no bundle any more, and another may be enrolled for its bridge. Stream `edge-key/<edge's log>`."""

    TYPE: ClassVar[str] = "edge.retired"

    reason: str


#: What became of a fact: what was recorded of it in its crossing, or why not.
FactEffect = Literal[
    "arrived",
    "passed",
    "examined",
    "ordered",
    "repeated",
    "order_withheld",
    "reason_withheld",
    "unmatched",
    "unreadable",
    "readings",
    "seal_reads",
    "seal_read_no_trip",
    "seal_read_not_signed",
    "scanners",
    "elsewhere",
    "finding_stands",
    "clock_doubted",
    "not_among",
    "order_unproven",
    "key_destroyed",
    "edge_retired",
    "rows_refused",
]


class EdgeFact(Payload, frozen=True, omit_defaults=True, gc=False):
    """One leaf of an edge's log, as it was handed in. Stream `edge/<edge's log>`; its version is the leaf's number plus
    one.

    `body` is what the edge hashed: with a zero byte before it, its SHA-256 is the leaf. `visit` is whom it is about at
    the edge; `crossing` what the node took that for; `effects` what was recorded of it there.
    """

    TYPE: ClassVar[str] = "edge.fact"

    body: str
    visit: str = ""
    crossing: str | None = None
    effects: tuple[FactEffect, ...] = ()


class EdgeMatched(Payload, frozen=True, omit_defaults=True, gc=False):
    """A visit that found no crossing when it was handed in is this crossing's. Stream `edge-visit/<log>/<visit>`."""

    TYPE: ClassVar[str] = "edge.matched"

    edge: str
    visit: str
    crossing: str
    effects: tuple[FactEffect, ...] = ()


class EdgeAttested(Payload, frozen=True, omit_defaults=True, gc=False):
    """A checkpoint that the edge signed is over the very bodies that it handed in. Stream `edge-tree/<edge's log>`.

    `frontier` is the base64 of the tree's frontier at that size.
    """

    TYPE: ClassVar[str] = "edge.attested"

    size: int
    note: str
    frontier: str


EDGE_PAYLOADS: tuple[type[Payload], ...] = (
    EdgeBundleTaken, EdgeArrived, EdgeExamined, EdgePassed, EdgeOrdered, EdgeReadings, EdgeScannerLog, EdgeEnrolled,
    EdgeRetired, EdgeFact, EdgeMatched, EdgeAttested, EdgeConfirmed,
)  # fmt: skip
