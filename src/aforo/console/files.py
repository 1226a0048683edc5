"""The built files of the console, read once: bytes, media type, compressed forms, and how long they may be kept."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

#: The page that every address of the console begins with.
INDEX = "index.html"
#: What the build puts beside a file, by the coding's name in HTTP (RFC 9110, section 8.4), the best first.
CODINGS = {"br": ".br", "gzip": ".gz"}
_MEDIA = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".png": "image/png",
    ".woff2": "font/woff2",
}
#: The build names a file by its content: what has such a name never changes.
_NAMED_BY_CONTENT = re.compile(r"-[\w-]{8}\.\w+$")


@dataclass(frozen=True)
class Built:
    """A file as it is sent: `forms` are its compressed bytes by coding, `lasting` says that its name is its content."""

    body: bytes
    media: str
    lasting: bool
    etag: str
    forms: dict[str, bytes] = field(default_factory=dict)

    @property
    def part(self) -> bool:
        """Whether it is a script or a style that a page loads, and no document or worker of its own."""
        return self.lasting and self.media in ("text/javascript", "text/css")

    def form(self, accepted: str) -> tuple[str | None, bytes]:
        """The best form of what a client accepts (`Accept-Encoding`): its coding, None for the bytes as they are."""
        codings = {part.partition(";")[0].strip() for part in accepted.lower().split(",") if ";q=0" not in part}
        found = next((coding for coding in CODINGS if coding in codings and coding in self.forms), None)
        return found, self.body if found is None else self.forms[found]


@cache
def built() -> dict[str, Built]:
    """Every file of the built console by its path; empty where the console was not built."""
    folder = resources.files("aforo.console") / "assets"
    if not folder.is_dir():
        return {}
    found = dict(_files(folder, ""))
    return {
        path: Built(
            body,
            _MEDIA.get("." + path.rpartition(".")[2], "application/octet-stream"),
            _NAMED_BY_CONTENT.search(path) is not None,
            f'"{hashlib.sha256(body).hexdigest()[:32]}"',
            {coding: found[path + end] for coding, end in CODINGS.items() if path + end in found},
        )
        for path, body in found.items()
        if not path.endswith(tuple(CODINGS.values()))
    }


def _files(folder: Traversable, before: str) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for each in folder.iterdir():
        if each.is_dir():
            found += _files(each, f"{before}{each.name}/")
        else:
            found.append((before + each.name, each.read_bytes()))
    return found
