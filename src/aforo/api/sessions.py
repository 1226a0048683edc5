"""Sessions: who asks, and what that person may do; signing in with a password, signing out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.handlers import HTTPRouteHandler

from aforo.api.access import ACTION, permitted
from aforo.api.body import body_of, takes
from aforo.api.front import Front
from aforo.api.people import People, SignedIn
from aforo.api.problems import ProblemError
from aforo.api.responses import answers_of, json_answer
from aforo.domain.role import Asking
from aforo.flow.credential_record import record_account_changed
from aforo.log import passwords
from aforo.log.sessions import IDLE
from aforo.log.tokens import Token

IDLE_MINUTES = int(IDLE.total_seconds() // 60)
_NO_STORE = {"Cache-Control": "no-store", "Vary": "Cookie, Authorization"}

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Password = Annotated[str, msgspec.Meta(min_length=1, max_length=passwords.LONGEST)]


class SigningIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who signs in: the account's name, and its password."""

    name: Name
    password: Password


class ChangedPassword(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A password in the place of the one that there was."""

    password: Password
    new_password: Password


class Who(msgspec.Struct, frozen=True):
    """Who asks, and the actions that policies permit that role. `csrf` is what unsafe requests of this session have in
    X-Aforo-CSRF. It ends at `expires_at`, or `idle_minutes` after its last use. `ways` are those of signing in."""

    name: str
    role: Asking
    ports: tuple[str, ...]
    carriers: tuple[str, ...]
    language: str | None
    permitted: tuple[str, ...]
    csrf: str | None
    expires_at: datetime | None
    idle_minutes: int
    ways: tuple[str, ...]
    #: Somebody else set the password: it is changed before anything else, and nothing else is permitted.
    first_password: bool
    #: Whether this is a demonstration, with a clock at /v1/demo/clock.
    demo_clock: bool
    #: The last member: so a sandbox marks its answers.
    synthetic: bool


WHO: dict[str, Any] = {
    "name": "Ana Ruiz",
    "role": "supervisor",
    "ports": ["2304"],
    "carriers": [],
    "language": "es",
    "permitted": ["order_examination", "read_bridges"],
    "csrf": "hV0vXkS3Jm7r8l9QmW2d1w",
    "expires_at": "2026-03-02T21:15:00Z",
    "idle_minutes": 30,
    "ways": ["password", "passkey"],
    "first_password": False,
    "demo_clock": False,
    "synthetic": False,
}
_SIGNING_IN = {"name": "ana.ruiz", "password": "correct horse battery staple"}
_CHANGED = {"password": "correct horse battery staple", "new_password": "a lorry that carries tiles"}


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""

    @get(
        "/v1/session",
        opt={ACTION: "read_session"},
        operation_id="read_session",
        summary="Who asks, and what that role may do; of who has not signed in too",
        responses=answers_of("read_session", Who, WHO),
    )
    async def read_session(request: Request[Any, Token | None, Any]) -> Response[bytes]:
        signed = await front.access.signed_in(request)
        return json_answer(who(front, request.auth, signed), headers=_NO_STORE)

    @post(
        "/v1/session",
        status_code=200,
        opt={ACTION: "sign_in"},
        operation_id="sign_in",
        operation_class=takes("`name` and `password`.", _SIGNING_IN),
        summary="Sign in with a password: the session's cookie is set",
        responses=answers_of("sign_in", Who, WHO),
    )
    async def sign_in(request: Request[Any, Token | None, Any]) -> Response[bytes]:
        people, headers = people_of(front), request.scope["headers"]
        said = await body_of(request, SigningIn)
        account = await people.vouched(said.name, said.password, people.address(request.scope.get("client"), headers))
        return await welcomed(front, request, await people.begin(account))

    @delete(
        "/v1/session",
        status_code=200,
        opt={ACTION: "keep_own_account"},
        operation_id="sign_out",
        summary="Sign out: the session is over at once",
        responses=answers_of("sign_out", Who, WHO),
    )
    async def sign_out(request: Request[Any, Token, Any]) -> Response[bytes]:
        people, signed = people_of(front), await signed_in(front, request)
        await people.end(signed)
        cookie = {"Set-Cookie": people.dropped(request.scope["headers"])}
        return json_answer(who(front, None, None), headers=_NO_STORE | cookie)

    @post(
        "/v1/session/password",
        status_code=200,
        opt={ACTION: "keep_own_account"},
        operation_id="change_password",
        operation_class=takes("`password`, as it was, and `new_password`.", _CHANGED),
        summary="Change one's own password; all other sessions of the account end",
        responses=answers_of("change_password", Who, WHO),
    )
    async def change_password(request: Request[Any, Token, Any]) -> Response[bytes]:
        people, signed = people_of(front), await signed_in(front, request)
        said, own = await body_of(request, ChangedPassword), signed.session.account
        address = people.address(request.scope.get("client"), request.scope["headers"])
        await people.vouched(own.login, said.password, address)
        if passwords.is_poor(said.new_password, own.login, own.name):
            raise ProblemError("password_poor", 422)
        if own.first_password and said.new_password == said.password:
            raise ProblemError("password_same", 422)  # somebody else knows it
        await people.change_password(own, said.new_password, but=signed.session.id)
        await front.do(lambda node: record_account_changed(node.log, own, "password_changed", own.name))
        return json_answer(who(front, request.auth, await signed_in(front, request)), headers=_NO_STORE)

    return [read_session, sign_in, sign_out, change_password]


def people_of(front: Front) -> People:
    """Those who may sign in. Raises ProblemError where nobody may."""
    if front.people is None:
        raise ProblemError("not_found", 404)
    return front.people


async def signed_in(front: Front, request: Request[Any, Any, Any]) -> SignedIn:
    """The session of a request. Raises ProblemError where it came with a token: that has no session."""
    signed = await front.access.signed_in(request)
    if signed is None:
        raise ProblemError("no_session", 403)
    return signed


async def welcomed(front: Front, request: Request[Any, Any, Any], signed: SignedIn) -> Response[bytes]:
    """The answer to who has just signed in, with the session's cookie; the session that there was before is over."""
    people, headers = people_of(front), request.scope["headers"]
    before = await front.access.signed_in(request)
    if before is not None:
        await people.end(before)
    cookie = {"Set-Cookie": people.kept(signed.text, headers)}
    return json_answer(who(front, signed.token, signed), headers=_NO_STORE | cookie)


def who(front: Front, token: Token | None, signed: SignedIn | None) -> Who:
    """Who asks, as it is told to who asks."""
    role: Asking = "anyone" if token is None else token.role
    first = signed is not None and signed.session.account.first_password
    return Who(
        "" if token is None else token.name,
        role,
        () if token is None else token.ports,
        () if token is None else token.carriers,
        None if signed is None else signed.session.account.language,
        ("keep_own_account",) if first else permitted(role),
        None if signed is None else signed.csrf,
        None if token is None else token.expires_at,
        IDLE_MINUTES,
        () if front.people is None else front.people.ways,
        first,
        front.clock is not None,
        front.synthetic,
    )
