"""Writes the codes of SAT's long catalogues of the Carta Porte in a short form of our own.

    python scripts/carta_porte_catalogues.py catCartaPorte.xsd OUTPUT_FOLDER

Needs lxml. Only the codes are taken, which are facts; SAT's texts are not. A line is what codes have in common, then
their last two characters, runs of digits as `01-12`. `src/aforo/intake/carta_porte/catalogues.py` says how it is read.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path

from lxml import etree

XSD = "{http://www.w3.org/2001/XMLSchema}"
CATALOGUES = {
    "goods": ("c_ClaveProdServCP", "Goods (c_ClaveProdServCP)"),
    "hazardous": ("c_MaterialPeligroso", "Hazardous materials (c_MaterialPeligroso)"),
    "weight_units": ("c_ClaveUnidadPeso", "Units of weight and packing (c_ClaveUnidadPeso)"),
}


def main(schema: Path, folder: Path) -> None:
    root = etree.parse(str(schema)).getroot()
    for name, (kind, title) in CATALOGUES.items():
        (simple,) = (each for each in root.iter(f"{XSD}simpleType") if each.get("name") == kind)
        codes = sorted({str(each.get("value")) for each in simple.iter(f"{XSD}enumeration")})
        lines = [f"# {title}: {len(codes)} codes of SAT's catCartaPorte.xsd (public), as of 2026-11.", *short(codes)]
        (folder / f"{name}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def short(codes: list[str]) -> list[str]:
    ends: dict[str, list[str]] = defaultdict(list)
    for code in codes:
        ends[code[:-2]].append(code[-2:])
    return [f"{common or '-'} {','.join(runs(own))}" for common, own in sorted(ends.items())]


def runs(ends: list[str]) -> list[str]:
    made: list[list[str]] = []
    for end in sorted(ends):
        last = made[-1][-1] if made else ""
        if end.isdigit() and last.isdigit() and int(end) == int(last) + 1:
            made[-1] = [made[-1][0], end]
        else:
            made.append([end])
    return ["-".join(run) for run in made]


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
