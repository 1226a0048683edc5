"""`aforo port`: the ports and where each figure is from, a bridge's arrivals to come, and bridges as they are now."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.markup import escape

from aforo.cli import port_forecast, port_live, port_put, terminal
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import AsJson
from aforo.cli.port_figures import show_figures
from aforo.domain.figure import ASSUMED, figures
from aforo.ports import shipped
from aforo.ports.document import PortDocument
from aforo.ports.finding import Finding
from aforo.ports.reading import MOST_BYTES, read


class PortListed(msgspec.Struct, frozen=True):
    """One port as `port list --json` has it; `sourced` and `assumed` count its figures."""

    code: str
    name: str
    zone: str
    bridges: list[str]
    sourced: int
    assumed: int


class Checked(msgspec.Struct, frozen=True):
    """What `port check --json` says of one file; `findings` are empty where it is good."""

    file: str
    code: str | None
    findings: list[Finding]


def register(app: typer.Typer) -> None:
    """Add the group of commands to `app`."""
    about = "Ports: what stands there, who arrives when, and how bridges are now."
    group = typer.Typer(no_args_is_help=True, help=about)
    group.command("list")(list_ports)
    group.command("show")(show)
    group.command("check")(check)
    group.command("forecast")(port_forecast.forecast_bridge)
    port_live.add(group)
    port_put.add(group)
    app.add_typer(group, name="port")


def list_ports(as_json: AsJson = False, lang: LanguageOption = "") -> None:
    """List the ports that come with the product, with how many of their figures have a public source."""
    say = Sentences("aforo.cli", lang)
    listed = [_listed(port) for port in shipped.ports()]
    if as_json:
        terminal.emit(listed)
        return
    table = terminal.listing(
        say, "port", "code", "port", "bridges", "zone", "sourced", "assumed", right=("sourced", "assumed")
    )
    for port in listed:
        bridges = ", ".join(port.bridges)
        table.add_row(port.code, port.name, bridges, port.zone, str(port.sourced), str(port.assumed))
    terminal.show(table)


def _listed(port: PortDocument) -> PortListed:
    sources = [figure.source for _, figure in figures(port)]
    assumed = sources.count(ASSUMED)
    bridges = [bridge.id for bridge in port.bridges]
    return PortListed(port.code, port.name, port.zone, bridges, len(sources) - assumed, assumed)


def show(
    port: Annotated[str, typer.Argument(metavar="port", help="A code, a name, a bridge, or the file of a document.")],
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Show every figure of a port with its source, or the word assumed."""
    say = Sentences("aforo.cli", lang)
    found = port_named(port, say)
    if as_json:
        terminal.emit(found)
        return
    terminal.out.print(f"{found.name} ({found.code}), {found.zone}", style="bold", markup=False)
    show_figures(found, say)


def port_named(name: str, say: Sentences) -> PortDocument:
    """The port of a code, a name, a bridge's name or a file; leaves with an error in words where there is none."""
    found = shipped.port_called(name)
    if found is None and (called := shipped.bridge_called(name)) is not None:
        found = called[0]
    if found is not None:
        return found
    path = Path(name)
    if not path.is_file():
        terminal.fail(say("port_not_known", name=escape(name)), to_do=say("port_not_known_to_do"))
    port, wrong = _read(path, say)
    if port is None or wrong:
        terminal.fail(escape(say.of(wrong[0].text)), where=escape(name), to_do=say("port_mend"))
    return port


def check(
    files: Annotated[list[Path], typer.Argument(metavar="file", help="Port documents (TOML).")],
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Check port documents: form, sources, hours, booths, shares. Exit 1 where something is wrong."""
    say = Sentences("aforo.cli", lang)
    checked: list[Checked] = []
    for file in files:
        port, wrong = _read(file, say)
        checked.append(Checked(str(file), None if port is None else port.code, list(wrong)))
    if as_json:
        terminal.emit(checked)
    else:
        for each in checked:
            if not each.findings:
                terminal.out.print(say("port_good", file=each.file, port=each.code), markup=False)
            for finding in each.findings:
                terminal.out.print(f"{each.file}: {say.of(finding.text)}", markup=False)
    if any(each.findings for each in checked):
        raise typer.Exit(terminal.FOUND)


def _read(file: Path, say: Sentences) -> tuple[PortDocument | None, tuple[Finding, ...]]:
    try:
        with file.open("rb") as opened:
            return read(opened.read(MOST_BYTES + 1))
    except OSError as wrong:
        terminal.fail(say("file_unusable", why=wrong.strerror), where=escape(str(file)), to_do=say("port_file_to_do"))
