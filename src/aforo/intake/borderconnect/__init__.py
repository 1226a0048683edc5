"""The truck e-manifest in JSON as BorderConnect, a vendor, takes it from carriers' systems and files it in ACE.

`ACE_TRIP` and `ACE_SHIPMENT` are declarations; requests to send, answers and statuses are notices. What is read and
refused follows the vendor's ACE eManifest JSON Reference Manual 1.0.7 (see `manual`). `reading` finds the messages of
a text, `contract` checks fields, `conveyance` is the trip and `manifest` makes the records; `codes` are the code lists
and `flat` gives values by their paths.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from aforo.intake.borderconnect import codes, manifest, manual
from aforo.intake.borderconnect.contract import MOST_FAULTS, Check
from aforo.intake.borderconnect.flat import leaves
from aforo.intake.borderconnect.general import oddities
from aforo.intake.borderconnect.reading import Read, messages
from aforo.intake.message import Fault, Said, iso

NAME = "borderconnect"
NAMES: Mapping[str, str] = {
    "declaration_id": "shipmentControlNumber",
    "crossing_id": "tripNumber",
    "port": "usPortOfArrival",
    "tractor_id": "vinNumber",
    "driver_id": "fastCardNumber",
    "driver_name": "lastName",
    "seal_id": "sealNumbers",
    "importer_name": "consignee.name",
    "exporter_name": "shipper.name",
    "hs6": "harmonizedCode",
    "origin": "countryOfOrigin",
    "departure": "provinceOfLoading",
    "gross_mass_kg": "weight",
    "value_usd": "value",
    "packages": "quantity",
    "amends": "operation",
}
#: Names of fields that hardly any other JSON has.
_MARK = re.compile(
    rb'"(?:tripNumber|shipmentControlNumber|usPortOfArrival|companyKey)"'
    rb'|"data"[ \t\r\n]{0,8}:[ \t\r\n]{0,8}"(?:AC[EI]|API|RNS|SYSTEM)_'
)


def recognises(head: bytes, name: str) -> bool:
    """Whether this is JSON with a field that these messages have."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return text[:1] in (b"{", b"[") and _MARK.search(text) is not None


def parse(data: bytes, received: datetime) -> Iterator[Said | Fault]:
    """The records of the messages in `data`. They have no time of filing: they were filed when they were received."""
    filed = iso(received)
    for read in messages(data):
        if read.value is None:
            said = Said(read.place, read.raw, faults=read.faults)
            said.put("filed_at", filed, read.place)
            yield said
            continue
        kind = read.value.get("data")
        if kind == codes.TRIP:
            yield from manifest.trip(read, read.value, filed)
        elif kind == codes.SHIPMENT:
            yield from manifest.shipment(read, read.value, filed)
        else:
            yield _other(read, read.value, kind, filed)


def _other(read: Read, value: dict[str, object], kind: object, filed: str) -> Said:
    """A message that is no manifest for US customs."""
    said = Said(read.place, read.raw, extra=leaves(value), faults=list(read.faults))
    said.put("filed_at", filed, read.place)
    at = f"{read.place}, data"
    if kind is None:
        said.faults.append(Fault("bc_missing", at, "refusal", "data"))
    elif not isinstance(kind, str):
        said.faults.append(Fault("bc_type_text", at, "refusal", "data"))
    elif kind in codes.CANADIAN:
        said.faults.append(Fault("bc_canada", at, "refusal", "data"))
    elif kind not in codes.NOTICES:
        said.faults.append(Fault("bc_kind", at, "refusal", "data"))
    else:
        said.notice = kind
        found = [
            Fault(code, f"{read.place}, {path}", "warning", path.rpartition(".")[2]) for code, path in oddities(value)
        ]
        said.faults += found[:MOST_FAULTS]
        if kind == codes.SEND_REQUEST:
            check = Check(read.place)
            check.members(value, manual.SEND_REQUEST, "")
            said.faults += check.faults
    return said
