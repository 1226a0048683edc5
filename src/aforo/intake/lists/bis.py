"""The Denied Persons List of the Bureau of Industry and Security: tab separated, with a header.

Columns: Name, Street_Address, City, State, Country, Postal_Code, Effective_Date, Expiration_Date (month/day/year),
Standard_Order, Last_Update, Action, FR_Citation. The list numbers nobody: an entry is its name and the day from which
it is denied, and rows that agree in both are further addresses of one entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

from aforo.domain.watchlist import Entry, ListedAddress, ListedName
from aforo.intake.lists.reading import MOST_NAMES, Problems, Reading, records, squeezed, text_of

COLUMNS = (
    "Name", "Street_Address", "City", "State", "Country", "Postal_Code", "Effective_Date", "Expiration_Date",
    "Standard_Order", "Last_Update", "Action", "FR_Citation",
)  # fmt: skip


def recognises(head: str) -> bool:
    """Whether a file that begins so is this list."""
    first = next(records(head, "\t", Problems("")), None)
    return first is not None and {"Name", "Effective_Date", "FR_Citation"} <= {each.strip() for each in first[1]}


def read(files: Mapping[str, bytes]) -> Reading:
    """The entries of the list's file (or files, which are then one list)."""
    ledger = Problems("")
    entries: dict[str, Entry] = {}
    for name, data in sorted(files.items()):
        ledger.file = name
        text = text_of(data, ledger)
        if text is not None:
            _read(text, entries, ledger)
    return Reading(tuple(entries.values()), tuple(ledger.found), ledger.counts)


def _read(text: str, entries: dict[str, Entry], ledger: Problems) -> None:
    rows = records(text, "\t", ledger)
    header = next(rows, None)
    columns = [] if header is None else [each.strip() for each in header[1]]
    missing = [each for each in ("Name", "Effective_Date") if each not in columns]
    if missing:
        ledger.add("column_missing", 0, "", column=missing[0])
        return
    for other in (each for each in columns if each not in COLUMNS):
        ledger.add("column_unknown", 0, "", gravity="warning", column=other)
    for line, values in rows:
        if len(values) != len(columns):
            ledger.add("fields_wrong", line, f"line {line}", expected=len(columns), given=len(values))
            continue
        row = dict.fromkeys(COLUMNS, "") | dict(zip(columns, map(squeezed, values), strict=True))
        if not row["Name"]:
            ledger.add("name_missing", line, f"line {line}")
            continue
        entry = _entry(row, line, ledger)
        before = entries.get(entry.entry_id)
        if before is None:
            entries[entry.entry_id] = entry
        elif len(before.addresses) >= MOST_NAMES:
            ledger.add("names_too_many", line, f"line {line}")
        else:
            entries[entry.entry_id] = _merged(before, entry)


def _entry(row: dict[str, str], line: int, ledger: Problems) -> Entry:
    effective = _day(row["Effective_Date"], "Effective_Date", line, ledger)
    expires = _day(row["Expiration_Date"], "Expiration_Date", line, ledger)
    place = " ".join(filter(None, (row["City"], row["State"], row["Postal_Code"])))
    address = ListedAddress(row["Street_Address"], place, row["Country"])
    named = f"{row['Name'].upper()}|{row['Effective_Date']}"
    notes = (row["Action"], row["FR_Citation"], f"updated {row['Last_Update']}" if row["Last_Update"] else "")
    return Entry(
        "bis",
        sha256(named.encode()).hexdigest()[:16],
        "unknown",
        (ListedName(row["Name"]),),
        (address,) if any((address.street, address.place, address.country)) else (),
        countries=(row["Country"],) if row["Country"] else (),
        programmes=("DPL",),
        notes="; ".join(filter(None, notes)),
        listed_on=effective,
        expires_on=expires,
    )


def _merged(one: Entry, other: Entry) -> Entry:
    """One entry of two rows: everything that either says."""
    return Entry(
        one.publisher,
        one.entry_id,
        one.kind,
        one.names,
        tuple(dict.fromkeys((*one.addresses, *other.addresses))),
        countries=tuple(dict.fromkeys((*one.countries, *other.countries))),
        programmes=one.programmes,
        notes=one.notes if one.notes == other.notes else f"{one.notes}; {other.notes}",
        listed_on=one.listed_on,
        # The later end holds, and no end is later than any.
        expires_on=max(one.expires_on, other.expires_on) if one.expires_on and other.expires_on else None,
    )


def _day(text: str, column: str, line: int, ledger: Problems) -> str | None:
    if not text:
        return None
    try:
        return datetime.strptime(text, "%m/%d/%Y").date().isoformat()  # noqa: DTZ007 - a day, no instant
    except ValueError:
        ledger.add("day_unreadable", line, f"line {line}", gravity="warning", column=column)
        return None
