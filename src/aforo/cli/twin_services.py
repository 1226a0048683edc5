"""`aforo twin services`: fit means and deviations of service times to a sample, for the figures of a port document."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.markup import escape
from rich.table import Table

from aforo.cli import terminal
from aforo.cli.data import of_file, tell_problems
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.port_documents import PortFolder, PortKeys, PortStore, directory_of
from aforo.cli.refused_rows import show_refused, with_refused
from aforo.domain.input_refusal import RefusedRows
from aforo.intake import service_times
from aforo.intake.service_times import ServiceTimes
from aforo.ports.directory import Directory
from aforo.twin.calibration_document import digest
from aforo.twin.service_fit import FEWEST_TIMES, ServiceFit, fit, service_places
from aforo.twin.wait_samples import bridge_at

#: How a document calls the table of times among its sources.
_SOURCE = "service-times"
#: How many unknown places are named.
_NAMED = 10


class BridgeServices(msgspec.Struct, frozen=True):
    """The fitted figures of one bridge."""

    port: str
    bridge: str
    services: tuple[ServiceFit, ...]


class ServicesReport(msgspec.Struct, frozen=True):
    """What `--json` gives, with the rows that are refused.

    `elsewhere` counts rows by bridge and place that no port document has. The figures are of all rows of the table;
    whether those are a fair sample of the trucks is not known.
    """

    file: str
    sha256: str
    bridges: tuple[BridgeServices, ...]
    elsewhere: dict[str, int]


def twin_services(
    times: Annotated[Path, typer.Argument(metavar="file", help="Service times: a table bridge,place,minutes.")],
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="file", help="Write lines for port documents here (TOML).")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**31, help="Seed of the intervals.")] = 1,
    store: PortStore = None,
    keys: PortKeys = None,
    port_documents: PortFolder = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
    lang: LanguageOption = "",
) -> None:
    """Fit means and deviations to a sample of service times, beside the figures of the port documents.

    Exit 1 where a row is refused or names no place of the documents, or no place has enough times.
    """
    say = Sentences("aforo.twin", lang)
    ports = directory_of(store, keys, port_documents, say)
    data, _ = of_file(times, Sentences("aforo.cli"))
    table = service_times.read(data)
    bridges, elsewhere = _fitted(table, ports, seed)
    report = ServicesReport(times.name, digest(data), bridges, elsewhere)
    refused = RefusedRows.of("service_times", times.name, table.problems, table.found)
    tell_problems(table.problems, table.found, Sentences("aforo.cli"), terminal.err)
    if out is not None:
        _write(out, _lines(report))
    if json:
        terminal.emit(with_refused(report, refused))
    else:
        _show(report, say)
        show_refused(refused, say)
        if out is not None:
            terminal.out.print(say("written", file=out), markup=False)
    fitted = any(each.mean is not None for bridge in bridges for each in bridge.services)
    if refused or elsewhere or not fitted:
        raise typer.Exit(terminal.FOUND)


def _fitted(table: ServiceTimes, ports: Directory, seed: int) -> tuple[tuple[BridgeServices, ...], dict[str, int]]:
    """The figures by bridge, and how many rows are of places that no document has."""
    samples, elsewhere = dict[tuple[str, str], dict[str, list[float]]](), dict[str, int]()
    for (bridge_name, place), minutes in table.minutes.items():
        found = bridge_at(ports, bridge_name)
        if found is None or place not in service_places(found[1]):
            told = f"{bridge_name} {place}"
            elsewhere[told] = elsewhere.get(told, 0) + len(minutes)
        else:
            at_bridge = samples.setdefault((found[0].code, found[1].id), {})
            at_bridge[place] = at_bridge.get(place, []) + minutes
    bridges = []
    for (port_code, bridge_id), of_bridge in samples.items():
        port = ports.port_called(port_code)
        bridge = port.bridge(bridge_id) if port is not None else None
        known = {} if bridge is None else service_places(bridge)
        services = tuple(
            fit(place, of_bridge[place], assumed, seed) for place, assumed in known.items() if place in of_bridge
        )
        bridges.append(BridgeServices(port_code, bridge_id, services))
    return tuple(bridges), elsewhere


def _lines(report: ServicesReport) -> bytes:
    """Lines for port documents: each figure at its place, and the source."""
    lines = [
        "# Service times fitted by `aforo twin services`: put each line at its place in the port document.",
        f'# [sources]\n# {_SOURCE} = "{_quoted(report.file)}, SHA-256 {report.sha256}"',
    ]
    for bridge in report.bridges:
        for each in bridge.services:
            if each.mean is not None and each.sd is not None:
                key = each.place.rpartition(".")[2]
                note = f"{each.times} times; mean {_interval(each.mean_limits)}, deviation {_interval(each.sd_limits)}"
                lines.append(f"\n# {bridge.port}/{bridge.bridge}: {each.place}")
                lines.append(
                    f"{key} = {{ mean_minutes = {each.mean:.4g}, sd_minutes = {each.sd:.4g}, "
                    f'source = "{_SOURCE}", note = "{note}" }}'
                )
    return ("\n".join(lines) + "\n").encode("utf-8")


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _interval(limits: tuple[float, float] | None) -> str:
    return "–" if limits is None else f"[{limits[0]:.3g}, {limits[1]:.3g}]"


def _row(minutes: tuple[float, ...]) -> str:
    return ", ".join(f"{each:.3g}" for each in minutes)


def _write(file: Path, lines: bytes) -> None:
    common = Sentences("aforo.cli")
    try:
        file.write_bytes(lines)
    except OSError as wrong:
        terminal.fail(escape(common("cannot_write", why=wrong)), to_do=common("cannot_write_to_do"))


def _show(report: ServicesReport, say: Sentences) -> None:
    """The figures for people, what the lognormal does not meet, and which rows are lacking."""
    if report.bridges:
        table = Table(title=say("services_title", file=report.file))
        for column in ("bridge", "place", "times", "assumed", "mean", "sd", "verdict"):
            left = column in ("bridge", "place", "verdict")
            table.add_column(say(f"services_{column}"), justify="left" if left else "right")
        for row in _rows(report, say):
            table.add_row(*map(escape, row))
        terminal.show(table)
        terminal.paragraph(say("services_told", fewest=FEWEST_TIMES))
        for bridge in report.bridges:
            for each in bridge.services:
                if each.verdict == "not_lognormal" and each.quantiles is not None and each.drawn is not None:
                    place = f"{bridge.port}/{bridge.bridge} {each.place}"
                    sample, drawn = _row(each.quantiles), _row(each.drawn)
                    terminal.paragraph(say("services_missed", place=place, sample=sample, drawn=drawn))
    if report.elsewhere:
        told = ", ".join(f"{place} ({count})" for place, count in sorted(report.elsewhere.items())[:_NAMED])
        count = sum(report.elsewhere.values())
        terminal.paragraph(say("services_elsewhere", count=count, places=told))


def _rows(report: ServicesReport, say: Sentences) -> Iterator[tuple[str, ...]]:
    for bridge in report.bridges:
        for each in bridge.services:
            yield (
                f"{bridge.port}/{bridge.bridge}",
                each.place,
                f"{each.times}",
                "–" if each.assumed is None else f"{each.assumed[0]:g} ± {each.assumed[1]:g}",
                "–" if each.mean is None else f"{each.mean:.3g}\n{_interval(each.mean_limits)}",
                "–" if each.sd is None else f"{each.sd:.3g}\n{_interval(each.sd_limits)}",
                say(f"services_verdict_{each.verdict}"),
            )
