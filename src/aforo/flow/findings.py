"""What was found in a truck and stands: each finding that raises an alert, and when it is taken back. Pure of a
crossing's events.

A finding is claimed by the entry in a dock's record that notes it, or by the outcome of an examination that says so. An
outcome that only repeats what its record has noted claims nothing more; one that came before the note is borne by the
notes from then on, and falls with the last of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from aforo.domain.alert import AlertKind
from aforo.domain.decision import Examination
from aforo.domain.dock import EntryWithdrawn, ExaminationBegun
from aforo.domain.event import Examined
from aforo.domain.threat import Threat
from aforo.exams.dock_record import Record, records
from aforo.log.stored import StoredEvent


@dataclass(frozen=True)
class Claim:
    """That something was found: which alert it raises, the event that says so, and the dock's record that it is of,
    where it is of one. `found_at` is when the truck was examined."""

    kind: AlertKind
    about: str
    found_at: datetime
    record: str | None


@dataclass(frozen=True)
class _Outcome:
    """What the last word on an examination says was found, since the event of this version; `carried_out` is which
    examination it was, where that was said."""

    kind: AlertKind
    about: str
    version: int
    found_at: datetime
    carried_out: Examination | None


def kind_of(threat: Threat | None) -> AlertKind:
    """The alert that a finding of a threat raises. A violation that names no threat is taken for a misdeclaration."""
    if threat == "people":
        return "people_found"
    return "contraband_found" if threat == "contraband" else "other_found"


def claims(events: Sequence[StoredEvent]) -> dict[str, Claim]:
    """What was found and stands at the end of a crossing's events, by the event that claims it."""
    made = records(events)
    versions = {stored.event.event_id: stored.event.version for stored in events}
    begun, withdrawn = _first(events)
    found = {
        each.entry: Claim(kind_of(each.threat), each.entry, each.at, record.name)
        for record in made.values()
        for each in record.findings
        if not each.withdrawn
    }
    for outcome in _outcomes(events):
        record = next((each for each in made.values() if _is_of(outcome, each, begun[each.name], versions)), None)
        noted = [each for each in record.findings if kind_of(each.threat) == outcome.kind] if record else []
        # What was noted before, and not withdrawn by then, is what the outcome repeats.
        repeats = any(
            versions[each.entry] < outcome.version < withdrawn.get(each.entry, outcome.version + 1) for each in noted
        )
        later = [each for each in noted if versions[each.entry] > outcome.version]
        if not repeats and not (later and all(each.withdrawn for each in later)):
            found[outcome.about] = Claim(
                outcome.kind, outcome.about, outcome.found_at, None if record is None else record.name
            )
    return found


def _first(events: Iterable[StoredEvent]) -> tuple[dict[str, int], dict[str, int]]:
    """When, by the versions of a crossing's events, its records were begun, and entries in them withdrawn."""
    begun: dict[str, int] = {}
    withdrawn: dict[str, int] = {}
    for stored in events:
        said = stored.payload
        if isinstance(said, ExaminationBegun):
            begun.setdefault(said.name, stored.event.version)
        elif isinstance(said, EntryWithdrawn):
            withdrawn.setdefault(said.entry, stored.event.version)
    return begun, withdrawn


def _outcomes(events: Iterable[StoredEvent]) -> list[_Outcome]:
    """What the examinations of a crossing say was found, each by its last word."""
    said: dict[str, _Outcome] = {}
    for stored in events:
        event, payload = stored.event, stored.payload
        if not isinstance(payload, Examined):
            continue
        own, outcome = payload.corrects or event.event_id, payload.outcome
        if not outcome.violation:
            said.pop(own, None)
            continue
        kind, before = kind_of(outcome.threat), said.get(own)
        if before is None or before.kind != kind:
            said[own] = _Outcome(kind, event.event_id, event.version, outcome.found_at, payload.carried_out)
    return list(said.values())


def _is_of(outcome: _Outcome, record: Record, begun: int, versions: dict[str, int]) -> bool:
    """Whether an outcome is that of a dock's record: of the instant at which that ended; or of the same examination and
    made and said while it was open, since its closing is written down behind what it reports. A scanner's is its own,
    whatever dock the truck is at."""
    if any(each.at == outcome.found_at for each in record.closings):
        return True
    own = outcome.carried_out == record.examination and outcome.found_at >= record.begun_at
    return own and begun < outcome.version and all(versions[each.entry] > outcome.version for each in record.closings)
