"""What a passkey proves: that the person who registered it answers a challenge of this server, once and in time.

A passkey is good at the name that the server was asked by. A challenge is of one use, for five minutes, and for the
purpose that it was made for: each purpose has challenges of its own.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from litestar import Request
from webauthn import generate_authentication_options, options_to_json, verify_authentication_response
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.structs import UserVerificationRequirement

from aforo.api.origin import LOOPBACK, header, host_of
from aforo.api.people import People
from aforo.api.problems import ProblemError
from aforo.api.waiting import Waiting
from aforo.log.accounts import Account

#: How long a challenge may be answered, and how many wait for that: at all, and of one network or account.
ANSWERED_WITHIN, MOST_CHALLENGES, MOST_OF_ONE = timedelta(minutes=5), 2_000, 200

Text = Annotated[str, msgspec.Meta(max_length=8_192)]


class AuthenticatorSays(msgspec.Struct, frozen=True):
    """What an authenticator answers, base64url: `attestationObject` to a registration, the rest to signing in."""

    client_data: Text = msgspec.field(name="clientDataJSON")
    attestation: Text | None = msgspec.field(default=None, name="attestationObject")
    authenticator_data: Text | None = msgspec.field(default=None, name="authenticatorData")
    signature: Text | None = None
    user_handle: Text | None = msgspec.field(default=None, name="userHandle")


class Credential(msgspec.Struct, frozen=True):
    """A public key credential as `PublicKeyCredential.toJSON` gives it."""

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=1_400)]
    raw_id: Annotated[str, msgspec.Meta(min_length=1, max_length=1_400)] = msgspec.field(name="rawId")
    type: Annotated[str, msgspec.Meta(max_length=40)]
    response: AuthenticatorSays


class Options(msgspec.Struct, frozen=True):
    """What `navigator.credentials` is given, in the form of WebAuthn's JSON."""

    options: dict[str, Any]


OPTIONS: dict[str, Any] = {"options": {"challenge": "0J3p…", "rpId": "aforo.example", "timeout": 60000}}
CREDENTIAL: dict[str, Any] = {
    "id": "q1d0Hb",
    "rawId": "q1d0Hb",
    "type": "public-key",
    "response": {"clientDataJSON": "eyJ0", "attestationObject": "o2Nm"},
}


class Challenges:
    """The challenges of one purpose that were not answered yet."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        #: What each was made for.
        self._open: Waiting[bytes, str] = Waiting(clock, ANSWERED_WITHIN, most=MOST_CHALLENGES, most_of_one=MOST_OF_ONE)

    def make(self, about: str, holder: str) -> bytes:
        """A challenge about something, such as an account that registers a passkey; `holder` is whoever has it wait."""
        made = secrets.token_bytes(32)
        self._open.put(made, about, holder)
        return made

    def take(self, credential: Credential, about: str) -> bytes:
        """The challenge that a credential answers, which is used up by this. Raises ProblemError."""
        try:
            said = msgspec.json.decode(base64url_to_bytes(credential.response.client_data))
            challenge = base64url_to_bytes(said["challenge"])
        except (ValueError, LookupError, TypeError, AttributeError):
            raise ProblemError("passkey_bad", 403) from None
        if self._open.take(challenge) != about:
            raise ProblemError("passkey_bad", 403)
        return challenge


def asked(request: Request[Any, Any, Any], challenge: bytes) -> Options:
    """The options for a browser to have a challenge answered by any passkey of this server; they name no account."""
    options = generate_authentication_options(
        rp_id=rp_of(request), challenge=challenge, user_verification=UserVerificationRequirement.REQUIRED
    )
    return Options(msgspec.json.decode(options_to_json(options)))


@contextmanager
def judged() -> Iterator[None]:
    """What the library is asked of what was sent, alone. Raises ProblemError: the same one whatever is wrong with it.

    It documents errors of its own and raises others too: of a key without an algorithm, of a certificate that is none.
    """
    try:
        yield
    except Exception:  # noqa: BLE001 (no list of what it raises would be whole, and each says that it is not good)
        raise ProblemError("passkey_bad", 403) from None


async def proved(people: People, request: Request[Any, Any, Any], said: Credential, challenge: bytes) -> Account:
    """Whose passkey answers a challenge. Raises ProblemError: the same one whatever is wrong with it."""
    with judged():
        host, named, handle = rp_of(request), base64url_to_bytes(said.id), said.response.user_handle
        # Whom it names, where it names one: the account that it was registered for.
        holder = base64url_to_bytes(handle) if handle else None
    passkey = await asyncio.to_thread(people.passkeys.find, named)
    if passkey is None or passkey.rp != host or holder not in (None, passkey.account.encode()):
        raise ProblemError("passkey_bad", 403)
    with judged():
        verified = verify_authentication_response(
            credential=plain(said),
            expected_challenge=challenge,
            expected_rp_id=passkey.rp,
            expected_origin=origin_of(request),
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    account = await asyncio.to_thread(people.accounts.by_id, passkey.account)
    if account is None or account.disabled_at is not None or account.subject is not None:
        raise ProblemError("passkey_bad", 403)
    await asyncio.to_thread(people.passkeys.use, passkey.credential, verified.new_sign_count, people.clock())
    return account


def rp_of(request: Request[Any, Any, Any]) -> str:
    """The name that the server was asked by: what a passkey is bound to. Raises ProblemError: an address is no name."""
    host = host_of(request.scope["headers"])
    if not host or ":" in host or host.replace(".", "").isdigit():
        raise ProblemError("passkey_host", 422)
    return host


def origin_of(request: Request[Any, Any, Any]) -> str:
    """The origin of this server's pages: with TLS, unless it is this machine itself."""
    headers = request.scope["headers"]
    scheme = "http" if host_of(headers) in LOOPBACK else "https"
    return f"{scheme}://{header(headers, b'host')}"


def plain(credential: Credential) -> dict[str, Any]:
    """A credential as the library takes it."""
    made: dict[str, Any] = msgspec.to_builtins(credential)
    made["response"] = {name: value for name, value in made["response"].items() if value is not None}
    return made
