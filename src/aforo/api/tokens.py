"""Tokens of machines and persons: listed, issued (the text is shown once) and revoked.

An administrator issues them for machines and carriers, and for staff in a name that nobody bears. A token in the name
of a person who has an account is issued by that person alone, in a session: what is done with it is that person's act.
A carrier, in a session, issues and revokes those for its own codes. Tokens that an account issues to itself expire
within a quarter, are few, and end when the account is disabled. No token issues such tokens: one that leaked would
outlive itself. What is issued and revoked in the administration's own names is an event of the log.
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
from aforo.domain.declaration import identity_text
from aforo.domain.role import Role
from aforo.flow.credential_record import record_token_issued, record_token_revoked
from aforo.log.name_holders import NameHeldError
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
        summary="Tokens and how they stand: one's own, or a carrier's codes'; an administrator's all",
        responses=answers_of("list_tokens", ShownTokens, {"tokens": [_SHOWN]}),
    )
    async def list_tokens(request: Request[Any, Token, Any]) -> Response[bytes]:
        found, by = await asyncio.to_thread(front.access.issued), request.auth
        shown = [_shown(each) for each in reversed(found) if not _is_owner(by) or _is_own(each, by)]
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
        name, codes = said.name.strip(), tuple(dict.fromkeys(code.strip() for code in said.codes if code.strip()))
        if is_reserved(name):
            raise ProblemError("name_reserved", 422)
        account = None
        if _is_owner(by) or (by.account and said.role != "carrier" and identity_text(name) == identity_text(by.name)):
            account = (await signed_in(front, request)).session.account.id
            codes = codes or by.carriers
            if not _is_for_owner(said, codes, by):
                raise ProblemError("token_not_own", 403)
            good = [each for each in await asyncio.to_thread(front.access.issued) if _is_own(each, by)]
            if sum(each.holds(now()) for each in good) >= MOST:
                raise ProblemError("token_enough", 422)
        elif not _fits(said.role, codes):
            raise ProblemError("token_codes", 422)
        try:
            text, token = await asyncio.to_thread(
                front.access.issue, name, said.role, codes, timedelta(days=said.days), account
            )
        except NameHeldError:
            raise ProblemError("token_name_held", 403) from None
        try:
            await front.do(lambda node: record_token_issued(node.log, token, by.name))
        except BaseException:  # nobody is given a power that the log does not name
            await asyncio.to_thread(front.access.revoke, token.id)
            raise
        await asyncio.to_thread(people.accounts.take_note, by.name, "token_issued", token.id, people.clock())
        return json_answer(_shown(token, text), headers=_NO_STORE)

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
        if _is_owner(by):
            await signed_in(front, request)

        def revoke() -> Token | None:
            found = next((each for each in front.access.issued() if each.id == token), None)
            if found is None or (_is_owner(by) and not _is_own(found, by)):
                return None
            if front.access.revoke(token):
                people.accounts.take_note(by.name, "token_revoked", token, people.clock())
            return next((each for each in front.access.issued() if each.id == token), None)

        revoked = existing(await asyncio.to_thread(revoke))
        front.access.look_anew()
        await front.do(lambda node: record_token_revoked(node.log, revoked, by.name))
        return json_answer(_shown(revoked), headers=_NO_STORE)

    return [list_tokens, issue_token, revoke_token]


def _is_owner(by: Token) -> bool:
    """Whether the asker has to do with the asker's own tokens alone."""
    return permitting(by.role, "issue_token", False) is None


def _is_own(token: Token, by: Token) -> bool:
    """Whether a token is the asker's own: for no codes but those of a carrier, or issued by the account itself."""
    if by.role == "carrier":
        return token.role == "carrier" and bool(token.carriers) and frozenset(by.carriers).issuperset(token.carriers)
    return by.owner is not None and token.owner == by.owner


def _is_for_owner(said: WantedToken, codes: tuple[str, ...], by: Token) -> bool:
    """Whether an account may issue this to itself: its role, its codes or ports, and of staff its name; for a while."""
    codes_of = by.carriers if by.role == "carrier" else by.ports
    named = by.role == "carrier" or identity_text(said.name.strip()) == identity_text(by.name)
    return named and said.role == by.role and frozenset(codes_of).issuperset(codes) and said.days <= MOST_DAYS


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
