"""Several accounts of one shipment: what an e-manifest, an entry, a table say of the same goods, side by side.

An account is what one filer says of a shipment in one declaration and its further lines, added up. Two accounts
contradict each other where both say something and it cannot be the same: a mass or a number of packages further apart
than the policy tolerates, no chapter or no country in common.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import polars as pl

from aforo.domain.stated import Contradiction
from aforo.routing.policy import Tolerance

#: What distinguishes lines and amendments of one account: `/2` of a line, `~` and a hash of an amendment. What a trip
#: says of a shipment that was filed before without it (`@` and the trip) is another account.
_PARTS = re.compile(r"(.+?)(?:/[0-9]+)?(?:~[0-9a-f]+)?(@.*)?")
#: Quantities that are added up over an account's lines, with the unit that they are told in.
SUMS = {"mass": ("gross_mass_kg", "kg"), "packages": ("packages", ""), "value": ("value_usd", "USD")}
#: What lines name, of which two accounts must have one in common, and how many letters of it count.
NAMES = {"chapter": ("hs6", 2), "origin": ("origin", 2), "departure": ("departure", 2)}
#: The columns that an account is made of.
COLUMNS = ("declaration_id", "shipment_id", *(column for column, _ in (*SUMS.values(), *NAMES.values())))
#: A row by these columns, and perhaps others.
Line = Mapping[str, Any]


@dataclass
class _Account:
    """`sums` are None where a line says nothing of them: then it is not the whole that is known."""

    name: str
    sums: dict[str, float | None] = field(default_factory=dict)
    names: dict[str, set[str]] = field(default_factory=dict)

    def add(self, line: Line) -> None:
        for what, (column, _) in SUMS.items():
            said = line[column]
            before = self.sums.get(what, 0.0)
            self.sums[what] = None if before is None or not isinstance(said, float) else before + said
        for what, (column, letters) in NAMES.items():
            if isinstance(text := line[column], str):
                self.names.setdefault(what, set()).add(text[:letters])


def account_of(declaration_id: str) -> str:
    """The account that a declaration belongs to: its identifier without the number of its line and the amendment."""
    parts = _PARTS.fullmatch(declaration_id)
    return f"{parts[1]}{parts[2] or ''}" if parts else declaration_id


def lines_of(table: pl.DataFrame) -> list[Line]:
    """The rows of a table as accounts are made of them."""
    values = zip(*(table[name].to_list() for name in COLUMNS), strict=True)
    return [dict(zip(COLUMNS, line, strict=True)) for line in values]


def contradicting(lines: Iterable[Line], tolerance: Tolerance) -> list[Contradiction]:
    """What contradicts what between the accounts of the shipments that the lines of one crossing speak of."""
    shipments: dict[str, list[Line]] = {}
    for line in lines:
        if (shipment := line["shipment_id"]) is not None:
            shipments.setdefault(shipment, []).append(line)
    found: dict[str, Contradiction] = {}
    for own in (shipments[name] for name in sorted(shipments) if len(shipments[name]) > 1):
        accounts: dict[str, _Account] = {}
        for line in own:
            name = account_of(line["declaration_id"])
            accounts.setdefault(name, _Account(name)).add(line)
        ordered = sorted(accounts.values(), key=lambda account: account.name)[:_MOST]
        for one, other in combinations(ordered, 2):
            for each in _between(one, other, tolerance):
                found.setdefault(each.code, each)
    return [found[code] for code in sorted(found)]


#: Accounts of one shipment that are compared with each other, the first ones by name.
_MOST = 16


def _between(one: _Account, other: _Account, tolerance: Tolerance) -> Iterable[Contradiction]:
    for what, (_, unit) in SUMS.items():
        first, second = one.sums.get(what), other.sums.get(what)
        if first is not None and second is not None and apart(first, second, tolerance.of(what)):
            yield Contradiction(f"{what}_differs", one.name, other.name, amount(first, unit), amount(second, unit))
    for what in NAMES:
        mine, theirs = one.names.get(what, set()), other.names.get(what, set())
        if mine and theirs and not mine & theirs:
            told = (", ".join(sorted(each)) for each in (mine, theirs))
            yield Contradiction(f"{what}_differs", one.name, other.name, *told)


def apart(one: float, other: float, share: float) -> bool:
    """Whether two quantities differ by more than a share of the greater one."""
    return abs(one - other) > share * max(abs(one), abs(other))


def amount(number: float, unit: str) -> str:
    """A quantity as it is told."""
    text = f"{number:,.0f}" if abs(number) >= 100 else f"{number:.6g}"
    return f"{text} {unit}".rstrip()


def lowered(amendments: Sequence[tuple[str, str]], table: pl.DataFrame, tolerance: Tolerance) -> list[Contradiction]:
    """What amendments lowered by more than is tolerated, with both quantities; `amendments` are pairs of the amended
    and the amending declaration, looked at where the table has both."""
    rows = {line["declaration_id"]: line for line in lines_of(table)}
    found = []
    for old, new in amendments:
        if old not in rows or new not in rows:
            continue
        for what, (column, unit) in SUMS.items():
            before, after = rows[old][column], rows[new][column]
            if before is not None and after is not None and after < before and apart(before, after, tolerance.of(what)):
                told = amount(after, unit), amount(before, unit)
                found.append(Contradiction(f"{what}_lowered", new, old, *told))
    return found
