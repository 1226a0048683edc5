"""Messages of the WCO Data Model 3.6 as the UK's Customs Declaration Service writes them, into declarations.

`Declaration` in its wrapper `MetaData` or alone: an original, an amendment (COR), a cancellation (INV). Answers of
customs (`Response`) and the requests of inventory linking (arrivals, departures, consolidations, queries) declare
nothing; they are notices. Other versions are told by their namespace or their version code and read with a warning.
A message that its structure does not allow is refused whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import datetime
from typing import Any, cast

from lxml import etree

from aforo.domain.problem import Gravity
from aforo.intake import xml
from aforo.intake.message import Fault, Said
from aforo.intake.wco import conformity, declaration, schemas, structure
from aforo.intake.wco.conformity import Reading
from aforo.settings import wco_schemas

NAME = "wco"
NAMES: Mapping[str, str] = {
    "declaration_id": "FunctionalReferenceID",
    "filed_at": "IssueDateTime",
    "crossing_id": "FunctionalReferenceID (crossing)",
    "amends": "Declaration/ID",
    "action": "TypeCode",
    "port": "DeclarationOfficeID",
    "importer_id": "Importer/ID",
    "importer_name": "Importer/Name",
    "exporter_id": "Exporter/ID",
    "exporter_name": "Exporter/Name",
    "broker_id": "Agent/ID",
    "carrier_id": "Carrier/ID",
    "carrier_name": "Carrier/Name",
    "tractor_id": "BorderTransportMeans/ID",
    "seal_id": "Seal/ID",
    "hs6": "Classification/ID",
    "description": "Commodity/Description",
    "origin": "Origin/CountryCode",
    "departure": "ExportCountry/ID",
    "gross_mass_kg": "GrossMassMeasure",
    "value_usd": "StatisticalValueAmount",
    "packages": "QuantityQuantity",
}
VERSION = "3.6"
#: Messages in one wrapper at most: the schema has one, and the service sends a few answers together.
MOST_MESSAGES = 1_000
MARKS = ("urn:wco:datamodel:", structure.INVENTORY)
#: A wrapper without a namespace, as the service's own examples of answers have it.
WRAPPER_MARKS = ("<WCODataModelVersionCode", "<WCOTypeName")
#: The namespace whose structure an outline has.
HOMES = {
    "metadata": structure.METADATA,
    "declaration": structure.DECLARATION,
    "cancellation": structure.DECLARATION,
    "response": structure.RESPONSE,
}
TYPES = {"Declaration": "DEC", "Response": "RES"}
#: What the service calls its answers, by function code (HMRC, Customs Declarations End-to-End Service Guide).
ANSWERS = {
    "01": "DMSACC",
    "02": "DMSRCV",
    "03": "DMSREJ",
    "05": "DMSCTL",
    "06": "DMSDOC",
    "07": "DMSRES",
    "08": "DMSROG",
    "09": "DMSCLE",
    "10": "DMSINV",
    "11": "DMSREQ",
    "13": "DMSTAX",
    "14": "DMSCPI",
    "15": "DMSCPR",
    "16": "DMSEOG",
    "17": "DMSEXT",
    "18": "DMSGER",
    "50": "DMSALV",
    "51": "DMSQRY",
}


def recognises(head: bytes, name: str) -> bool:
    """Whether a file that begins with `head` is XML with a namespace of the WCO Data Model or of inventory linking, or
    with its wrapper."""
    text = xml.begins(head)
    return bool(text) and (
        any(mark in text for mark in MARKS) or ("<MetaData" in text and any(mark in text for mark in WRAPPER_MARKS))
    )


def parse(data: bytes, received: datetime) -> Iterator[Said | Fault]:
    """The records of a message. Never raises for what `data` holds."""
    root = xml.read(data)
    if isinstance(root, Fault):
        yield root
        return
    name = xml.local(root)
    if name == "MetaData":
        yield from _wrapped(root, data, received)
    elif name in TYPES:
        yield from _message(root, [], data, received)
    elif xml.namespace(root) == structure.INVENTORY or name.startswith("inventoryLinking"):
        yield _inventory(root, data, received)
    else:
        yield Fault("wco_root", f"line {xml.line(root)}, {name}", "refusal", name)


def _wrapped(root: xml.Element, data: bytes, received: datetime) -> Iterator[Said | Fault]:
    """The messages within a wrapper: one declaration, or answers."""
    messages = [child for child in root if xml.local(child) in TYPES]
    if len(messages) > MOST_MESSAGES:
        yield Fault("wco_too_many", f"line {xml.line(messages[MOST_MESSAGES])}, MetaData", "refusal", "MetaData")
        return
    faults: list[Fault] = []
    if messages:
        children = list(root)
        for child in children[children.index(messages[0]) :]:
            if (name := xml.local(child)) not in TYPES:
                faults.append(Fault("wco_order", f"line {xml.line(child)}, MetaData/{name}", "refusal", name))
            if (child.tail or "").strip(xml.SPACE):
                faults.append(Fault("wco_text_here", f"line {xml.line(child)}, MetaData", "refusal", "MetaData"))
    wrapper = _read(_without(root, messages), "metadata")
    values = wrapper.head.values
    faults += wrapper.faults
    if not messages:
        yield from (each for each in faults if each.gravity == "refusal")
        yield Fault("wco_no_message", wrapper.head.place(""), "refusal", "MetaData")
        return
    if values.get("WCODataModelVersionCode", VERSION) != VERSION:
        place = wrapper.head.place("WCODataModelVersionCode")
        faults.append(Fault("wco_version", place, "warning", "WCODataModelVersionCode"))
    kinds = [xml.local(each) for each in messages]
    if len(messages) > 1 and "Declaration" in kinds:
        faults.append(Fault("wco_several", f"line {xml.line(messages[1])}, MetaData", "refusal", "Declaration"))
        messages = messages[:1]
    if values.get("WCOTypeName", TYPES[kinds[0]]) != TYPES[kinds[0]]:
        faults.append(Fault("wco_type_name", wrapper.head.place("WCOTypeName"), "warning", "WCOTypeName"))
    extra = {f"MetaData/{path}": text for path, text in values.items()}
    for message in messages:
        for number, record in enumerate(_message(message, faults, data, received)):
            if number == 0:
                record.extra = {**extra, **record.extra}
            yield record


def _without(root: xml.Element, messages: list[xml.Element]) -> xml.Element:
    """A wrapper as it would be without its messages. To take them out of it would cost a walk over each."""
    # The stubs of lxml know neither that a default namespace has no prefix nor of what attributes are.
    nsmap, attributes = cast(Any, root.nsmap), cast(Any, root.attrib)
    alone = etree.Element(root.tag, attributes, nsmap=nsmap)
    alone.sourceline, alone.text = root.sourceline, root.text
    within = set(messages)
    alone.extend(deepcopy(child) for child in root if child not in within)
    return alone


def _message(element: xml.Element, faults: list[Fault], data: bytes, received: datetime) -> Iterator[Said]:
    """The records of a declaration or an answer; `faults` are those of its wrapper."""
    if xml.local(element) == "Response":
        reading = _read(element, "response")
        reading.faults[:0] = faults
        code = reading.head.values.get("FunctionCode", "")
        yield declaration.notice(reading, ANSWERS.get(code, f"Response {code}".strip()), xml.text(element), received)
        return
    raw = _text(data)
    outline = "cancellation" if _type(element) == declaration.CANCELLATION else "declaration"
    reading = _read(element, outline)
    reading.faults[:0] = faults
    reading.faults += declaration.rules(reading)
    if any(each.gravity == "refusal" for each in reading.faults):
        yield declaration.refused(reading, raw, received)
        return
    for number, record in enumerate(declaration.rows(reading, raw, received)):
        if number == 0 and not record.notice:
            record.faults = [*reading.faults, *record.faults]
        yield record


def _read(element: xml.Element, outline: str) -> Reading:
    """A message, or the wrapper, against its outline. Of a namespace that is not known only the names are looked at,
    and what does not fit is a warning: another version may have it."""
    name, namespace = xml.local(element), xml.namespace(element)
    gravity: Gravity = "refusal"
    if namespace not in ("", HOMES[outline]):
        gravity, namespace = "warning", ""
        for each in element.iter():
            each.tag = xml.local(each)
    node = structure.structure(outline, name, namespace)
    assert node is not None, "there is an outline of each kind of message"
    apart = declaration.ITEMS if outline == "declaration" else ""
    reading = conformity.read(element, node, name, apart=apart, gravity=gravity)
    if gravity == "warning" or (not namespace and name == "Declaration"):
        reading.faults.insert(0, Fault("wco_namespace_unknown", f"line {xml.line(element)}, {name}", "warning", name))
    elif namespace and not reading.faults:
        reading.faults += schemas.faults(element, outline, wco_schemas())
    return reading


def _inventory(root: xml.Element, data: bytes, received: datetime) -> Said:
    """A request or an answer of inventory linking, as a notice."""
    name = xml.local(root)
    node = structure.structure("inventory", name, structure.INVENTORY if xml.namespace(root) else "")
    if node is None:
        reading = conformity.read(root, structure.Node(name, 1, 1), name, gravity="warning")
        reading.faults[:] = [Fault("wco_message_unknown", f"line {xml.line(root)}, {name}", "warning", name)]
    else:
        reading = conformity.read(root, node, name)
    code = reading.head.values.get("messageCode", "")
    return declaration.notice(reading, f"{name} {code}".strip(), _text(data), received)


def _type(element: xml.Element) -> str:
    return next(((each.text or "").strip() for each in element if xml.local(each) == "TypeCode"), "")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
