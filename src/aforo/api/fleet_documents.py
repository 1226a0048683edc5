"""Contracts and targets of the fleet: put in force, listed, read, and taken out of force."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec
from litestar import Request, Response, get, post, put
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from msgspec import Meta

from aforo.api.access import ACTION
from aforo.api.body import body_of, takes
from aforo.api.fleet_examples import DOCUMENT, DOCUMENTS, PUT
from aforo.api.front import Front
from aforo.api.names import named
from aforo.api.problems import ProblemError, existing
from aforo.api.responses import answers_of, json_answer
from aforo.domain.problem import Problem
from aforo.fleet.contract import MOST_BYTES, ContractError
from aforo.flow import documents
from aforo.flow.documents import NothingToRollBackError
from aforo.flow.fleet_documents import FleetKind, Kept, kept, put_contract, put_targets
from aforo.flow.node import Node
from aforo.log.contention import retried
from aforo.log.tokens import Token

T = TypeVar("T")
#: What kinds are called in paths and answers.
_KINDS: Final[dict[str, FleetKind]] = {"contract": "fleet_contract", "targets": "fleet_targets"}
_NAMES: Final = {kind: name for name, kind in _KINDS.items()}


class DocumentSaid(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A document in TOML, as the reference on contracts and targets has it, and which of the two it is."""

    kind: Literal["contract", "targets"]
    document: Annotated[str, Meta(min_length=1, max_length=MOST_BYTES)]


class FleetDocument(msgspec.Struct, frozen=True):
    """A version of a contract (`kind` is `contract`) or of targets (`targets`): its hash, who put it there and when.

    `in_force`: it holds; a contract from the local day `holds_from` until before `holds_until`, null where it is open.
    `document` is its text, where one is asked for.
    """

    kind: str
    name: str
    hash: str
    version: int
    at: datetime
    by: str
    in_force: bool
    holds_from: date | None
    holds_until: date | None
    document: str | None = None


class FleetDocumentsAnswer(msgspec.Struct, frozen=True):
    """Every version of every document, by kind and name in the order in which they came."""

    documents: list[FleetDocument]


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""

    @get(
        "/v1/fleet/documents",
        opt={ACTION: "read_fleet_documents"},
        operation_id="list_fleet_documents",
        summary="Contracts and targets of the fleet in all their versions, and which hold when",
        responses=answers_of("list_fleet_documents", FleetDocumentsAnswer, DOCUMENTS),
    )
    async def list_fleet_documents(request: Request[Any, Token, Any]) -> Response[bytes]:
        return json_answer(await front.read(_listed))

    @get(
        "/v1/fleet/documents/{document_kind:str}/{document_hash:str}",
        opt={ACTION: "read_fleet_documents"},
        operation_id="read_fleet_document",
        summary="A version of a contract or of targets, with its text",
        responses=answers_of("read_fleet_document", FleetDocument, DOCUMENT),
    )
    async def read_fleet_document(
        request: Request[Any, Token, Any], document_kind: FromPath[str], document_hash: FromPath[str]
    ) -> Response[bytes]:
        of_kind: FleetKind = existing(_KINDS.get(document_kind))
        hash_ = named(document_hash)
        return json_answer(existing(await front.read(lambda node: _read(of_kind, hash_, node))))

    @put(
        "/v1/fleet/documents",
        opt={ACTION: "put_fleet_document"},
        operation_id="put_fleet_document",
        operation_class=takes("A contract, or targets.", PUT),
        summary="Put a contract or targets in force; versions before stay, and can be reckoned with",
        responses=answers_of("put_fleet_document", FleetDocumentsAnswer, DOCUMENTS),
    )
    async def put_fleet_document(request: Request[Any, Token, Any]) -> Response[bytes]:
        said, by = await body_of(request, DocumentSaid), request.auth.name

        def done(node: Node) -> FleetDocumentsAnswer:
            one = put_contract if said.kind == "contract" else put_targets
            retried(lambda: one(node.log, said.document.encode(), by, origin=node.origin))
            return _listed(node)

        return json_answer(await _done(front.read(done)))

    @post(
        "/v1/fleet/documents/{document_kind:str}/{document_name:str}/rollback",
        status_code=200,
        opt={ACTION: "put_fleet_document"},
        operation_id="roll_back_fleet_document",
        summary="Take the version that was put in force last out of force: those before hold as they did",
        responses=answers_of("roll_back_fleet_document", FleetDocumentsAnswer, DOCUMENTS),
    )
    async def roll_back_fleet_document(
        request: Request[Any, Token, Any], document_kind: FromPath[str], document_name: FromPath[str]
    ) -> Response[bytes]:
        of_kind: FleetKind = existing(_KINDS.get(document_kind))
        name, by = named(document_name), request.auth.name

        def done(node: Node) -> FleetDocumentsAnswer:
            retried(lambda: documents.roll_back(node.log, of_kind, name, by, origin=node.origin))
            return _listed(node)

        return json_answer(await _done(front.read(done)))

    return [list_fleet_documents, read_fleet_document, put_fleet_document, roll_back_fleet_document]


def _listed(node: Node) -> FleetDocumentsAnswer:
    return FleetDocumentsAnswer([_shown(each) for each in kept(node.log)])


def _shown(each: Kept) -> FleetDocument:
    return FleetDocument(
        _NAMES[each.kind], each.name, each.hash, each.version, each.at, each.by, each.in_force, each.holds_from,
        each.holds_until,
    )  # fmt: skip


def _read(kind: FleetKind, hash_: str, node: Node) -> FleetDocument | None:
    found = next((each for each in kept(node.log) if (each.kind, each.hash) == (kind, hash_)), None)
    if found is None:
        return None
    return msgspec.structs.replace(_shown(found), document=node.log.artefacts.get(hash_).decode())


async def _done(step: Awaitable[T]) -> T:
    """What a step with a document gives. Raises ProblemError, with what is wrong with one."""
    try:
        return await step
    except NothingToRollBackError:
        raise ProblemError("not_found", 404) from None
    except ContractError as refused:
        wrong = Problem(0, "document", refused.code, refused.text)
        raise ProblemError("fleet_document_refused", 422, problems=[wrong]) from None
