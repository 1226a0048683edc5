"""A fleet over HTTP, for tests that ask every route: a scanner that broke, its contract, and targets."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from listening import Listening

from aforo.flow.fleet_documents import put_contract, put_targets
from aforo.flow.scanner_reports import reports_of, scans_of
from aforo.flow.telemetry import record
from aforo.intake.scanner_log import read

_READ = {"officer", "supervisor", "analyst", "auditor"}
_PUT = {"supervisor", "administrator"}
ALLOWED: dict[str, set[str]] = {
    "read_fleet": _READ,
    "read_fleet_pipeline": _READ,
    "read_scanner_life": _READ,
    "read_fleet_contracts": _READ,
    "read_fleet_claim": _READ,
    "read_fleet_use": _READ,
    "list_fleet_documents": _READ | {"administrator"},
    "read_fleet_document": _READ | {"administrator"},
    "put_fleet_document": _PUT,
    "roll_back_fleet_document": _PUT,
}
#: A version that is out of force is taken out of force once.
ONCE = {"roll_back_fleet_document"}
#: Of a supplier that is none.
CONTRACT = """id = "C-1"
version = {version}
supplier = "SYNTHETIC Imaging"
currency = "USD"
zone = "UTC"
from = {since}
[fee]
monthly = {fee}
[availability]
clause = "4.1"
minimum = 0.95
[[availability.band]]
clause = "4.2"
below = 0.95
credit = 0.1
"""
TARGETS = """version = {version}
zone = "America/Chicago"
[utilisation]
[[utilisation.target]]
share = 0.4
source = "assumed"
"""
LOG = """scanner_id,event,at,cause,reporter,port,kind,contract_id,blocker,reported_at,conveyance,operator_minutes
S-1,commissioned,{0}T00:00:00Z,,,world-trade,LEP,C-1,,,,
S-1,down,{10}T06:00:00Z,parts,port,,,,,{10}T07:00:00Z,,
S-1,down,{10}T07:00:00Z,power,supplier,,,,,{15}T07:00:00Z,,
S-1,up,{12}T00:00:00Z,,supplier,,,,,,,
S-1,up,{13}T06:00:00Z,,port,,,,,,,
S-1,up,{14}T06:00:00Z,,port,,,,,,,
S-1,,{20}T06:00:00Z,,,,,,,,truck,30
S-1,,{20}T07:00:00Z,,,,,,,,truck,
S-2,stored,{1}T00:00:00Z,,,,MEP,C-1,land lease,,,
P-1,commissioned,{0}T00:00:00Z,,,world-trade,plate camera,,,,,
P-1,down,{11}T00:00:00Z,,port,,,,,,,
P-1,up,{11}T05:00:00Z,,port,,,,,,,
"""


def contract(version: int = 1, since: str = "2020-01-01", fee: str = "1000.00") -> str:
    """A contract in one version."""
    return CONTRACT.format(version=version, since=since, fee=fee)


def log_of(made: Listening) -> str:
    """A scanner log of the 40 days before the clock of the server; {n} is the nth of them."""
    first = (made.log.clock() - timedelta(days=40)).date()
    return LOG.format(*((first + timedelta(days=day)).isoformat() for day in range(30)))


def furnish(made: Listening) -> None:
    """A fleet, and its documents, each in two versions."""
    told = read(log_of(made).encode(), made.log.clock())
    assert not told.problems
    record([*reports_of(told.reports, made.log), *scans_of(told.scans)], made.log, actor="tester", origin="live")
    for version in (1, 2):
        put_contract(made.log, contract(version).encode(), "tester")
        put_targets(made.log, TARGETS.format(version=version).encode(), "tester")


def named(made: Listening) -> dict[str, str]:
    """What paths name."""
    listed = made.as_("auditor").get("/v1/fleet/documents").json()["documents"]
    return {"scanner": "S-1", "document_hash": listed[0]["hash"] if listed else "0", "document_kind": "contract",
            "document_name": "C-1"}  # fmt: skip


def body_of(operation: str) -> Any:
    """What is sent to a route."""
    return {"put_fleet_document": {"kind": "contract", "document": contract(2)}, "roll_back_fleet_document": {}}[
        operation
    ]
