"""What responses on the road go by, as the log has it in force: the plan, and whom to call.

One plan is in force, the last that was put, else the one that ships. Of contacts every document in force counts, each
by its own name, and the one that ships beside them unless another of its name was put.
"""

from __future__ import annotations

import logging

from aforo.custody import contacts, response_plan
from aforo.custody.contacts import ContactBook
from aforo.custody.document import RoadError
from aforo.custody.response_plan import ResponsePlan
from aforo.domain.event import Origin
from aforo.flow.documents import in_force, put
from aforo.log.artefacts import ArtefactChangedError, ArtefactMissingError
from aforo.log.store import Log

logger = logging.getLogger("aforo.custody")


def plan_in_force(log: Log) -> tuple[ResponsePlan, str]:
    """The plan, and its hash. One that is damaged or gone gives way to the shipped one: no response waits for it."""
    standing = in_force(log, "response_plan")
    if standing:
        hash_ = list(standing.values())[-1]
        try:
            return response_plan.read(log.artefacts.get(hash_)), hash_
        except (ArtefactMissingError, ArtefactChangedError, RoadError) as error:
            logger.error("the plan of responses cannot be used: %s", type(error).__name__)
    shipped = response_plan.shipped()
    return response_plan.read(shipped), response_plan.hash_of(shipped)


def plan_called(log: Log, hash_: str) -> ResponsePlan:
    """The plan of a hash, by which a response began; the one in force where that is gone."""
    shipped = response_plan.shipped()
    if hash_ == response_plan.hash_of(shipped):
        return response_plan.read(shipped)
    try:
        return response_plan.read(log.artefacts.get(hash_))
    except (ArtefactMissingError, ArtefactChangedError, RoadError) as error:
        logger.error("the plan of a response cannot be used: %s", type(error).__name__)
        return plan_in_force(log)[0]


def contacts_in_force(log: Log) -> list[ContactBook]:
    """The documents of contacts, those put last first; one that is damaged or gone is left out."""
    found: list[ContactBook] = []
    standing = in_force(log, "contacts")
    for hash_ in reversed(standing.values()):
        try:
            found.append(contacts.read(log.artefacts.get(hash_)))
        except (ArtefactMissingError, ArtefactChangedError, RoadError) as error:
            logger.error("a document of contacts cannot be used: %s", type(error).__name__)
    shipped = contacts.read(contacts.shipped())
    return found if shipped.name in standing else [*found, shipped]


def put_plan(log: Log, document: bytes, by: str, *, origin: Origin = "live") -> ResponsePlan:
    """Put a plan in force, from now on: what began by another goes on by that. Raises RoadError, ConcurrencyError."""
    made = response_plan.read(document)
    put(log, "response_plan", made.name, document, made.version, by, origin=origin)
    return made


def put_contacts(log: Log, document: bytes, by: str, *, origin: Origin = "live") -> ContactBook:
    """Put a document of contacts in force, in place of the one of its name. Raises RoadError, ConcurrencyError."""
    made = contacts.read(document)
    put(log, "contacts", made.name, document, made.version, by, origin=origin)
    return made
