"""What became of claims, in the words of `aforo measure claims`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import get_args

from aforo.scoreboard.claim_verdicts import Verdict, VerdictKind


def verdict_said(own: Verdict, words: Callable[..., str], spoken: Callable[..., str]) -> str:
    """The verdict in words; `words` are the sentences of the command line, `spoken` gives a text in their language."""
    if own.by_said is not None:
        if own.by_percent is None or own.published.unit == "percent":
            return words("claims_differs_by", by=spoken(own.by_said))
        return words("claims_differs_by_percent", by=spoken(own.by_said), percent=own.by_percent.replace("-", "−"))
    if own.published.bound is not None and own.computed is not None and own.verdict == "differs_by":
        return words("claims_differs_limit", published=spoken(own.published_said))
    if own.verdict == "differs_by":
        return words("claims_differs" if own.computed else f"claims_differs_in_{own.differs_in}")
    return words(f"claims_{own.verdict}")


def counts_said(verdicts: Sequence[Verdict], words: Callable[..., str]) -> str:
    """How many claims have each verdict in words, those apart that rest on no table."""
    every, stated = (Counter(each.verdict for each in own) for own in (verdicts, [v for v in verdicts if v.stated]))
    kinds: tuple[VerdictKind, ...] = get_args(VerdictKind)
    told = {
        kind: words("claims_of_stated", count=every[kind], stated=stated[kind]) if stated[kind] else f"{every[kind]}"
        for kind in kinds
    }
    return words("claims_counts", claims=len(verdicts), **told)
