"""Downloads what an agency publishes from its owner: https alone, in bounded size and time."""

from __future__ import annotations

import time
import urllib.request
from http.client import HTTPException, HTTPMessage
from typing import IO

from aforo.domain.text import Text, catalogue
from aforo.intake.lists.reading import MOST_BYTES, PACKAGE

#: How long the owner may be silent, and how long the whole may take: one that drips would take for ever.
SECONDS = 60
MOST_SECONDS = 600
_CHUNK = 1 << 20


class FetchError(Exception):
    """It could not be downloaded; `text` says why."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


class _HttpsOnly(urllib.request.HTTPRedirectHandler):
    """Follows no redirection that leaves https."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        _must_be_https(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def fetch(address: str) -> bytes:
    """What the address gives. Raises FetchError."""
    _must_be_https(address)
    opener = urllib.request.build_opener(_HttpsOnly)
    request = urllib.request.Request(address, headers={"User-Agent": "aforo"})  # noqa: S310 - https, as was seen to
    try:
        with opener.open(request, timeout=SECONDS) as answer:
            data = _taken(answer, address)
            rest = answer.length
    except (OSError, HTTPException, ValueError) as wrong:
        raise _refusal("fetch_failed", address, wrong) from None
    if len(data) > MOST_BYTES:
        raise _refusal("fetch_too_large", address)
    if rest:
        # Half a list would hide names.
        raise _refusal("fetch_failed", address, f"{len(data)} bytes came, {rest} did not")
    return data


def _taken(answer: IO[bytes], address: str) -> bytes:
    """All that is answered, and no more than a byte over what is allowed."""
    until = time.monotonic() + MOST_SECONDS
    taken = bytearray()
    while len(taken) <= MOST_BYTES and (chunk := answer.read(min(_CHUNK, MOST_BYTES + 1 - len(taken)))):
        taken += chunk
        if time.monotonic() > until:
            raise _refusal("fetch_failed", address, f"{MOST_SECONDS} s")
    return bytes(taken)


def _must_be_https(address: str) -> None:
    if not address.lower().startswith("https://"):
        raise _refusal("fetch_not_https", address)


def _refusal(code: str, address: str, why: object = "") -> FetchError:
    return FetchError(catalogue(PACKAGE).say(code, address=address, why=why))
