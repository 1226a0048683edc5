"""A second signature, given at the first officer's screen: by name and password, or by a passkey of the second's."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, post
from litestar.handlers import HTTPRouteHandler

from aforo.api.access import ACTION, permitting
from aforo.api.body import body_of, takes
from aforo.api.front import Front
from aforo.api.passkey_proof import CREDENTIAL, OPTIONS, Challenges, Credential, Options, asked, proved
from aforo.api.people import People
from aforo.api.problems import ProblemError
from aforo.api.responses import answers_of, json_answer
from aforo.api.seconds import Signed
from aforo.api.sessions import Name, Password, people_of, signed_in
from aforo.domain.credential import account_credential
from aforo.domain.decision import Examination
from aforo.domain.declaration import identity_text
from aforo.domain.dock import DockOutcome
from aforo.log.accounts import Account
from aforo.log.tokens import Token

_NO_STORE = {"Cache-Control": "no-store"}
#: The name of a crossing, of a record, or of an entry of it.
Crossing = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Ordered(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is to be signed: an examination of a crossing; or the outcome that the record of a dock is closed with, or
    the entry that is withdrawn from it."""

    crossing_id: Crossing
    examination: Examination | None = None
    record: Crossing | None = None
    outcome: DockOutcome | None = None
    entry: Crossing | None = None

    def __post_init__(self) -> None:
        of_record = (self.outcome is not None) + (self.entry is not None)
        if (self.examination is None) == (self.record is None) or of_record != (self.record is not None):
            raise ValueError("either `examination` or `record` with `outcome` or `entry` is signed")

    @property
    def signed(self) -> Signed:
        """What a signature is good for."""
        return Signed(self.crossing_id, self.examination, self.record, self.outcome, self.entry)


class Signing(Ordered, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The second officer's account and its password, and what is signed."""

    name: Name
    password: Password


class SigningByPasskey(Ordered, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The second officer's passkey, which answers a challenge for what is signed."""

    credential: Credential


class SigningInSession(Ordered, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The first officer, by the name of the account, and what is signed: by the second in a session of their own."""

    first: Name


class Second(msgspec.Struct, frozen=True):
    """A token of one use, for Second-Authorization of one order; whose it is, and until when it is good."""

    token: str
    name: str
    expires_at: datetime


_ORDERED = {"crossing_id": "ABCD-TRIP-0071", "examination": "scan"}
_SIGNED = {"name": "luis.vega", "password": "correct horse battery staple", **_ORDERED}
_SECOND = {"token": "aforo_second_…", "name": "Luis Vega", "expires_at": "2026-03-02T13:17:00Z"}


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""
    challenges = Challenges(front.people.clock) if front.people is not None else None

    def open_() -> tuple[People, Challenges]:
        people = people_of(front)
        assert challenges is not None
        return people, challenges

    @post(
        "/v1/seconds",
        status_code=200,
        opt={ACTION: "sign_as_second"},
        operation_id="sign_as_second",
        operation_class=takes(
            "`name` and `password` of a second officer, at the first one's screen; `crossing_id` and `examination` "
            "that are signed, or `record` and `outcome` of a record at a dock that is closed, or `record` and `entry` "
            "of what is withdrawn from one.",
            _SIGNED,
            Signing,
        ),
        summary="A second officer signs: a token of one use for Second-Authorization of this session's order of that",
        responses=answers_of("sign_as_second", Second, _SECOND),
    )
    async def sign_as_second(request: Request[Any, Token, Any]) -> Response[bytes]:
        people, said = people_of(front), await body_of(request, Signing)
        address = people.address(request.scope.get("client"), request.scope["headers"])
        account = await people.vouched(said.name, said.password, address)
        return _signed(people, account, request.auth, said.signed)

    @post(
        "/v1/seconds/challenge",
        status_code=200,
        opt={ACTION: "sign_as_second"},
        operation_id="challenge_second",
        operation_class=takes("What is to be signed, as of `POST /v1/seconds`.", _ORDERED, Ordered),
        summary="Begin to sign as a second officer with a passkey: the options for the browser; they name no account",
        responses=answers_of("challenge_second", Options, OPTIONS),
    )
    async def challenge_second(request: Request[Any, Token, Any]) -> Response[bytes]:
        (_, waiting), said = open_(), await body_of(request, Ordered)
        about = _about(request.auth, said.signed)
        return json_answer(asked(request, waiting.make(about, request.auth.id)), headers=_NO_STORE)

    @post(
        "/v1/seconds/passkey",
        status_code=200,
        opt={ACTION: "sign_as_second"},
        operation_id="sign_as_second_with_passkey",
        operation_class=takes(
            "`credential`, as the browser gives it, and what is signed, as it was challenged.",
            {"credential": CREDENTIAL, **_ORDERED},
            SigningByPasskey,
        ),
        summary="A second officer signs with a passkey: as `POST /v1/seconds`",
        responses=answers_of("sign_as_second_with_passkey", Second, _SECOND),
    )
    async def sign_as_second_with_passkey(request: Request[Any, Token, Any]) -> Response[bytes]:
        (people, waiting), said = open_(), await body_of(request, SigningByPasskey)
        challenge = waiting.take(said.credential, _about(request.auth, said.signed))
        account = await proved(people, request, said.credential, challenge)
        return _signed(people, account, request.auth, said.signed)

    @post(
        "/v1/seconds/session",
        status_code=200,
        opt={ACTION: "sign_as_second"},
        operation_id="sign_as_second_in_session",
        operation_class=takes(
            "`first`, the name of the first officer's account, and what is signed, as of `POST /v1/seconds`.",
            {"first": "ana.ruiz", **_ORDERED},
            SigningInSession,
        ),
        summary="A second officer signs in a session of their own: a token of one use for the first officer's session",
        responses=answers_of("sign_as_second_in_session", Second, _SECOND),
    )
    async def sign_as_second_in_session(request: Request[Any, Token, Any]) -> Response[bytes]:
        people, signed = people_of(front), await signed_in(front, request)
        said = await body_of(request, SigningInSession)
        second, identity = signed.session.account, identity_text(said.first)
        every = await asyncio.to_thread(people.accounts.all)
        first = next((each for each in every if identity in map(identity_text, (each.name, each.login))), None)
        if first is None or first.id == second.id or permitting(second.role, "second_examination", False) is None:
            raise ProblemError("second_bad", 403)
        text, token = people.seconds.issue(second, account_credential(first.id), said.signed)
        return json_answer(Second(text, token.name, token.expires_at), headers=_NO_STORE)

    return [sign_as_second, challenge_second, sign_as_second_with_passkey, sign_as_second_in_session]


def _about(first: Token, ordered: Signed) -> str:
    """What a challenge is for: this order of this session, so that a passkey signs no other."""
    return "\0".join((first.id, msgspec.json.encode(ordered).decode()))


def _signed(people: People, second: Account, first: Token, ordered: Signed) -> Response[bytes]:
    """The answer to a second officer who proved who it is. Raises ProblemError where that one may not be the second."""
    if second.first_password:
        raise ProblemError("second_password_first", 403)
    same = second.id == first.owner or identity_text(second.name) == identity_text(first.name)
    if same or permitting(second.role, "second_examination", False) is None:
        raise ProblemError("second_bad", 403)
    text, token = people.seconds.issue(second, first.id, ordered)
    return json_answer(Second(text, token.name, token.expires_at), headers=_NO_STORE)
