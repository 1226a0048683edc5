"""How fast a desk works, learnt from its last batches: so that who would wait too long is told so at once."""

from __future__ import annotations

#: Seconds that a sender may have to wait, by what the last batches took: who would wait longer is refused at once.
LONGEST_WAIT_S = 1.0
#: From which number of messages, or of their bytes, on a batch tells something of the pace.
TELLING_MESSAGES, TELLING_BYTES = 8, 64 * 1024
#: How much of what is known of the pace the last batch decides.
NEWS = 0.25


class Pace:
    """Seconds that a message, and a byte, took in the last batches; 0 while nothing is known."""

    def __init__(self) -> None:
        self._per_message, self._per_byte = 0.0, 0.0

    def too_long(self, messages: int, size: int) -> bool:
        """Whether one more would wait too long behind so many messages of so many bytes. Large messages take long by
        their bytes, small ones by their number: it is so where both say so."""
        return min(messages * self._per_message, size * self._per_byte) > LONGEST_WAIT_S

    def learn(self, messages: int, size: int, seconds: float) -> None:
        """Take note of a batch that took so long. A small one costs about what any batch does: it tells that many do
        not take longer, and not that they do."""
        per_message, per_byte = seconds / max(1, messages), seconds / max(1, size)
        tells = messages >= TELLING_MESSAGES or size >= TELLING_BYTES or seconds >= LONGEST_WAIT_S
        if tells or per_message < self._per_message:
            self._per_message += NEWS * (per_message - self._per_message)
        if tells or per_byte < self._per_byte:
            self._per_byte += NEWS * (per_byte - self._per_byte)
