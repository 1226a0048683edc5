"""What can be checked of the record, on a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.text import Text

from aforo.demo.account import Account
from aforo.demo.sentences import Speaker

#: Findings that are told of a changed copy.
_MOST_FINDINGS = 3


def record(account: Account, say: Speaker) -> Iterator[RenderableType]:
    """The log, its checkpoint, the replays, and the copy that was changed."""
    log, replays, tampering = account.log, account.replays, account.tampering
    yield Padding(
        Rule(Text.assemble((say("log_title"), "bold"), ("  " + say("synthetic_mark"), "yellow")), align="left"),
        (1, 0, 0, 0),
    )
    counts = {"leaves": f"{log.leaves:,}", "checkpoints": f"{log.checkpoints:,}"}
    if log.good:
        yield _marked(True, say("log_good", **counts))
    else:
        yield _marked(False, say("log_bad", count=len(log.findings)))
        for finding in log.findings:
            yield Padding(Text(say.of(finding)), (0, 0, 0, 4))
    yield Padding(Text(say("log_checkpoint", leaves=counts["leaves"], root=log.root), style="dim"), (0, 0, 0, 2))
    made_again = say("log_replayed", decisions=f"{replays.decisions:,}", different=f"{replays.different:,}")
    yield _marked(replays.different == 0, made_again)
    yield _marked(
        bool(tampering.findings), say("log_tampered", was=tampering.was.strip('":'), made=tampering.made.strip('":'))
    )
    for finding in tampering.findings[:_MOST_FINDINGS]:
        yield Padding(Text(say.of(finding)), (0, 0, 0, 4))
    if not tampering.findings:
        yield Padding(Text(say("log_tampered_unseen"), style="red"), (0, 0, 0, 4))


def _marked(good: bool, sentence: str) -> RenderableType:
    return Text.assemble(("✓ " if good else "✗ ", "green" if good else "red"), sentence)
