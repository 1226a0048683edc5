"""What became of a claim, in the words of `aforo measure claims`."""

from __future__ import annotations

from collections.abc import Callable

from aforo.scoreboard.claim_verdicts import Verdict


def verdict_said(own: Verdict, words: Callable[..., str], spoken: Callable[..., str]) -> str:
    """The verdict in words; `words` are the sentences of the command line, `spoken` gives a text in their language."""
    if own.by_said is not None:
        if own.by_percent is None or own.published.unit == "percent":
            return words("claims_differs_by", by=spoken(own.by_said))
        return words("claims_differs_by_percent", by=spoken(own.by_said), percent=own.by_percent.replace("-", "−"))
    if own.verdict == "differs_by":
        return words("claims_differs" if own.computed else f"claims_differs_in_{own.differs_in}")
    return words(f"claims_{own.verdict}")
