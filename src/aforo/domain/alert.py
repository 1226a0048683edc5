"""What is recorded of alerts to staff: raised, assigned, acknowledged, put off, escalated, closed.

Every raise is version 1 of a stream of its own, `alert/<its event's identifier>`, so that it can be written in the
transaction of its cause without asking anything. Where an alert of the same kind is open on the same subject, the raise
joins it; else it opens one, which is named by its identifier, and what is done about that follows in its stream. Each
event says until when the next step is due: nothing that follows from the log depends on the document of the day.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal, get_args

import msgspec

from aforo.domain.payload import Payload

AlertKind = Literal[
    "people_found",
    "life_safety_hold",
    "mandatory_hold",
    "contraband_found",
    "other_found",
    "screening_hit",
    "challenge_due",
    "challenge_overdue",
    "stale_list",
    "order_raised",
    "contradiction",
    "missed_hold",
    "custody_broken",
    "custody_suspect",
    "custody_silent",
    "trip_overdue",
    "trip_astray",
    "trip_stopped",
    "convoy_split",
    "road_jammed",
    "people_signs",
    "theft_reported",
    "edge_enrolled",
    "edge_confirmed",
    "edge_lowered",
    "edge_withheld",
]
ALERT_KINDS: tuple[AlertKind, ...] = get_args(AlertKind)
#: The alerts that findings raise.
FOUND: tuple[AlertKind, ...] = ("people_found", "contraband_found", "other_found")
#: Who may be asked to respond.
StaffRole = Literal["officer", "supervisor"]
#: Why an alert went up the ladder: nobody acknowledged it in time, nobody responded in time, somebody asked for it.
Late = Literal["acknowledge", "respond", "asked"]
#: How an alert ended: somebody saw to it; what raised it was settled by another event; there was nothing to it; what
#: had been found was taken back.
Ending = Literal["handled", "resolved", "mistaken", "withdrawn"]
#: Why what a trip under seal raised is settled, where the log says so: what came late explains it; it is judged by
#: other documents; an authority announced the trip with other places; its seal was heard again; its road is jammed,
#: which is one alert for all trips there; the trip was discharged.
SettledWhy = Literal[
    "late_data", "judged_otherwise", "announced_otherwise", "heard_again", "road_jammed", "discharged"
]  # fmt: skip
#: How a truck had left: it was let go after an examination, or past the booth, or two officers released it after it was
#: examined.
LeftHow = Literal["examined", "passed", "released"]


class Left(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """That a truck had been let go before something was found in it. `at` is when, by the events of its crossing, at
    `bridge` and from `dock`, each empty where it is not known. `reader` is the gate reader that read it last since
    then, `place` where along the crossing that stands, `read_at` when: nothing of it where none did."""

    at: datetime
    how: LeftHow
    bridge: str = ""
    dock: str = ""
    reader: str = ""
    place: str = ""
    read_at: datetime | None = None


class AlertRaised(Payload, frozen=True, omit_defaults=True, gc=False):
    """Something happened that a person has to see to.

    `subject` is what it is about, as a stream (`crossing/<id>`, `list/<publisher>`, …); `about` names the cause, so
    that what settles it is recognised. `role` is asked, and acknowledges until `due`. `document` is the hash of the
    document of times to respond. `version` is that of the stream which settles it, the cause's own or the trip's: what
    came there later may settle it.
    `truck` is the tractor's keyed hash in 16 hexadecimal digits, where there is one; `left` says of something that was
    found that the truck had left before, where it had. The envelope's `occurred_at` is when the cause happened, its
    `causation_id` the event of the cause.
    """

    TYPE: ClassVar[str] = "alert.raised"

    kind: AlertKind
    subject: str
    about: str
    role: StaffRole
    due: datetime
    document: str
    version: int
    truck: str | None = None
    left: Left | None = None


class AlertAssigned(Payload, frozen=True, omit_defaults=True, gc=False):
    """A person owns the alert now, and is to acknowledge it until `due` unless they gave it to themselves."""

    TYPE: ClassVar[str] = "alert.assigned"

    owner: str
    due: datetime


class AlertAcknowledged(Payload, frozen=True, omit_defaults=True, gc=False):
    """The actor has seen it, owns it, and responds until `due`."""

    TYPE: ClassVar[str] = "alert.acknowledged"

    due: datetime


class AlertSnoozed(Payload, frozen=True, omit_defaults=True, gc=False):
    """The actor has seen it and puts it off `until` an instant; then it is to be acknowledged anew until `due`."""

    TYPE: ClassVar[str] = "alert.snoozed"

    until: datetime
    due: datetime
    reason: str


class AlertEscalated(Payload, frozen=True, omit_defaults=True, gc=False):
    """It went up the ladder to step `level` (the first is 0): `role` is asked, and acknowledges until `due`."""

    TYPE: ClassVar[str] = "alert.escalated"

    level: int
    role: StaffRole
    due: datetime
    late: Late
    reason: str = ""


class AlertClosed(Payload, frozen=True, omit_defaults=True, gc=False):
    """It is over, for the first `causes` of its causes: what joined it unseen by whoever closed it stays open.

    `reason` is a person's; `why` says in words of a catalogue what settled it, where the log does.
    """

    TYPE: ClassVar[str] = "alert.closed"

    ending: Ending
    causes: int
    reason: str = ""
    why: SettledWhy | None = None


ALERT_PAYLOADS: tuple[type[Payload], ...] = (
    AlertRaised, AlertAssigned, AlertAcknowledged, AlertSnoozed, AlertEscalated, AlertClosed,
)  # fmt: skip
