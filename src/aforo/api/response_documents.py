"""What responses on the road go by: the plan, and the documents of contacts, read and put in force."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, get, put
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta

from aforo.api.access import ACTION
from aforo.api.body import body_of, takes
from aforo.api.front import Front
from aforo.api.problems import ProblemError
from aforo.api.responses import answers_of, json_answer
from aforo.api.road_response_examples import CONTACTS, DOCUMENTS, PLAN, PUT_CONTACTS, PUT_PLAN
from aforo.custody.contacts import MOST_BYTES, ContactBook
from aforo.custody.document import RoadError
from aforo.domain.problem import Problem
from aforo.flow.documents import standing
from aforo.flow.node import Node
from aforo.flow.response_contents import ContactsContents, PlanContents, contacts_contents, plan_contents
from aforo.flow.response_documents import contacts_in_force, plan_in_force, put_contacts, put_plan
from aforo.log.tokens import Token


class DocumentShown(msgspec.Struct, frozen=True):
    """A document in force, and how many lines, steps and yards it has. `since` and `by` are when and by whom it came to
    be in force; missing of one that ships."""

    name: str
    version: str
    lines: int = 0
    yards: int = 0
    steps: int = 0
    since: datetime | None = None
    by: str | None = None


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

    @get(
        "/v1/response-documents/plan",
        opt={ACTION: "read_responses"},
        operation_id="read_response_plan",
        summary="What the plan in force says: until when, and what is done, in what order",
        responses=answers_of("read_response_plan", PlanContents, PLAN),
    )
    async def read_response_plan(request: Request[Any, Token, Any]) -> Response[bytes]:
        return json_answer(await front.read(lambda node: plan_contents(plan_in_force(node.log)[0])))

    @get(
        "/v1/response-documents/contacts",
        opt={ACTION: "read_responses"},
        operation_id="read_response_contacts",
        summary="Whom responses call: desks of carriers and authorities, and guarded yards",
        responses=answers_of("read_response_contacts", ContactsContents, CONTACTS),
    )
    async def read_response_contacts(request: Request[Any, Token, Any]) -> Response[bytes]:
        return json_answer(await front.read(lambda node: contacts_contents(contacts_in_force(node.log))))

    return [
        list_response_documents, read_response_plan, read_response_contacts, put_response_plan, put_response_contacts,
    ]  # fmt: skip


def _in_force(node: Node) -> DocumentsAnswer:
    plan, hash_ = plan_in_force(node.log)
    steps = len(plan.theft.steps) + len(plan.people.steps)
    return DocumentsAnswer(
        _stands(DocumentShown(plan.name, plan.version, steps=steps), "response_plan", node),
        hash_,
        [_stands(_book(each), "contacts", node) for each in contacts_in_force(node.log)],
    )


def _book(each: ContactBook) -> DocumentShown:
    lines = len(each.authorities) + sum(len(desk.lines) for desk in each.carriers)
    return DocumentShown(each.name, each.version, lines, len(each.yards))


def _stands(shown: DocumentShown, kind: Literal["response_plan", "contacts"], node: Node) -> DocumentShown:
    """A document with when and by whom it came to be in force."""
    found = standing(node.log, kind, shown.name)
    return shown if found is None else msgspec.structs.replace(shown, since=found.since, by=found.by)
