"""The node's side of its witnesses: it submits its newest checkpoint to each, and keeps what they cosign."""

from __future__ import annotations

import http.client
import logging
import ssl
from base64 import b64decode
from collections.abc import Sequence
from contextlib import closing
from urllib.parse import urlsplit

import msgspec

from aforo.flow.looking import Looking
from aforo.log import cosignatures, tile_store
from aforo.log.checkpoint import SIZE, Checkpoint, parse
from aforo.log.cosignature import WitnessKey
from aforo.log.note import NoteError, taken_apart
from aforo.log.proof import SignedTree, last_checkpoint
from aforo.log.store import Log
from aforo.log.tiles import NoTileError
from aforo.log.witness import COSIGNED_HEADER, SIZE_TYPE, Submission

logger = logging.getLogger("aforo.witness")

#: Seconds for a witness to answer, and bytes of an answer that are read.
PATIENCE_S, MOST_BYTES = 10.0, 64 * 1024
#: Seconds between two submissions.
EVERY_S = 5.0
#: What is said of a refusal that convicts nobody.
_UNCONVICTED = "it shows no checkpoint of its own that contradicts this log"


class WitnessSilentError(Exception):
    """The witness does not answer, or not as a witness does."""


class WitnessRefusesError(Exception):
    """The witness does not cosign: the status that it answered with, and with 409 the leaves that it knows of.

    `cosigned` is the last checkpoint of the log that it cosigned, by its signature; None where it shows none: whatever
    stands between may have answered.
    """

    def __init__(self, status: int, size: int | None, cosigned: Checkpoint | None = None) -> None:
        super().__init__(str(status) if size is None else f"{status}, it knows {size} leaves")
        self.status = status
        self.size = size
        self.cosigned = cosigned


class WitnessAt(msgspec.Struct, frozen=True):
    """A witness's key, and the address that checkpoints are submitted to. Raises ValueError for one that is neither
    https nor this machine's own."""

    url: str
    key: WitnessKey

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        here = parts.hostname in ("127.0.0.1", "::1", "localhost")
        if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and here)):
            raise ValueError("a witness's address is an https URL")
        if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
            raise ValueError("a witness's address is a plain URL")

    @classmethod
    def parse(cls, text: str) -> WitnessAt:
        """The witness that `<url>=<key>` says. Raises ValueError, NoteError."""
        url, _, key = text.partition("=")
        return cls(url, WitnessKey.parse(key))

    def add_checkpoint(self, submission: Submission, patience: float = PATIENCE_S) -> str:
        """The witness's lines for a checkpoint, those of other keys left out, and verified.

        Raises WitnessSilentError, WitnessRefusesError.
        """
        status, kind, text, shown = self._asked(submission.body, patience)
        if status != 200:
            said = text.removesuffix("\n")
            known = kind == SIZE_TYPE and SIZE.fullmatch(said) is not None
            raise WitnessRefusesError(status, int(said) if known else None, self._cosigned(shown))
        try:
            lines = self.key.lines_of(text)
            self.key.cosigned_at(submission.note.rpartition("\n\n")[0] + "\n\n" + lines)
        except NoteError as error:
            raise WitnessSilentError(f"what it answers is no cosignature: {error}") from error
        return lines

    def _cosigned(self, shown: str) -> Checkpoint | None:
        """The checkpoint that a refusal shows, where this witness's cosignature on it holds."""
        try:
            note = b64decode(shown, validate=True).decode()
            self.key.cosigned_at(note)
            return parse(taken_apart(note)[0])
        except ValueError:  # NoteError among them
            return None

    def _asked(self, body: bytes, patience: float) -> tuple[int, str, str, str]:
        parts = urlsplit(self.url)
        host, port = parts.hostname or "", parts.port
        connection: http.client.HTTPConnection
        if parts.scheme == "https":
            tls = ssl.create_default_context()
            connection = http.client.HTTPSConnection(host, port, timeout=patience, context=tls)
        else:
            connection = http.client.HTTPConnection(host, port, timeout=patience)
        with closing(connection):
            try:
                connection.request("POST", parts.path.rstrip("/") + "/add-checkpoint", body)
                answer = connection.getresponse()
                kind = answer.headers.get_content_type()
                text = answer.read(MOST_BYTES).decode("utf-8", "replace")
                return answer.status, kind, text, answer.headers.get(COSIGNED_HEADER, "")
            except (OSError, http.client.HTTPException) as error:
                raise WitnessSilentError(type(error).__name__) from None


class Cosigning(Looking):
    """See the module; use it as a context manager. A witness that fails holds no other up for longer than its
    patience."""

    def __init__(self, log: Log, witnesses: Sequence[WitnessAt], *, every: float = EVERY_S) -> None:
        super().__init__("cosigning", every, "witnesses could not be asked", logger, at_last=True)
        self._log = log
        self._witnesses = witnesses
        #: Those who have cosigned for this process: from the others it is not known how far they know the log.
        self._met: set[str] = set()
        #: By witness, told by its key as text, why it did not cosign the newest checkpoint; empty where it did.
        self.problems: dict[str, str] = {}
        #: Whether a witness showed a checkpoint that it cosigned and that has more leaves than are here, or others:
        #: this store is an old copy or was changed, whatever the node's own memory says, which may have been put back.
        self.contradicted = False

    @property
    def keys(self) -> list[WitnessKey]:
        """The keys of the witnesses, in the order in which they were named."""
        return [each.key for each in self._witnesses]

    def look(self) -> None:
        """Submit the newest checkpoint to each witness that has not cosigned it."""
        newest = last_checkpoint(self._log.database)
        if newest is None:
            return
        last = cosignatures.last_cosigned(self._log.database)
        lines: dict[str, str] = {}
        for witness in self._witnesses:
            key = witness.key.text
            known = last.get(key, 0)
            if known == newest.size and key in self._met:
                continue
            try:
                lines[key] = self._submit(witness, newest, min(known, newest.size))
                self._met.add(key)
                self._tell(key, "")
            except WitnessRefusesError as error:
                contradicts = error.cosigned is not None and self._contradicts(error.cosigned)
                self._contradict(key, contradicts)
                unconvicted = not contradicts and error.status in (409, 422)
                self._tell(key, f"{error}; {_UNCONVICTED}" if unconvicted else str(error))
            except (WitnessSilentError, NoTileError) as error:
                self._tell(key, str(error))
        cosignatures.keep(self._log.database, newest.size, lines)

    def _submit(self, witness: WitnessAt, newest: SignedTree, known: int) -> str:
        """Its lines; it is asked once more from where it says that it is."""
        try:
            return witness.add_checkpoint(self._submission(newest, known))
        except WitnessRefusesError as refused:
            size = refused.size
            # Where it has cosigned more than is here, this is an old copy; where other leaves, one that was changed.
            if refused.status != 409 or size is None or size == known or size > newest.size:
                raise
            return witness.add_checkpoint(self._submission(newest, size))

    def _submission(self, newest: SignedTree, known: int) -> Submission:
        with self._log.database.read() as connection:
            proof = tile_store.tree(connection, newest.size).consistency(known)
        return Submission(known, proof, newest.note)

    def _contradicts(self, cosigned: Checkpoint) -> bool:
        """Whether this log cannot be the one that a witness cosigned a checkpoint of."""
        # Asked again: another server of this log may have signed more since, and have had it cosigned.
        newest = last_checkpoint(self._log.database)
        if newest is None or cosigned.origin != self._log.origin:
            return False
        if cosigned.size > newest.size:
            return True
        try:
            with self._log.database.read() as connection:
                return tile_store.tree(connection, cosigned.size).root() != cosigned.root
        except NoTileError:
            return False

    def _contradict(self, key: str, contradicts: bool) -> None:
        if contradicts and not self.contradicted:
            logger.error("the witness %s contradicts this log: it is an old copy, or was changed", key)
        self.contradicted |= contradicts

    def _tell(self, key: str, problem: str) -> None:
        if problem and problem != self.problems.get(key):
            logger.warning("the witness %s did not cosign: %s", key, problem)
        self.problems[key] = problem
