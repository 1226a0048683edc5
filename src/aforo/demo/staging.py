"""What stands in a demonstration's log before anything happens: its port documents, a corridor, contacts of carriers,
a contract and targets of scanners, and prices of the bridges.

Documents and prices are put in force by the same functions as `aforo port put` and `aforo prices solve`; the volumes
are the published ones that ship.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from importlib import resources

import polars as pl

from aforo.custody import corridor
from aforo.demo import gates
from aforo.demo.folder import ACTOR, DemoFolder
from aforo.demo.outside.places import Shown
from aforo.flow import briefing, documents, fleet_documents, response_documents, roads
from aforo.flow.solving import put_policy, solve_anew, wanted, worth_of_brief
from aforo.intake import bts
from aforo.log.store import Log
from aforo.ports import shipped
from aforo.routing import policy as policies
from aforo.routing.prices import Inputs
from aforo.twin import volumes
from aforo.twin.working_days import of_month

#: The name of the document of contacts.
_CONTACTS = "syn-carriers"


def ends(log: Log) -> datetime | None:
    """When the last event of a log was recorded; None of an empty one."""
    last = log.position()
    found = log.read(last - 1, limit=1) if last else []
    return found[-1].event.recorded_at if found else None


def put_ports(log: Log) -> None:
    """Put the port documents in force, each where there is none, or that which ships without a reader at the exit."""
    in_force = documents.in_force(log, "port")
    shipping = {hashlib.sha256(body).hexdigest() for body in shipped.documents().values()}
    for port, body in zip(gates.ports(), gates.documents().values(), strict=True):
        if port.code not in in_force or in_force[port.code] in shipping - {hashlib.sha256(body).hexdigest()}:
            documents.put(log, "port", port.code, body, port.version, ACTOR, origin="synthetic")


def put_corridor(log: Log) -> None:
    """Put the corridor that ships in force where none of its name is: trucks under seal drive it."""
    shipping = roads.checked(corridor.example())
    if shipping.name not in documents.in_force(log, "corridor"):
        roads.put(log, shipping, ACTOR, origin="synthetic")


def put_contacts(log: Log, carriers: Iterable[str]) -> None:
    """Put a document of contacts in force, where none of its name is: a desk of each carrier, by its code. The numbers
    are of the range that is kept for fiction, where nobody is called."""
    if _CONTACTS in documents.in_force(log, "contacts"):
        return
    said = [f'name = "{_CONTACTS}"\nversion = "1"\n']
    for number, code in enumerate(carriers):
        said.append(f"""
[[carrier]]
carrier = "{code}"
[[carrier.line]]
id = "syn-{number}"
name = {{ en = "SYN dispatch of {code}", es = "SYN despacho de {code}" }}
phone = "+1 956 555 01{number % 100:02d}"
source = "assumed"
""")
    response_documents.put_contacts(log, "".join(said).encode(), ACTOR, origin="synthetic")


def put_fleet(log: Log) -> None:
    """Put a contract and targets of scanners in force, where none are. SYNTHETIC: every term of them is assumed."""
    known = {each.kind for each in fleet_documents.kept(log)}
    for kind, put, name in (
        ("fleet_contract", fleet_documents.put_contract, "fleet_contract.toml"),
        ("fleet_targets", fleet_documents.put_targets, "fleet_targets.toml"),
    ):
        if kind not in known:
            put(log, (resources.files("aforo.demo") / name).read_bytes(), ACTOR, origin="synthetic")


def wants(folder: DemoFolder, shown: Iterable[Shown], month: date) -> list[tuple[Shown, list[Inputs]]]:
    """What the price tables of bridges are to be solved from, by the volumes of a month of 2024 and the model's own
    history."""
    policy = policies.parse(policies.default_document())
    brief = briefing.parse((folder.model / briefing.FILE).read_bytes())
    worth = worth_of_brief(brief.interest, policy)
    found = []
    for each in shown:
        of = (2024, month.month)
        share = 1.0 if each.bridge.share is None else each.bridge.share.share
        trucks = volumes.shipped()[each.port.code][of] * share / of_month(of)
        found.append((each, wanted(each.bridge, trucks, worth)))
    return found


def solve(log: Log, wanted: Sequence[tuple[Shown, list[Inputs]]], advance: Callable[[], None]) -> None:
    """Solve the tables that are not solved yet, and put them in force with the policy that each bridge runs; `advance`
    is told of each.

    All of them come before the first filing: a table that comes later has trucks decided again that expected otherwise.
    """
    policy = policies.parse(policies.default_document())
    for each, inputs in wanted:
        for _ in solve_anew(log, inputs, ACTOR, "synthetic"):
            advance()
        put_policy(log, each.port.code, each.bridge.id, policy, ACTOR, "synthetic")


def counts() -> pl.DataFrame:
    """The published counts of 2024 that ship, as forecasts take them."""
    rows = [
        (port, date(year, month, 1), "trucks", count)
        for port, months in volumes.shipped().items()
        for (year, month), count in months.items()
    ]
    return pl.DataFrame(rows, schema=bts.SCHEMA, orient="row")
