"""A document of claims is read: its form, and that it names nothing that it does not have."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Final

import msgspec

from aforo.domain.form import fault_of, not_toml, placed
from aforo.domain.text import catalogue
from aforo.scoreboard.claims import (
    FALLING,
    RISING,
    Change,
    Claim,
    Claims,
    Crossings,
    Freight,
    Number,
    Plain,
    Published,
    Ratio,
    Share,
    Stated,
    Trend,
    Unit,
    months_of,
    plain_of,
    terms_of,
    unit_of,
)

#: A document of claims is smaller.
MOST_BYTES: Final = 1024 * 1024


class ClaimsError(ValueError):
    """A document of claims cannot be used; `text` says why, in both languages."""

    def __init__(self, code: str, **fields: object) -> None:
        self.text = catalogue("aforo.scoreboard").say(code, **fields)
        super().__init__(self.text.en)
        self.code = code


def parse(document: bytes) -> Claims:
    """The claims in a document. Raises ClaimsError."""
    if len(document) > MOST_BYTES:
        raise ClaimsError("claims.too_large", most=MOST_BYTES // 1024)
    try:
        told = tomllib.loads(document.decode("utf-8"))
        if (place := _unprintable(told, "")) is not None:
            raise ClaimsError("claims.unprintable", place=place[1:200])
        told |= {"hash": hashlib.sha256(document).hexdigest()}
        read = msgspec.convert(told, Claims)
    except ClaimsError:
        raise
    except msgspec.ValidationError as error:
        raise ClaimsError("claims.form", why=placed(*fault_of(error, Claims, told))) from None
    except (RecursionError, ValueError) as error:
        raise ClaimsError("claims.form", why=not_toml(error)) from None
    for wrong in _wrong(read):
        raise wrong
    return read


def _unprintable(node: Any, place: str) -> str | None:
    """The place of the first text with a character that a terminal would act on instead of showing."""
    if isinstance(node, str):
        return None if node.isprintable() else place
    if isinstance(node, dict):
        inside = [(name, f"{place}.{name!a}", each) for name, each in node.items()]
    elif isinstance(node, list):
        inside = [("", f"{place}[{number}]", each) for number, each in enumerate(node)]
    else:
        return None
    for name, own, each in inside:
        if not name.isprintable():
            return own
        if (found := _unprintable(each, own)) is not None:
            return found
    return None


def _wrong(read: Claims) -> Iterator[ClaimsError]:
    """All that is wrong with a document that has its form."""
    identifiers = [each.id for each in read.claims]
    for twice in sorted({each for each in identifiers if identifiers.count(each) > 1}):
        yield ClaimsError("claims.twice", claim=twice)
    named = [(each.id, each.source) for each in read.claims] + [(key, fact.source) for key, fact in read.facts.items()]
    named += [(key, closed.source) for key, group in read.ports.items() for closed in group.closed]
    for place, source in named:
        if source not in read.sources:
            yield ClaimsError("claims.unknown", claim=place, table="sources", key=source)
    for key, group in read.ports.items():
        for closed in group.closed:
            yield from _wrong_period(key, closed.period)
    for claim in read.claims:
        for formula in (claim.formula, *(cut.formula for cut in claim.cuts)):
            for term in (own for each in terms_of(formula) for own in plain_of(each)):
                yield from _wrong_term(claim, term, read)
        if not _is_figure(claim.published):
            yield ClaimsError("claims.figure", claim=claim.id, figure=claim.published.figure)
        if claim.published.step is not None and not Fraction(claim.published.step):
            yield ClaimsError("claims.step", claim=claim.id, step=claim.published.step)
        yield from _wrong_unit(claim, read)


def _wrong_term(claim: Claim, term: Plain, read: Claims) -> Iterator[ClaimsError]:
    if isinstance(term, Stated):
        if term.fact not in read.facts:
            yield ClaimsError("claims.unknown", claim=claim.id, table="facts", key=term.fact)
        return
    yield from _wrong_period(claim.id, term.period)
    if isinstance(term, Crossings | Freight) and term.ports is not None and term.ports not in read.ports:
        yield ClaimsError("claims.unknown", claim=claim.id, table="ports", key=term.ports)
    if isinstance(term, Freight) and term.ports and term.states and term.commodities:
        yield ClaimsError("claims.no_such_table", claim=claim.id)


def _wrong_period(place: str, period: str) -> Iterator[ClaimsError]:
    try:
        months_of(period)
    except ValueError:
        yield ClaimsError("claims.period", claim=place, period=period)


def _is_figure(published: Published) -> bool:
    if published.unit == "direction":
        return published.figure in (RISING, FALLING) and published.bound is None and published.step is None
    try:
        msgspec.convert(published.figure, Number)
    except msgspec.ValidationError:
        return False
    return True


def _wrong_unit(claim: Claim, read: Claims) -> Iterator[ClaimsError]:
    """A formula gives one unit, and a claim is of that."""
    fixed: dict[type[Any], Unit] = {Share: "percent", Change: "percent", Ratio: "times", Trend: "direction"}
    for formula in (claim.formula, *(cut.formula for cut in claim.cuts)):
        terms = [own for each in terms_of(formula) for own in plain_of(each)]
        if any(isinstance(own, Stated) and own.fact not in read.facts for own in terms):
            continue
        units = {unit_of(own, read) for own in terms}
        made = fixed.get(type(formula)) or next(iter(units))
        if made != claim.published.unit:
            yield ClaimsError("claims.unit", claim=claim.id, unit=claim.published.unit, made=made)
        elif len(units) > 1 and not isinstance(formula, Share | Ratio):
            yield ClaimsError("claims.units", claim=claim.id, units=", ".join(sorted(units)))
