"""What can be checked of the record, on a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from aforo.demo.account import Account
from aforo.demo.layout import indented, marked, section
from aforo.demo.sentences import Speaker

#: Findings that are told of a changed copy.
_MOST_FINDINGS = 3


def record(account: Account, say: Speaker) -> Iterator[RenderableType]:
    """The log, its checkpoint, the replays, and the copy that was changed."""
    log, replays, tampering = account.log, account.replays, account.tampering
    yield from section(say("log_title"), say)
    counts = {"leaves": f"{log.leaves:,}", "checkpoints": f"{log.checkpoints:,}"}
    if log.good:
        yield _check(True, say("log_good", **counts))
    else:
        yield _check(False, say("log_bad", count=len(log.findings)))
        for finding in log.findings:
            yield indented(Text(say.of(finding)), 4)
    yield indented(Text(say("log_checkpoint", leaves=counts["leaves"], root=log.root), style="dim"), 2)
    made_again = say("log_replayed", decisions=f"{replays.decisions:,}", different=f"{replays.different:,}")
    yield _check(replays.different == 0, made_again)
    yield _check(
        bool(tampering.findings), say("log_tampered", was=tampering.was.strip('":'), made=tampering.made.strip('":'))
    )
    for finding in tampering.findings[:_MOST_FINDINGS]:
        yield indented(Text(say.of(finding)), 4)
    if not tampering.findings:
        yield indented(Text(say("log_tampered_unseen"), style="red"), 4)


def _check(good: bool, sentence: str) -> RenderableType:
    mark = Text("✓", style="green") if good else Text("✗", style="red")
    return marked([(mark, Text(sentence))], indent=0)
