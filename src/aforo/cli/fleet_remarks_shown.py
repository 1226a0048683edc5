"""How `aforo fleet report` tells people what stands beside its figures: rows and scans that count nowhere, words that
nothing answers to, and shares that cannot be."""

from __future__ import annotations

from aforo.cli import terminal
from aforo.cli.fleet_reading import Reading
from aforo.cli.found import place_in_words
from aforo.cli.language import Sentences
from aforo.fleet.remarks import by_document, some
from aforo.fleet.report import FleetFound

#: Problems and words that are listed; --json has all of the words, and of the problems the first thousand.
_MOST = 10


def show_reading(reading: Reading, say: Sentences) -> None:
    """What was read, and what could not be."""
    terminal.paragraph(
        say(
            "fleet_report_read",
            records=f"{reading.records:,}",
            reports=f"{reading.reports:,}",
            scans=f"{reading.scans:,}",
            repeated=f"{reading.repeated:,}",
            late=f"{reading.late:,}",
            refused=f"{reading.refused:,}",
        )
    )
    several = len({each.file for each in reading.problems}) > 1 or reading.several
    for problem in reading.problems[:_MOST]:
        place = f"{problem.file}, {place_in_words(problem.place)}" if several else place_in_words(problem.place)
        terminal.paragraph(f"{place}: {say.of(problem.reason)}")
    if reading.refused > _MOST:
        terminal.paragraph(
            say(
                "fleet_report_more_problems",
                count=f"{reading.refused - min(_MOST, len(reading.problems)):,}",
                kept=f"{len(reading.problems):,}",
            )
        )
    for warning in reading.warnings[:_MOST]:
        text = say.of(warning.reason)
        terminal.paragraph(f"{warning.file}: {text}" if several else text)
    if len(reading.warnings) > _MOST:
        terminal.paragraph(say("fleet_report_more_warnings", count=f"{len(reading.warnings) - _MOST:,}"))
    if reading.stray:
        terminal.paragraph(say("fleet_report_stray", count=f"{reading.stray:,}"))


def show_scans(found: FleetFound, say: Sentences) -> None:
    """Scans that count nowhere or only in part, shares of more than all, and months that have no scan rate since the
    period cuts them."""
    told = found.scans
    counts = {
        "unsaid": told.unsaid,
        "unnamed": told.unnamed,
        "others": told.others,
        "unplaced": told.unplaced,
        "unserved": told.unserved,
    }
    parts = [say(f"fleet_scans_{name}", count=f"{count:,}") for name, count in counts.items() if count]
    if parts:
        terminal.out.print()
        terminal.paragraph(say("fleet_scans_told", scans=f"{told.scans:,}", parts="; ".join(parts)))
    used = [f"{each.port} {each.month}" for each in found.utilisation if (each.share or 0.0) > 1.0]
    scanned = [
        f"{each.port} {each.month}" for each in found.rates if each.conveyance is None and (each.share or 0.0) > 1.0
    ]
    cut = [f"{each.port} {each.month}" for each in found.rates if each.conveyance is None and each.partial]
    for name, months in (("over_utilisation", used), ("over_scan_rate", scanned), ("cut_scan_rate", cut)):
        if months:
            terminal.paragraph(say(f"fleet_{name}", count=f"{len(months):,}", months=some(months)))


def show_remarks(found: FleetFound, say: Sentences) -> None:
    """Words of the documents that nothing in the log answers to, scanners that are billed twice, and devices whose
    trouble counts nowhere."""
    if found.remarks:
        terminal.out.print()
    for each in by_document(found.remarks):
        fields = {"document": each.document, "count": f"{len(each.words):,}", "words": some(each.words)}
        terminal.paragraph(say(f"fleet_remark_{each.what}", **fields))
