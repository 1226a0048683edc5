"""Interchanges of X12 as a filer of made-up trucks writes them, and what is read of them."""

from __future__ import annotations

from datetime import UTC, datetime

from aforo.intake import x12
from aforo.intake.message import Fault, Said

RECEIVED = datetime(2026, 3, 2, 15, 4, 5, tzinfo=UTC)
MANIFEST = (
    "M10*QXFT*J*MX**TRACTOR*T100*7*1",
    "VEH*1*1XQVT9EX0TD700123*2019",
    "NM1*QD*1*Prado*Elena",
    "REF*XM*LIC-1",
    "P4*2304*20260302",
    "LX*1",
    "M11*Z1*MXNLD*12*PCS*4200*L******QXFT",
    "N9*BM*EMB-1",
    "N1*SH*Autopartes Ficticias*ZZ*AFI010203AB1",
    "N4*Apodaca**66600*MX",
    "N1*IM*Sample Imports*EI*98-7654321",
    "N1*CB*Invented Brokers*ZZ*CB-1",
    "M12*61*123456789*2304*5301*84000",
    "VID*TL*QX*53021*H100",
    "M7*H200*H300",
    "N10*12*BRAKE PADS*QX-1*J*8708305030*61000**",
)


def isa(number: int = 1, element: str = "*", component: str = ">", end: str = "~", version: str = "00501") -> str:
    parts = ["ISA", "00", " " * 10, "00", " " * 10, "02", "QXFT".ljust(15), "ZZ", "CUSTOMS".ljust(15), "260302"]
    parts += ["0915", "^", version, f"{number:09d}", "0", "P", component]
    return element.join(parts) + end


def transaction(kind: str = "309", segments: tuple[str, ...] = MANIFEST, number: str = "0001") -> str:
    return "~".join((f"ST*{kind}*{number}", *segments, f"SE*{len(segments) + 2}*{number}")) + "~"


def group(*sets: str, code: str = "AQ", number: int = 1, version: str = "005020") -> str:
    head = f"GS*{code}*QXFT*CUSTOMS*20260302*0915*{number}*X*{version}~"
    return head + "".join(sets) + f"GE*{len(sets)}*{number}~"


def interchange(*groups: str, number: int = 1) -> str:
    return isa(number) + "".join(groups) + f"IEA*{len(groups)}*{number:09d}~"


def parsed(text: str | bytes) -> tuple[list[Said], list[Fault]]:
    data = text.encode() if isinstance(text, str) else text
    each = list(x12.parse(data, RECEIVED))
    return [one for one in each if isinstance(one, Said)], [one for one in each if isinstance(one, Fault)]


def refusals(said: Said) -> set[tuple[str, str]]:
    return {(fault.code, fault.name.split(" ")[0]) for fault in said.faults if fault.gravity == "refusal"}


def manifest(**instead: str) -> tuple[str, ...]:
    """The segments of MANIFEST with some, named by their first word and position, replaced; by nothing, left out."""
    changed = []
    for segment in MANIFEST:
        name = segment.split("*")[0]
        new = instead.get(name, segment)
        changed += new.split("~") if new else []
    return tuple(changed)


def of(segments: tuple[str, ...], kind: str = "309", code: str = "AQ", version: str = "005020") -> Said:
    said, faults = parsed(interchange(group(transaction(kind, segments), code=code, version=version)))
    assert faults == []
    return said[0]
