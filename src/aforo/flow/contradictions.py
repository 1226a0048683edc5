"""What contradicts what: declarations of one crossing that cannot all be right.

Only what stands is compared, so an amendment that mends a contradiction ends it; what an amendment lowers is told as
long as it stands. Only crossings with more than one declaration are looked at. What traces a person is compared by its
keyed hash and never told in clear. The result does not depend on the order in which the declarations came.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from types import MappingProxyType
from typing import Any

from aforo.domain.declaration import identity_text
from aforo.domain.stated import Contradiction
from aforo.domain.text import Text, catalogue
from aforo.flow.accounts import COLUMNS, Line, account_of, contradicting, lowered
from aforo.flow.batch import Batch
from aforo.routing.policy import Tolerance

#: What all declarations of one truck must agree on: the identities that trace a person, by their kind, each with the
#: column that may be told of it, if one may;
PERSONAL = {"tractor": "", "driver": "", "carrier": "carrier_id"}
#: and the columns in clear.
CLEAR = ("port",)
#: Formats whose messages tell of a whole trip, trailer by trailer.
MANIFESTS = frozenset({"x12", "borderconnect"})
#: The columns that are looked at within a crossing.
_LOOKED_AT = tuple(
    dict.fromkeys(("record", "crossing_id", "seal_id", "filed_at", "declared_empty", "carrier_id", *CLEAR, *COLUMNS))
)


def contradictions_of(
    batch: Batch,
    tolerance: Tolerance,
    source: str | Mapping[int, str] = "",
    elsewhere: Mapping[int, Sequence[Contradiction]] = MappingProxyType({}),
) -> dict[int, list[Contradiction]]:
    """The contradictions of a batch's crossings, by crossing, one of each kind; those without any are left out.

    `source` is the intake format of the new rows, for all or by record; `elsewhere` are those with other crossings (see
    `links`). What was found before of a declaration that stands, and cannot be seen in what stands, is told again.
    """
    found = {c: list(own) for c, own in elsewhere.items()}
    if len(batch.rows) < len(batch.stands):
        several = [c for c, rows in enumerate(batch.rows) if len(rows) > 1]
        amending = batch.table["amends"].null_count() < batch.table.height
        for c, lines in _lines(batch, several, source) if several else ():
            ordered = sorted(lines, key=lambda line: str(line["declaration_id"]))
            within = [*_differing(ordered), *_seals(ordered), *_empty(ordered), *contradicting(lines, tolerance)]
            found.setdefault(c, []).extend(within)
        if amending:
            for c, more in _by_amendments(batch, tolerance).items():
                found.setdefault(c, []).extend(more)
        for c, old in batch.earlier.items():
            if old.decided.contradictions and batch.rows[c]:
                standing = set(batch.table["declaration_id"].gather(batch.rows[c]).to_list())
                lasting = [each for each in old.decided.contradictions if _lasts(each) and each.here in standing]
                found.setdefault(c, []).extend(lasting)
    return {c: _one_of_each(own) for c, own in found.items() if own}


def _lasts(each: Contradiction) -> bool:
    """Whether it is not between declarations of the crossing that stand."""
    return each.code.endswith(("_lowered", "_elsewhere"))


def _one_of_each(found: Sequence[Contradiction]) -> list[Contradiction]:
    by_code: dict[str, Contradiction] = {}
    for each in found:
        by_code.setdefault(each.code, each)
    return [by_code[code] for code in sorted(by_code)]


def _lines(
    batch: Batch, crossings: Sequence[int], source: str | Mapping[int, str]
) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """The rows that stand of some crossings: what is looked at of a row, by column, with its identities by kind and its
    intake format. Taken from the table for all at once: a query a crossing would cost more than all that is done with
    them."""
    rows = [row for c in crossings for row in batch.rows[c]]
    table = batch.table.select(_LOOKED_AT)[rows]
    first_old = batch.table.height - len(batch.formats_before)
    columns: dict[str, Sequence[Any]] = {name: table[name].to_physical().to_list() for name in _LOOKED_AT}
    columns |= {kind: batch.identities[kind][rows].tolist() for kind in PERSONAL}
    columns["format"] = [
        batch.formats_before[row - first_old]
        if row >= first_old
        else source
        if isinstance(source, str)
        else source[record]
        for row, record in zip(rows, columns["record"], strict=True)
    ]
    lines = (dict(zip(columns, line, strict=True)) for line in zip(*columns.values(), strict=True))
    for c in crossings:
        yield c, list(islice(lines, len(batch.rows[c])))


def _differing(lines: Sequence[Line]) -> list[Contradiction]:
    """Of what is said of one truck, each thing on which two declarations differ, the first two in the order of their
    identifiers: so it does not matter which came first. What one does not say differs from nothing."""
    found = []
    for what, told in (*PERSONAL.items(), *((column, column) for column in CLEAR)):
        if len({line[what] for line in lines}) < 2:
            continue
        naming = [line for line in lines if line[what]]
        other = next((line for line in naming if _compared(line[what]) != _compared(naming[0][what])), None)
        if other is not None:
            one, two = (line[told] or "" if told else "" for line in (naming[0], other))
            values = (one, two) if one and two else ("", "")
            found.append(
                Contradiction(f"{what}_differs", naming[0]["declaration_id"], other["declaration_id"], *values)
            )
    return found


def _compared(value: str | int) -> str | int:
    """An identity is compared by its keyed hash, a text however it is spelled."""
    return identity_text(value) if isinstance(value, str) else value


def _seals(lines: Sequence[Line]) -> list[Contradiction]:
    """Seals of which two statements have none in common. A manifest is one: its trailers have each their own."""
    statements: dict[object, dict[str, tuple[str, str]]] = {}
    for line in lines:
        own, seal, form = line["declaration_id"], line["seal_id"], line["format"]
        if seal:
            statement = (form, line["filed_at"], line["carrier_id"]) if form in MANIFESTS else own
            statements.setdefault(statement, {}).setdefault(identity_text(seal), (own, seal))
    if len(statements) < 2:
        return []
    first, *others = statements.values()
    other = next((each for each in others if not first.keys() & each.keys()), None)
    if other is None:
        return []
    (here, one), (there, two) = next(iter(first.values())), next(iter(other.values()))
    return [Contradiction("seal_differs", here, there, one, two)]


def _empty(lines: Sequence[Line]) -> list[Contradiction]:
    """An empty trailer declared beside goods. A trip's own record, under the trip's name, only lists none."""
    empty = next(
        (
            each
            for each in lines
            if each["declared_empty"] and account_of(each["declaration_id"]) != each["crossing_id"]
        ),
        None,
    )
    if empty is None:
        return []
    laden = next((each for each in lines if not each["declared_empty"] and (each["hs6"] or each["packages"])), None)
    if laden is None:
        return []
    return [Contradiction("empty_differs", empty["declaration_id"], laden["declaration_id"])]


def _by_amendments(batch: Batch, tolerance: Tolerance) -> dict[int, list[Contradiction]]:
    """What amendments lowered, and what stands in a crossing of which the trip itself was cancelled."""
    columns = [batch.table[name].to_list() for name in ("declaration_id", "amends", "action")]
    amendments = list(zip(*columns, strict=True))
    of_crossing: dict[int, list[int]] = {}
    for row, c in enumerate(batch.crossing.tolist()):
        of_crossing.setdefault(c, []).append(row)
    found: dict[int, list[Contradiction]] = {}
    for c, rows in of_crossing.items():
        standing = batch.rows[c]
        pairs = [(old, own) for own, old, _ in (amendments[row] for row in standing) if old]
        if pairs:
            found[c] = lowered(pairs, batch.table[rows], tolerance)
        old_ones = batch.earlier[c].amendments if c in batch.earlier else []
        said = [*old_ones, *(amendments[row] for row in rows)]
        of_trip = [(own, action) for own, old, action in said if old == batch.names[c]]
        # Filed anew after that, the trip is not cancelled.
        if standing and of_trip and of_trip[-1][1] == "cancel":
            first = min(amendments[row][0] for row in standing)
            found.setdefault(c, []).append(Contradiction("cancelled_beside", of_trip[-1][0], first))
    return found


def sentence(each: Contradiction) -> Text:
    """A contradiction in words for officers, with both places, and both values where they are nobody's."""
    words = catalogue("aforo.flow")
    name = words.template(f"contradiction_{each.code}")
    code = "contradiction_values" if each.one or each.other else "contradiction_places"
    frame = words.template(code)
    fields = {"here": each.here, "there": each.there, "one": each.one or "—", "other": each.other or "—"}
    return Text(frame.en.format(what=name.en, **fields), frame.es.format(what=name.es, **fields))
