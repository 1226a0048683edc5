"""What contradicts what: declarations of one crossing that cannot all be right.

Only what stands is compared, so an amendment that mends a contradiction ends it; what an amendment lowers is told as
long as it stands. Only crossings with more than one declaration are looked at. What traces a person is compared by its
keyed hash and never told in clear. The result does not depend on the order in which the declarations came.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

import polars as pl

from aforo.domain.declaration import identity_text
from aforo.domain.stated import Contradiction
from aforo.domain.text import Text, catalogue
from aforo.flow.accounts import COLUMNS, contradicting, lowered
from aforo.flow.batch import Batch
from aforo.flow.recorded import Identities
from aforo.routing.policy import Tolerance

#: What all declarations of one truck must agree on: the identities that trace a person, by their kind,
PERSONAL = ("tractor", "driver", "carrier")
#: and the columns in clear.
CLEAR = {"port": "port"}
#: Formats whose messages tell of a whole trip, trailer by trailer.
MANIFESTS = frozenset({"x12", "borderconnect"})
_TOLD = {"carrier": "carrier_id"}
#: The columns that are looked at within a crossing.
_LOOKED_AT = dict.fromkeys(
    ("record", "crossing_id", "seal_id", "filed_at", "declared_empty", *CLEAR.values(), *_TOLD.values(), *COLUMNS)
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
        table = batch.table[list(_LOOKED_AT)] if several else batch.table
        for c in several:
            found.setdefault(c, []).extend(_within(batch, table, batch.rows[c], tolerance, source))
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


def _within(
    batch: Batch, whole: pl.DataFrame, rows: Sequence[int], tolerance: Tolerance, source: str | Mapping[int, str]
) -> list[Contradiction]:
    """What contradicts what among rows of one crossing that stand; `whole` has the columns of the batch that count."""
    table = whole[rows]
    said = _said(table, {kind: batch.identities[kind][rows] for kind in PERSONAL})
    first_old = whole.height - len(batch.formats_before)
    formats = [
        batch.formats_before[row - first_old]
        if row >= first_old
        else source
        if isinstance(source, str)
        else source[own]
        for row, own in zip(rows, table["record"].to_list(), strict=True)
    ]
    return [*_differing(said), *_seals(table, formats), *_empty(table), *contradicting(table, tolerance)]


def _seals(table: pl.DataFrame, formats: Sequence[str]) -> list[Contradiction]:
    """Seals of which two statements have none in common. A manifest is one: its trailers have each their own."""
    statements: dict[object, dict[str, tuple[str, str]]] = {}
    columns = (table[name].to_list() for name in ("declaration_id", "seal_id", "filed_at", "carrier_id"))
    for own, seal, at, carrier, form in sorted(zip(*columns, formats, strict=True), key=lambda line: str(line[0])):
        if seal:
            statement = (form, at, carrier) if form in MANIFESTS else own
            statements.setdefault(statement, {}).setdefault(identity_text(seal), (own, seal))
    if len(statements) < 2:
        return []
    first, *others = statements.values()
    other = next((each for each in others if not first.keys() & each.keys()), None)
    if other is None:
        return []
    (here, one), (there, two) = next(iter(first.values())), next(iter(other.values()))
    return [Contradiction("seal_differs", here, there, one, two)]


def _empty(table: pl.DataFrame) -> list[Contradiction]:
    """An empty trailer declared beside goods. A trip's own record, under the trip's name, only lists none."""
    columns = ("declaration_id", "crossing_id", "declared_empty", "hs6", "packages")
    values = (table[name].to_list() for name in columns)
    lines = sorted(zip(*values, strict=True), key=lambda line: str(line[0]))
    empty = next((own for own, crossing, is_empty, *_ in lines if is_empty and own != crossing), None)
    laden = next((own for own, _, is_empty, hs6, packages in lines if not is_empty and (hs6 or packages)), None)
    return [Contradiction("empty_differs", empty, laden)] if empty and laden else []


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
        cancelling = next((own for own, old, action in said if action == "cancel" and old == batch.names[c]), None)
        if cancelling and standing:
            first = min(amendments[row][0] for row in standing)
            found.setdefault(c, []).append(Contradiction("cancelled_beside", cancelling, first))
    return found


def _said(table: pl.DataFrame, identities: Identities) -> list[dict[str, tuple[str, str]]]:
    """What each declaration says, by what it speaks of: as it is compared, and as it may be told; what it does not say
    is left out."""
    ids: list[str] = table["declaration_id"].to_list()
    said: list[dict[str, tuple[str, str]]] = [{"": (own, own)} for own in ids]
    for kind, hashes in identities.items():
        told = table[_TOLD[kind]].to_list() if kind in _TOLD else [None] * len(ids)
        for own, identity, text in zip(said, hashes.tolist(), told, strict=True):
            if identity:
                own[kind] = str(identity), text or ""
    for what, column in CLEAR.items():
        for own, text in zip(said, table[column].to_list(), strict=True):
            if text:
                own[what] = identity_text(text), text
    return said


def _differing(said: Iterable[Mapping[str, tuple[str, str]]]) -> list[Contradiction]:
    """Of what is said of one truck, each thing on which two declarations differ: the first two in the order of their
    identifiers, so that it does not matter which came first."""
    ordered = sorted(said, key=lambda own: own[""])
    found = []
    for what in (*PERSONAL, *CLEAR):
        naming = [own for own in ordered if what in own]
        other = next((own for own in naming if own[what][0] != naming[0][what][0]), None)
        if other is not None:
            first = naming[0]
            one, two = first[what][1], other[what][1]
            told = (one, two) if one and two else ("", "")
            found.append(Contradiction(f"{what}_differs", first[""][0], other[""][0], *told))
    return found


def sentence(each: Contradiction) -> Text:
    """A contradiction in words for officers, with both places, and both values where they are nobody's."""
    words = catalogue("aforo.flow")
    name = words.template(f"contradiction_{each.code}")
    code = "contradiction_values" if each.one or each.other else "contradiction_places"
    frame = words.template(code)
    fields = {"here": each.here, "there": each.there, "one": each.one or "—", "other": each.other or "—"}
    return Text(frame.en.format(what=name.en, **fields), frame.es.format(what=name.es, **fields))
