"""Tokens of machines and persons: listed, issued (the text is shown once) and revoked.

An administrator issues them for everyone. A carrier, in a session, issues and revokes those for its own codes: they
expire within a quarter, are few, and end when the account that issued them is disabled. No token issues tokens for a
carrier: one that leaked would outlive itself.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from aforo.api.access import ACTION, permitting
from aforo.api.accounts import Code
from aforo.api.body import body_of, takes
from aforo.api.front import Front
from aforo.api.people import now
from aforo.api.problems import ProblemError, existing
from aforo.api.responses import answers_of, json_answer
from aforo.api.sessions import people_of, signed_in
from aforo.domain.actor import is_reserved
from aforo.domain.role import Role
from aforo.log.tokens import STAFF, Token

_NO_STORE = {"Cache-Control": "no-store"}
#: How many good tokens a carrier's codes may have, and for how many days it issues them.
MOST, MOST_DAYS = 10, 92

State = Literal["good", "expired", "revoked"]


class WantedToken(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A token to issue. `codes` are a carrier's, an edge's port, a device's or a town's bridges, or the ports of staff;
    a carrier that names none has all its own."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"\S")]
    role: Role = "carrier"
    codes: Annotated[tuple[Code, ...], msgspec.Meta(max_length=100)] = ()
    days: Annotated[int, msgspec.Meta(ge=1, le=3_660)] = 90


class ShownToken(msgspec.Struct, frozen=True):
    """A token as it stands; its text is shown when it is issued, and kept nowhere."""

    id: str
    name: str
    role: Role
    codes: tuple[str, ...]
    state: State
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    token: str | None = None


class ShownTokens(msgspec.Struct, frozen=True):
    """Tokens, the newest first."""

    tokens: list[ShownToken]


_WANTED = {"name": "ABCD dispatch system", "role": "carrier", "codes": ["ABCD"], "days": 90}
_SHOWN: dict[str, Any] = {
    "id": "0f3a9c21d4e7",
    "name": "ABCD dispatch system",
    "role": "carrier",
    "codes": ["ABCD"],
    "state": "good",
    "issued_at": "2026-03-01T09:00:00Z",
    "expires_at": "2026-05-30T09:00:00Z",
    "revoked_at": None,
    "token": None,
}


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""

    @get(
        "/v1/tokens",
        opt={ACTION: "read_tokens"},
        operation_id="list_tokens",
        summary="Tokens and how they stand: a carrier's own, an administrator's all",
        responses=answers_of("list_tokens", ShownTokens, {"tokens": [_SHOWN]}),
    )
    async def list_tokens(request: Request[Any, Token, Any]) -> Response[bytes]:
        found = await asyncio.to_thread(front.access.issued)
        own = _own(request.auth, "read_tokens")
        shown = [_shown(each) for each in reversed(found) if own is None or _is_own(each, own)]
        return json_answer(ShownTokens(shown), headers=_NO_STORE)

    @post(
        "/v1/tokens",
        status_code=200,
        opt={ACTION: "issue_token"},
        operation_id="issue_token",
        operation_class=takes("`name`, `role`, `codes` and `days`.", _WANTED),
        summary="Issue a token: its text is shown this once",
        responses=answers_of("issue_token", ShownToken, {**_SHOWN, "token": "aforo_…"}),
    )
    async def issue_token(request: Request[Any, Token, Any]) -> Response[bytes]:
        people, said, by = people_of(front), await body_of(request, WantedToken), request.auth
        codes = tuple(dict.fromkeys(code.strip() for code in said.codes if code.strip()))
        if is_reserved(said.name):
            raise ProblemError("name_reserved", 422)
        own, account = _own(by, "issue_token"), None
        if own is not None:
            account = (await signed_in(front, request)).session.account.id
            codes = codes or by.carriers
            if said.role != "carrier" or not own.issuperset(codes) or said.days > MOST_DAYS:
                raise ProblemError("token_not_own", 403)
            good = [each for each in await asyncio.to_thread(front.access.issued) if _is_own(each, own)]
            if sum(each.holds(now()) for each in good) >= MOST:
                raise ProblemError("token_enough", 422)
        elif not _fits(said.role, codes):
            raise ProblemError("token_codes", 422)

        def issue() -> ShownToken:
            text, token = front.access.issue(said.name.strip(), said.role, codes, timedelta(days=said.days), account)
            people.accounts.take_note(by.name, "token_issued", token.id, people.clock())
            return _shown(token, text)

        return json_answer(await asyncio.to_thread(issue), headers=_NO_STORE)

    @delete(
        "/v1/tokens/{token:str}",
        status_code=200,
        opt={ACTION: "revoke_token"},
        operation_id="revoke_token",
        summary="Make a token worthless, and end its subscriptions",
        responses=answers_of("revoke_token", ShownToken, {**_SHOWN, "state": "revoked"}),
    )
    async def revoke_token(request: Request[Any, Token, Any], token: FromPath[str]) -> Response[bytes]:
        people, by = people_of(front), request.auth
        own = _own(by, "revoke_token")
        if own is not None:
            await signed_in(front, request)

        def revoke() -> ShownToken | None:
            found = next((each for each in front.access.issued() if each.id == token), None)
            if found is None or (own is not None and not _is_own(found, own)):
                return None
            if front.access.revoke(token):
                people.accounts.take_note(by.name, "token_revoked", token, people.clock())
            return next((_shown(each) for each in front.access.issued() if each.id == token), None)

        shown = existing(await asyncio.to_thread(revoke))
        front.access.look_anew()
        return json_answer(shown, headers=_NO_STORE)

    return [list_tokens, issue_token, revoke_token]


def _own(token: Token, action: str) -> frozenset[str] | None:
    """The codes whose tokens the asker may speak of; None for all."""
    return frozenset(token.carriers) if permitting(token.role, action, False) is None else None


def _is_own(token: Token, own: frozenset[str]) -> bool:
    return token.role == "carrier" and bool(token.carriers) and own.issuperset(token.carriers)


def _fits(role: Role, codes: tuple[str, ...]) -> bool:
    """Whether a token of a role may have these codes."""
    if role == "port":
        return len(codes) == 1
    return bool(codes) if role in ("carrier", "device", "municipality") else not codes or role in STAFF


def _shown(token: Token, text: str | None = None) -> ShownToken:
    state: State = "revoked" if token.revoked_at else "good" if token.holds(now()) else "expired"
    return ShownToken(
        token.id, token.name, token.role, token.carriers or token.ports, state, token.issued_at, token.expires_at,
        token.revoked_at, text,
    )  # fmt: skip
