"""The forms in which carriers file: each has one of its own, which stays its own, and a code of the kind it asks for.

Most file a declaration each as JSON or a table, as portals and agents do; the larger ones customs manifests (X12 309),
under a SCAC; some of Mexico, under an RFC, either the trip as JSON and the pedimento beside it, or nothing but their
Carta Porte, which names neither a trip nor a port. How many do which is assumed (`docs/guide/live-demo.md`).
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Final, Literal

from aforo.demo.outside.breaking import chance

Form = Literal["json", "table", "x12", "pedimento", "carta_porte"]

_SCAC, _RFC = re.compile("SYN[A-Z]"), re.compile("SYN[0-9]{6}[0-9A-F]{3}")
#: Every so many of the carriers, by their size, file in a form: the first of them, and how many at most.
_MANIFEST_EVERY, _MANIFEST_FIRST = 2, 1
_PEDIMENTO_EVERY, _PEDIMENTO_FIRST = 10, 7
_CARTA_EVERY, _CARTA_FIRST = 30, 28
#: The share of the others that file a table.
_TABLES: Final = 0.4
_DIGITS: Final = string.digits + string.ascii_uppercase


def codes(carriers: Sequence[str]) -> dict[str, str]:
    """The codes by which carriers are known where that is another one than the world's; `carriers` are the world's, the
    largest first."""
    manifest = carriers[_MANIFEST_FIRST::_MANIFEST_EVERY][: len(string.ascii_uppercase)]
    found = dict(zip(manifest, (f"SYN{letter}" for letter in string.ascii_uppercase), strict=False))
    for first, every, kind in ((_PEDIMENTO_FIRST, _PEDIMENTO_EVERY, 0), (_CARTA_FIRST, _CARTA_EVERY, 1)):
        for each in carriers[first::every]:
            if each not in found:
                found[each] = rfc(each, kind)
    return found


def rfc(name: str, kind: int = 0) -> str:
    """The RFC of somebody of Mexico: letters, a day, and three signs, the last of which tells a `kind` of carrier."""
    drawn = int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little")
    day = f"{drawn % 100:02d}{drawn // 100 % 12 + 1:02d}{drawn // 1_200 % 28 + 1:02d}"
    return f"SYN{day}{drawn // 33_600 % 256:02X}{'A' if kind else drawn // 8_601_600 % 10}"


def form_of(carrier: str) -> Form:
    """The form of a carrier, by its code."""
    if _SCAC.fullmatch(carrier):
        return "x12"
    if _RFC.fullmatch(carrier):
        return "carta_porte" if carrier.endswith("A") else "pedimento"
    return "table" if chance(carrier, "form") < _TABLES else "json"


def crossing_of(form: Form, carrier: str, name: str, number: int) -> str:
    """What a crossing is called: `name`, or as the form has it, by a `number` that no other crossing has."""
    if form == "x12":
        return f"{carrier}{_short(number)}"
    if form == "carta_porte":
        return f"CCC{stamp_of(name)[3:]}"
    return name


def stamp_of(name: str) -> str:
    """A UUID of a name, as stamps write it."""
    drawn = blake2b(name.encode(), digest_size=16).hexdigest().upper()
    return "-".join((drawn[:8], drawn[8:12], drawn[12:16], drawn[16:20], drawn[20:]))


def plate_of(form: Form, tractor: str) -> str:
    """What a tractor is called: those of Mexico by a plate, with its country before it."""
    if form not in ("pedimento", "carta_porte"):
        return tractor
    drawn = int.from_bytes(blake2b(tractor.encode(), digest_size=8).digest(), "little")
    return f"MX-S{_short(drawn % 36**6).rjust(6, '0')}"


def driver_of(form: Form, driver: str) -> str:
    """What a driver is called: in a Carta Porte by an RFC, which a person has with four letters."""
    return f"SYNX{rfc(driver)[3:]}" if form == "carta_porte" else driver


def _short(number: int) -> str:
    said = ""
    while number or not said:
        number, digit = divmod(number, len(_DIGITS))
        said = _DIGITS[digit] + said
    return said


def pedimento_of(crossing: str, section: str) -> str:
    """The number of the pedimento of a crossing, at the section of a customs office: year, office, licence, serial."""
    drawn = int.from_bytes(blake2b(crossing.encode(), digest_size=8).digest(), "little")
    return f"24{section[:2]}{3_000 + drawn % 1_000}4{drawn // 1_000 % 1_000_000:06d}"


def is_laden(row: Mapping[str, object]) -> bool:
    """Whether what is filed of a truck declares goods."""
    return not row.get("declared_empty") and row.get("hs6") is not None
