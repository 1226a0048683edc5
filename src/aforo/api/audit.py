"""The audit: the log's events as they were recorded, its checkpoints, and proofs that need no trust in this server."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter

from aforo.api.access import ACTION
from aforo.api.examples import AUDIT_PAGE, CHECKPOINT, ISSUED_TOKENS, PROOF
from aforo.api.front import Front
from aforo.api.names import name_of
from aforo.api.problems import ProblemError, existing
from aforo.api.responses import answers_of, json_answer
from aforo.domain.event import PAYLOADS
from aforo.domain.role import Role
from aforo.flow.audit import AuditPage, read_page
from aforo.flow.node import Node
from aforo.log.proof import NoProofError, Proof, last_checkpoint, prove
from aforo.log.tokens import Token

MOST_EVENTS = 1_000


class Checkpoint(msgspec.Struct, frozen=True):
    """The newest signed checkpoint (C2SP tlog-checkpoint), and the verifier keys of the log, the first one first; each
    later one is vouched for by an event of type `log.key_rotated`."""

    origin: str
    size: int
    note: str
    keys: list[str]


class IssuedToken(msgspec.Struct, frozen=True):
    """A token that was issued, without whom a carrier's files for; its text is kept nowhere."""

    id: str
    name: str
    role: Role
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


class IssuedTokens(msgspec.Struct, frozen=True):
    """Every token that was issued, the oldest first."""

    tokens: list[IssuedToken]


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""

    @get(
        "/v1/audit/events",
        opt={ACTION: "audit"},
        operation_id="audit_events",
        summary="Events of the log by type, stream, actor and time of recording, by leaf",
        responses=answers_of("audit_events", AuditPage, AUDIT_PAGE),
    )
    async def audit_events(
        request: Request[Any, Token, Any],
        type_: Annotated[
            list[str] | None, QueryParameter(name="type", description="A type, such as person.read; may be repeated.")
        ] = None,
        stream: Annotated[str | None, QueryParameter(max_length=300, description="A stream, whole.")] = None,
        actor: Annotated[str | None, QueryParameter(max_length=200, description="Who acted.")] = None,
        since: Annotated[datetime | None, QueryParameter(description="Recorded at this instant or later.")] = None,
        until: Annotated[datetime | None, QueryParameter(description="Recorded before this instant.")] = None,
        after: Annotated[int, QueryParameter(ge=-1, le=2**53, description="The leaf to go on behind.")] = -1,
        limit: Annotated[int, QueryParameter(ge=1, le=MOST_EVENTS, description="Events of a page.")] = 100,
    ) -> Response[bytes]:
        types = frozenset(type_ or ())
        if not types <= PAYLOADS.keys() or any(each is not None and each.tzinfo is None for each in (since, until)):
            raise ProblemError("bad_request", 400)

        def read(node: Node) -> AuditPage:
            return read_page(node, after, limit, types=types, stream=stream, actor=actor, since=since, until=until)

        return json_answer(await front.read(read))

    @get(
        "/v1/audit/events/{event_id:str}/proof",
        opt={ACTION: "audit"},
        operation_id="audit_proof",
        summary="An event as it was recorded, and the proof that it is in the signed tree",
        responses=answers_of("audit_proof", Proof, PROOF),
    )
    async def audit_proof(
        request: Request[Any, Token, Any],
        event_id: FromPath[str],
        size: Annotated[
            int | None,
            QueryParameter(ge=1, le=2**53, description="The leaves of the checkpoint to prove for; else the first."),
        ] = None,
    ) -> Response[bytes]:
        name = name_of(event_id) or ""
        try:
            proof = await front.read(lambda node: prove(node.log.database, name, size))
        except NoProofError:
            raise ProblemError("not_proved", 404) from None
        return json_answer(proof)

    @get(
        "/v1/audit/checkpoint",
        opt={ACTION: "audit"},
        operation_id="audit_checkpoint",
        summary="The newest signed checkpoint, to be kept where this node cannot change it",
        responses=answers_of("audit_checkpoint", Checkpoint, CHECKPOINT),
    )
    async def audit_checkpoint(request: Request[Any, Token, Any]) -> Response[bytes]:
        def read(node: Node) -> Checkpoint | None:
            signed = last_checkpoint(node.log.database)
            if signed is None:
                return None
            keys = [each.text for each in node.keys.signing.verifiers(node.log.origin)]
            return Checkpoint(node.log.origin, signed.size, signed.note, keys)

        return json_answer(existing(await front.read(read)))

    @get(
        "/v1/audit/tokens",
        opt={ACTION: "audit"},
        operation_id="audit_tokens",
        summary="Tokens that were issued and revoked; their identifiers are those in events",
        responses=answers_of("audit_tokens", IssuedTokens, ISSUED_TOKENS),
    )
    async def audit_tokens(request: Request[Any, Token, Any]) -> Response[bytes]:
        issued = [
            IssuedToken(each.id, each.name, each.role, each.issued_at, each.expires_at, each.revoked_at)
            for each in await front.read(lambda node: front.access.issued())
        ]
        return json_answer(IssuedTokens(issued))

    return [audit_events, audit_proof, audit_checkpoint, audit_tokens]
