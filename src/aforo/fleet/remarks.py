"""What a report was asked and its log does not answer: words of documents that no row has, what is paid twice, and
trouble that counts nowhere.

A slip of the pen takes no scanner off the books by itself: it is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import msgspec
import numpy as np

from aforo.fleet.contract import Contract
from aforo.fleet.ledger import NEVER, Ledger
from aforo.fleet.record import ABSENT, Codes, Record
from aforo.fleet.target import Targets, folded

#: `scanner`: a contract names one that no report names. `site`: a contract names a port that no report has.
#: `contract_case`: a report names a contract that differs from this one in the case of its letters alone. `eligible`,
#: `target`: targets name a port that no report has. `kind`: targets name a kind that no report has. `billed_twice`:
#: several contracts bill a scanner for one month. `never_in_service`: the log tells of trouble of a device that none of
#: its rows commissions or installs.
What = Literal[
    "scanner", "site", "contract_case", "eligible", "target", "kind", "billed_twice", "never_in_service"
]  # fmt: skip


class Remark(msgspec.Struct, frozen=True):
    """A word, and where it stands: `document` is the id of a contract, several parted by commas, `targets` or `log`."""

    what: What
    document: str
    word: str


class Remarks(msgspec.Struct, frozen=True):
    """The words of one kind in one document."""

    what: What
    document: str
    words: tuple[str, ...]


def by_document(remarks: Iterable[Remark]) -> list[Remarks]:
    """Remarks of one kind in one document together, in the order of their first."""
    found: dict[tuple[What, str], list[str]] = {}
    for each in remarks:
        found.setdefault((each.what, each.document), []).append(each.word)
    return [Remarks(what, document, tuple(words)) for (what, document), words in found.items()]


def some(words: Sequence[str], most: int = 10) -> str:
    """The first of some words, in one line; more are told by an ellipsis."""
    return ", ".join(words[:most]) + (" …" if len(words) > most else "")


def unmatched(record: Record, contracts: Sequence[Contract], targets: Targets) -> list[Remark]:
    """Words of contracts and targets that no report has."""
    names = record.names
    scanners = set(_used(record.scanner, names.scanners))
    ports = {folded(each) for each in _used(record.port, names.ports)}
    kinds = {folded(each) for each in _used(record.kind, names.kinds)}
    agreed = [each.strip() for each in _used(record.contract, names.contracts)]
    found: list[Remark] = []
    for one in contracts:
        found += [Remark("scanner", one.id, each) for each in one.scanners if each not in scanners]
        found += [Remark("site", one.id, each.port) for each in one.sites if folded(each.port) not in ports]
        if not one.scanners:
            alike = (each for each in agreed if each != one.id and folded(each) == folded(one.id))
            found += [Remark("contract_case", one.id, each) for each in alike]
    for what, word in _of_targets(targets):
        if folded(word) not in (kinds if what == "kind" else ports):
            found.append(Remark(what, "targets", word))
    return list(dict.fromkeys(found))


def billed_twice(bills: Iterable[tuple[Contract, str, str]]) -> list[Remark]:
    """Scanners that several contracts bill for one month, of bills of a contract, a scanner and a month.

    Contracts that have their scanners of the log share none: it names one at a time.
    """
    by_month: dict[tuple[str, str], dict[str, bool]] = {}
    for contract, scanner, month in bills:
        by_month.setdefault((scanner, month), {})[contract.id] = bool(contract.scanners)
    twice = (
        Remark("billed_twice", ", ".join(own), scanner)
        for (scanner, _), own in by_month.items()
        if len(own) > 1 and any(own.values())
    )
    return list(dict.fromkeys(twice))


def never_in_service(found: Ledger) -> list[Remark]:
    """The devices of whose trouble the record tells and which it never puts into service, by name: hours of theirs are
    downtime of nothing."""
    record = found.record
    troubled = np.unique(record.scanner[record.where("down", "maintenance_start")])
    names = sorted(record.names.scanners[code] for code in troubled[found.began[troubled] == NEVER].tolist())
    return [Remark("never_in_service", "log", each) for each in names]


def _of_targets(targets: Targets) -> Iterator[tuple[What, str]]:
    for eligible in targets.scan_rate.eligible:
        yield "eligible", eligible.port
    for target in (*targets.utilisation.targets, *targets.scan_rate.targets):
        if target.port is not None:
            yield "target", target.port
    for kind in targets.utilisation.kinds:
        yield "kind", kind


def _used(column: Codes, names: Sequence[str]) -> list[str]:
    """The words of a column that a row has: scans have words of their own in the same table."""
    seen = np.zeros(len(names) + 1, dtype=np.bool_)
    seen[column] = True  # ABSENT marks the last place
    return [name for name, used in zip(names, seen[:ABSENT].tolist(), strict=True) if used]
