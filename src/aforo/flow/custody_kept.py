"""What is kept of custody beside the log, so that the next start need not read all of it: never words that were erased.

The state of a million devices takes seconds to encode and to write. What is erased meanwhile, by whichever process, is
in it still, and the erasure did not find it to take it away.
"""

from __future__ import annotations

from contextlib import suppress

from aforo.log import scrubbed
from aforo.log.keyfile import ErasureIncompleteError
from aforo.log.leaves_erased import STREAM
from aforo.log.projections import Follower


class KeptFollower(Follower):
    """Follows the log as any `Follower`, and keeps no state in which something that was erased is still there."""

    def keep(self, cursor: int, state: bytes) -> None:
        """Keep what was dumped at a position, unless something was erased behind it: then the next look has that."""
        if self._erased_behind(cursor):
            return
        super().keep(cursor, state)
        # An erasure that began after that question may have ended before the state was there to be taken away.
        if self._erased_behind(cursor):
            scrubbed.forget(self._log, self._name)
            # Where somebody keeps it in the files it stays due, and the next erasure ends it.
            with suppress(ErasureIncompleteError):
                scrubbed.scrub(self._log)

    def _erased_behind(self, cursor: int) -> bool:
        """Whether an erasure is recorded behind a position, though others that are before it may still be under way."""
        last = self._log.versions([STREAM]).get(STREAM, 0)
        return any(each.position > cursor for each in self._log.stream(STREAM, last - 1))
