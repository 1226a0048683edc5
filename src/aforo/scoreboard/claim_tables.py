"""What the terms of claims come to on the tables at hand: sums of whole months, or what is missing.

Missing is never zero. A period of which one month is not there has no sum; the month is named. In a month that is
there, a row that is not there means nothing seized or nothing shipped, since these tables list only what was; in the
counts of trucks it means that nobody counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final, TypeAlias

import polars as pl

from aforo.domain.codes import port_named
from aforo.domain.text import Text, catalogue
from aforo.intake import bts, transborder
from aforo.intake.decimals import MILLIONTHS
from aforo.intake.whole_months import named
from aforo.scoreboard.claims import (
    Bridges,
    Claims,
    Closed,
    Crossings,
    Difference,
    Freight,
    Seized,
    Stated,
    Term,
    months_of,
)

#: The international pound is 0.45359237 kg.
TONNE_OF_POUND: Final = Fraction(45_359_237, 10**11)
#: Ports of which it is told one by one that they have no count.
_MOST_PORTS = 4
#: By column of a table the values that a term names; None, or none of them, where it does not tell that apart.
_Wanted: TypeAlias = list[tuple[str, Sequence[str] | None]]


class LackingError(LookupError):
    """A term has no sum; `why` says what is missing, in both languages."""

    def __init__(self, *why: Text) -> None:
        super().__init__("; ".join(each.en for each in why))
        self.why = why


@dataclass(frozen=True)
class Tables:
    """The tables that claims are held against, None where none was given.

    `crossings` has the schema of `intake.bts`, `bridges` that of `intake.texas_bridges`, `freight` that of
    `intake.transborder`, `seizures` that of `intake.seizures`.
    """

    crossings: pl.DataFrame | None = None
    bridges: pl.DataFrame | None = None
    freight: pl.DataFrame | None = None
    seizures: pl.DataFrame | None = None

    def total(self, term: Term, claims: Claims) -> Fraction:
        """What a term comes to, in its unit. Raises LackingError where the tables do not have all of it."""
        match term:
            case Difference():
                return self.total(term.after, claims) - self.total(term.before, claims)
            case Stated():
                fact = claims.facts[term.fact]
                if fact.value is None:
                    raise LackingError(_say("claim.no_fact", said=fact.said))
                return Fraction(fact.value)
            case Crossings():
                return _crossings(_given(self.crossings, "crossings"), term, claims)
            case Bridges():
                return _bridges(_given(self.bridges, "bridges"), term)
            case Freight():
                return _freight(_given(self.freight, "transborder"), term, claims)
            case Seized():
                return _seized(_given(self.seizures, "seizures"), term)

    def taken_as_closed(self, term: Term, claims: Claims) -> list[Text]:
        """What a term's sum takes for granted: ports without a count of a month in which they are said to be closed."""
        if isinstance(term, Difference):
            return [*self.taken_as_closed(term.before, claims), *self.taken_as_closed(term.after, claims)]
        if not isinstance(term, Crossings) or self.crossings is None:
            return []
        rows = set(self.crossings.filter(pl.col("measure") == term.measure).select("port", "month").iter_rows())
        closed = {
            each: None
            for month in months_of(term.period)
            for each in _closed(claims, term, month)
            if (each.port, month) not in rows
        }
        return [
            _say(
                "claim.closed",
                port=each.name,
                months=named(months_of(each.period)),
                source=claims.sources[each.source].told,
            )
            for each in closed
        ]


def rows_of_freight(frame: pl.DataFrame, term: Freight, claims: Claims, table: transborder.Table) -> pl.DataFrame:
    """The rows of one table of a frame of freight that a term adds up."""
    own = frame.filter(pl.col("table") == table)
    return _chosen(own, term.period, _wanted_of_freight(term, claims))


def rows_of_seizures(frame: pl.DataFrame, term: Seized) -> pl.DataFrame:
    """The rows of a frame of seizures that a term adds up."""
    return _chosen(frame, term.period, _wanted_of_seizures(term))


def _wanted_of_freight(term: Freight, claims: Claims) -> _Wanted:
    return [
        ("country", term.country and (term.country,)),
        ("trade", term.trade and (term.trade,)),
        ("mode", term.mode and (term.mode,)),
        ("port", term.ports and claims.ports[term.ports].codes),
        ("state", term.states),
        ("commodity", term.commodities),
    ]


def _wanted_of_seizures(term: Seized) -> _Wanted:
    wanted: _Wanted = [
        ("drug", term.drugs),
        ("component", term.components),
        ("region", term.regions),
        ("area", term.areas),
        ("land", term.land and (term.land,)),
    ]
    return [(column, values and [each.casefold() for each in values]) for column, values in wanted]


def _refuse_unknown(frame: pl.DataFrame, table: Text, wanted: _Wanted) -> None:
    """Raises LackingError for values that no row of any month has: beside others that are there, a name that the table
    does not know would add nothing to the sum, and nobody would see it."""
    unknown = [
        _say("claim.nowhere", table=table, value=value)
        for column, values in wanted
        if values and (there := set(frame[column].unique()))
        for value in dict.fromkeys(values)
        if value not in there
    ]
    if unknown:
        raise LackingError(*unknown)


def _chosen(frame: pl.DataFrame, period: str, wanted: _Wanted) -> pl.DataFrame:
    conditions = [pl.col(column).is_in(list(values)) for column, values in wanted if values]
    return frame.filter(pl.col("month").is_in(list(months_of(period))), *conditions)


def _say(code: str, **fields: object) -> Text:
    return catalogue("aforo.scoreboard").say(code, **fields)


def _given(frame: pl.DataFrame | None, table: str) -> pl.DataFrame:
    if frame is None:
        raise LackingError(_say("claim.no_table", table=_say(f"table.{table}")))
    return frame


def _crossings(frame: pl.DataFrame, term: Crossings, claims: Claims) -> Fraction:
    own = frame.filter(pl.col("measure") == term.measure)
    rows = set(own.select("port", "month").iter_rows())
    by_codes: dict[tuple[str, ...], list[date]] = {}
    for month in months_of(term.period):
        closed = {each.port for each in _closed(claims, term, month)}
        open_to_trucks = tuple(
            code for code in claims.ports[term.ports].codes if code not in closed or (code, month) in rows
        )
        by_codes.setdefault(open_to_trucks, []).append(month)
    total, why = 0, list[Text]()
    for codes, months in by_codes.items():
        if not codes:
            why.append(_say("claim.no_rows", table=_say("table.crossings")))
            continue
        counts = dict(bts.monthly(frame, codes, term.measure).iter_rows())
        if absent := [month for month in months if counts.get(month) is None]:
            why += _not_counted(rows, codes, absent)
        else:
            total += sum(counts[month] for month in months)
    if why:
        raise LackingError(*dict.fromkeys(why))
    return Fraction(total)


def _closed(claims: Claims, term: Crossings, month: date) -> list[Closed]:
    """What a document says of ports of a term's group that were closed to trucks in a month."""
    return [each for each in claims.ports[term.ports].closed if month in months_of(each.period)]


def _not_counted(rows: set[tuple[str, date]], codes: Sequence[str], absent: list[date]) -> list[Text]:
    """Why months have no count: not in the file, counted with another port, or no row of a port."""
    there = {month for _, month in rows}
    why = []
    if outside := [month for month in absent if month not in there]:
        why.append(_say("claim.months", table=_say("table.crossings"), months=named(outside)))
    # By port, the months of which it has to have a row; those of a port that another's code counted are in that one.
    needed: dict[str, list[date]] = {}
    for month in (each for each in absent if each in there):
        recut = next((each for each in bts.RECUTS if month < each.since and each.held & set(codes)), None)
        if recut is not None and not recut.held <= set(codes):
            others = ", ".join(port_named(each) for each in sorted(recut.held - {recut.code}))
            why.append(_say("claim.recut", port=port_named(recut.code), others=others, until=f"{recut.since:%Y-%m}"))
            continue
        held = recut.held - {recut.code} if recut is not None else frozenset()
        for code in codes:
            if code not in held and (code, month) not in rows:
                needed.setdefault(code, []).append(month)
    for code, missed in list(needed.items())[:_MOST_PORTS]:
        why.append(_say("claim.port_months", port=port_named(code), months=named(missed)))
    if len(needed) > _MOST_PORTS:
        why.append(_say("claim.more_ports", count=len(needed) - _MOST_PORTS))
    return why


def _bridges(frame: pl.DataFrame, term: Bridges) -> Fraction:
    months = months_of(term.period)
    names = {name.casefold(): name for name in term.bridges}
    counted = frame.drop_nulls("count").filter(pl.col("month").is_in(list(months)))
    own = counted.with_columns(pl.col("bridge").str.to_lowercase())
    counts: dict[tuple[str, date], int] = {
        (bridge, month): count for bridge, month, count in own.select("bridge", "month", "count").iter_rows()
    }
    missing = {name: [month for month in months if (folded, month) not in counts] for folded, name in names.items()}
    if any(missing.values()):
        why = [_say("claim.port_months", port=name, months=named(own)) for name, own in missing.items() if own]
        raise LackingError(*why)
    return Fraction(sum(counts[folded, month] for folded in names for month in months))


def _freight(frame: pl.DataFrame, term: Freight, claims: Claims) -> Fraction:
    """The sum by every table of TransBorder that tells apart what the term does and has its months: they must agree."""
    apart = {
        name for name, own in (("state", term.states), ("port", term.ports), ("commodity", term.commodities)) if own
    }
    months = months_of(term.period)
    able = [table for table, columns in transborder.TABLES.items() if apart <= columns]
    missing: dict[transborder.Table, list[date]] = {}
    for table in able:
        there = set(frame.filter(pl.col("table") == table)["month"].unique())
        missing[table] = [month for month in months if month not in there]
    whole = [table for table in able if not missing[table]]
    if not whole:
        best = min(able, key=lambda table: len(missing[table]))
        told = _say("table.transborder_one", table=" / ".join(able))
        raise LackingError(_say("claim.months", table=told, months=named(missing[best])))
    sums: dict[transborder.Table, int] = {}
    for table in whole:
        name = _say("table.transborder_one", table=table)
        _refuse_unknown(frame.filter(pl.col("table") == table), name, _wanted_of_freight(term, claims))
        rows = rows_of_freight(frame, term, claims, table)
        if rows.is_empty():
            raise LackingError(_say("claim.no_rows", table=name))
        sums[table] = int(rows["dollars"].sum())
    if len(set(sums.values())) > 1:
        told_sums = ", ".join(f"{table}: {dollars:,}" for table, dollars in sums.items())
        raise LackingError(_say("claim.disagree", sums=told_sums))
    return Fraction(next(iter(sums.values())))


def _seized(frame: pl.DataFrame, term: Seized) -> Fraction:
    there = set(frame["month"].unique())
    if missing := [month for month in months_of(term.period) if month not in there]:
        raise LackingError(_say("claim.months", table=_say("table.seizures"), months=named(missing)))
    _refuse_unknown(frame, _say("table.seizures"), _wanted_of_seizures(term))
    rows = rows_of_seizures(frame, term)
    if rows.is_empty():
        raise LackingError(_say("claim.no_rows", table=_say("table.seizures")))
    if term.measure == "events":
        return Fraction(int(rows["events"].sum()))
    pounds = Fraction(int(rows["micropounds"].sum()), MILLIONTHS[0])
    return pounds * TONNE_OF_POUND if term.measure == "tonnes" else pounds
