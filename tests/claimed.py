"""Tables that claims are held against: drawn for a document, changed so that a claim comes out at a chosen figure."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from fractions import Fraction

import msgspec
import polars as pl

from aforo.intake import bts, seizures, texas_bridges, transborder
from aforo.scoreboard.claim_tables import (
    TONNE_OF_POUND,
    LackingError,
    Tables,
    rows_of_freight,
    rows_of_seizures,
)
from aforo.scoreboard.claims import (
    SCALES,
    Bridges,
    Change,
    Claim,
    Claims,
    Crossings,
    Difference,
    Formula,
    Freight,
    Plain,
    Ratio,
    Seized,
    Share,
    Stated,
    Sum,
    Term,
    Trend,
    months_of,
    plain_of,
    terms_of,
)

COUNTRIES, MODES, CHAPTERS = ("canada", "mexico"), ("truck", "rail", "vessel", "air"), ("10", "84", "85", "87")
DRUGS = ("fentanyl", "cocaine", "marijuana", "methamphetamine")
#: Component, region, land and area of what was seized.
SEIZED_AT = (
    ("office of field operations", "southwest border", "land only", "tucson field office"),
    ("u.s. border patrol", "southwest border", "land only", "tucson sector"),
    ("office of field operations", "northern border", "land only", "detroit field office"),
    ("office of field operations", "coastal/interior", "other", "miami field office"),
)


def plains(claims: Claims) -> list[Plain]:
    """The plain terms of all formulas of a document, those of cuts too."""
    formulas: list[Formula] = [each.formula for each in claims.claims]
    formulas += [cut.formula for each in claims.claims for cut in each.cuts]
    return [own for formula in formulas for term in terms_of(formula) for own in plain_of(term)]


def drawn(claims: Claims, seed: int = 7) -> Tables:
    """Tables of every month that a document speaks of, with counts that are drawn. Of freight it is dot3 alone."""
    chance = random.Random(seed)
    terms = plains(claims)
    months: dict[type, list[date]] = {
        kind: sorted({month for own in terms if isinstance(own, kind) for month in months_of(own.period)})  # type: ignore[union-attr]
        for kind in (Crossings, Bridges, Freight, Seized)
    }
    ports = sorted({code for group in claims.ports.values() for code in group.codes})
    crossings = [
        (port, month, measure, chance.randint(1_000, 90_000))
        for month in months[Crossings]
        for port in ports
        for measure in ("trucks", "loaded", "empty")
    ]
    named = sorted({bridge for own in terms if isinstance(own, Bridges) for bridge in own.bridges})
    by_bridge = [
        ("port", bridge, month, chance.randint(1_000, 90_000)) for month in months[Bridges] for bridge in named
    ]
    freight = [
        ("dot3", month, "import", country, mode, None, port, chapter, chance.randint(10**6, 10**9))
        for month in months[Freight]
        for country in COUNTRIES
        for mode in MODES
        for port in [*ports, "0901"]
        for chapter in CHAPTERS
    ]
    seized = [
        (month, *at, drug, chance.randint(1, 60), chance.randint(10**6, 10**9))
        for month in months[Seized]
        for at in SEIZED_AT
        for drug in DRUGS
    ]
    return Tables(
        pl.DataFrame(crossings, schema=bts.SCHEMA, orient="row"),
        pl.DataFrame(by_bridge, schema=texas_bridges.SCHEMA, orient="row"),
        pl.DataFrame(freight, schema=transborder.SCHEMA, orient="row"),
        pl.DataFrame(seized, schema=seizures.SCHEMA, orient="row"),
    )


def without_month(tables: Tables, term: Plain) -> tuple[Tables, date]:
    """The tables without the last month of a term's period, and that month."""
    assert not isinstance(term, Stated)
    month = months_of(term.period)[-1]
    left = pl.col("month") != month
    match term:
        case Crossings():
            assert tables.crossings is not None
            return replace(tables, crossings=tables.crossings.filter(left)), month
        case Bridges():
            assert tables.bridges is not None
            return replace(tables, bridges=tables.bridges.filter(left)), month
        case Freight():
            assert tables.freight is not None
            return replace(tables, freight=tables.freight.filter(left)), month
        case Seized():
            assert tables.seizures is not None
            return replace(tables, seizures=tables.seizures.filter(left)), month


def raised(claims: Claims, tables: Tables, term: Term, by: Fraction) -> tuple[Claims, Tables]:
    """One row of a term (of the later one of a difference), or one stated fact, made more by so much of its unit."""
    own = term.after if isinstance(term, Difference) else term
    match own:
        case Stated():
            fact = claims.facts[own.fact]
            assert fact.value is not None
            value = f"{float(Fraction(fact.value) + by):.6f}"
            facts = claims.facts | {own.fact: msgspec.structs.replace(fact, value=value)}
            return msgspec.structs.replace(claims, facts=facts), tables
        case Crossings():
            assert tables.crossings is not None
            wanted = (
                (pl.col("month") == months_of(own.period)[-1])
                & (pl.col("port") == claims.ports[own.ports].codes[-1])
                & (pl.col("measure") == own.measure)
            )
            return claims, replace(tables, crossings=_more(tables.crossings, wanted, "count", by))
        case Bridges():
            assert tables.bridges is not None
            at = (pl.col("month") == months_of(own.period)[-1]) & (pl.col("bridge") == own.bridges[-1])
            return claims, replace(tables, bridges=_more(tables.bridges, at, "count", by))
        case Freight():
            assert tables.freight is not None
            one = rows_of_freight(tables.freight, own, claims, "dot3").row(0)
            return claims, replace(
                tables, freight=_more(tables.freight, _is(tables.freight, one, "dollars"), "dollars", by)
            )
        case Seized():
            assert tables.seizures is not None
            one = rows_of_seizures(tables.seizures, own).row(0)
            column = "events" if own.measure == "events" else "micropounds"
            units = by if own.measure == "events" else by * 10**6
            units = units / TONNE_OF_POUND if own.measure == "tonnes" else units
            wanted = _is(tables.seizures, one, "events", "micropounds")
            return claims, replace(tables, seizures=_more(tables.seizures, wanted, column, units))


def aimed(claim: Claim, claims: Claims, tables: Tables, target: Fraction) -> tuple[Claims, Tables]:
    """Data by which a claim comes out at `target`, in its unit and scale; what is rising is so by a positive target."""
    formula = claim.formula

    def total(term: Term, on: tuple[Claims, Tables] = (claims, tables)) -> Fraction:
        return on[1].total(term, on[0])

    match formula:
        case Sum():
            return raised(claims, tables, formula.of, target * SCALES[claim.published.scale] - total(formula.of))
        case Change():
            wanted = total(formula.before) * (1 + target / 100)
            return raised(claims, tables, formula.after, wanted - total(formula.after))
        case Share() | Ratio():
            times = target / 100 if isinstance(formula, Share) else target
            part, whole = total(formula.part), total(formula.whole)
            step = Fraction(1_000_000)
            # Where the part is in the whole, what is added to it is added to both.
            inside = total(formula.whole, raised(claims, tables, formula.part, step)) != whole
            by = (times * whole - part) / (1 - times) if inside else times * whole - part
            return raised(claims, tables, formula.part, by)
        case Trend():
            made = claims, tables
            for before, term in zip(formula.of, formula.of[1:], strict=False):
                step = (1 if target > 0 else -1) * Fraction(1_000)
                made = raised(*made, term, total(before, made) + step - total(term, made))
            return made


def computable(claim: Claim, claims: Claims, tables: Tables) -> bool:
    """Whether every term of a claim's own formula has a sum."""
    try:
        for term in terms_of(claim.formula):
            tables.total(term, claims)
    except LackingError:
        return False
    return True


def _is(frame: pl.DataFrame, row: tuple[object, ...], *figures: str) -> pl.Expr:
    """The row that is of the same as one of this frame, its figures apart."""
    return pl.all_horizontal(
        pl.col(name).eq_missing(pl.lit(value))
        for name, value in zip(frame.columns, row, strict=True)
        if name not in figures
    )


def _more(frame: pl.DataFrame, wanted: pl.Expr, column: str, by: Fraction) -> pl.DataFrame:
    changed = pl.when(wanted).then(pl.col(column) + round(by)).otherwise(pl.col(column))
    return frame.with_columns(changed.alias(column))
