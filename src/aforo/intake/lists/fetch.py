"""Downloads what an agency publishes from its owner: https alone, in bounded size and time, and not again what the
owner says has not changed."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException, HTTPMessage
from typing import IO

import msgspec

from aforo.domain.text import Text, catalogue
from aforo.intake.lists.reading import MOST_BYTES, PACKAGE

#: How long the owner may be silent, and how long the whole may take: one that drips would take for ever.
SECONDS = 60
MOST_SECONDS = 600
_CHUNK = 1 << 20


class Version(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an owner calls the version of a file that it gave, by which it can say that it is still the same: its
    `ETag`, and its `Last-Modified`, as they were given."""

    address: str
    etag: str | None = None
    modified: str | None = None

    def headers(self) -> dict[str, str]:
        """What asks for another version alone."""
        said = {"If-None-Match": self.etag, "If-Modified-Since": self.modified}
        return {name: value for name, value in said.items() if value is not None}


@dataclass(frozen=True)
class Fetched:
    """What an address gave, and what its owner calls this version of it, where it says so."""

    data: bytes
    version: Version | None


class FetchError(Exception):
    """It could not be downloaded; `text` says why."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


class UnchangedError(Exception):
    """Its owner has no other version than the one that is known."""


class _HttpsOnly(urllib.request.HTTPRedirectHandler):
    """Follows no redirection that leaves https."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        _must_be_https(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def fetch(address: str) -> bytes:
    """What the address gives. Raises FetchError."""
    return fetch_anew(address).data


def fetch_anew(
    address: str, known: Version | None = None, progress: Callable[[int], object] = lambda _: None
) -> Fetched:
    """What the address gives, unless its owner says that it is still the version that is known. `progress` is called
    with the bytes of each part that came. Raises FetchError, UnchangedError."""
    _must_be_https(address)
    opener = urllib.request.build_opener(_HttpsOnly)
    asked = known.headers() if known is not None and known.address == address else {}
    request = urllib.request.Request(address, headers={"User-Agent": "aforo", **asked})  # noqa: S310 - https, as seen to
    try:
        with opener.open(request, timeout=SECONDS) as answer:
            data = _taken(answer, address, progress)
            rest = answer.length
    except urllib.error.HTTPError as wrong:
        if asked and wrong.code == HTTPStatus.NOT_MODIFIED:
            raise UnchangedError from None
        raise _refusal("fetch_failed", address, wrong) from None
    except (OSError, HTTPException, ValueError) as wrong:
        raise _refusal("fetch_failed", address, wrong) from None
    if len(data) > MOST_BYTES:
        raise _refusal("fetch_too_large", address)
    if rest:
        # Half a list would hide names.
        raise _refusal("fetch_failed", address, f"{len(data)} bytes came, {rest} did not")
    etag, modified = (_plain(answer.headers.get(name)) for name in ("ETag", "Last-Modified"))
    return Fetched(data, Version(address, etag, modified) if etag or modified else None)


def _plain(value: str | None) -> str | None:
    """The value of a header that can be sent back as it came; None for any other."""
    return value if value and value.isascii() and value.isprintable() else None


def _taken(answer: IO[bytes], address: str, progress: Callable[[int], object]) -> bytes:
    """All that is answered, and no more than a byte over what is allowed."""
    until = time.monotonic() + MOST_SECONDS
    taken = bytearray()
    while len(taken) <= MOST_BYTES and (chunk := answer.read(min(_CHUNK, MOST_BYTES + 1 - len(taken)))):
        taken += chunk
        progress(len(chunk))
        if time.monotonic() > until:
            raise _refusal("fetch_failed", address, f"{MOST_SECONDS} s")
    return bytes(taken)


def _must_be_https(address: str) -> None:
    if not address.lower().startswith("https://"):
        raise _refusal("fetch_not_https", address)


def _refusal(code: str, address: str, why: object = "") -> FetchError:
    return FetchError(catalogue(PACKAGE).say(code, address=address, why=why))
