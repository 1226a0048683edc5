"""The state of the fleet, a projection of the log: what was reported of every scanner."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from aforo.domain.clock import microseconds
from aforo.domain.scanner import ScannerReported
from aforo.fleet.interruptions import Said
from aforo.fleet.standing import FORGOTTEN_DAYS, Standing, standing
from aforo.log.stored import StoredEvent

#: How many scanners are followed, and how many reports of one, the last ones: a border has a few hundred scanners, and
#: one that breaks every day for thirty years has as many reports.
MOST_SCANNERS = 10_000
MOST_REPORTS = 20_000
#: So many more are kept before the oldest are dropped, all at once.
_SLACK = 5_000


class FleetState:
    """The projection; see `aforo.log.projections.Projection`."""

    name = "fleet"
    version = 1
    types: Sequence[str] = (ScannerReported.TYPE,)

    def __init__(self) -> None:
        self.reports: dict[str, list[Said]] = {}

    def apply(self, events: Sequence[StoredEvent]) -> None:
        """Take in the next events, in order."""
        for stored in events:
            payload = stored.payload
            if not isinstance(payload, ScannerReported):
                continue
            scanner = stored.event.stream.removeprefix("scanner/")
            if scanner not in self.reports and len(self.reports) >= MOST_SCANNERS:
                continue
            said = self.reports.setdefault(scanner, [])
            said.append(said_of(payload, microseconds(stored.event.occurred_at)))
            if len(said) > MOST_REPORTS + _SLACK:
                self.reports[scanner] = _last(said)

    def standing(self, scanner: str, now: int, forgotten_days: int = FORGOTTEN_DAYS) -> Standing:
        """How one scanner is at an instant, in microseconds since 1970."""
        return standing(scanner, self.reports.get(scanner, ()), now, forgotten_days)

    def standings(self, now: int, forgotten_days: int = FORGOTTEN_DAYS) -> list[Standing]:
        """How every scanner is, by its identifier."""
        return [self.standing(scanner, now, forgotten_days) for scanner in sorted(self.reports)]

    def dump(self) -> bytes:
        """The state, without personal data in clear."""
        return msgspec.msgpack.encode(self.reports)

    def load(self, state: bytes) -> None:
        """Take over a state that `dump` gave."""
        self.reports = msgspec.msgpack.decode(state, type=dict[str, list[Said]])


def _last(said: Sequence[Said]) -> list[Said]:
    """The reports that are kept, in their order: of `down` and `up` the last ones."""
    order = sorted(range(len(said)), key=lambda place: (said[place].event not in ("down", "up"), said[place].at))
    return [said[place] for place in sorted(order[len(said) - MOST_REPORTS :])]


def said_of(payload: ScannerReported, at: int) -> Said:
    """A recorded report as it is kept; reporters are compared whatever the case of their letters."""
    return Said(
        payload.event,
        at,
        payload.reporter.casefold() if payload.reporter else None,
        payload.cause,
        payload.port,
        payload.kind,
        payload.contract_id,
        payload.planned,
        payload.blocker,
    )
