"""The people of a node: who may sign in, who has, and how guesses are slowed down."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from types import TracebackType

from aforo.api.bearers import Bearers
from aforo.api.hashing import Hashing
from aforo.api.origin import Headers, address_of, cookie, is_loopback, set_cookie
from aforo.api.problems import ProblemError
from aforo.api.provider import Provider, ProviderSettings
from aforo.api.seconds import Seconds
from aforo.api.slowing import FORGOTTEN_S, KNOWN_S, Slowing
from aforo.log import passwords
from aforo.log.accounts import Account, Accounts
from aforo.log.attempts import Attempts
from aforo.log.passkeys import Passkeys
from aforo.log.sessions import Session, Sessions
from aforo.log.tokens import Token

COOKIE = "aforo_session"
#: How often at most it is written down that a session is used.
USED_EVERY = timedelta(seconds=30)


def now() -> datetime:
    """The machine's time, which sessions are counted by."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class SignedIn:
    """A session by its text, which its cookie holds."""

    text: str
    session: Session

    @property
    def token(self) -> Token:
        """What routes are given of who asks, as of a token's owner."""
        account, session = self.session.account, self.session
        return Token(
            f"session:{account.id}.{session.id}", account.name, account.role, account.carriers, session.began_at,
            session.expires_at, ports=account.ports, account=account.id,
        )  # fmt: skip

    @property
    def csrf(self) -> str:
        """What an unsafe request of this session has in X-Aforo-CSRF: nobody has it who has not the cookie."""
        digest = hmac.new(self.text.encode(), b"aforo csrf", hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


class People:
    """The accounts and sessions of one key store, as one event loop works with them. A context manager.

    `proxied` says that a proxy with TLS stands before the server: it tells whom a request is from, and cookies are for
    TLS alone.
    """

    def __init__(
        self,
        keys: str,
        *,
        proxied: bool = False,
        provider: ProviderSettings | None = None,
        clock: Callable[[], datetime] = now,
    ) -> None:
        """`provider` is one of OpenID Connect, for who is to sign in by it. Raises what a key store raises, and what
        `Provider` raises."""
        with ExitStack() as opening:
            self.accounts = opening.enter_context(closing(Accounts(keys)))
            self.sessions = opening.enter_context(closing(Sessions(keys)))
            self.passkeys = opening.enter_context(closing(Passkeys(keys)))
            self._attempts = opening.enter_context(closing(Attempts(keys)))
            self.provider = None if provider is None else Provider(provider, clock)
            self._open = opening.pop_all()
        self.proxied = proxied
        self.clock = clock
        self.slowing = Slowing(kept=self._attempts.all())
        self.hashing = Hashing()
        self.seconds = Seconds(clock)
        self._known: Bearers[Session] = Bearers(self.sessions)
        #: When it was last written down that a session is used, by its identifier.
        self._used: dict[str, datetime] = {}

    def __enter__(self) -> People:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    @property
    def ways(self) -> tuple[str, ...]:
        """The ways of signing in that there are."""
        return ("password", "passkey") if self.provider is None else ("password", "passkey", "oidc")

    def address(self, client: tuple[str, int] | None, headers: Headers) -> str:
        """Where a request comes from."""
        return address_of(client, headers, self.proxied)

    def text_of(self, headers: Headers) -> str | None:
        """The text of a session in a request's cookie, good or not; None where it has none."""
        return cookie(headers, COOKIE, secure=self._secure(headers))

    async def signed_in(self, headers: Headers) -> SignedIn | None:
        """The good session of a request's cookie; None where it has none, or one that is over."""
        text = self.text_of(headers)
        if not text or len(text) > 100:
            return None
        session = await self._known.find(text)
        if session is None or not session.holds(self.clock()):
            return None
        return SignedIn(text, session)

    async def use(self, signed: SignedIn) -> None:
        """A session was used: it does not end for half an hour, less the half minute between two notes of it."""
        at, session = self.clock(), signed.session
        if at - max(session.seen_at, self._used.get(session.id, session.seen_at)) < USED_EVERY:
            return
        if len(self._used) > 10_000:
            self._used.clear()
        self._used[session.id] = at
        await asyncio.to_thread(self.sessions.use, session.id, at)
        self._known.forget(signed.text)

    async def vouched(self, name: str, password: str, address: str) -> Account:
        """The account of a name and its password. Raises ProblemError: the same one, after the same time, for a wrong
        password, for one that is disabled, and for a name that there is none of."""
        if (wait := self.slowing.attempt(name, address)) > 0:
            raise ProblemError("sign_in_slowed", 429, retry_after=max(1, round(wait)))
        await self._keep_attempts()  # before it is told whether it was right: no start of the server forgives it
        account = await asyncio.to_thread(self.accounts.by_login, name)
        kept = None if account is None else await asyncio.to_thread(self.accounts.password_of, account.id)
        fits = await self.hashing.matches(password, kept)
        # Whom a provider vouches for has no password here, whatever older key stores have.
        if account is None or not fits or account.disabled_at is not None or account.subject is not None:
            raise ProblemError("sign_in_bad", 403)
        self.slowing.succeeded(name, address)
        await self._keep_attempts()
        if kept is not None and passwords.outdated(kept):
            await asyncio.to_thread(self.accounts.keep_password, account.id, await self.hashing.hashed(password))
        return account

    async def _keep_attempts(self) -> None:
        changes, at = self.slowing.changes(), time.time()
        keep = partial(self._attempts.keep, failed_since=at - FORGOTTEN_S, known_since=at - KNOWN_S)
        await asyncio.to_thread(keep, changes)

    async def change_password(self, account: Account, password: str, but: str = "", *, first: bool = False) -> None:
        """Keep another password of an account; its sessions end, apart from one perhaps. It is `first` where somebody
        else set it. Raises ProblemError."""
        kept = await self.hashing.hashed(password)
        await asyncio.to_thread(partial(self.accounts.keep_password, account.id, kept, first=first))
        await self.end_all(account.id, but)

    async def begin(self, account: Account) -> SignedIn:
        """A new session of an account. Raises ProblemError where it is disabled."""
        text = await asyncio.to_thread(self.sessions.begin, account.id, self.clock())
        session = await self._known.find(text)
        if session is None or not session.holds(self.clock()):
            raise ProblemError("sign_in_bad", 403)
        return SignedIn(text, session)

    async def end(self, signed: SignedIn) -> None:
        """End a session now."""
        await asyncio.to_thread(self.sessions.end, signed.session.id, self.clock())
        self._known.forget(signed.text)

    async def end_all(self, account: str, but: str = "") -> int:
        """End all sessions of an account, apart from one perhaps; how many."""
        ended = await asyncio.to_thread(self.sessions.end_all, account, self.clock(), but)
        self._known.forget_all()
        return ended

    async def expel(self, account: str) -> None:
        """End what lets somebody in without the password: the passkeys of an account, then its sessions."""
        await asyncio.to_thread(self.passkeys.remove_all, account)
        await self.end_all(account)

    def look_anew(self) -> None:
        """Believe nothing that was looked up before: an account was changed."""
        self._known.forget_all()

    def kept(self, text: str, headers: Headers) -> str:
        """The cookie of a session's text, as a header says it; it goes when the browser is closed."""
        return set_cookie(COOKIE, text, secure=self._secure(headers))

    def dropped(self, headers: Headers) -> str:
        """The cookie that takes the place of a session's, and is none."""
        return set_cookie(COOKIE, "", secure=self._secure(headers), seconds=0)

    def _secure(self, headers: Headers) -> bool:
        """Whether cookies are for TLS alone."""
        return self.proxied or not is_loopback(headers)
