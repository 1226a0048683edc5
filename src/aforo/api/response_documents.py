"""What responses on the road go by: the plan, and the documents of contacts, read and put in force."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, put
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta

from aforo.api.access import ACTION
from aforo.api.body import body_of, takes
from aforo.api.front import Front
from aforo.api.problems import ProblemError
from aforo.api.responses import answers_of, json_answer
from aforo.api.road_response_examples import DOCUMENTS, PUT_CONTACTS, PUT_PLAN
from aforo.custody.contacts import MOST_BYTES
from aforo.custody.document import RoadError
from aforo.domain.problem import Problem
from aforo.flow.node import Node
from aforo.flow.response_documents import contacts_in_force, plan_in_force, put_contacts, put_plan
from aforo.log.tokens import Token


class DocumentShown(msgspec.Struct, frozen=True):
    """A document in force, and how many lines, steps and yards it has."""

    name: str
    version: str
    lines: int = 0
    yards: int = 0
    steps: int = 0


class DocumentsAnswer(msgspec.Struct, frozen=True):
    """The plan in force, with its hash, and the documents of contacts."""

    plan: DocumentShown
    plan_hash: str
    contacts: list[DocumentShown]


class Sent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The document, as TOML."""

    toml: Annotated[str, Meta(min_length=1, max_length=MOST_BYTES)]


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""

    async def put_in_force(
        request: Request[Any, Token, Any], run: Callable[[Node, bytes, str], object]
    ) -> Response[bytes]:
        said, by = await body_of(request, Sent), request.auth.name

        def done(node: Node) -> DocumentsAnswer:
            run(node, said.toml.encode(), by)
            return _in_force(node)

        try:
            return json_answer(await front.read(done))
        except RoadError as error:
            problem = Problem(0, "toml", error.code, error.text)
            raise ProblemError("response_refused", 422, problems=[problem]) from None

    @get(
        "/v1/response-documents",
        opt={ACTION: "read_responses"},
        operation_id="list_response_documents",
        summary="The plan and the contacts that responses go by",
        responses=answers_of("list_response_documents", DocumentsAnswer, DOCUMENTS),
    )
    async def list_response_documents(request: Request[Any, Token, Any]) -> Response[bytes]:
        return json_answer(await front.read(_in_force))

    @put(
        "/v1/response-documents/plan",
        opt={ACTION: "change_responses"},
        operation_id="put_response_plan",
        operation_class=takes("The plan, as TOML.", PUT_PLAN),
        summary="Put a plan in force: deadlines and checklists of responses that begin from now on",
        responses=answers_of("put_response_plan", DocumentsAnswer, DOCUMENTS),
    )
    async def put_response_plan(request: Request[Any, Token, Any]) -> Response[bytes]:
        return await put_in_force(request, lambda node, body, by: put_plan(node.log, body, by, origin=node.origin))

    @put(
        "/v1/response-documents/contacts",
        opt={ACTION: "change_responses"},
        operation_id="put_response_contacts",
        operation_class=takes("Contacts, as TOML.", PUT_CONTACTS),
        summary="Put a document of contacts in force, in place of the one of its name",
        responses=answers_of("put_response_contacts", DocumentsAnswer, DOCUMENTS),
    )
    async def put_response_contacts(request: Request[Any, Token, Any]) -> Response[bytes]:
        return await put_in_force(request, lambda node, body, by: put_contacts(node.log, body, by, origin=node.origin))

    return [list_response_documents, put_response_plan, put_response_contacts]


def _in_force(node: Node) -> DocumentsAnswer:
    plan, hash_ = plan_in_force(node.log)
    return DocumentsAnswer(
        DocumentShown(plan.name, plan.version, steps=len(plan.theft.steps) + len(plan.people.steps)),
        hash_,
        [
            DocumentShown(
                each.name, each.version, len(each.authorities) + sum(len(desk.lines) for desk in each.carriers),
                len(each.yards),
            )
            for each in contacts_in_force(node.log)
        ],
    )  # fmt: skip
