"""`aforo twin calibrate`: fit primary to published or measured waits, and check the base on readings held out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.markup import escape
from rich.table import Table

from aforo.cli import terminal
from aforo.cli.data import tell_problems
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.port_documents import PortFolder, PortKeys, PortStore
from aforo.cli.refused_rows import show_refused, with_refused
from aforo.cli.twin_asked import CountsOption, border_with
from aforo.domain.clock import system_clock
from aforo.domain.input_refusal import RefusedRows
from aforo.domain.problem import Problem
from aforo.domain.text import Text, catalogue
from aforo.intake import border_waits, measured_waits
from aforo.ports.directory import Directory
from aforo.ports.shipped import feed_zone
from aforo.twin.calibration import (
    FEWEST_DAYS,
    FEWEST_READINGS,
    UNIDENTIFIED,
    CalibrationRequest,
    calibrate,
    runs_of,
)
from aforo.twin.calibration_document import Calibration, LaneFactor, digest, dumped
from aforo.twin.wait_samples import Samples, bridge_at, measured_samples, published_samples

#: No file of waits is larger.
_MOST_BYTES = 128 * 1024 * 1024


class CalibrationReport(msgspec.Struct, frozen=True):
    """What `--json` gives: the calibration and what waits cannot tell, with the rows that are refused.

    `without_figure` counts readings that say why they have no figure; `elsewhere` those of crossings that no port
    document has.
    """

    synthetic: bool
    calibration: Calibration
    unidentified: tuple[Text, ...]
    without_figure: int
    elsewhere: dict[str, int]


def twin_calibrate(
    waits: Annotated[
        Path,
        typer.Option(
            "--waits", metavar="file", help="Waits: a feed of CBP (JSON, XML, CSV), or bridge,lane,at,wait_minutes."
        ),
    ],
    bridge: Annotated[
        list[str] | None, typer.Option("--bridge", metavar="port/bridge", help="These bridges alone; may be repeated.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="file", help="Write the calibration here (TOML).")
    ] = None,
    check_share: Annotated[
        float, typer.Option("--check-share", min=0.1, max=0.9, help="Share of the days held out to check the base.")
    ] = 0.5,
    replications: Annotated[int, typer.Option(min=4, max=1_000, help="Runs for each factor that is tried.")] = 20,
    seed: Annotated[int, typer.Option(min=0, max=2**31, help="Seed of the runs.")] = 1,
    counts: CountsOption = None,
    store: PortStore = None,
    keys: PortKeys = None,
    port_documents: PortFolder = None,
    workers: Annotated[int, typer.Option(min=1, help="Runs at a time.")] = min(4, os.cpu_count() or 1),
    json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
    lang: LanguageOption = "",
) -> None:
    """Fit the capacity of primary to published or measured waits, and check the base on days held out.

    Exit 1 where a row is refused or names no bridge of the documents, a base fails its check, or no base is checked.
    """
    say = Sentences("aforo.twin", lang)
    border = border_with(counts, say, store, keys, port_documents)
    data = _bytes(waits)
    samples, problems, found = _samples(data, border.ports)
    wanted = _wanted(bridge or [], border.ports, say)
    kept = [each for each in samples.found if not wanted or each.place in wanted]
    refusals = [each for each in problems if each.gravity == "refusal"]
    refused = RefusedRows.of("waits", waits.name, problems, found)
    tell_problems(refusals, found, Sentences("aforo.cli"), terminal.err)
    if not kept:
        terminal.fail(escape(say("calibrate_none", file=waits.name)), where="--waits", to_do=say("calibrate_none_do"))
    request = CalibrationRequest(check_share, replications, seed, workers)
    with terminal.progress(say("running"), runs_of(kept, border, request)) as advance:
        lanes = calibrate(kept, border, request, advance)
    calibration = Calibration(
        format=1,
        made_at=system_clock().replace(microsecond=0),
        waits=waits.name,
        waits_sha256=digest(data),
        first=min(each.at for each in kept).date().isoformat(),
        last=max(each.at for each in kept).date().isoformat(),
        counts_en=border.origin.en,
        counts_es=border.origin.es,
        check_share=check_share,
        replications=replications,
        seed=seed,
        lanes=lanes,
    )
    if out is not None:
        _write(out, dumped(calibration))
    unidentified = tuple(catalogue("aforo.twin").template(code) for code in UNIDENTIFIED)
    report = CalibrationReport(True, calibration, unidentified, samples.without_figure, samples.elsewhere)
    if json:
        terminal.emit(with_refused(report, refused))
    else:
        _show(report, border.ports, say)
        show_refused(refused, say)
        if out is not None:
            terminal.out.print(say("written", file=out), markup=False)
    verdicts = {each.verdict for each in lanes}
    unknown = samples.elsewhere and measured_waits.is_measured(data)
    if refused or unknown or "failed" in verdicts or "checked" not in verdicts:
        raise typer.Exit(terminal.FOUND)


def _bytes(file: Path) -> bytes:
    common = Sentences("aforo.cli")
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise OSError(f"> {_MOST_BYTES} bytes")
        return file.read_bytes()
    except OSError as wrong:
        terminal.fail(escape(common("file_unusable", why=wrong)), where="--waits")


def _write(file: Path, document: bytes) -> None:
    common = Sentences("aforo.cli")
    try:
        file.write_bytes(document)
    except OSError as wrong:
        terminal.fail(escape(common("cannot_write", why=wrong)), to_do=common("cannot_write_to_do"))


def _samples(data: bytes, ports: Directory) -> tuple[Samples, Sequence[Problem], dict[str, int]]:
    """The readings of a file, and what of it could not be read."""
    if measured_waits.is_measured(data):
        table = measured_waits.read(data)
        return measured_samples(table.waits, ports), table.problems, table.found
    feed = border_waits.read(data, system_clock(), feed_zone)
    return published_samples(feed.readings, ports), feed.problems, feed.found


def _wanted(names: Sequence[str], ports: Directory, say: Sentences) -> set[str]:
    """The bridges that are named, as results name them; leaves with an error for one that no document has."""
    places = set[str]()
    for name in names:
        place = bridge_at(ports, name)
        if place is None:
            terminal.fail(escape(say("calibrate_bridge", name=name)), where="--bridge", to_do=say("ports_do"))
        places.add(f"{place[0].code}/{place[1].id}")
    return places


def _show(report: CalibrationReport, ports: Directory, say: Sentences) -> None:
    """The calibration for people: factors, checks, and what waits cannot tell."""
    calibration = report.calibration
    terminal.out.print(say("synthetic"), style="red", markup=False)
    names = {f"{port.code}/{bridge.id}": bridge.name for port in ports.ports for bridge in port.bridges}
    table = Table(title=say("calibrate_title", file=calibration.waits, first=calibration.first, last=calibration.last))
    left = ("bridge", "lane", "verdict")
    for column in ("bridge", "lane", "readings", "published", "assumed", "fitted", "factor", "verdict"):
        table.add_column(
            say("calibrate_bridge_head" if column == "bridge" else f"calibrate_{column}"),
            justify="left" if column in left else "right",
        )
    for lane in calibration.lanes:
        table.add_row(
            escape(names.get(lane.place, lane.place)),
            say(f"calibrate_lane_{lane.lane}"),
            say("calibrate_readings_of", readings=lane.readings, days=lane.days),
            f"{lane.published_mean:.1f}",
            _minutes(lane.uncalibrated_mean),
            _minutes(lane.calibrated_mean),
            escape(_factor(lane)),
            say(f"calibrate_verdict_{lane.verdict}"),
        )
    terminal.show(table)
    for lane in calibration.lanes:
        if lane.verdict != "too_few":
            terminal.paragraph(_sentence(lane, names.get(lane.place, lane.place), say))
    few = [each for each in calibration.lanes if each.verdict == "too_few"]
    if few:
        places = ", ".join(
            f"{names.get(each.place, each.place)} ({say(f'calibrate_lane_{each.lane}')})" for each in few
        )
        told = say("calibrate_too_few", places=places, fewest=FEWEST_READINGS, fewest_days=FEWEST_DAYS)
        terminal.paragraph(told)
    terminal.paragraph(say("calibrate_interval"))
    terminal.paragraph(say("calibrate_unidentified", what="; ".join(map(say.of, report.unidentified))))
    if report.without_figure:
        terminal.paragraph(say("calibrate_without", count=report.without_figure))
    if report.elsewhere:
        crossings = ", ".join(f"{name} ({count})" for name, count in sorted(report.elsewhere.items())[:10])
        count = sum(report.elsewhere.values())
        terminal.paragraph(say("calibrate_elsewhere", count=count, crossings=crossings))
    terminal.paragraph(say("premise_counts", counts=say.of(Text(calibration.counts_en, calibration.counts_es))))


def _minutes(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


def _factor(lane: LaneFactor) -> str:
    if lane.factor is None or lane.low is None or lane.high is None:
        return "–"
    low = f"<{lane.low:.2f}" if lane.low_open else f"{lane.low:.2f}"
    high = f">{lane.high:.2f}" if lane.high_open else f"{lane.high:.2f}"
    return f"{lane.applied:.2f} [{low}, {high}]"


def _sentence(lane: LaneFactor, name: str, say: Sentences) -> str:
    """What the check of a lane class says, or why there is none."""
    known = {"bridge": name, "lane": say(f"calibrate_lane_{lane.lane}"), "readings": lane.readings, "days": lane.days}
    check = lane.check
    if check is None:
        return say(f"calibrate_told_{lane.verdict}", **known)
    told = say(
        f"calibrate_told_{lane.verdict}",
        held=check.readings,
        held_days=check.days,
        within=f"{100 * check.within:.1f}",
        nominal=f"{100 * check.nominal:.1f}",
        width=f"{check.width:.0f}",
        bias=f"{check.bias:+.1f} [{check.bias_low:.1f}, {check.bias_high:.1f}]",
        assumed=f"{100 * check.uncalibrated:.1f}",
        assumed_nominal=f"{100 * check.uncalibrated_nominal:.1f}",
        **known,
    )
    if lane.low_open or lane.high_open:
        told += " " + say("calibrate_bounded", factor=f"{lane.applied:.2f}")
    return told
