"""Content-addressed documents beside the events that name them: models, rules, policies, price tables."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from sqlalchemy import delete, insert, select

from aforo.log import schema, scrubbed
from aforo.log.database import Database


class ArtefactMissingError(LookupError):
    """No artefact of this hash is in the store."""


class ArtefactChangedError(Exception):
    """The bytes in the store are not those that the hash names."""


class Artefacts:
    """Documents by the SHA-256 of their bytes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, kind: str, body: bytes) -> str:
        """Keep `body` and give its hash, in hexadecimal; the same bytes are kept once."""
        hash_ = sha256(body).hexdigest()
        table = schema.artefact
        with self._database.write() as connection:
            known = connection.execute(select(table.c.hash).where(table.c.hash == hash_)).first()
            if known is None:
                connection.execute(insert(table).values(hash=hash_, kind=kind, body=body))
        return hash_

    def forget(self, hashes: Sequence[str]) -> None:
        """Take bodies away for good; the bytes are in none of the store's pages once they were written anew (module
        `scrubbed`)."""
        table = schema.artefact
        with self._database.write() as connection:
            self._database.forget_freed(connection)
            for each in hashes:
                if connection.execute(delete(table).where(table.c.hash == each)).rowcount:
                    scrubbed.written_over(connection)

    def get(self, hash_: str) -> bytes:
        """The bytes of this hash. Raises ArtefactMissingError, ArtefactChangedError."""
        table = schema.artefact
        with self._database.read() as connection:
            body = connection.execute(select(table.c.body).where(table.c.hash == hash_)).scalar()
        if body is None:
            raise ArtefactMissingError(hash_)
        if not isinstance(body, bytes) or sha256(body).hexdigest() != hash_:
            raise ArtefactChangedError(hash_)
        return body
