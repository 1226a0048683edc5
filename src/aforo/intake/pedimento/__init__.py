"""The Mexican pedimento as a table: one row a partida, its columns named as Anexo 22 names the fields.

The Anexo defines a printed form, not a file; this table is our form of it: CSV in UTF-8 with comma, semicolon, tab or
bar, one row an item, the fields of the pedimento repeated in each of its rows. What a field may hold is what the Anexo
and its appendices say (`fields.csv`, `codes.toml`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from io import BytesIO

from aforo.intake import header as headers
from aforo.intake.blocks import Blocks
from aforo.intake.delimited import Split, Splitter, decoded, splits
from aforo.intake.limits import STANDARD
from aforo.intake.message import Fault, Said
from aforo.intake.pedimento import rows
from aforo.intake.pedimento.field import fold, names

NAME = "pedimento"
NAMES: Mapping[str, str] = {
    "declaration_id": "NÚM. PEDIMENTO",
    "filed_at": "FECHA DE PAGO",
    "crossing_id": "NÚM. PEDIMENTO (crossing)",
    "amends": "PEDIMENTO ORIGINAL",
    "action": "CVE. PEDIMENTO",
    "port": "ADUANA E/S",
    "importer_id": "RFC DEL IMPORTADOR/EXPORTADOR",
    "broker_id": "PATENTE O AUTORIZACIÓN",
    "carrier_id": "RFC DEL TRANSPORTISTA",
    "carrier_name": "TRANSPORTISTA",
    "tractor_id": "IDENTIFICACIÓN",
    "seal_id": "NÚMERO DE CANDADO",
    "exporter_id": "ID. FISCAL",
    "hs6": "FRACCIÓN",
    "description": "DESCRIPCIÓN",
    "origin": "P. O/D.",
    "departure": "T. OPER.",
    "gross_mass_kg": "PESO BRUTO",
    "value_usd": "VALOR DÓLARES",
    "packages": "TOTAL DE BULTOS",
}
#: Without these a table is not of pedimentos.
MARKS = ("NÚM. PEDIMENTO", "FRACCIÓN")
ROWS = 4_096


def recognises(head: bytes, name: str) -> bool:
    """Whether a file that begins with `head` is a table with the columns of a pedimento, by its header."""
    if head.startswith(headers.BINARY_MARKS):
        return False
    try:
        header = headers.read(headers.first_line(head), None, STANDARD)
    except headers.HeaderError:
        return False
    found = {names().get(fold(column)) for column in header.columns}
    return all(mark in found for mark in MARKS)


def parse(data: bytes, received: datetime) -> Iterator[Said | Fault]:
    """The items of the pedimentos of a table, in order. Never raises for what `data` holds."""
    if data.startswith(headers.BINARY_MARKS):
        yield Fault("not_text", "file")
        return
    blocks = Blocks(BytesIO(data), STANDARD)
    line, number = blocks.first()
    if not line:
        yield Fault("file_empty", "file")
        return
    try:
        header = headers.read(line, None, STANDARD)
    except headers.HeaderError as error:
        yield Fault(error.code, f"line {number}", "refusal", error.column)
        return
    columns = {column: names().get(fold(column), "") for column in header.columns}
    twice = [official for official in names().values() if list(columns.values()).count(official) > 1]
    missing = [mark for mark in MARKS if mark not in columns.values()]
    if twice or missing:
        name = (twice or missing)[0]
        yield Fault("column_twice" if twice else "column_missing", f"line {number}", "refusal", name)
        return
    splitter = Splitter(header.separator, list(header.columns), STANDARD)
    pedimento = rows.Pedimento(received)
    for split in splits(blocks, splitter, number + 1, ROWS):
        for row in _in_order(split, columns):
            if isinstance(row, Said) or not pedimento.has(row.number):
                yield from pedimento.end()
                pedimento = rows.Pedimento(received)
            if isinstance(row, Said):
                row.filed_when_received(received)
                yield row
            else:
                yield from pedimento.add(row)
    yield from pedimento.end()


def _in_order(split: Split, columns: Mapping[str, str]) -> Iterator[rows.Row | Said]:
    """The rows of a block; one that cannot be taken apart is a refused record."""
    damaged = {each.ordinal: each for each in split.damaged}
    texts = split.frame.iter_rows(named=True)
    whole = iter(zip(split.lines.tolist(), split.spans.tolist(), strict=True))
    guessed = set(split.guessed)
    for ordinal in range(split.count):
        if (bad := damaged.get(ordinal)) is not None:
            place = f"line {bad.line}"
            said = Said(place, decoded(bad.raw), faults=[Fault(bad.code, place)])
            said.put("declaration_id", place, place)
            yield said
            continue
        line, (start, end) = next(whole)
        row = rows.read(next(texts), columns, line, decoded(split.block[start:end]))
        if ordinal in guessed:
            row.said.faults.append(Fault("encoding_guessed", row.said.place, "warning"))
        yield row
