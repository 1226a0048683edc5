"""Signing in by a provider of OpenID Connect: there and back again."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any
from urllib.parse import quote, urlencode

import msgspec
from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import QueryParameter

from aforo.api.access import ACTION
from aforo.api.body import body_of, takes
from aforo.api.front import Front
from aforo.api.origin import V6_SITE, cookie, header, is_loopback, kept_as, network_of, set_cookie
from aforo.api.people import People
from aforo.api.problems import ProblemError
from aforo.api.provider import RETURNS_WITHIN, NotVouchedError, Provider, Vouched
from aforo.api.responses import answers_of, json_answer, problems
from aforo.api.sessions import people_of
from aforo.domain.credential import account_credential, use_credential
from aforo.domain.declaration import identity_text
from aforo.flow.credential_record import record_account_added, record_account_changed, record_token_revoked
from aforo.flow.node import Node
from aforo.log.accounts import Account, NameReservedError, NameTakenError
from aforo.log.name_holders import NameHeldError
from aforo.log.tokens import Token

#: What binds an answer of the provider to the browser that was sent there. It comes back from another site's page.
COOKIE = "aforo_oidc"
ANSWER = "/v1/session/oidc/answer"


class Begun(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where somebody wants to be after signing in, below /console."""

    then: Annotated[str, msgspec.Meta(max_length=500, pattern=r"^/(?!/)[^\\]*$")] = "/"


class Sent(msgspec.Struct, frozen=True):
    """The provider's address, to go to now."""

    location: str


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""

    @post(
        "/v1/session/oidc",
        status_code=200,
        opt={ACTION: "sign_in"},
        operation_id="begin_oidc",
        operation_class=takes("`then`: where to go after it, below /console.", {"then": "/"}),
        summary="Begin to sign in by the OpenID Connect provider: the address to go to",
        responses=answers_of("begin_oidc", Sent, {"location": "https://login.example/authorize?response_type=code"}),
    )
    async def begin_oidc(request: Request[Any, Token | None, Any]) -> Response[bytes]:
        people, provider = _provider(front)
        said, headers = await body_of(request, Begun), request.scope["headers"]
        plain = is_loopback(headers) and not people.proxied
        redirect = f"{'http' if plain else 'https'}://{header(headers, b'host') or ''}{ANSWER}"
        try:
            network = network_of(people.address(request.scope.get("client"), headers), V6_SITE)
            location, browser = await provider.begin(redirect, said.then, network)
        except NotVouchedError as error:
            raise ProblemError(error.code, 503, retry_after=30) from None
        bound = set_cookie(
            COOKIE, browser, secure=not plain, same_site="Lax", seconds=int(RETURNS_WITHIN.total_seconds())
        )
        return json_answer(Sent(location), headers={"Cache-Control": "no-store", "Set-Cookie": bound})

    @get(
        ANSWER,
        status_code=303,
        opt={ACTION: "sign_in"},
        operation_id="answer_oidc",
        summary="Back from the provider: signed in, or told why not; leads to the console",
        responses={303: ResponseSpec(str, description="To the console.", generate_examples=False), **problems()},
    )
    async def answer_oidc(
        request: Request[Any, Token | None, Any],
        returned: Annotated[str, QueryParameter(name="state", max_length=200)] = "",
        code: Annotated[str, QueryParameter(max_length=4_000)] = "",
        iss: Annotated[str | None, QueryParameter(max_length=500)] = None,
    ) -> Response[bytes]:
        people, provider = _provider(front)
        headers = request.scope["headers"]
        plain = is_loopback(headers) and not people.proxied
        try:
            vouched, then = await provider.finish(returned, code, cookie(headers, COOKIE, secure=not plain) or "", iss)
            account = await asyncio.to_thread(_account, front, people, provider, vouched)
            front.access.look_anew()
            signed = await people.begin(account)
        except (NotVouchedError, ProblemError) as error:
            return _to(f"/console/sign-in?{urlencode({'fault': error.code})}", None)
        # Quoted, so that nothing in it ends the line of a header.
        made = _to(f"/console{quote(then, safe='/?=&%')}", people.kept(signed.text, headers))
        gone = kept_as(COOKIE, not plain)
        made.set_cookie(gone, "", max_age=0, path="/", httponly=True, samesite="lax", secure=not plain)
        return made

    return [begin_oidc, answer_oidc]


def _to(address: str, kept: str | None) -> Response[bytes]:
    headers = {"Location": address, "Cache-Control": "no-store"} | ({} if kept is None else {"Set-Cookie": kept})
    return Response(b"", status_code=303, headers=headers, media_type="text/plain")


def _provider(front: Front) -> tuple[People, Provider]:
    people = people_of(front)
    if people.provider is None:
        raise ProblemError("not_found", 404)
    return people, people.provider


def _acting(front: Front) -> frozenset[str]:
    """The names, as they are compared, that the node itself and the tokens of staff act by."""
    own = [] if front.desk.node is None else [front.desk.node.actor]
    own += [each.name for each in front.access.issued() if each.role != "carrier"]
    return frozenset(map(identity_text, own))


def _account(front: Front, people: People, provider: Provider, vouched: Vouched) -> Account:
    """The account of whom the provider vouches for, made where there is none, with what is granted today. Raises
    NotVouchedError: it has no way to an account that was disabled here, or that it did not make, and whoever chooses a
    name at the provider takes none that something acts by here already."""
    issuer, granted = provider.settings.issuer, vouched.granted
    found = people.accounts.by_subject(issuer, vouched.subject)
    if found is None:
        if identity_text(vouched.name) in _acting(front):
            raise NotVouchedError("oidc_name_taken")
        try:
            made = people.accounts.add(
                vouched.login, vouched.name, granted.role, granted.codes, "en", people.clock(),
                subject=(issuer, vouched.subject),
            )  # fmt: skip
        except (NameReservedError, NameTakenError, NameHeldError):
            raise NotVouchedError("oidc_name_taken") from None
        with use_credential(account_credential(made.id)):
            front.desk.do(lambda node: record_account_added(node.log, made, made.name)).result()
        return made
    if found.disabled_at is not None:
        raise NotVouchedError("oidc_failed")
    if (found.role, found.carriers or found.ports) != (granted.role, granted.codes):
        people.accounts.entitle(found.id, granted.role, granted.codes)
        # What was granted before holds no more in any session, nor in a token that was issued with it.
        people.sessions.end_all(found.id, people.clock())
        revoked = front.access.revoke_of(found.id)
        for token in revoked:
            people.accounts.take_note(found.name, "token_revoked", token, people.clock())
        changed = people.accounts.by_id(found.id) or found
        lost = [each for each in front.access.issued() if each.id in revoked]

        def record(node: Node) -> None:
            record_account_changed(node.log, changed, "role_changed", changed.name)
            for each in lost:
                record_token_revoked(node.log, each, changed.name)

        with use_credential(account_credential(found.id)):
            front.desk.do(record).result()
    return found
