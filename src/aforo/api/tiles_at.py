"""Tiles of a log where somebody else has them (C2SP tlog-tiles): in a folder, or behind an address.

Nothing that is read here is believed: whoever asks compares it with what is signed.
"""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from aforo.log.checkpoint import parse
from aforo.log.merkle import HASH_BYTES
from aforo.log.note import NoteError, taken_apart
from aforo.log.tiles import WIDTH, NoTileError, Tile, width_at

#: Seconds for an answer, and bytes of a file or an answer that are read.
PATIENCE_S, MOST_BYTES = 30.0, 128 * 1024


class TilesUnreadableError(Exception):
    """What has the tiles does not answer, or refuses."""


class TilesAt:
    """The tiles at a place, and the checkpoint over them. Each is read once."""

    def __init__(self, place: str, token: str = "") -> None:
        """`place` is a folder, or the address before `/checkpoint` and `/tile`; `token` is shown to the address.

        Raises ValueError for an address that is neither https nor this machine's own, or that has no sound port.
        """
        self._get = _over_http(place, token) if "://" in place else _in_folder(Path(place))
        self._known: dict[str, bytes | None] = {}
        self._size: int | None = None

    def checkpoint(self) -> str | None:
        """The signed checkpoint, as it lies there; None where there is none. Raises TilesUnreadableError."""
        said = self._got("checkpoint")
        return None if said is None else said.decode("utf-8", "replace")

    def read(self, tile: Tile) -> bytes:
        """The hashes of a tile (`tiles.Read`): out of a wider one where that is what is there. Raises NoTileError,
        TilesUnreadableError."""
        if self._size is None:
            self._size = _size(self.checkpoint())
        widths = (tile.width, width_at(self._size, tile.level, tile.index), WIDTH)
        for width in dict.fromkeys(each for each in widths if each >= tile.width):
            said = self._got(Tile(tile.level, tile.index, width).path)
            if said is not None:
                return said[: tile.width * HASH_BYTES]
        raise NoTileError(tile.path)

    def _got(self, path: str) -> bytes | None:
        if path not in self._known:
            self._known[path] = self._get(path)
        return self._known[path]


def _size(note: str | None) -> int:
    """The leaves that a checkpoint speaks of; 0 where it is none."""
    try:
        return 0 if note is None else parse(taken_apart(note)[0]).size
    except NoteError:
        return 0


def _in_folder(folder: Path) -> Callable[[str], bytes | None]:
    def get(path: str) -> bytes | None:
        try:
            with (folder / path).open("rb") as file:
                return file.read(MOST_BYTES)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise TilesUnreadableError(error.strerror or str(error)) from error

    return get


def _over_http(url: str, token: str) -> Callable[[str], bytes | None]:
    parts = urlsplit(url)
    host, here = parts.hostname or "", parts.hostname in ("127.0.0.1", "::1", "localhost")
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and here)):
        raise ValueError("the address of a log is an https URL")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise ValueError("the address of a log is a plain URL")
    try:
        port = parts.port
    except ValueError as error:
        raise ValueError("the address of a log has a port from 0 to 65535") from error
    headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(path: str) -> bytes | None:
        connection: http.client.HTTPConnection
        if parts.scheme == "https":
            tls = ssl.create_default_context()
            connection = http.client.HTTPSConnection(host, port, timeout=PATIENCE_S, context=tls)
        else:
            connection = http.client.HTTPConnection(host, port, timeout=PATIENCE_S)
        with closing(connection):
            try:
                connection.request("GET", f"{parts.path.rstrip('/')}/{path}", headers=headers)
                answer = connection.getresponse()
                status, said = answer.status, answer.read(MOST_BYTES)
            except (OSError, http.client.HTTPException) as error:
                raise TilesUnreadableError(type(error).__name__) from error
        if status not in (200, 404):
            raise TilesUnreadableError(str(status))
        return said if status == 200 else None

    return get
