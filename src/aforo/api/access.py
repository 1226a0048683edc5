"""Who may do what: bearer tokens, the policies, and how often a token may ask."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from importlib import resources
from typing import Any

import cedarpy
from litestar import Litestar
from litestar.types import ASGIApp, Receive, Scope, Send

from aforo.api.bearers import Bearers
from aforo.api.problems import ProblemError, methods_of
from aforo.api.watch import Exchange, current
from aforo.domain.role import Role
from aforo.log.tokens import HandedToken, Token, Tokens

#: The route's option that names its action.
ACTION = "action"
PUBLIC = "public"


@lru_cache(maxsize=1)
def _policies() -> tuple[cedarpy.PolicySet, cedarpy.Schema, cedarpy.Entities]:
    folder = resources.files("aforo.api")
    text = (folder / "policies.cedar").read_text(encoding="utf-8")
    schema = cedarpy.Schema.from_str((folder / "policies.cedarschema").read_text(encoding="utf-8"))
    return cedarpy.PolicySet.from_str(text), schema, cedarpy.Entities.from_json_str("[]")


@lru_cache(maxsize=1024)
def permitting(role: Role, action: str, own: bool) -> str | None:
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


@dataclass(frozen=True)
class Rate:
    """How often a token may ask: so many requests a second over time, and so many at once."""

    per_second: float = 100.0
    burst: float = 200.0


class Access:
    """The guard of all routes: a route that names no action, and is not public, is closed to everyone."""

    def __init__(self, tokens: Tokens, rate: Rate | None = None, *, now: Callable[[], float] = time.monotonic) -> None:
        self._tokens = tokens
        self._rate = rate or Rate()
        self._now = now
        self._bearers = Bearers(tokens, now)
        self._buckets: dict[str, tuple[float, float]] = {}

    def guarded(self, app: ASGIApp) -> ASGIApp:
        """A route's application behind the guard. It is middleware: for a guard the framework copies the whole handler
        at each request."""

        async def called(scope: Scope, receive: Receive, send: Send) -> None:
            await self._admit(scope)
            await app(scope, receive, send)

        return called

    async def _admit(self, scope: Scope) -> None:
        """Let a request pass, with its token in the scope. Raises ProblemError."""
        if scope.get("method") == "OPTIONS":  # the framework's own handler, which has nothing to tell
            raise ProblemError("method", 405, allowed=methods_of(scope["path"], scope["litestar_app"].routes))
        handler = scope["route_handler"]
        if handler.opt.get(PUBLIC):
            return
        headers = (value for name, value in scope["headers"] if name == b"authorization")
        token = await self.bearer(next(headers, b"").decode("latin-1"))
        exchange = current.get() or Exchange("other")
        exchange.token, exchange.role = token.id, token.role
        self._ration(token)
        action = handler.opt.get(ACTION)
        if action is None:  # closed to everyone, as if it were not there: the framework has such routes of its own
            raise ProblemError("not_found", 404)
        exchange.policy = permitting(token.role, action, True) or ""
        if not exchange.policy:
            raise ProblemError("forbidden", 403)
        scope["auth"] = token

    async def bearer(self, header: str) -> Token:
        """The good token of an Authorization header. Raises ProblemError."""
        scheme, _, text = header.partition(" ")
        if scheme.lower() != "bearer" or not text or len(text) > 200:
            raise ProblemError("token_missing", 401)
        token = await self._bearers.find(text)
        if token is None or not token.holds(datetime.now(UTC)):
            raise ProblemError("token_bad", 401)
        return token

    def handed(self, port: str) -> list[HandedToken]:
        """The tokens that an edge of a port may be given."""
        return self._tokens.handed(port, datetime.now(UTC))

    def issued(self) -> list[Token]:
        """Every token that was issued, the oldest first."""
        return self._tokens.all()

    def _ration(self, token: Token) -> None:
        now = self._now()
        left, last = self._buckets.get(token.id, (self._rate.burst, now))
        left = min(self._rate.burst, left + (now - last) * self._rate.per_second)
        if left < 1:
            self._buckets[token.id] = left, now
            raise ProblemError("too_often", 429, retry_after=max(1, round((1 - left) / self._rate.per_second)))
        self._buckets[token.id] = left - 1, now


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
