"""The pack of a carrier's seals as one table: a row a record, of whatever part, so that a spreadsheet can filter it.

No cell that begins as a formula is written as one (`domain.spreadsheet`). Numbers are ours, and stand as they are.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime

from aforo.answers.seal_pack import Pack, PackTrip
from aforo.domain.spreadsheet import cell
from aforo.domain.text import catalogue

COLUMNS = (
    "record", "trip", "carrier", "origin", "device", "seal_id", "at", "until", "code", "said", "where", "latitude",
    "longitude", "speed_kmh", "grade", "recorded_by", "detail",
)  # fmt: skip
Row = dict[str, str | float | int | None]


def as_csv(pack: Pack, language: str) -> bytes:
    """The table, in UTF-8 with a mark that spreadsheets know it by; `said` is in the language, `en` or `es`."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS, restval="")
    writer.writeheader()
    for trip in pack.trips:
        for row in _of_trip(trip, language):
            named: Row = {"trip": trip.trip, "carrier": trip.carrier, "origin": trip.origin, **row}
            writer.writerow({name: cell(value) for name, value in named.items()})
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _of_trip(trip: PackTrip, language: str) -> Iterator[Row]:
    def said(room: str, code: str) -> str:
        text = catalogue(f"aforo.{room}").say(code)
        return text.told(language)

    yield {
        "record": "trip", "at": _at(trip.deadline), "until": _at(trip.discharged_at), "code": trip.regime,
        "said": said("answers", f"pack_regime_{trip.regime}"), "where": trip.discharged_where,
        "detail": f"carta_porte={trip.carta_porte}; crossing={trip.crossing}; discharged_by={trip.discharged_by}",
    }  # fmt: skip
    for seal in trip.seals:
        code = seal.seal_class or "none"
        detail = f"supplier={seal.supplier}; promise_s={seal.promise_s or ''}; off_where={seal.off_where}"
        yield {
            "record": "seal", "device": seal.device, "seal_id": seal.seal_id, "at": _at(seal.since),
            "until": _at(seal.until), "code": code, "said": said("answers", f"pack_class_{code}"), "where": seal.where,
            "recorded_by": seal.recorded_by,
            "detail": f"{detail}; off_by={seal.off_by}; authority={seal.authority}; ended={seal.ended or ''}; "
            f"crossing={seal.crossing}; carta_porte={seal.carta_porte}; "
            f"off_crossing={seal.off_crossing}; off_carta_porte={seal.off_carta_porte}",
        }  # fmt: skip
    for each in trip.inspections:
        outcome = "passed" if each.passed else "not_passed"
        own = {None: "", True: "; number=own", False: "; number=of_no_seal"}[each.own]
        points = " ".join(f"{point}={found}" for point, found in each.points)
        yield {
            "record": "inspection", "seal_id": each.seal_id, "at": _at(each.at), "code": each.kind,
            "said": f"{said('answers', f'pack_{each.kind}')}: {said('answers', f'pack_{outcome}')}",
            "where": each.where, "recorded_by": each.recorded_by, "detail": f"{points}{own}; {each.note}",
        }  # fmt: skip
    for read in trip.reads:
        bears = "own" if read.own else "of_no_seal"
        yield {
            "record": "read", "seal_id": read.seal_id, "at": _at(read.at), "code": bears,
            "said": said("answers", f"pack_read_{bears}"), "where": read.where, "grade": read.grade,
            "detail": f"reader={read.reader}",
        }  # fmt: skip
    for state in trip.states:
        yield {
            "record": "state", "device": state.device, "at": _at(state.since), "until": _at(state.until),
            "code": state.state, "said": said("custody", f"state_{state.state}"), "grade": state.grade,
            "detail": " ".join(state.facts),
        }  # fmt: skip
    for gap in trip.gaps:
        yield {
            "record": "gap", "device": gap.device, "at": _at(gap.earliest), "until": _at(gap.latest), "code": gap.code,
            "said": said("custody", f"fact_{gap.code}"), "grade": gap.grade, "detail": gap.gap or "never_came",
        }  # fmt: skip
    for position in trip.positions:
        yield {
            "record": "position", "device": position.device, "at": _at(position.at), "code": position.kind,
            "latitude": position.latitude, "longitude": position.longitude, "speed_kmh": position.speed,
            "grade": position.grade, "detail": f"door={position.door}",
        }  # fmt: skip


def _at(at: datetime | None) -> str:
    return "" if at is None else at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
