"""OFAC's list of Specially Designated Nationals: the main file, the addresses and the aliases, comma separated.

The files have no header. As OFAC's data specification (dat_spec.txt, 2023) has them: sdn.csv ent_num, name, type,
programme, title, call sign, vessel type, tonnage, gross tonnage, flag, owner, remarks; add.csv ent_num, add_num,
address, place, country, remarks; alt.csv ent_num, alt_num, alt_type (aka, fka, nka), name, remarks. `-0-` is no value.
What the remarks say of births, nationality, identifiers and weak aliases is taken from them; they are kept whole.

The files may be of different days. An alias or an address whose entry is not in the main file is told, and an alias is
kept as an entry of its own, so that nobody is missed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from aforo.domain.watchlist import Entry, ListedAddress, ListedIdentifier, ListedName, NameQuality, PartyKind
from aforo.intake.lists.reading import MOST_NAMES, Problems, Reading, birth_of, records, squeezed, text_of

#: The number of columns tells the files apart.
MAIN, ADDRESSES, ALIASES = 12, 6, 5
ROLES = {MAIN: "main", ADDRESSES: "addresses", ALIASES: "aliases"}

_KINDS: dict[str, PartyKind] = {"individual": "person", "vessel": "vessel", "aircraft": "aircraft", "": "firm"}
_QUALITIES: dict[str, NameQuality] = {"aka": "strong", "fka": "former", "nka": "new"}
#: Of the remarks, between semicolons: what begins with one of these words, then a number, then perhaps a country.
_IDENTIFIER = re.compile(
    r"^(?:alt\. )?(Passport|Cedula|R\.F\.C\.|C\.U\.R\.P\.|NIT|National ID No\.|Tax ID No\.|D\.N\.I\.|RUC|RIF|"
    r"V\.A\.T\. Number|Registration Number|Registration ID|Identification Number|Vessel Registration Identification|"
    r"MMSI|Commercial Registry Number|Business Registration Number|Company Number|Matricula Mercantil No|"
    r"D-U-N-S Number|SWIFT/BIC|Folio Mercantil No\.|Electoral Registry No\.|Trade License No\.|"
    r"Chinese Commercial Code|C\.R\. No\.|Numero de Identidad|Personal ID Card|Government Gazette Number|"
    r"Organization Code|Unified Social Credit Code \(USCC\)|Aircraft Manufacturer's Serial Number \(MSN\)|"
    r"Aircraft Tail Number)"
    r"(?: No\.?| #)?:? *((?:IMO )?[A-Z0-9][A-Z0-9./ -]*[A-Z0-9]|[A-Z0-9])(?: \(([^)]*)\))?",
    re.IGNORECASE,
)
_QUOTED_ALIAS = re.compile(r"^(?:a\.k\.a\.|alt\. a\.k\.a\.) '(.+)'$")
_FORMER_ALIAS = re.compile(r"^f\.k\.a\. '(.+)'$")
_BORN = re.compile(r"^(?:alt\. )?DOB (.+)$")
_OF_COUNTRY = re.compile(r"^(?:alt\. )?(?:nationality|citizen|Nationality of Registration) (.+)$")


def role_of(head: str) -> str | None:
    """Which of the three files one is, by its first record: `main`, `addresses` or `aliases`; else None."""
    first = next(records(head, ",", Problems("")), None)
    if first is None or not first[1][0].strip().isdigit():
        return None
    return ROLES.get(len(first[1]))


@dataclass
class _Draft:
    """An entry as it is put together from three files."""

    names: list[ListedName] = field(default_factory=list)
    addresses: list[ListedAddress] = field(default_factory=list)


def read(files: Mapping[str, bytes]) -> Reading:
    """The entries of the three files (by name, in any order); the last two may be absent, which is told."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    ledger = Problems("")
    for name, data in sorted(files.items()):
        ledger.file = name
        text = text_of(data, ledger)
        if text is None:
            continue
        role = role_of(text[:MOST_HEAD])
        if role is None:
            ledger.add("list_unknown", 0, "")
        else:
            found[role].append((name, text))
    for role in ("aliases", "addresses"):
        if found["main"] and not found[role]:
            ledger.file = found["main"][0][0]
            ledger.add("ofac_file_absent", 0, "", gravity="warning", what=role)
    drafts: dict[str, _Draft] = defaultdict(_Draft)
    _names(found["aliases"], drafts, ledger)
    _addresses(found["addresses"], drafts, ledger)
    entries: dict[str, Entry] = {}
    for name, text in found["main"]:
        ledger.file = name
        for line, row in records(text, ",", ledger):
            if len(row) != MAIN:
                ledger.add("fields_wrong", line, f"line {line}", expected=MAIN, given=len(row))
                continue
            entry = _entry([_value(each) for each in row], drafts, line, ledger)
            if entry is None:
                continue
            if entry.entry_id in entries:
                same = entries[entry.entry_id] == entry
                code = "entry_repeated" if same else "entry_contradicts"
                ledger.add(code, line, f"line {line}", gravity="warning" if same else "refusal")
                continue
            entries[entry.entry_id] = entry
    ledger.file = found["aliases"][0][0] if found["aliases"] else ""
    for entry_id, draft in drafts.items():
        if entry_id not in entries and draft.names:
            ledger.add("ofac_alias_alone", 0, f"entry {entry_id}", gravity="warning")
            entries[entry_id] = Entry("ofac", entry_id, "unknown", tuple(draft.names), tuple(draft.addresses))
        elif entry_id not in entries:
            ledger.add("ofac_address_alone", 0, f"entry {entry_id}", gravity="warning")
    return Reading(tuple(entries.values()), tuple(ledger.found), ledger.counts)


#: How much of a file is looked at to tell which it is.
MOST_HEAD = 64 * 1024


def _value(text: str) -> str:
    text = squeezed(text)
    return "" if text == "-0-" else text


def _rows(files: Iterable[tuple[str, str]], columns: int, ledger: Problems) -> Iterable[tuple[int, list[str]]]:
    for name, text in files:
        ledger.file = name
        for line, row in records(text, ",", ledger):
            if len(row) != columns or not row[0].strip().isdigit():
                ledger.add("fields_wrong", line, f"line {line}", expected=columns, given=len(row))
            else:
                yield line, [_value(each) for each in row]


def _names(files: list[tuple[str, str]], drafts: dict[str, _Draft], ledger: Problems) -> None:
    for line, (entry_id, _, kind, name, _) in _rows(files, ALIASES, ledger):
        if not name:
            ledger.add("name_missing", line, f"line {line}")
        elif kind not in _QUALITIES:
            ledger.add("alias_kind_unknown", line, f"line {line}", gravity="warning", kind=kind)
            _take(drafts[entry_id], ListedName(name, "strong"), line, ledger)
        else:
            _take(drafts[entry_id], ListedName(name, _QUALITIES[kind]), line, ledger)


def _take(draft: _Draft, name: ListedName, line: int, ledger: Problems) -> None:
    if len(draft.names) >= MOST_NAMES:
        ledger.add("names_too_many", line, f"line {line}")
    else:
        draft.names.append(name)


def _addresses(files: list[tuple[str, str]], drafts: dict[str, _Draft], ledger: Problems) -> None:
    for line, (entry_id, _, street, place, country, note) in _rows(files, ADDRESSES, ledger):
        if not (street or place or country or note):
            continue
        if len(drafts[entry_id].addresses) >= MOST_NAMES:
            ledger.add("names_too_many", line, f"line {line}")
        else:
            drafts[entry_id].addresses.append(ListedAddress(street, place, country, note))


def _entry(row: list[str], drafts: dict[str, _Draft], line: int, ledger: Problems) -> Entry | None:
    entry_id, name, kind, programme, title, call_sign, vessel_type, tonnage, gross, flag, owner, remarks = row
    if not entry_id.isdigit():
        ledger.add("entry_number_wrong", line, f"line {line}")
        return None
    if not name:
        ledger.add("name_missing", line, f"line {line}")
        return None
    if kind.lower() not in _KINDS:
        ledger.add("entry_kind_unknown", line, f"line {line}", gravity="warning", kind=kind)
    weak: list[ListedName] = []
    born: list[str] = []
    countries: list[str] = [flag] if flag else []
    identifiers: list[ListedIdentifier] = [ListedIdentifier("Call sign", call_sign)] if call_sign else []
    for part in remarks.split(";"):
        part = part.strip().rstrip(".")
        if found := _BORN.match(part):
            day = birth_of(found[1])
            if day is None:
                ledger.add("birth_unreadable", line, f"line {line}", gravity="warning")
            else:
                born.append(day)
        elif found := _OF_COUNTRY.match(part):
            countries.append(found[1])
        elif found := _QUOTED_ALIAS.match(part):
            weak.append(ListedName(found[1], "weak"))
        elif found := _FORMER_ALIAS.match(part):
            weak.append(ListedName(found[1], "former"))
        elif found := _IDENTIFIER.match(part):
            identifiers.append(ListedIdentifier(found[1].rstrip("."), found[2], found[3] or ""))
    draft = drafts.get(entry_id, _Draft())
    details = (title, vessel_type, tonnage, gross, f"owner {owner}" if owner else "", remarks)
    return Entry(
        "ofac",
        entry_id,
        _KINDS.get(kind.lower(), "unknown"),
        (ListedName(name), *draft.names, *weak),
        tuple(draft.addresses),
        tuple(born),
        tuple(dict.fromkeys(countries)),
        # A second programme is written `FIRST] [SECOND`.
        tuple(each.strip("[] ") for each in programme.split("] [") if each.strip("[] ")),
        tuple(identifiers),
        "; ".join(each for each in details if each),
    )
