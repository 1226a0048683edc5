"""A provider of OpenID Connect that vouches for persons: the authorisation code flow with PKCE, state and nonce.

What it says of a person is signed by a key that its discovery document leads to; one of its claims says what the person
may act as here, and who it says nothing of may act as nothing.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlencode, urlsplit

from aforo.api.origin import LOOPBACK
from aforo.api.waiting import Waiting
from aforo.domain.role import Role

#: How long somebody may take at the provider, how many may be there at once, and how long its documents are believed.
RETURNS_WITHIN, MOST_AWAY, BELIEVED = timedelta(minutes=10), 2_000, timedelta(hours=1)
#: And how many of one network.
MOST_OF_ONE = 200
#: Seconds for an answer of the provider, and that its clock may be off.
PATIENCE_S, LEEWAY_S = 10.0, 60
#: How long after a failure the provider is asked for its documents again.
AGAIN_AFTER = timedelta(seconds=5)
ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]


class ProviderMissingError(Exception):
    """The packages that speak to a provider are not installed (the extra `oidc`)."""


class NotVouchedError(Exception):
    """The provider vouches for nobody; `code` says why: `oidc_failed`, `oidc_unreachable`, or `oidc_no_role`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Granted:
    """Whose claim has this value acts as this role, with these codes: ports, or a carrier's."""

    value: str
    role: Role
    codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ProviderSettings:
    """The provider, by its issuer; the client that it knows this server as; and what its `claim` grants, the first that
    fits. Whom no grant fits has none."""

    issuer: str
    client: str
    secret: str
    claim: str = "groups"
    grants: tuple[Granted, ...] = ()
    scope: str = "openid profile"


@dataclass(frozen=True)
class Vouched:
    """A person as the provider vouches for one: its own identifier of the person, names, and what is granted."""

    subject: str
    login: str
    name: str
    granted: Granted


@dataclass(frozen=True)
class Away:
    """Somebody who is at the provider now: what must come back, and from the same browser."""

    nonce: str
    verifier: str
    browser: str
    redirect: str
    then: str


@dataclass
class Provider:
    """The client of a provider. All happens in the event loop. Raises ProviderMissingError, and ValueError where the
    issuer is not reached over TLS."""

    settings: ProviderSettings
    clock: Callable[[], datetime]
    _away: Waiting[str, Away] = field(init=False)
    _document: tuple[datetime, Mapping[str, Any]] | None = None
    _keys: tuple[datetime, Any] | None = None
    #: When its documents could not be had last, and why.
    _failed: tuple[datetime, str] | None = None
    _discovering: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        if any(find_spec(name) is None for name in ("authlib", "httpx", "joserfc")):
            raise ProviderMissingError
        _check(self.settings.issuer)
        self._away = Waiting(self.clock, RETURNS_WITHIN, most=MOST_AWAY, most_of_one=MOST_OF_ONE)

    async def begin(self, redirect: str, then: str, network: str) -> tuple[str, str]:
        """Send somebody to the provider: the address to go to, and what a cookie of that browser must hold until it is
        back at `redirect`. `then` is where it goes after that, `network` where it asks from. Raises NotVouchedError."""
        document = await self._discovered()
        state, nonce, verifier, browser = (secrets.token_urlsafe(32) for _ in range(4))
        self._away.put(state, Away(nonce, verifier, browser, redirect, then), network)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": self.settings.client,
            "redirect_uri": redirect,
            "scope": self.settings.scope,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        address = str(document["authorization_endpoint"])
        return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(asked)}", browser

    async def finish(self, state: str, code: str, browser: str, issuer: str | None) -> tuple[Vouched, str]:
        """Whom the provider vouches for, and where that one goes now. A state is good once. Raises NotVouchedError."""
        away = self._away.take(state)
        if (
            away is None
            or not secrets.compare_digest(away.browser.encode(), browser.encode())
            or issuer not in (None, self.settings.issuer)  # RFC 9207: another provider's answer
        ):
            raise NotVouchedError("oidc_failed")
        document = await self._discovered()
        said = await self._asked(
            "POST",
            str(document["token_endpoint"]),
            data={
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": away.redirect,
                "code_verifier": away.verifier,
            },
            auth=(self.settings.client, self.settings.secret),
        )
        claims = await self._claims(document, str(said.get("id_token", "")), str(said.get("access_token", "")), away)
        return self._vouched(claims), away.then

    async def _claims(
        self, document: Mapping[str, Any], id_token: str, access_token: str, away: Away
    ) -> Mapping[str, Any]:
        """What a token says, once its signature, issuer, audience, time and nonce are good. Raises NotVouchedError."""
        from authlib.common.errors import AuthlibBaseError
        from authlib.oidc.core import CodeIDToken
        from joserfc import jwt
        from joserfc.errors import JoseError

        for anew in (False, True):  # a key that is not known may be a new one
            keys = await self._key_set(document, anew)
            try:
                token = jwt.decode(id_token, keys, algorithms=ALGORITHMS)
                break
            except (JoseError, ValueError):
                if anew:
                    raise NotVouchedError("oidc_failed") from None
        claims = CodeIDToken(
            token.claims,
            token.header,
            {
                "iss": {"essential": True, "value": self.settings.issuer},
                "aud": {"essential": True, "value": self.settings.client},
                "sub": {"essential": True},
            },
            {"nonce": away.nonce, "client_id": self.settings.client, "access_token": access_token},
        )
        try:
            claims.validate(now=int(self.clock().timestamp()), leeway=LEEWAY_S)
        except (AuthlibBaseError, JoseError, ValueError, TypeError):
            raise NotVouchedError("oidc_failed") from None
        return dict(claims)

    def _vouched(self, claims: Mapping[str, Any]) -> Vouched:
        said = claims.get(self.settings.claim)
        values = {str(each) for each in said} if isinstance(said, list) else {str(said)} if said else set()
        granted = next((each for each in self.settings.grants if each.value in values), None)
        if granted is None:
            raise NotVouchedError("oidc_no_role")
        subject = str(claims["sub"])[:255]
        login = _shown(claims.get("preferred_username")) or _shown(claims.get("email")) or _shown(subject)
        return Vouched(subject, login, _shown(claims.get("name")) or login, granted)

    async def _discovered(self) -> Mapping[str, Any]:
        """The provider's discovery document. Raises NotVouchedError. However many ask, one request is under way, and
        one that failed is not repeated at once: anyone may begin to sign in."""
        async with self._discovering:
            at = self.clock()
            if self._failed is not None and at - self._failed[0] < AGAIN_AFTER:
                raise NotVouchedError(self._failed[1])
            try:
                return await self._discover(at)
            except NotVouchedError as error:
                self._failed = at, error.code
                raise

    async def _discover(self, at: datetime) -> Mapping[str, Any]:
        if self._document is None or at - self._document[0] >= BELIEVED:
            address = f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration"
            document = await self._asked("GET", address)
            named = ("authorization_endpoint", "token_endpoint", "jwks_uri")
            if document.get("issuer") != self.settings.issuer or not all(
                isinstance(document.get(each), str) for each in named
            ):
                raise NotVouchedError("oidc_failed")
            try:
                for each in named:
                    _check(str(document[each]))
            except ValueError:
                raise NotVouchedError("oidc_failed") from None
            self._document = at, document
        return self._document[1]

    async def _key_set(self, document: Mapping[str, Any], anew: bool) -> Any:
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        at = self.clock()
        if anew or self._keys is None or at - self._keys[0] >= BELIEVED:
            said = await self._asked("GET", str(document["jwks_uri"]))
            try:
                self._keys = at, KeySet.import_key_set(said)  # type: ignore[arg-type]  # what it is, is checked there
            except (JoseError, ValueError, KeyError, TypeError):
                raise NotVouchedError("oidc_failed") from None
        return self._keys[1]

    async def _asked(self, method: str, address: str, **sent: Any) -> dict[str, Any]:
        import httpx

        try:
            async with httpx.AsyncClient(timeout=PATIENCE_S, follow_redirects=False) as client:
                answer = await client.request(method, address, headers={"Accept": "application/json"}, **sent)
        except httpx.HTTPError:
            raise NotVouchedError("oidc_unreachable") from None
        try:
            said = answer.json()
        except ValueError:
            said = None
        if answer.status_code != 200 or not isinstance(said, dict):
            raise NotVouchedError("oidc_failed")
        return said


def _shown(said: object) -> str:
    """A name that a provider tells, without what is not seen in it; empty where it tells none."""
    return "".join(each for each in str(said or "") if each.isprintable()).strip()[:200].strip()


def _check(address: str) -> None:
    """Raise ValueError where an address is not reached over TLS, and is not this machine's."""
    parts = urlsplit(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise ValueError(address)
