"""What the fields of a pedimento may hold, each alone and together (Anexo 22 of the Reglas Generales de Comercio
Exterior)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

from aforo.domain.problem import Gravity
from aforo.intake.pedimento import field as known
from aforo.intake.pedimento.field import OPERATIONS, PedimentoField

COMPLEMENTARY, RECTIFICATION = "CT", "R1"
#: Tariff codes that stand for any goods: of transits, and of the one item of a complementary pedimento.
TRANSIT_GOODS, COMPLEMENTARY_GOODS = "00000000", "99999999"
NUMBER = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,8})?")
_DATE = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})")
_FORMS = {
    "operation": re.compile("IMP|EXP|TRA"),
    "link": re.compile("[012]"),
    "bill": re.compile("[MH]"),
    "sequence": re.compile("0*[1-9][0-9]{0,4}"),
    "tariff": re.compile("[0-9]{8}"),
    "nico": re.compile("[0-9]{2}"),
    "patent": re.compile("[0-9]{4}"),
    "number": NUMBER,
    "office": re.compile("[0-9]{2,3}"),
    "pedimento": re.compile("[0-9]{15}"),
    # SAT: three letters of a firm or four of a person, a date, three characters; RENAPO: the CURP.
    "rfc": re.compile("[A-ZÑ&]{3,4}[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[A-Z0-9]{2}[A0-9]"),
    "curp": re.compile("[A-Z]{4}[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[HMX][A-Z]{5}[A-Z0-9][0-9]"),
}


def day(text: str) -> str | None:
    """A date DD/MM/AAAA in ISO 8601; None where it is none."""
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    try:
        return date(int(match[3]), int(match[2]), int(match[1])).isoformat()
    except ValueError:
        return None


def tidy(field: PedimentoField, text: str) -> str:
    """A value as it is checked: the printed pedimento sets its number apart in groups, and a spreadsheet may drop the
    zero before a section or a code of one digit."""
    if field.kind == "pedimento":
        return "".join(text.split())
    if field.kind == "code" and text.isdigit():
        return str(int(text)) if len(text) <= 2 else text
    return text.upper() if field.kind in ("rfc", "curp", "code", "country", "operation") else text


def wrong(field: PedimentoField, text: str) -> str:
    """The code of what is wrong with a value alone; empty where nothing is."""
    if field.kind == "date":
        return "" if day(text) else "ped_date"
    if field.kind == "country":
        return "" if text in known.countries() else "ped_code"
    if field.kind == "code":
        return "" if text in known.listed(field.codes) else "ped_code"
    form = _FORMS.get(field.kind)
    if form is None or form.fullmatch(text):
        if field.kind == "office" and text[:2] not in known.offices():
            return "ped_code"
        return "ped_office" if field.kind == "pedimento" and text[2:4] not in known.offices() else ""
    return f"ped_{field.kind}"


def together(values: Mapping[str, str]) -> Iterator[tuple[str, str, Gravity]]:
    """What is wrong with the fields of a row together: code, field, gravity."""
    key, operation = values.get("CVE. PEDIMENTO", ""), values.get("T. OPER.", "")
    letter = "C" if key == COMPLEMENTARY else OPERATIONS.get(operation, "")
    for each in known.fields().values():
        given = each.name in values
        if letter and letter in each.required and not given:
            yield "ped_missing", each.name, "refusal"
        if letter and letter in each.forbidden and given:
            yield "ped_forbidden", each.name, "refusal"
    if not letter:
        always = ("NÚM. PEDIMENTO", "CVE. PEDIMENTO", "SEC.", "FRACCIÓN", "RFC DEL IMPORTADOR/EXPORTADOR", "T. OPER.")
        yield from (("ped_missing", name, "refusal") for name in always if name not in values)
    goods = values.get("FRACCIÓN")
    if letter and ((goods == TRANSIT_GOODS and letter != "T") or (goods == COMPLEMENTARY_GOODS and letter != "C")):
        yield "ped_generic", "FRACCIÓN", "refusal"
    number = values.get("NÚM. PEDIMENTO", "")
    if len(number) == 15 and number[8] != number[1]:
        # A consolidated pedimento that was opened the year before keeps its number.
        yield "ped_year", "NÚM. PEDIMENTO", "warning"
    patent = values.get("PATENTE O AUTORIZACIÓN", "")
    if len(number) == 15 and len(patent) == 4 and patent != number[4:8]:
        yield "ped_patent_differs", "PATENTE O AUTORIZACIÓN", "refusal"
    if key == RECTIFICATION and "PEDIMENTO ORIGINAL" not in values:
        yield "ped_original_missing", "PEDIMENTO ORIGINAL", "refusal"
    if values.get("PEDIMENTO ORIGINAL") == number and number:
        yield "ped_original_itself", "PEDIMENTO ORIGINAL", "refusal"
    section = values.get("ADUANA E/S", "")
    if len(section) == 3 and section not in known.sections():
        yield "ped_section", "ADUANA E/S", "warning"
    yield from _dollars(values)


def _dollars(values: Mapping[str, str]) -> Iterator[tuple[str, str, Gravity]]:
    """VALOR DÓLARES is the customs value at the rate of exchange, to one in a hundred."""
    texts = [values.get(name, "") for name in ("VALOR DÓLARES", "VALOR ADUANA", "TIPO CAMBIO")]
    if not all(NUMBER.fullmatch(text) for text in texts):
        return
    dollars, pesos, rate = (Decimal(text) for text in texts)
    if rate and abs(pesos / rate - dollars) > max(Decimal(1), dollars / 100):
        yield "ped_dollars", "VALOR DÓLARES", "warning"
