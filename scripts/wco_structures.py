"""Writes what a schema of the WCO Data Model says as an outline of our own: elements in order, occurrence, types.

    python scripts/wco_structures.py FOLDER_OF_THE_XSD OUTPUT_FOLDER

Needs lxml. The schemas are those that HMRC publishes for its Customs Declaration Service (Apache-2.0); only facts are
taken from them: names, order, how often, and the length and digits of values. `src/aforo/intake/wco/structure.py` says
how an outline is read.
"""

from __future__ import annotations

import sys
from pathlib import Path

from lxml import etree

XSD = "{http://www.w3.org/2001/XMLSchema}"
#: Outline: the schema, the schema of its types, the words that begin its heading.
OUTLINES = {
    "metadata": ("DocumentMetaData_2_DMS.xsd", "WCO_METADATA_2_DMS.xsd", "The wrapper of a message"),
    "declaration": ("WCO_DEC_2_DMS.xsd", "WCO_DEC_DS_2_DMS.xsd", "A declaration"),
    "cancellation": ("CANCEL.xsd", "WCO_DEC_DS_2_DMS.xsd", "The cancellation of a declaration"),
    "response": ("WCO_RES_2_DMS.xsd", "WCO_RES_DS_2_DMS.xsd", "What customs answers to a declaration"),
}
KINDS = {
    "CodeType": "code",
    "IDType": "id",
    "TextType": "text",
    "AmountType": "amount",
    "MeasureType": "measure",
    "QuantityType": "quantity",
    "NumericType": "number",
    "string": "plain",
    "token": "code",
}
PATTERNS = {r".*[^\s].*": "filled", "([0-9])*": "digits", "([a-zA-Z])*": "letters"}


def local(name: str) -> str:
    """A qualified name without its prefix."""
    return name.rpartition(":")[2]


class Schema:
    """A schema and the simple types that it uses."""

    def __init__(self, folder: Path, structure: str, types: str) -> None:
        self.root = etree.parse(str(folder / structure)).getroot()
        own = self.root.findall(f"{XSD}simpleType") + self.root.findall(f"{XSD}complexType")
        others = etree.parse(str(folder / types)).getroot()
        others = others.findall(f"{XSD}simpleType") + others.findall(f"{XSD}complexType")
        self.types = {each.get("name"): each for each in [*others, *own]}

    def outline(self) -> list[str]:
        """The lines of the outline of its outermost element."""
        lines: list[str] = []
        self._element(self.root.find(f"{XSD}element"), 0, lines)
        return lines

    def _element(self, element: etree._Element, depth: int, lines: list[str]) -> None:
        least = element.get("minOccurs", "1")
        most = element.get("maxOccurs", "1").replace("unbounded", "n")
        often = least if least == most else f"{least}-{most}"
        if element.get("ref"):
            lines.append(f"{'  ' * depth}{local(element.get('ref'))} {often} declaration")
            return
        kind = element.find(f"{XSD}complexType")
        if kind is None and element.get("type"):
            kind = self.types[local(element.get("type"))]
        if kind is None:
            lines.append(f"{'  ' * depth}{element.get('name')} {often} plain")
            return
        sequence = kind.find(f"{XSD}sequence")
        if sequence is None:
            lines.append(f"{'  ' * depth}{element.get('name')} {often} {self._simple(kind)}")
            return
        lines.append(f"{'  ' * depth}{element.get('name')} {often}")
        for child in sequence.findall(f"{XSD}element"):
            self._element(child, depth + 1, lines)

    def _simple(self, kind: etree._Element) -> str:
        if kind.find(f".//{XSD}choice") is not None:
            return "date"
        restriction = kind.find(f".//{XSD}restriction")
        if restriction is None:
            base = local(kind.find(f".//{XSD}extension").get("base"))
            return KINDS[base] if base in KINDS else self._simple(self.types[base])
        facets: dict[str, list[str]] = {}
        for facet in restriction:
            if isinstance(facet.tag, str):
                facets.setdefault(facet.tag[len(XSD) :], []).append(facet.get("value"))
        words = [KINDS[local(restriction.get("base"))]]
        words += facets.get("length", [])
        words += [f"..{value}" for value in facets.get("maxLength", ())]
        if "totalDigits" in facets:
            words.append(f"{facets['totalDigits'][0]}.{facets['fractionDigits'][0]}")
        codes = facets.get("enumeration", [])
        for pattern in facets.get("pattern", ()):
            if pattern in PATTERNS:
                words.append(PATTERNS[pattern])
            else:
                codes = [*codes, pattern]
        if codes:
            words.append("=" + "|".join(codes))
        return " ".join(words)


def main(folder: Path, output: Path) -> None:
    """Writes the outlines."""
    for name, (structure, types, heading) in OUTLINES.items():
        schema = Schema(folder, structure, types)
        version = schema.root.get("version", "")
        source = f"# {heading}, WCO Data Model 3.6. Facts from {structure} (version {version}) and {types}, HMRC, CDS."
        (output / f"{name}.txt").write_text("\n".join([source, *schema.outline()]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
