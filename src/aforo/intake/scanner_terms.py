"""The terms by which a scanner log is read, and the tally of what its rows lack.

A row that says when which scanner went down is kept, whatever else of it cannot be read: a cause in free text, a time
without an offset whose zone follows from the scanner's port. What a row says wrongly counts as not said, and is
reported. A row that cannot be kept is tallied by what it would have said, so that figures can say how far off they may
be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from aforo.domain.codes import port_zone
from aforo.domain.problem import Problem
from aforo.domain.scanner import CAUSES, Cause, RowsNotCounted, not_counted_kind
from aforo.domain.text import catalogue
from aforo.intake import rows
from aforo.intake.batch import printable

#: Texts of causes, and scanners of refused rows, that are kept one by one.
MOST_TEXTS: Final = 1_000
MOST_SCANNERS: Final = 200
#: As systems write that no cause is known.
NO_CAUSE: Final = frozenset({"missing", "unknown", "none", "n/a", "na", "-"})


@dataclass(frozen=True)
class ScannerTerms:
    """What the rows of a log leave open: the `causes` that texts mean, by the text in small letters; the `zone` of
    times without an offset. Without a zone such a time is of the zone of the row's port, else of the scanner's port.
    `zones_of_places` and `zones_of_scanners` give these zones, places by their name in small letters."""

    causes: Mapping[str, Cause] = field(default_factory=dict)
    zone: str | None = None
    zones_of_places: Mapping[str, str] = field(default_factory=dict)
    zones_of_scanners: Mapping[str, str] = field(default_factory=dict)

    def cause(self, text: str) -> Cause | None:
        """The cause that a text means; None where nobody said."""
        folded = text.casefold()
        return self.causes.get(folded) or _CAUSES.get(folded)

    def zone_of_place(self, place: str | None) -> str | None:
        """The zone of a port or bridge as reports name it."""
        if place is None:
            return None
        return self.zones_of_places.get(place.casefold()) or port_zone(place)

    def zone_of(self, scanner: str, place: str | None) -> str | None:
        """The zone of a time without an offset in a row of a scanner and a place."""
        return self.zone or self.zone_of_place(place) or self.zones_of_scanners.get(scanner)


_CAUSES: Final[dict[str, Cause]] = {each: each for each in CAUSES}
#: Reading by the rows alone.
PLAIN_TERMS: Final = ScannerTerms()


@dataclass
class ScannerTally:
    """What rows lacked: `causes` that nobody knows the meaning of, by text; times that were read in a zone, by
    `zones`; values that count as not said, by column (`unsaid`). `lost` are rows that are not counted, by what they
    would have said, and `scanners` those whose outages they concern, None where they are not all known. `unplaced` says
    that a time without an offset was refused for want of a zone."""

    causes: Counter[str] = field(default_factory=Counter)
    zones: Counter[str] = field(default_factory=Counter)
    unsaid: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    scanners: set[str] | None = field(default_factory=set)
    unplaced: bool = False

    def lacks_cause(self, text: str, count: int = 1) -> None:
        """Reports whose cause nobody knows the meaning of."""
        shown = printable(text)
        self.causes[shown if shown in self.causes or len(self.causes) < MOST_TEXTS else "…"] += count

    def lose(self, row: Mapping[str, Any] | None) -> None:
        """A row that is not counted; None of one of which nothing can be read."""
        kind = "unknown"
        scanner = None
        if row is not None:
            event, scanner = rows.cell(row, "event"), rows.cell(row, "scanner_id")
            kind = not_counted_kind(event, is_scan=rows.cell(row, "conveyance") is not None)
        self.lost[kind] += 1
        if kind in ("begins", "ends"):
            if self.scanners is None or scanner is None or len(self.scanners) >= MOST_SCANNERS:
                self.scanners = None
            else:
                self.scanners.add(scanner)

    @property
    def not_counted(self) -> RowsNotCounted:
        """The rows that are not counted."""
        scanners = None if self.scanners is None else tuple(sorted(self.scanners))
        return RowsNotCounted(**self.lost, scanners=scanners, causes=self.causes.total() + self.unsaid["planned"])

    def warnings(self) -> Iterator[Problem]:
        """What was kept and is not as it was written."""
        say = catalogue("aforo.intake").say
        for text, count in self.causes.most_common():
            told = say("scanner_cause_unknown", cause=text, rows=f"{count:,}")
            yield Problem(0, "file, column cause", "scanner_cause_unknown", told, "warning")
        for zone, count in self.zones.items():
            told = say("scanner_zone_assumed", zone=zone, rows=f"{count:,}")
            yield Problem(0, "file, column at", "scanner_zone_assumed", told, "warning")
        for column, count in self.unsaid.items():
            key = "scanner_planned_unread" if column == "planned" else "scanner_value_unsaid"
            told = say(key, column=column, rows=f"{count:,}")
            yield Problem(0, f"file, column {column}", key, told, "warning")


def instant_in(text: str, zone: str) -> datetime | str | None:
    """The instant of a time without an offset in a zone, the first one where clocks repeat it; the code of what is
    wrong where they skip it: no hour that nobody had may move a beginning onto its end."""
    local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
    if local.astimezone(UTC).astimezone(local.tzinfo).replace(tzinfo=None) != local.replace(tzinfo=None):
        return "row_instant_skipped"
    return rows.instant(local.isoformat())
