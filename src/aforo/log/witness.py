"""A witness of logs (C2SP tlog-witness): it cosigns a log's checkpoint where it goes on from the last one that it
cosigned for that log, and no other.

Here is what a witness decides; it is a pure function of what was submitted and of the last checkpoint. `witness_state`
keeps that one, and what convicts a log. This is another party than the node: the node's own memory of what it signed
is `signing.Witnessed`.
"""

from __future__ import annotations

from base64 import b64encode

import msgspec

from aforo.log.checkpoint import SIZE, Checkpoint
from aforo.log.contradiction import MOST_HASHES, Contradiction, between
from aforo.log.merkle import EMPTY_ROOT, HASH_BYTES, is_consistent
from aforo.log.note import NoteError, decoded

#: Bytes of a submission that are read: a proof and a checkpoint with sixteen signatures, post-quantum ones too.
MOST_BYTES = 128 * 1024
#: The media type of the size that answers a submission which begins elsewhere.
SIZE_TYPE = "text/x.tlog.size"
#: The header of a refusal (409, 422) that has, in base64, the last checkpoint that the witness cosigned of the log: its
#: own signature tells the log's node that the refusal is the witness's, and lets the node see what it contradicts.
COSIGNED_HEADER = "Aforo-Cosigned"


class RefusedError(Exception):
    """A submission is not cosigned: the status to answer with, and why.

    `size` is that of the last checkpoint that was cosigned, where the submission has to begin there. `evidence`
    convicts the log; `suspicion` are two checkpoints that it signed and that no valid proof joined, which convicts
    nobody yet. `cosigned` is the note of the last checkpoint that was cosigned, where that is why this one is not.
    """

    def __init__(
        self, status: int, why: str, *, size: int | None = None, evidence: Contradiction | None = None,
        suspicion: Contradiction | None = None,
    ) -> None:  # fmt: skip
        super().__init__(why)
        self.status = status
        self.size = size
        self.evidence = evidence
        self.suspicion = suspicion
        self.cosigned: str | None = None


class Submission(msgspec.Struct, frozen=True):
    """What a log submits: a checkpoint, and the proof that its tree extends that of `old` leaves."""

    old: int
    proof: list[bytes]
    note: str

    @property
    def body(self) -> bytes:
        """As it is sent."""
        lines = [f"old {self.old}", *(b64encode(each).decode() for each in self.proof)]
        return ("\n".join(lines) + "\n\n" + self.note).encode()


class Cosigned(msgspec.Struct, frozen=True):
    """The last checkpoint that was cosigned for a log: its signed note, and what that says."""

    size: int
    root: bytes
    note: str


def submitted(body: bytes) -> Submission:
    """A submission as it was sent. Raises NoteError."""
    if len(body) > MOST_BYTES:
        raise NoteError(f"a submission has at most {MOST_BYTES} bytes")
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise NoteError("a submission is UTF-8") from error
    head, found, note = text.partition("\n\n")
    first, *rest = head.split("\n")
    keyword, _, size = first.partition(" ")
    if not found or keyword != "old" or not SIZE.fullmatch(size):
        raise NoteError("a submission begins with `old` and a size, and a checkpoint follows after an empty line")
    if len(rest) > MOST_HASHES:
        raise NoteError(f"a proof has at most {MOST_HASHES} hashes")
    proof = [decoded(line, "a line of the proof") for line in rest]
    if any(len(each) != HASH_BYTES for each in proof):
        raise NoteError(f"a hash has {HASH_BYTES} bytes")
    return Submission(int(size), proof, note)


def judge(last: Cosigned | None, submission: Submission, said: Checkpoint) -> None:
    """Whether a checkpoint, whose signature was verified, may be cosigned after the last one.

    Raises RefusedError: 400 where it is smaller than the size that it is said to go on from, 409 where that is not the
    last one's or the last one has another root at this size, 422 where the proof does not hold. Whatever it is refused
    for, it is signed: the error has what that makes of the log.
    """
    known = 0 if last is None else last.size
    if submission.old > said.size:
        why = f"a tree of {said.size} leaves does not go on from {submission.old}"
        raise _refused(400, why, last, submission, said)
    if last is not None and said.size == known and said.root != last.root:
        raise _refused(409, f"another root was cosigned at {known} leaves", last, submission, said)
    if submission.old != known:
        raise _refused(409, f"the last checkpoint that was cosigned has {known} leaves", last, submission, said)
    if last is None or known == 0:
        if submission.proof or (said.size == 0 and said.root != EMPTY_ROOT):
            raise RefusedError(422, "from an empty tree no proof leads")
        return
    if not is_consistent(known, last.root, said.size, said.root, submission.proof):
        raise _refused(422, f"the proof does not lead from {known} leaves to {said.size}", last, submission, said)


def _refused(status: int, why: str, last: Cosigned | None, submission: Submission, said: Checkpoint) -> RefusedError:
    known = 0 if last is None else last.size
    size = known if status == 409 else None
    if last is None or (said.size, said.root) == (known, last.root):
        return RefusedError(status, why, size=size)
    one, other = (submission.note, last.note) if said.size < known else (last.note, submission.note)
    # A proof says by itself which root the first leaves have, but from a power of two: there their root is left out.
    says = submission.old == known < said.size and known & (known - 1)
    evidence = between(one, other, submission.proof if says else [])
    # The empty tree is the beginning of every other one.
    agrees = min(known, said.size) == 0 and evidence is None
    suspicion = Contradiction(one, other) if evidence is None and not agrees else None
    return RefusedError(status, why, size=size, evidence=evidence, suspicion=suspicion)
