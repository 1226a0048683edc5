"""How `aforo fleet report` tells people what it found: tables in the order in which an auditor asks."""

from __future__ import annotations

from collections import Counter

import msgspec
from rich.markup import escape

from aforo.cli import terminal
from aforo.cli.fleet_bounds_shown import bounded, show_bounds, show_bounds_of_contract, show_bounds_of_scans
from aforo.cli.fleet_reading import Reading
from aforo.cli.fleet_remarks_shown import show_reading, show_remarks, show_scans
from aforo.cli.language import Sentences
from aforo.domain.clock import instant
from aforo.domain.scanner import CAUSES
from aforo.fleet.outages import LENGTHS
from aforo.fleet.report import ContractFound, FleetFound
from aforo.fleet.utilisation import Rate, Utilised

#: Scanners that are listed; --json has all.
_MOST = 10


def show_report(found: FleetFound, reading: Reading, say: Sentences) -> None:
    """All that a report says, shortly."""
    terminal.paragraph(say("fleet_report_period", start=_day(found.start), end=_day(found.end)), style="bold")
    show_reading(reading, say)
    _outages(found, say)
    _groups(found, "port", say)
    _groups(found, "kind", say)
    _scanners(found, say)
    _purchases(found, say)
    _beside(found, say)
    _utilisation(found.utilisation, say)
    _rates(found.rates, say)
    show_bounds_of_scans(found.bounds, say)
    show_scans(found, say)
    for each in found.contracts:
        _contract(each, found.bounds.rows.causes, say)
    for code, named in (("undocumented", found.undocumented), ("recommissioned", found.recommissioned)):
        if named:
            names = ", ".join(named[:_MOST]) + (" …" if len(named) > _MOST else "")
            terminal.out.print()
            terminal.paragraph(say(f"fleet_report_{code}", names=names))
    show_remarks(found, say)


def _outages(report: FleetFound, say: Sentences) -> None:
    found, bounds = report.all, report.bounds
    share = found.down / found.service if found.service else None
    terminal.out.print()
    terminal.paragraph(
        say(
            "fleet_report_fleet",
            scanners=f"{found.scanners:,}",
            down=f"{found.ever_down:,}",
            hours=bounded(f"{found.down:,.0f}", bounds.downtime),
            service=f"{found.service:,.0f}",
            share="–" if share is None else bounded(f"{share:.1%}", bounds.downtime),
            interruptions=f"{found.interruptions:,}",
            failures=f"{found.failures:,}",
            merged=f"{found.merged:,}",
            contested=f"{found.contested:,}",
            mtbf=_hours(found.mtbf),
            mttr=_hours(found.mttr),
        )
    )
    show_bounds(bounds, say)
    if found.silent:
        terminal.paragraph(say("fleet_report_silent", hours=f"{found.silent:,.0f}"))
    table = terminal.listing(say, "fleet_report", "cause", "hours", "of_all", right=("hours", "of_all"))
    for cause in (*CAUSES, "unexplained"):
        hours = found.hours[cause]
        name = say("fleet_report_unexplained") if cause == "unexplained" else say(f"fleet_cause_{cause}")
        table.add_row(name, f"{hours:,.0f}", "–" if not found.down else f"{hours / found.down:.1%}")
    terminal.show(table)
    terminal.out.print()
    lengths = found.lengths
    names = [f"≤ {each:,.0f} h" for each in LENGTHS] + [f"> {LENGTHS[-1]:,.0f} h"]
    told = " · ".join(f"{name}: {count:,}" for name, count in zip(names, lengths.counts, strict=True) if count)
    if told:
        terminal.paragraph(
            say(
                "fleet_report_lengths",
                counts=told,
                median=_hours(lengths.median),
                p90=_hours(lengths.p90),
                longest=_hours(lengths.longest),
                lasting=f"{lengths.lasting:,}",
            )
        )


def _scanners(found: FleetFound, say: Sentences) -> None:
    worst = [each for each in found.scanners if each.down > 0][:_MOST]
    if not worst:
        return
    terminal.out.print()
    terminal.paragraph(say("fleet_report_worst", count=_MOST))
    bounds = found.bounds
    numbers = ("down", "available", "failures", "unexplained_hours", "silent_hours", "mttr")
    table = terminal.listing(say, "fleet_report", "scanner", "port", *numbers, right=numbers)
    for each in worst:
        table.add_row(
            escape(each.scanner),
            escape(each.port) if each.port is not None else say("port_unknown"),
            bounded(f"{each.down:,.0f}", bounds.downtime),
            "–" if each.available is None else bounded(f"{each.available:.1%}", bounds.availability),
            f"{each.failures:,}",
            f"{each.unexplained:,.0f}",
            f"{each.silent:,.0f}",
            _hours(each.mttr),
        )
    terminal.show(table)


def _groups(report: FleetFound, column: str, say: Sentences) -> None:
    """Outages by port or kind."""
    found, bounds = report.ports if column == "port" else report.kinds, report.bounds
    if not found:
        return
    terminal.out.print()
    numbers = ("scanners", "down", "unexplained_hours", "available", "least", "failures", "repeats", "parts")
    table = terminal.listing(say, "fleet_report", column, *numbers, right=numbers)
    for each in found:
        table.add_row(
            escape(each.name) if each.name is not None else say("port_unknown"),
            f"{each.scanners:,}",
            bounded(f"{each.down:,.0f}", bounds.downtime),
            f"{each.unexplained:,.0f}",
            bounded(f"{each.available:.1%}", bounds.availability),
            bounded(f"{each.least:.1%}", bounds.availability),
            f"{each.failures:,}",
            f"{each.repeats:,}",
            f"{each.parts:,} · {each.parts_hours:,.0f} h",
        )
    terminal.show(table)


def _purchases(found: FleetFound, say: Sentences) -> None:
    if found.ordered:
        terminal.out.print()
        stages = " · ".join(f"{_stage(name, say)}: {count:,}" for name, count in _in_order(found.ordered))
        terminal.paragraph(say("fleet_report_ordered", count=f"{sum(found.ordered.values()):,}", stages=stages))
    if found.stages:
        terminal.out.print()
        table = terminal.listing(
            say, "fleet_report", "stage", "blocker", "scanners", "days", right=("scanners", "days")
        )
        for each in found.stages:
            low, middle, most = each.days
            table.add_row(
                _stage(each.stage, say),
                escape(each.blocker) if each.blocker is not None else say("fleet_report_no_blocker"),
                f"{each.scanners:,}",
                f"{low:,.0f} – {middle:,.0f} – {most:,.0f}",
            )
        terminal.show(table)
    if found.unaccounted:
        names = ", ".join(found.unaccounted[:_MOST])
        more = len(found.unaccounted) - _MOST
        terminal.paragraph(
            say(
                "fleet_report_unaccounted",
                count=f"{len(found.unaccounted):,}",
                names=names + (" …" if more > 0 else ""),
                days=found.unaccounted_after_days,
            )
        )


def _beside(found: FleetFound, say: Sentences) -> None:
    """Readers, plate cameras and weighbridges."""
    for each in found.others:
        own = each.all
        terminal.out.print()
        terminal.paragraph(
            say(
                "fleet_report_beside",
                device=say(f"fleet_device_{each.device}"),
                devices=f"{own.scanners:,}",
                down=f"{own.ever_down:,}",
                hours=f"{own.down:,.0f}",
                service=f"{own.service:,.0f}",
                share="–" if not own.service else f"{own.down / own.service:.1%}",
                unexplained=f"{own.hours['unexplained']:,.0f}",
                failures=f"{own.failures:,}",
                mtbf=_hours(own.mtbf),
                mttr=_hours(own.mttr),
                waiting=f"{sum(one.scanners for one in each.stages):,}",
            )
        )


class _Month(msgspec.Struct, frozen=True):
    """A port's month of a measure: a part of a whole, its share None where it is unknown, and the target."""

    port: str
    part: float
    whole: float
    share: float | None
    target: float | None


def _utilisation(found: tuple[Utilised, ...], say: Sentences) -> None:
    months = [_Month(each.port, each.operator_hours, each.hours, each.share, each.target) for each in found]
    if months:
        _shares(months, ("operator_hours", "hours_up", "utilisation"), say)
        terminal.paragraph(say("fleet_report_utilisation_said"), style="dim")


def _rates(found: tuple[Rate, ...], say: Sentences) -> None:
    whole = [each for each in found if each.conveyance is None]
    months = [_Month(each.port, each.scans, each.eligible or 0, each.share, each.target) for each in whole]
    if months:
        _shares(months, ("scanned", "eligible", "scan_rate"), say)


def _shares(found: list[_Month], named: tuple[str, str, str], say: Sentences) -> None:
    """The months of each port together: what is known of a measure, beside its target."""
    terminal.out.print()
    numbers = ("months", "unknown", *named, "target", "months_under")
    table = terminal.listing(say, "fleet_report", "port", *numbers, right=numbers)
    for port in dict.fromkeys(each.port for each in found):
        own = [each for each in found if each.port == port]
        known = [(each, each.share) for each in own if each.share is not None]
        part, whole = sum(each.part for each, _ in known), sum(each.whole for each, _ in known)
        target = own[0].target
        under = None if target is None or not known else sum(share < target for _, share in known)
        table.add_row(
            escape(port),
            f"{len(own):,}",
            f"{len(own) - len(known):,}",
            f"{part:,.0f}" if known else "–",
            f"{whole:,.0f}" if known else "–",
            f"{part / whole:.1%}" if whole else say("fleet_report_is_unknown"),
            "–" if target is None else f"{target:.1%}",
            "–" if under is None else f"{under:,}",
        )
    terminal.show(table)


def _contract(found: ContractFound, causes: int, say: Sentences) -> None:
    terminal.out.print()
    terminal.paragraph(
        say(
            "fleet_report_contract",
            contract=found.id,
            version=found.version,
            supplier=found.supplier,
            scanners=f"{found.scanners:,}",
            months=f"{len(found.months):,}",
            short="–" if found.minimum is None else f"{found.short:,}",
            minimum="–" if found.minimum is None else f"{found.minimum:.1%}",
            fees=_money(found.fees_cents, found.currency),
            owed=bounded(_money(found.owed_cents, found.currency), found.owed_bound),
        )
    )
    show_bounds_of_contract(found, causes, say)
    if found.partial:
        unjudged = say("fleet_report_unjudged") if found.unjudged else ""
        terminal.paragraph(say("fleet_report_partial", count=f"{found.partial:,}", unjudged=unjudged))
    lines: Counter[tuple[str, str]] = Counter()
    cents: Counter[tuple[str, str]] = Counter()
    for line in found.lines:
        lines[line.reason, line.clause] += 1
        cents[line.reason, line.clause] += line.cents
    if not lines:
        return
    table = terminal.listing(say, "fleet_report", "reason", "clause", "lines", "amount", right=("lines", "amount"))
    for reason, clause in sorted(lines):
        table.add_row(
            say(f"fleet_report_for_{reason}"),
            escape(clause),
            f"{lines[reason, clause]:,}",
            _money(cents[reason, clause], found.currency),
        )
    terminal.show(table)


def _in_order(stages: dict[str, int]) -> list[tuple[str, int]]:
    """The stages of purchases, those that are the furthest first."""
    order = ("installed", "delivered", "stored", "built", "ordered", "unaccounted", "untold")
    return sorted(stages.items(), key=lambda each: order.index(each[0]))


def _stage(name: str, say: Sentences) -> str:
    if name in ("unaccounted", "untold"):
        return say(f"fleet_report_{name}_stage")
    return say(f"fleet_stage_{name}")


def _hours(value: float | None) -> str:
    return "–" if value is None else f"{value:,.1f} h"


def _money(cents: int, currency: str) -> str:
    return f"{'−' if cents < 0 else ''}{abs(cents) // 100:,}.{abs(cents) % 100:02d} {currency}"


def _day(at: int) -> str:
    return f"{instant(at):%Y-%m-%d %H:%M}Z"
