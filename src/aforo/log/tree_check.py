"""The tree's part of a verification: leaf after leaf is taken in and compared with what was signed at each
checkpoint."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from aforo.log.findings import Findings, Place
from aforo.log.merkle import Frontier
from aforo.log.tile_store import Changed, KeptRoots

#: Leaves that are hashed into the tree at a time.
_BUFFER = 4096


class Signed(msgspec.Struct, frozen=True):
    """A root that somebody vouches for: a checkpoint of the store whose signature holds, or one kept elsewhere.

    `witness` names who kept it elsewhere. `frontier` gives `root`, or is None.
    """

    size: int
    root: bytes
    position: int = 0
    frontier: Frontier | None = None
    witness: str | None = None


class TreeCheck:
    """Grows two trees, one from the hashes that are stored and one from those of the events' bytes as they are now.

    They differ only where something was changed. At each signed root, one of them may have it; if neither has, what
    lies between the signed root before and this one is not as it was recorded.
    """

    def __init__(self, findings: Findings, signed: Iterator[Signed], roots: KeptRoots) -> None:
        """`roots` are those over tiles that the store keeps; they are judged where the tree is the signed one."""
        self._findings = findings
        self._roots = roots
        self._changed_roots: list[Changed] = []
        self._signed = signed
        self._next = next(signed, None)
        self.size = 0
        self.position = 0
        self.checkpoints = 0
        #: Leaves before this one were covered by a good checkpoint.
        self._since = 0
        #: None while nothing is known of the tree: a leaf is missing, or the last root was not the signed one.
        self._stored: Frontier | None = Frontier()
        self._actual: Frontier | None = None
        self._buffer: list[bytes] = []
        self._actual_buffer: list[bytes] = []
        self._differing: list[Place] = []
        self._close_reached()

    def add(self, stored: bytes, actual: bytes, place: Place, position: int) -> None:
        """Take in the next leaf."""
        self._buffer.append(stored)
        self._actual_buffer.append(actual)
        if stored != actual:
            self._differing.append(place)
        self.size += 1
        self.position = position
        if len(self._buffer) >= _BUFFER:
            self._flush()
        if self._next is not None and self._next.size <= self.size:
            self._close_reached()

    def skip(self, count: int, position: int) -> None:
        """The next `count` leaves cannot be taken in: they, or their events, are missing."""
        self._buffer.clear()
        self._actual_buffer.clear()
        self._stored = self._actual = None
        self.size += count
        self.position = position
        self._close_reached()

    def finish(self) -> str:
        """Say what was signed and is not here, and what is here and not signed; the root, in hexadecimal."""
        self._flush()
        covered = self._since
        root = "" if self._stored is None else self._stored.root().hex()
        if self.size > covered:
            self._report_differing("event_and_hash_differ")
            self._findings.add("leaves_unsigned", Place(leaf=covered), first=covered, last=self.size - 1)
        longest: Signed | None = None
        while self._next is not None:
            longest, self._next = self._next, next(self._signed, None)
        if longest is not None:
            self._findings.add(
                "record_truncated",
                Place(leaf=self.size),
                size=longest.size,
                held=self.size,
                witness=longest.witness or "checkpoint",
            )
        return root

    def _flush(self) -> None:
        """Hash what is buffered into the trees."""
        if self._stored is not None:
            if self._actual is None and self._buffer != self._actual_buffer:
                self._actual = self._stored.copy()
            self._stored.extend(self._buffer, self._compare_roots)
            if self._actual is not None:
                self._actual.extend(self._actual_buffer)
        self._buffer.clear()
        self._actual_buffer.clear()

    def _compare_roots(self, height: int, first: int, hashes: Sequence[bytes]) -> None:
        self._changed_roots += self._roots.changed(height, first, hashes)

    def _close_reached(self) -> None:
        while self._next is not None and self._next.size <= self.size:
            signed, self._next = self._next, next(self._signed, None)
            if signed.size < self.size:
                # It lies among missing leaves: its frontier is all that is of use, and a later one has a better.
                continue
            self._flush()
            if signed.witness is not None:
                self._compare_witness(signed)
            else:
                self._close(signed)

    def _compare_witness(self, signed: Signed) -> None:
        roots = [tree.root() for tree in (self._stored, self._actual) if tree is not None]
        if signed.root not in roots:
            self._findings.add(
                "witness_differs", Place(leaf=signed.size - 1), size=signed.size, witness=signed.witness or ""
            )

    def _close(self, signed: Signed) -> None:
        """Judge the leaves since the last signed root by this one."""
        self.checkpoints += 1
        if signed.position != self.position:
            self._findings.add(
                "checkpoint_misplaced",
                Place(leaf=signed.size - 1),
                size=signed.size,
                said=signed.position,
                position=self.position,
            )
        if self._stored is not None and self._stored.root() == signed.root:
            self._report_differing("event_changed")
            for each in self._changed_roots:
                self._findings.add("tile_changed", level=each.level, at=each.place)
        elif self._actual is not None and self._actual.root() == signed.root:
            self._report_differing("hash_changed")
            self._stored = self._actual
        else:
            code = "leaves_unverifiable" if self._stored is None else "leaves_differ"
            self._report_differing("event_and_hash_differ")
            place = Place(leaf=self._since)
            self._findings.add(code, place, first=self._since, last=signed.size - 1, size=signed.size)
            self._stored = None if signed.frontier is None else signed.frontier.copy()
        self._actual = None
        self._changed_roots.clear()
        self._since = signed.size

    def _report_differing(self, code: str) -> None:
        for place in self._differing:
            self._findings.add(code, place)
        self._differing.clear()
