"""Who may do what: bearer tokens and sessions, the policies, and how often one may ask.

Who sends an Authorization header is judged by its token alone. Else who has signed in is judged by the session of the
cookie, and, to change something, must send the session's own X-Aforo-CSRF, from a page of this server. Else it is
anyone, who may do what a policy permits to anyone.
"""

from __future__ import annotations

import asyncio
import hmac
import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib import resources
from typing import Any

import cedarpy
from litestar import Litestar, Request
from litestar.types import ASGIApp, Receive, Scope, Send

from aforo.api.bearers import Bearers
from aforo.api.body_limits import Body, Room
from aforo.api.origin import SAFE, Headers, header, is_own, network_of
from aforo.api.people import People, SignedIn
from aforo.api.problems import ProblemError, methods_of
from aforo.api.seconds import PREFIX as SECOND
from aforo.api.seconds import Signed
from aforo.api.watch import Exchange, current
from aforo.domain.credential import set_credential
from aforo.domain.role import Asking, Role
from aforo.log.accounts import Accounts
from aforo.log.tokens import HandedToken, Holder, Token, Tokens, are_two_persons

#: The route's option that names its action.
ACTION = "action"
PUBLIC = "public"
#: What a session may ask for whose password somebody else set: who it is, to change that password, and to leave.
FIRST = ("/v1/session", "/v1/session/password")
#: What a page says of a request that it makes of its own accord, while nobody touches it: that is no use of a session.
UNATTENDED = b"x-aforo-unattended"
#: Tokens, sessions and addresses whose pace is remembered before those are forgotten that have paused.
MOST_BUCKETS = 10_000


@lru_cache(maxsize=1)
def _policies() -> tuple[cedarpy.PolicySet, cedarpy.Schema, cedarpy.Entities]:
    folder = resources.files("aforo.api")
    text = (folder / "policies.cedar").read_text(encoding="utf-8")
    schema = cedarpy.Schema.from_str((folder / "policies.cedarschema").read_text(encoding="utf-8"))
    return cedarpy.PolicySet.from_str(text), schema, cedarpy.Entities.from_json_str("[]")


@lru_cache(maxsize=1024)
def permitting(role: Asking, action: str, own: bool) -> str | None:
    """The policy that permits a role an action on its own, or another's, record; None where none does.

    What policies look at is in the arguments, so that an answer holds as long as the process.
    """
    policies, schema, _ = _policies()
    entities = [{"uid": {"type": "User", "id": "asker"}, "attrs": {}, "parents": [{"type": "Role", "id": role}]}]
    request: dict[str, Any] = {
        "principal": 'User::"asker"',
        "action": f'Action::"{action}"',
        "resource": 'Record::"asked"',
        "context": {"own": own},
    }
    result = cedarpy.is_authorized(request, policies, entities, schema)
    if not result.allowed:
        return None
    named = result.diagnostics.id_annotations_by_reason
    return next((named.get(reason, reason) for reason in result.diagnostics.reasons), "")


@lru_cache(maxsize=1)
def actions() -> tuple[str, ...]:
    """Every action that policies speak of, by name."""
    text = (resources.files("aforo.api") / "policies.cedarschema").read_text(encoding="utf-8")
    declared = re.findall(r"^action\b(.*?)\bappliesTo\b", text, re.DOTALL | re.MULTILINE)
    return tuple(sorted({name for each in declared for name in re.findall(r'"(\w+)"', each)}))


@lru_cache(maxsize=32)
def permitted(role: Asking) -> tuple[str, ...]:
    """The actions that policies permit a role, on its own records at least."""
    return tuple(each for each in actions() if permitting(role, each, True) is not None)


def who_may(action: str, tokens: Tokens, accounts: Accounts | None) -> list[str]:
    """The names of those who may do something now: of accounts that are not disabled, and of tokens that hold."""
    at = datetime.now(UTC)
    named = [(each.name, each.role) for each in tokens.all() if each.holds(at)]
    if accounts is not None:
        named += [(each.name, each.role) for each in accounts.all() if each.disabled_at is None]
    return sorted({name for name, role in named if action in permitted(role)}, key=str.casefold)


@dataclass(frozen=True)
class Rate:
    """How often a token may ask: so many requests a second over time, and so many at once."""

    per_second: float = 100.0
    burst: float = 200.0


class Access:
    """The guard of all routes: a route that names no action, and is not public, is closed to everyone."""

    def __init__(
        self,
        tokens: Tokens,
        rate: Rate | None = None,
        people: People | None = None,
        *,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """`people` are those who may sign in; without, there are tokens alone."""
        self._tokens = tokens
        self._rate = rate or Rate()
        self._now = now
        self._bearers: Bearers[Token] = Bearers(tokens, now)
        self._buckets: dict[str, tuple[float, float]] = {}
        self._room = Room()
        self.people = people

    def who_may(self, action: str) -> list[str]:
        """The names of those who may do something now: of accounts that are not disabled, and of tokens that hold."""
        return who_may(action, self._tokens, None if self.people is None else self.people.accounts)

    def guarded(self, app: ASGIApp) -> ASGIApp:
        """A route's application behind the guard. It is middleware: for a guard the framework copies the whole handler
        at each request."""

        async def called(scope: Scope, receive: Receive, send: Send) -> None:
            await self._admit(scope)
            token: Token | None = scope.get("auth")
            if token is not None and scope.get("method") in SAFE:
                await app(scope, receive, send)  # no route reads the body of such a request
                return
            network = "" if token is not None else network_of(self._address(scope))
            body = Body(self._room, scope, receive, token, network)
            try:
                await app(scope, body.receive, send)
            finally:
                body.leave()

        return called

    async def _admit(self, scope: Scope) -> None:
        """Let a request pass, with its token in the scope and as the credential in use. Raises ProblemError."""
        set_credential(None)  # a connection's next request may run in the context of the one before
        method = str(scope.get("method", ""))
        if method == "OPTIONS":  # the framework's own handler, which has nothing to tell
            raise ProblemError("method", 405, allowed=methods_of(scope["path"], scope["litestar_app"].routes))
        handler = scope["route_handler"]
        if handler.opt.get(PUBLIC):
            return
        action, headers = handler.opt.get(ACTION), scope["headers"]
        token = await self._asking(method, action, headers, first=scope["path"] in FIRST)
        exchange = current.get() or Exchange("other")
        exchange.token, exchange.role = ("", "anyone") if token is None else (token.id, token.role)
        self._ration(f"anyone {network_of(self._address(scope))}" if token is None else token.id)
        if action is None:  # closed to everyone, as if it were not there: the framework has such routes of its own
            raise ProblemError("not_found", 404)
        exchange.policy = permitting("anyone" if token is None else token.role, action, True) or ""
        if not exchange.policy:
            raise ProblemError("forbidden", 403)
        scope["auth"] = token
        set_credential(None if token is None else token.credential)

    async def _asking(self, method: str, action: str | None, headers: Headers, *, first: bool) -> Token | None:
        """The token, or that of the session, of who asks; None of anyone, who may do this. `first`: a session may ask
        whose password somebody else set. Raises ProblemError."""
        if said := header(headers, b"authorization"):
            return await self.bearer(said)
        signed = await self._session(headers)
        by_anyone = action is not None and permitting("anyone", action, True) is not None
        if signed is None:
            if by_anyone:
                # Nobody's page may sign somebody in: a browser tells whose page it is.
                if method not in SAFE and not is_own(headers, must_tell=False):
                    raise ProblemError("csrf", 403)
                return None
            unknown = self.people is None or self.people.text_of(headers) is None
            raise ProblemError("token_missing" if unknown else "session_ended", 401)
        if method not in SAFE:
            # What anyone may do needs no session's authority, so that who signs in again need know nothing of the last.
            known = by_anyone or hmac.compare_digest(
                (header(headers, b"x-aforo-csrf") or "").encode(), signed.csrf.encode()
            )
            if not known or not is_own(headers, must_tell=True):
                raise ProblemError("csrf", 403)
        if signed.session.account.first_password and not first and not by_anyone:
            raise ProblemError("password_first", 403)
        assert self.people is not None
        if header(headers, UNATTENDED) is None:
            await self.people.use(signed)
        return signed.token

    async def _session(self, headers: Headers) -> SignedIn | None:
        return None if self.people is None else await self.people.signed_in(headers)

    async def signed_in(self, request: Request[Any, Any, Any]) -> SignedIn | None:
        """The session that a request was admitted by; None where it was by a token, or is anyone's."""
        headers = request.scope["headers"]
        return None if header(headers, b"authorization") else await self._session(headers)

    def holding(self, request: Request[Any, Any, Any]) -> Callable[[], Awaitable[bool]]:
        """Whether who made a request may still, for streams to ask from time to time: it is no use of a session."""
        headers = list(request.scope["headers"])
        said = header(headers, b"authorization")

        async def holds() -> bool:
            if not said:
                return await self._session(headers) is not None
            try:
                await self.bearer(said)
            except ProblemError:
                return False
            return True

        return holds

    def _address(self, scope: Scope) -> str:
        client, headers = scope.get("client"), scope["headers"]
        if self.people is None:
            return client[0] if client else ""
        return self.people.address(client, headers)

    async def bearer(self, header: str) -> Token:
        """The good token of an Authorization header. Raises ProblemError."""
        scheme, _, text = header.partition(" ")
        if scheme.lower() != "bearer" or not text or len(text) > 200:
            raise ProblemError("token_missing", 401)
        token = await self._bearers.find(text)
        if token is None or not token.holds(datetime.now(UTC)):
            raise ProblemError("token_bad", 401)
        return token

    async def second(self, header: str, first: Token, ordered: Signed) -> Token:
        """The good token of a second officer's header. Raises ProblemError.

        Where anybody has an account it is one of one use, which is used up and must be for what is ordered: a person
        gave the password or the passkey of another account for it. Where nobody has, it is an access token, and both
        were issued on the node's own machine: who administers over HTTP cannot be two officers. An edge has no
        accounts; the node judges both tokens of an order that it hands in.
        """
        text = header.partition(" ")[2]
        if self.people is None:
            return await self.bearer(header)
        if not text.startswith(SECOND):
            token = await self.bearer(header)
            if await asyncio.to_thread(self.people.accounts.any):
                raise ProblemError("second_by_account", 403)
            if not are_two_persons(first, token):
                raise ProblemError("second_by_command", 403)
            return token
        taken = self.people.seconds.take(text, first, ordered)
        if taken is None:
            raise ProblemError("second_over", 403)
        token, own = taken
        # Somebody may have been shut out, or made something else, since that one signed.
        account = await asyncio.to_thread(self.people.accounts.by_id, own)
        if account is None or account.disabled_at is not None or account.role != token.role:
            raise ProblemError("second_over", 403)
        return token

    def holder(self, token_id: str) -> Holder | None:
        """The holder of an access token, by its identifier."""
        return self._tokens.holder(token_id)

    def handed(self, port: str) -> list[HandedToken]:
        """The tokens that an edge of a port may be given."""
        return self._tokens.handed(port, datetime.now(UTC))

    def issued(self) -> list[Token]:
        """Every token that was issued, the oldest first."""
        return self._tokens.all()

    def issue(
        self, name: str, role: Role, codes: tuple[str, ...], good_for: timedelta, by: str | None = None
    ) -> tuple[str, Token]:
        """A new token: its text, which cannot be had again, and what is kept of it. It ends with the account `by`."""
        at = datetime.now(UTC)
        return self._tokens.issue(name, role, codes, at, at + good_for, by)

    def good_of(self) -> Counter[str]:
        """How many good tokens accounts issued for themselves, by the account."""
        return self._tokens.good_of(datetime.now(UTC))

    def revoke(self, token_id: str) -> bool:
        """Make a token worthless; whether there was a good one. `look_anew` must follow, in the event loop."""
        return self._tokens.revoke(token_id, datetime.now(UTC))

    def revoke_of(self, account: str) -> list[str]:
        """Make worthless what an account issued for itself; those tokens' identifiers. `look_anew` must follow, too."""
        return self._tokens.revoke_of(account, datetime.now(UTC))

    def look_anew(self) -> None:
        """Believe nothing that was looked up of tokens before."""
        self._bearers.forget_all()

    def _ration(self, who: str) -> None:
        now = self._now()
        if len(self._buckets) > MOST_BUCKETS:  # those that are full again are as if they had never been
            full = self._rate.burst / self._rate.per_second
            self._buckets = {name: each for name, each in self._buckets.items() if now - each[1] < full}
        left, last = self._buckets.get(who, (self._rate.burst, now))
        left = min(self._rate.burst, left + (now - last) * self._rate.per_second)
        if left < 1:
            self._buckets[who] = left, now
            raise ProblemError("too_often", 429, retry_after=max(1, round((1 - left) / self._rate.per_second)))
        self._buckets[who] = left - 1, now


def open_description(app: Litestar) -> None:
    """Let everyone read what the application says of itself: its OpenAPI document, which the framework adds."""
    for route in app.routes:
        if route.path in ("/openapi.json", "/"):
            for handler in getattr(route, "route_handlers", ()):
                handler.opt[PUBLIC] = True


def require(token: Token, action: str, own: bool) -> str:
    """The policy that permits it. Raises ProblemError."""
    policy = permitting(token.role, action, own)
    if policy is None:
        raise ProblemError("forbidden", 403)
    return policy
