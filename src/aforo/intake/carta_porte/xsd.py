"""SAT's own XSDs, where they are at hand: compiled once, with the codes of their catalogues.

The product does not ship them (they are SAT's text, with a catalogue of 2.4 MB). A folder that is named in
`AFORO_CARTA_PORTE_XSD` holds `CartaPorte20.xsd`, `CartaPorte30.xsd`, `CartaPorte31.xsd` and `catCartaPorte.xsd`, in
any arrangement. What these import and the folder lacks (`catCFDI.xsd`, `tdCFDI.xsd`, `catComExt.xsd`) is stood in
for by the tables of `schema`. Nothing is fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from lxml import etree

from aforo.intake.carta_porte.facets import Facets
from aforo.intake.carta_porte.nodes import Found, Node
from aforo.intake.carta_porte.schema import types
from aforo.intake.xml import Element
from aforo.settings import carta_porte_schemas

#: The schemas that may be lacking, by the prefix of their types in the tables.
NAMESPACES = {
    "tdCFDI": "http://www.sat.gob.mx/sitio_internet/cfd/tipoDatos/tdCFDI",
    "catCFDI": "http://www.sat.gob.mx/sitio_internet/cfd/catalogos",
    "catComExt": "http://www.sat.gob.mx/sitio_internet/cfd/catalogos/ComExt",
    "catCartaPorte": "http://www.sat.gob.mx/sitio_internet/cfd/catalogos/CartaPorte",
}
FILES = {
    "carta_porte_20": "CartaPorte20.xsd",
    "carta_porte_30": "CartaPorte30.xsd",
    "carta_porte_31": "CartaPorte31.xsd",
}
BASES = {
    "text": "xs:string",
    "decimal": "xs:decimal",
    "integer": "xs:integer",
    "date": "xs:date",
    "datetime": "xs:dateTime",
}
ENUMERATION = "SCHEMAV_CVC_ENUMERATION_VALID"
_PREFIX = re.compile(r"[^/:]+:")
_ATTRIBUTE = re.compile(r"attribute '(?:\{[^}']*\})?([\w.-]+)'")


def check(element: Element, carta: Node, name: str, told: Sequence[Found]) -> Iterator[Found]:
    """What SAT's schema says of a complement beyond what the tables have told of the same elements (`told`)."""
    folder = carta_porte_schemas()
    schema = compiled(folder, name) if folder is not None else None
    if schema is None or schema.validate(element):
        return
    nodes = {node.path: node for node in carta.walk()}
    known = {each.node.path for each in told}
    seen: set[tuple[str, str]] = set()
    entries: Any = schema.error_log  # the stubs of lxml do not know that it is iterated over
    for entry in entries:
        attribute = _ATTRIBUTE.search(entry.message)
        label = attribute[1] if attribute else ""
        node = nodes.get(_path(entry.path or ""), carta)
        if node.path in known or (node.path, label) in seen:
            continue
        seen.add((node.path, label))
        yield node.fault("cp_catalogue" if entry.type_name == ENUMERATION else "cp_schema", label)


def _path(xpath: str) -> str:
    """The path of a node here by the XPath of its element: without prefixes, from the complement."""
    steps = _PREFIX.sub("", xpath).split("/")
    return "/".join(steps[steps.index("CartaPorte") :]) if "CartaPorte" in steps else ""


@cache
def compiled(folder: Path, name: str) -> etree.XMLSchema | None:
    """The schema of a version, None where the folder has none that can be used."""
    files = {path.name: path for path in sorted(folder.rglob("*.xsd"))} if folder.is_dir() else {}
    path = files.get(FILES[name])
    if path is None:
        return None
    parser = etree.XMLParser(no_network=True, load_dtd=False, resolve_entities=False, huge_tree=True)
    parser.resolvers.add(_AtHand(files))
    try:
        return etree.XMLSchema(etree.parse(str(path), parser))
    except (etree.XMLSyntaxError, etree.XMLSchemaParseError, OSError):
        return None


class _AtHand(etree.Resolver):
    """Finds what a schema imports in the folder, by the file's name, else makes it of the tables."""

    def __init__(self, files: dict[str, Path]) -> None:
        self._files = files

    # The stubs of lxml know neither the context that a resolver is given nor what it may answer with.
    def resolve(self, system_url: str, public_id: str, context: Any) -> Any:  # type: ignore[override]
        name = system_url.rsplit("/", 1)[-1]
        if name in self._files:
            return self.resolve_filename(str(self._files[name]), context)  # type: ignore[attr-defined]
        prefix = name.removesuffix(".xsd")
        text = stand_in(prefix) if prefix in NAMESPACES else ""
        return self.resolve_string(text, context)  # type: ignore[call-arg]


def stand_in(prefix: str) -> str:
    """A schema with the simple types that the tables have under a prefix."""
    parts = [
        f'<xs:simpleType name="{name.split(":")[1]}">{_restriction(facets)}</xs:simpleType>'
        for name, facets in types().items()
        if name.startswith(f"{prefix}:")
    ]
    space = NAMESPACES[prefix]
    head = f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="{space}">'
    return f"{head}{''.join(parts)}</xs:schema>"


def _restriction(facets: Facets) -> str:
    stated: list[tuple[str, str]] = [("whiteSpace", "preserve" if facets.keeps_spaces else "collapse")]
    if facets.base == "text" and facets.shortest:
        stated.append(("minLength", str(facets.shortest)))
    if facets.longest is not None:
        stated.append(("maxLength", str(facets.longest)))
    if facets.pattern and not facets.values:
        stated.append(("pattern", facets.pattern))
    stated += [("enumeration", value) for value in facets.values]
    stated += [
        (facet, value) for facet, value in (("minInclusive", facets.least), ("maxInclusive", facets.most)) if value
    ]
    if facets.decimals is not None:
        stated.append(("fractionDigits", str(facets.decimals)))
    inner = "".join(f"<xs:{facet} value={quoteattr(value)}/>" for facet, value in stated)
    return f'<xs:restriction base="{BASES[facets.base]}">{inner}</xs:restriction>'
