"""Rows of the table of pedimentos into columns of the declaration table.

What a pedimento says of all its goods (mass, value in dollars, packages) is a row's own where the pedimento has one
row; else it stays in `extra`, since nobody says how it is shared out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from aforo.intake.message import Fault, Said
from aforo.intake.pedimento import checks
from aforo.intake.pedimento import field as known

#: By road (appendix 3).
ROAD = "7"
MEXICO = "MX"
CENT = Decimal("0.01")
#: Which date says when a pedimento was filed: the first that is there.
FILED = ("FECHA PAGO RECT.", "FECHA DE PAGO", "FECHA DE PRESENTACIÓN")
NUMBER, KEY, SEQUENCE, OPERATION = "NÚM. PEDIMENTO", "CVE. PEDIMENTO", "SEC.", "T. OPER."
TRADER, TRADER_NAME = "RFC DEL IMPORTADOR/EXPORTADOR", "NOMBRE, DENOMINACIÓN O RAZÓN SOCIAL DEL IMPORTADOR/EXPORTADOR"
PARTNER, PARTNER_NAME = "ID. FISCAL", "NOMBRE, DENOMINACIÓN O RAZÓN SOCIAL DEL PROVEEDOR/COMPRADOR"
#: What tells several seals in one field apart, beside space.
BETWEEN = str.maketrans(";,|/", "    ")


@dataclass
class Row:
    """A row as read: its values by official name, as they were written too, and the columns they came in."""

    said: Said
    values: dict[str, str] = field(default_factory=dict)
    written: dict[str, str] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)

    @property
    def number(self) -> str:
        return self.values.get(NUMBER, "")

    def place(self, name: str) -> str:
        """Where a field stands: the line, and the column as the file calls it."""
        column = self.columns.get(name)
        return f"{self.said.place}, column {column}" if column else self.said.place


def read(texts: Mapping[str, str | None], columns: Mapping[str, str], line: int, raw: str) -> Row:
    """A row of the file with each field checked alone. `columns` gives the official name of each, empty for others."""
    row = Row(Said(f"line {line}", raw))
    for column, text in texts.items():
        value = (text or "").strip()
        if not value:
            continue
        name = columns[column]
        if not name:
            row.said.extra[column] = value
            continue
        official = known.fields()[name]
        tidied = checks.tidy(official, value)
        row.values[name], row.written[name], row.columns[name] = tidied, value, column
        if code := checks.wrong(official, tidied):
            row.said.faults.append(Fault(code, row.place(name), "refusal", name))
    row.said.faults += [
        Fault(code, row.place(name), gravity, name) for code, name, gravity in checks.together(row.values)
    ]
    return row


class Pedimento:
    """Rows that follow each other and have one number, into records. The first waits until it is known whether it is
    the only one; the others are given as they come, since nobody says how many there are."""

    def __init__(self, received: datetime) -> None:
        self._received = received
        self._first: Row | None = None
        self._number = ""
        self._waits = False
        self._sequences: set[str] = set()

    def has(self, number: str) -> bool:
        """Whether rows of that number belong to it, as those of any do where it has none yet."""
        return self._first is None or number == self._number

    def add(self, row: Row) -> list[Said]:
        """One more row; the records that are ready."""
        if self._first is None:
            self._first, self._number, self._waits = row, row.number, True
            return []
        return [*self._ended(alone=False), self._record(row, self._first, alone=False)]

    def end(self) -> list[Said]:
        """The record that waits, if one does."""
        return self._ended(alone=True)

    def _ended(self, *, alone: bool) -> list[Said]:
        if self._first is None or not self._waits:
            return []
        self._waits = False
        return [self._record(self._first, self._first, alone=alone)]

    def _record(self, row: Row, first: Row, *, alone: bool) -> Said:
        head = first.values
        for name, each in known.fields().items():
            if each.level == "head" and row.values.get(name) != head.get(name):
                row.said.faults.append(Fault("ped_head_differs", row.place(name), "refusal", name))
        if (sequence := row.values.get(SEQUENCE, "").lstrip("0")) in self._sequences:
            row.said.faults.append(Fault("ped_sequence_twice", row.place(SEQUENCE), "refusal", SEQUENCE))
        self._sequences.add(sequence)
        _columns(row, self._received, alone=alone)
        return row.said


def _columns(row: Row, received: datetime, *, alone: bool) -> None:
    """Fill the columns of a row; what has none, or is more than its column says, goes to `extra`."""
    said, left = row.said, dict(row.written)
    # What is refused for its form fills no column, so that it is refused once.
    ill = {fault.name for fault in said.faults if fault.gravity == "refusal"}
    values = row.values = {name: text for name, text in row.values.items() if name not in ill}

    def take(column: str, name: str) -> None:
        if name in values:
            said.put(column, values[name], row.place(name))
            if left[name] == values[name]:
                del left[name]

    number, sequence = values.get(NUMBER, ""), values.get(SEQUENCE, "").lstrip("0")
    suffix = f"/{sequence}" if sequence not in ("", "1") else ""
    # A refused row without a number is known by its place.
    said.put("declaration_id", f"{number}{suffix}" if number else said.place, row.place(NUMBER))
    if values.get(KEY) == checks.RECTIFICATION and (original := values.get("PEDIMENTO ORIGINAL")):
        said.put("amends", f"{original}{suffix}", row.place("PEDIMENTO ORIGINAL"))
        said.put("action", "replace", row.place(KEY))
    else:
        said.put("crossing_id", number, row.place(NUMBER))
    said.put("shipment_id", number, row.place(NUMBER))
    _filed(row, received)
    exports = values.get(OPERATION) == "EXP"
    ours, theirs = ("exporter", "importer") if exports else ("importer", "exporter")
    take(f"{ours}_id", TRADER)
    take(f"{ours}_name", TRADER_NAME)
    take(f"{theirs}_id", PARTNER)
    take(f"{theirs}_name", PARTNER_NAME)
    broker = next((each for each in ("RFC DEL AGENTE ADUANAL", "PATENTE O AUTORIZACIÓN") if each in values), "")
    take("broker_id", broker)
    if not broker and len(number) == 15:
        said.put("broker_id", number[4:8], row.place(NUMBER))
    take("carrier_id", "RFC DEL TRANSPORTISTA")
    take("carrier_name", "TRANSPORTISTA")
    _vehicle(row)
    if (seals := values.get("NÚMERO DE CANDADO", "").translate(BETWEEN).split()) and len(seals) == 1:
        take("seal_id", "NÚMERO DE CANDADO")
    elif seals:
        said.put("seal_id", seals[0], row.place("NÚMERO DE CANDADO"))
    if (goods := values.get("FRACCIÓN", "")) not in (checks.TRANSIT_GOODS, checks.COMPLEMENTARY_GOODS):
        said.put("hs6", goods[:6], row.place("FRACCIÓN"))
    take("description", "DESCRIPCIÓN")
    if exports:
        said.put("departure", MEXICO, row.place(OPERATION))
    else:
        said.put("origin", known.countries().get(values.get("P. O/D.", "")), row.place("P. O/D."))
    section = values.get("ADUANA E/S", "")
    if port := known.facing(section):
        said.put("port", port, row.place("ADUANA E/S"))
    else:
        take("port", "ADUANA E/S")
    if alone:
        take("gross_mass_kg", "PESO BRUTO")
        if values.get("MARCAS, NÚMEROS Y TOTAL DE BULTOS", "").isdecimal():
            take("packages", "MARCAS, NÚMEROS Y TOTAL DE BULTOS")
    _value(row, left, exports=exports, alone=alone)
    said.extra = {**left, **said.extra}


def _filed(row: Row, received: datetime) -> None:
    for name in FILED:
        if at := checks.day(row.values.get(name, "")):
            row.said.put("filed_at", at, row.place(name))
            return
    row.said.filed_when_received(received)


def _vehicle(row: Row) -> None:
    """The vehicle by its plate, where it goes by road and one plate is all that is said: marks and models may follow,
    and lanes with technology have the four signs of the carrier's code instead."""
    plate = row.values.get("IDENTIFICACIÓN", "")
    signs = plate.replace("-", "")
    if row.values.get("MEDIO DE TRANSPORTE") == ROAD and signs.isalnum() and 5 <= len(signs) <= 10:
        country = known.countries().get(row.values.get("PAÍS DEL TRANSPORTE", ""), "")
        row.said.put("tractor_id", f"{country}-{plate}" if country else plate, row.place("IDENTIFICACIÓN"))


def _value(row: Row, left: dict[str, str], *, exports: bool, alone: bool) -> None:
    """Dollars: of an export those of the item; of an import those of the pedimento where it has one row, else the
    item's customs value at the rate of exchange, which is how the Anexo defines them."""
    values, own = row.values, "VAL. ADU/VAL. USD."
    if alone and "VALOR DÓLARES" in values:
        row.said.put("value_usd", left.pop("VALOR DÓLARES"), row.place("VALOR DÓLARES"))
    elif exports and own in values:
        row.said.put("value_usd", left.pop(own), row.place(own))
    elif own in values and (rate := Decimal(values.get("TIPO CAMBIO", "0"))):
        row.said.put("value_usd", str((Decimal(values[own]) / rate).quantize(CENT)), row.place(own))
