"""What `aforo log verify` prints of its report: counts, keys, erasures and findings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from rich.markup import escape
from rich.table import Table

from aforo.cli import terminal
from aforo.domain.text import catalogue
from aforo.log.findings import Erasure, Report

#: Erasures that are listed, the last.
MOST_LISTED = 50


def log_sentence(code: str, **fields: object) -> str:
    """A sentence of the log's catalogue in the language that the command speaks."""
    return terminal.in_language(catalogue("aforo.log").say(f"cli_{code}", **fields))


def show_verification(report: Report) -> None:
    """Print the report of a verification."""
    counts = {"origin": report.origin, "leaves": report.leaves, "checkpoints": report.checkpoints}
    if report.good:
        terminal.out.print(log_sentence("good", **counts), style="green", markup=False)
    else:
        terminal.out.print(log_sentence("bad", count=len(report.findings), **counts), style="bold red", markup=False)
    for each in report.lost:
        gone = {"lost": f"{each.size - each.held:,}", "held": f"{each.held:,}", "reason": each.reason}
        told = log_sentence("lost", predecessor=each.predecessor, successor=each.successor, **gone)
        terminal.out.print(told, style="yellow", markup=False)
    for seen in report.attested:
        at = datetime.fromtimestamp(seen.at, UTC).isoformat()
        told = log_sentence("attested", size=f"{seen.size:,}", witness=seen.witness, at=at)
        terminal.out.print(told, markup=False, soft_wrap=True)
    if report.withheld:
        terminal.out.print(log_sentence("withheld", count=f"{report.withheld:,}"), markup=False)
    _show_erasures(report.erasures)
    if report.waiting:
        terminal.out.print(log_sentence("waiting", waiting=report.waiting), markup=False)
    terminal.out.print(log_sentence("root", root=report.root), markup=False)
    terminal.out.print(log_sentence("first_key", key=report.keys[0]), markup=False)
    if len(report.keys) > 1:
        terminal.out.print(log_sentence("last_key", key=report.keys[-1]), markup=False)
    if report.good:
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in ("leaf", "position", "event", "stream", "finding"):
        table.add_column(log_sentence(column), justify="right" if column in ("leaf", "position") else "left")
    for finding in report.findings:
        place = finding.place
        cells = (place.leaf, place.position, place.event_id, place.stream)
        shown = ["" if cell is None else str(cell) for cell in (*cells, terminal.in_language(finding.reason))]
        table.add_row(*map(escape, shown))
    terminal.show(table)


def _show_erasures(found: Sequence[Erasure]) -> None:
    """What the log records of erasures, the last first, and by name those that are not signed."""
    if not found:
        return
    terminal.out.print(log_sentence("erasures"), markup=False)
    columns = ("record", "at", "by", "policy", "erased", "of", "signature")
    table = terminal.listing(log_sentence, "erasure", *columns, right=("erased",))
    for each in found[: -MOST_LISTED - 1 : -1]:
        streams = list(dict.fromkeys(version.stream for version in each.versions))
        of = streams[0] + (f" +{len(streams) - 1}" if len(streams) > 1 else "") if streams else ""
        gone = f"{each.erased:,}/{each.events:,}"
        at, signature = f"{each.at.astimezone(UTC):%Y-%m-%d %H:%M}", log_sentence(f"signature_{each.signature}")
        table.add_row(*map(escape, (each.record, at, each.actor, each.policy, gone, of, signature)))
    terminal.show(table)
    if len(found) > MOST_LISTED:
        terminal.out.print(log_sentence("erasures_more", count=len(found) - MOST_LISTED), markup=False)
    if unsigned := [each.record for each in found if each.signature == "none"]:
        told = log_sentence("erasures_unsigned", records=", ".join(unsigned))
        terminal.out.print(told, style="yellow", markup=False)
