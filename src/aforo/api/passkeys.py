"""Passkeys: registered by who has signed in, and used in place of a name and a password (WebAuthn).

See `passkey_proof` for what one proves.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from webauthn import (
    generate_registration_options,
    options_to_json,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from aforo.api.access import ACTION
from aforo.api.body import body_of, takes
from aforo.api.front import Front
from aforo.api.origin import V6_SITE, network_of
from aforo.api.passkey_proof import (
    CREDENTIAL,
    OPTIONS,
    Challenges,
    Credential,
    Options,
    asked,
    judged,
    origin_of,
    plain,
    proved,
    rp_of,
)
from aforo.api.people import People
from aforo.api.problems import ProblemError
from aforo.api.responses import answers_of, json_answer
from aforo.api.sessions import WHO, Password, Who, people_of, signed_in, welcomed
from aforo.flow.credential_record import record_account_changed
from aforo.log.passkeys import Passkey, PasskeyTakenError
from aforo.log.tokens import Token

_NO_STORE = {"Cache-Control": "no-store"}


class Beginning(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The account's password, so that an open session alone leaves no way in behind."""

    password: Password


class Registered(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new passkey, and what its owner calls it."""

    credential: Credential
    label: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class Presented(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A passkey that answers a challenge."""

    credential: Credential


class ListedPasskey(msgspec.Struct, frozen=True):
    """A passkey, by its credential's identifier."""

    id: str
    label: str
    host: str
    made_at: datetime
    used_at: datetime | None


class ListedPasskeys(msgspec.Struct, frozen=True):
    """One's own passkeys, the oldest first."""

    passkeys: list[ListedPasskey]


_LISTED = {
    "id": "q1d0Hb…",
    "label": "Key at booth 3",
    "host": "aforo.example",
    "made_at": "2026-03-01T09:00:00Z",
    "used_at": None,
}


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""
    # Who floods the way in takes no room from who registers a passkey.
    registering, signing = (
        (Challenges(front.people.clock), Challenges(front.people.clock)) if front.people is not None else (None, None)
    )

    def of_(challenges: Challenges | None) -> tuple[People, Challenges]:
        people = people_of(front)
        assert challenges is not None
        return people, challenges

    @get(
        "/v1/session/passkeys",
        opt={ACTION: "keep_own_account"},
        operation_id="list_passkeys",
        summary="One's own passkeys",
        responses=answers_of("list_passkeys", ListedPasskeys, {"passkeys": [_LISTED]}),
    )
    async def list_passkeys(request: Request[Any, Token, Any]) -> Response[bytes]:
        people, signed = people_of(front), await signed_in(front, request)
        return await _listed(people, signed.session.account.id)

    @post(
        "/v1/session/passkeys/registration",
        status_code=200,
        opt={ACTION: "keep_own_account"},
        operation_id="begin_passkey",
        operation_class=takes("The account's `password`.", {"password": "correct horse battery staple"}),
        summary="Begin to register a passkey: the options for the browser; a provider's accounts register none",
        responses=answers_of("begin_passkey", Options, OPTIONS),
    )
    async def begin_passkey(request: Request[Any, Token, Any]) -> Response[bytes]:
        (people, waiting), signed = of_(registering), await signed_in(front, request)
        said, account = await body_of(request, Beginning), signed.session.account
        if account.subject is not None:
            raise ProblemError("passkey_vouched", 403)
        address = people.address(request.scope.get("client"), request.scope["headers"])
        await people.vouched(account.login, said.password, address)
        own = await asyncio.to_thread(people.passkeys.of, account.id)
        options = generate_registration_options(
            rp_id=rp_of(request),
            rp_name="Aforo",
            user_id=account.id.encode(),
            user_name=account.login,
            user_display_name=account.name,
            challenge=waiting.make(account.id, account.id),
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(each.credential) for each in own],
        )
        return json_answer(Options(msgspec.json.decode(options_to_json(options))), headers=_NO_STORE)

    @post(
        "/v1/session/passkeys",
        status_code=200,
        opt={ACTION: "keep_own_account"},
        operation_id="register_passkey",
        operation_class=takes("`credential`, and a `label`.", {"credential": CREDENTIAL, "label": "Key at booth 3"}),
        summary="Register a passkey that the browser made with these options",
        responses=answers_of("register_passkey", ListedPasskeys, {"passkeys": [_LISTED]}),
    )
    async def register_passkey(request: Request[Any, Token, Any]) -> Response[bytes]:
        (people, waiting), signed = of_(registering), await signed_in(front, request)
        said, account = await body_of(request, Registered), signed.session.account
        if account.subject is not None:
            raise ProblemError("passkey_vouched", 403)
        challenge = waiting.take(said.credential, account.id)
        with judged():
            host = rp_of(request)
            verified = verify_registration_response(
                credential=plain(said.credential),
                expected_challenge=challenge,
                expected_rp_id=host,
                expected_origin=origin_of(request),
                require_user_verification=True,
            )
        made = Passkey(
            verified.credential_id, account.id, host, said.label, verified.credential_public_key, verified.sign_count,
            people.clock(),
        )  # fmt: skip
        try:
            await asyncio.to_thread(people.passkeys.add, made)
        except PasskeyTakenError:
            raise ProblemError("passkey_bad", 403) from None
        try:
            await front.do(
                lambda node: record_account_changed(
                    node.log, account, "passkey_registered", account.name, passkey=made.credential
                )
            )
        except BaseException:  # nobody is given a power that the log does not name
            await asyncio.to_thread(people.passkeys.remove, account.id, made.credential)
            raise
        return await _listed(people, account.id)

    @delete(
        "/v1/session/passkeys/{credential:str}",
        status_code=200,
        opt={ACTION: "keep_own_account"},
        operation_id="remove_passkey",
        summary="Remove one of one's own passkeys",
        responses=answers_of("remove_passkey", ListedPasskeys, {"passkeys": [_LISTED]}),
    )
    async def remove_passkey(request: Request[Any, Token, Any], credential: FromPath[str]) -> Response[bytes]:
        people, signed = people_of(front), await signed_in(front, request)
        account = signed.session.account
        try:
            named = base64url_to_bytes(credential)
        except ValueError:
            raise ProblemError("not_found", 404) from None
        if not await asyncio.to_thread(people.passkeys.remove, account.id, named):
            raise ProblemError("not_found", 404)
        await front.do(
            lambda node: record_account_changed(node.log, account, "passkey_removed", account.name, passkey=named)
        )
        return await _listed(people, account.id)

    @post(
        "/v1/session/passkeys/challenge",
        status_code=200,
        opt={ACTION: "sign_in"},
        operation_id="challenge_passkey",
        summary="Begin to sign in with a passkey: the options for the browser; they name no account",
        responses=answers_of("challenge_passkey", Options, OPTIONS),
    )
    async def challenge_passkey(request: Request[Any, Token | None, Any]) -> Response[bytes]:
        people, waiting = of_(signing)
        network = network_of(people.address(request.scope.get("client"), request.scope["headers"]), V6_SITE)
        return json_answer(asked(request, waiting.make("", network)), headers=_NO_STORE)

    @post(
        "/v1/session/passkeys/sign-in",
        status_code=200,
        opt={ACTION: "sign_in"},
        operation_id="sign_in_with_passkey",
        operation_class=takes("`credential`, as the browser gives it.", {"credential": CREDENTIAL}),
        summary="Sign in with a passkey: the session's cookie is set",
        responses=answers_of("sign_in_with_passkey", Who, WHO),
    )
    async def sign_in_with_passkey(request: Request[Any, Token | None, Any]) -> Response[bytes]:
        people, waiting = of_(signing)
        said = (await body_of(request, Presented)).credential
        challenge = waiting.take(said, "")
        account = await proved(people, request, said, challenge)
        return await welcomed(front, request, await people.begin(account))

    return [list_passkeys, begin_passkey, register_passkey, remove_passkey, challenge_passkey, sign_in_with_passkey]


async def _listed(people: People, account: str) -> Response[bytes]:
    own = await asyncio.to_thread(people.passkeys.of, account)
    listed = [
        ListedPasskey(bytes_to_base64url(each.credential), each.label, each.rp, each.made_at, each.used_at)
        for each in own
    ]
    return json_answer(ListedPasskeys(listed), headers=_NO_STORE)
