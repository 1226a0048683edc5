"""What the timeline of a crossing says of an event: its kind, a sentence, and the fields that are no person's.

What has no entry here is not told. Reasons of officers are recorded in clear and name nobody; what is sealed stays so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from aforo.domain.alert import (
    AlertAcknowledged,
    AlertAssigned,
    AlertClosed,
    AlertEscalated,
    AlertRaised,
    AlertSnoozed,
)
from aforo.domain.booth import BoothInstructed
from aforo.domain.bridge import ExaminationEnded, ExaminationQueued, ExaminationStarted
from aforo.domain.dock import (
    EntryWithdrawn,
    ExaminationBegun,
    ExaminationClosed,
    FindingNoted,
    GoodsSeized,
    ItemChecked,
    PhotoTaken,
    SealHandled,
)
from aforo.domain.event import (
    AcceptanceUndone,
    Arrived,
    Assessed,
    AtYard,
    ChallengeAnswered,
    Challenged,
    CrossingOpened,
    Decided,
    Delivered,
    Examined,
    Filed,
    Moved,
    OrderAccepted,
    OrderUndone,
    Overridden,
    Passed,
    Payload,
    PersonRead,
)
from aforo.domain.screening import ScreeningConfirmed, ScreeningDismissed, ScreeningHit
from aforo.domain.text import Text, catalogue
from aforo.domain.threat import THREATS
from aforo.domain.units import PPB, probability_ppb
from aforo.routing.rate import NANOMINUTES

EntryKind = Literal[
    "filing", "decision", "order", "place", "read", "work", "dock", "outcome", "alert", "screening", "answer",
    "challenge", "seen",
]  # fmt: skip
Said = dict[str, Any]
_CATALOGUE = catalogue("aforo.flow")


def _names(*fields: str) -> Callable[[Any], Said]:
    """The fields of a payload that are said as they are; what is absent, false or empty is left out."""
    return lambda payload: {name: value for name in fields if (value := getattr(payload, name)) not in (None, "", ())}


def _filed(filed: Filed) -> Said:
    fields = filed.declaration
    said = {name: fields[name] for name in ("declaration_id", "amends", "action") if fields.get(name)}
    said |= {"source": filed.source, "warnings": len(filed.warnings)}
    return said | ({"takes": [each.crossing for each in filed.takes]} if filed.takes else {})


def _assessed(assessed: Assessed) -> Said:
    chances = probability_ppb(np.array(assessed.log_odds, np.int64)) / PPB
    return {"probabilities": dict(zip(THREATS, chances.tolist(), strict=False))}


def _decided(decided: Decided) -> Said:
    said = _names("examination", "basis", "stage", "bridge", "mandatory")(decided)
    said |= {name: True for name in ("kept", "again", "control") if getattr(decided, name)}
    return said | {"value": decided.value / NANOMINUTES, "price": decided.price / NANOMINUTES}


def _examined(examined: Examined) -> Said:
    outcome = examined.outcome
    said: Said = {"violation": outcome.violation}
    said |= {name: value for name in ("threat", "severity") if (value := getattr(outcome, name)) is not None}
    return said | _names("carried_out", "image")(examined) | ({"order_stands": True} if examined.order_stands else {})


def _queued(work: ExaminationQueued | ExaminationStarted) -> Said:
    said = _names("resource")(work)
    if work.predicted_ms is not None:
        said["predicted_minutes"] = work.predicted_ms / 60_000
    return said | ({"unit": work.unit} if isinstance(work, ExaminationStarted) and work.unit else {})


def _seal(seal: SealHandled) -> Said:
    said = _names("action", "number", "seal_class")(seal)
    return said | {name: value for name in ("intact", "matches") if (value := getattr(seal, name)) is not None}


def _alert(raised: AlertRaised) -> Said:
    return {"alert": raised.kind, "role": raised.role, "due": raised.due}


#: By type: the kind of its entry, and what is said of the payload.
_TOLD: dict[type[Payload], tuple[EntryKind, Callable[[Any], Said]]] = {
    Filed: ("filing", _filed),
    Moved: ("filing", _names("into")),
    Assessed: ("decision", _assessed),
    Decided: ("decision", _decided),
    Overridden: ("order", _names("examination", "reason", "ground", "seconded_by", "second_credential")),
    OrderAccepted: ("order", _names("examination")),
    OrderUndone: ("order", _names("examination")),
    AcceptanceUndone: ("order", lambda undone: {}),
    BoothInstructed: ("order", _names("instruction")),
    AtYard: ("place", _names("bridge")),
    Arrived: ("place", _names("bridge")),
    Passed: ("place", lambda passed: {"let_go": True} if passed.let_go else {}),
    Examined: ("outcome", _examined),
    Challenged: ("challenge", _names("about", "party", "due")),
    ChallengeAnswered: ("challenge", _names("challenge", "verdict", "reason")),
    ExaminationQueued: ("work", _queued),
    ExaminationStarted: ("work", _queued),
    ExaminationEnded: ("work", _names("resource")),
    ExaminationBegun: ("dock", _names("examination", "dock", "present")),
    ItemChecked: ("dock", _names("item", "result", "note")),
    FindingNoted: ("dock", _names("part", "threat", "what", "amount", "unit", "severity")),
    PhotoTaken: ("dock", lambda photo: {}),
    GoodsSeized: (
        "dock",
        _names("seizure", "kind", "threat", "what", "amount", "unit", "authority", "case"),
    ),
    SealHandled: ("dock", _seal),
    EntryWithdrawn: ("dock", _names("reason", "seconded_by", "second_credential")),
    ExaminationClosed: ("dock", _names("outcome", "threat", "severity", "reason", "seconded_by", "second_credential")),
    AlertRaised: ("alert", _alert),
    AlertAssigned: ("alert", _names("owner", "due")),
    AlertAcknowledged: ("alert", _names("due")),
    AlertSnoozed: ("alert", _names("until", "due", "reason")),
    AlertEscalated: ("alert", _names("level", "role", "due", "late", "reason")),
    AlertClosed: ("alert", _names("ending", "reason")),
    ScreeningHit: ("screening", _names("publisher", "entry", "score", "column", "declaration")),
    ScreeningConfirmed: ("screening", _names("publisher", "entry", "reason")),
    ScreeningDismissed: ("screening", _names("publisher", "entry", "reason")),
    Delivered: ("answer", _names("about", "result", "attempts", "code")),
    PersonRead: ("seen", _names("fields")),
    CrossingOpened: ("seen", _names("role")),
}


def told(payload: Payload) -> tuple[EntryKind, Text, Said] | None:
    """The kind, the sentence and the fields of an event's payload; None of one of which nothing is told."""
    rule = _TOLD.get(type(payload))
    if rule is None:
        return None
    kind, say = rule
    return kind, _CATALOGUE.template(f"timeline_{payload.TYPE.replace('.', '_')}"), say(payload)


def passage_counted() -> Text:
    """What is said of a passage that an examination counts, whenever the truck passed primary."""
    return _CATALOGUE.template("timeline_passage_counted")


def read_at_gate() -> Text:
    """What is said of a reading of the truck."""
    return _CATALOGUE.template("timeline_device_gate_reads")
