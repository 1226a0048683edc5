"""Names in paths: what has a slash in its name is written with %2F."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote

from litestar.types import ASGIApp, Receive, Scope, Send

from aforo.api.problems import ProblemError

_SLASH = re.compile(rb"%2f", re.IGNORECASE)
_KEPT = re.compile("%2f", re.IGNORECASE)
#: No name that was filed is longer.
_LONGEST = 200


def with_slashes(app: ASGIApp) -> ASGIApp:
    """An application whose paths may name what has a slash in its name, written %2F: servers decode it before the path
    is taken apart, so it is kept as it is written, and `name_of` decodes it."""

    async def called(scope: Scope, receive: Receive, send: Send) -> None:
        raw = scope.get("raw_path") or b""
        if _SLASH.search(raw):
            scope["path"] = unquote(_SLASH.sub(b"%252F", raw).decode("latin-1"))
        await app(scope, receive, send)

    return called


def name_of(part: str) -> str | None:
    """The name that a part of a path gives; None for what no declaration and no crossing is called."""
    name = _KEPT.sub("/", part)
    damaged = any(unicodedata.category(each) in ("Cc", "Cs") for each in name)
    return None if damaged or len(name) > _LONGEST else name


def named(part: str) -> str:
    """The name that a part of a path gives. Raises ProblemError where nothing can be called so."""
    name = name_of(part)
    if not name:
        raise ProblemError("not_found", 404)
    return name
