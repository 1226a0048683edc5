"""The schemas themselves, where their folder is at hand: what they refuse and the outlines do not is refused too."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from lxml import etree

from aforo.intake.message import Fault
from aforo.intake.xml import Element, local

#: The files of the published set (HMRC, Customs Declaration Service) by outline.
FILES = {"declaration": "WCO_DEC_2_DMS.xsd", "cancellation": "CANCEL.xsd", "response": "WCO_RES_2_DMS.xsd"}


@lru_cache(maxsize=16)
def schema(folder: Path, outline: str) -> etree.XMLSchema | None:
    """The compiled schema of an outline; None where the folder has none that can be used."""
    path = folder / FILES.get(outline, "none.xsd")
    try:
        return etree.XMLSchema(etree.parse(str(path), etree.XMLParser(no_network=True, resolve_entities=False)))
    except (OSError, etree.LxmlError):
        return None


def faults(element: Element, outline: str, folder: Path | None) -> list[Fault]:
    """What the schema refuses in a message; nothing where there is no schema."""
    known = schema(folder, outline) if folder is not None else None
    if known is None:
        return []
    if known.validate(element):
        return []
    entry = cast(Any, known.error_log)[0]
    return [Fault("wco_schema", f"line {entry.line}, {local(element)}", "refusal", _named(entry.message))]


def _named(message: str) -> str:
    """The element that an error of libxml2 is about; never its value."""
    name = message.partition("'")[2].partition("'")[0]
    return name.rpartition("}")[2]
