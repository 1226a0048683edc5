"""The audit: the log's events as they were recorded, its checkpoints, and proofs that need no trust in this server."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter

from aforo.api.access import ACTION, permitting
from aforo.api.examples import AUDIT_PAGE, CHECKPOINT, ISSUED_TOKENS, PROOF
from aforo.api.front import Front
from aforo.api.names import name_of
from aforo.api.problems import ProblemError, existing
from aforo.api.responses import answers_of, json_answer
from aforo.domain.credential_event import CREDENTIAL_PAYLOADS
from aforo.domain.event import PAYLOADS, ArtefactPromoted, ArtefactRegistered, LogSucceeded, SigningKeyRotated
from aforo.domain.role import Role
from aforo.flow.audit import AuditPage, read_page
from aforo.flow.node import Node
from aforo.log.proof import NoProofError, Proof, last_checkpoint, prove
from aforo.log.tokens import Token

MOST_EVENTS = 1_000
#: Types of events that hold nothing of what was filed, found or ordered: who runs the node may read them.
WITHOUT_FILINGS: frozenset[str] = frozenset(each.TYPE for each in CREDENTIAL_PAYLOADS) | {
    ArtefactRegistered.TYPE,
    ArtefactPromoted.TYPE,
    SigningKeyRotated.TYPE,
    LogSucceeded.TYPE,
}


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
        opt={ACTION: "verify_log"},
        operation_id="audit_events",
        summary="Events of the log by type, stream, actor and time of recording, by leaf; to an administrator those "
        "alone that hold nothing of filings",
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
        if not types <= PAYLOADS.keys():
            raise ProblemError("bad_request", 400)

        shown = types
        if not _is_auditor(request.auth):
            shown = types & WITHOUT_FILINGS if types else WITHOUT_FILINGS
            if not shown:
                raise ProblemError("forbidden", 403)

        def read(node: Node) -> AuditPage:
            return read_page(node, after, limit, types=shown, stream=stream, actor=actor, since=since, until=until)

        return json_answer(await front.read(read))

    @get(
        "/v1/audit/events/{event_id:str}/proof",
        opt={ACTION: "verify_log"},
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
        is_auditor = _is_auditor(request.auth)

        def read(node: Node) -> Proof:
            stored = None if is_auditor else node.log.event(name)
            if stored is not None and stored.event.type not in WITHOUT_FILINGS:
                raise NoProofError(name)
            return prove(node.log.database, name, size)

        try:
            proof = await front.read(read)
        except NoProofError:
            raise ProblemError("not_proved", 404) from None
        return json_answer(proof)

    @get(
        "/v1/audit/checkpoint",
        opt={ACTION: "verify_log"},
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
        opt={ACTION: "verify_log"},
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


def _is_auditor(by: Token) -> bool:
    """Whether the asker may read every event; others read those WITHOUT_FILINGS."""
    return permitting(by.role, "audit", False) is not None
