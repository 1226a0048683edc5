"""The figures of a port document in words: each value with its unit, its source or the word assumed, and its note."""

from __future__ import annotations

import msgspec
from rich.markup import escape
from rich.table import Table
from rich.text import Text as RichText

from aforo.cli import terminal
from aforo.cli.language import Sentences
from aforo.domain.figure import ASSUMED, Figure, figures
from aforo.ports.document import PortDocument
from aforo.ports.figure import Hourly, Place, Service, Share, Weekly
from aforo.ports.notes import in_both
from aforo.ports.schedule import Shift, Window

#: The days of a week in their order, as documents write them.
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def show_figures(port: PortDocument, say: Sentences) -> None:
    """A table of each bridge's figures, under the place that `port check` would name, and the sources in full."""
    groups: dict[str, list[tuple[str, Figure]]] = {}
    titles = {f"bridge[{bridge.id}]": bridge.name for bridge in port.bridges}
    for place, figure in figures(port):
        group = next((each for each in titles if place.startswith(f"{each}.")), "")
        groups.setdefault(group, []).append((place.removeprefix(f"{group}."), figure))
    for group, its in sorted(groups.items(), key=lambda each: [*titles, ""].index(each[0])):
        if group:
            terminal.out.print(f"\n{group}: {titles[group]}", style="bold", markup=False)
        else:
            terminal.out.print()
        terminal.show(_table(its, say))
    _show_contacts(port, say)
    terminal.out.print()
    for key, source in sorted(port.sources.items()):
        terminal.out.print(f"{key}: {say.of(in_both(source))}", markup=False)


def _show_contacts(port: PortDocument, say: Sentences) -> None:
    """Whom a driver asks at each bridge, each part with its source; what no document knows is said to be missing."""
    terminal.out.print(f"\n{say('port_contact')}", style="bold", markup=False)
    for bridge in port.bridges:
        contact = port.contact_at(bridge)
        desk, telephone = contact.desk, contact.telephone
        parts = (
            say("port_desk_missing") if desk is None else f"{desk.name} [{desk.source}]",
            say("port_telephone_missing") if telephone is None else f"{telephone.number} [{telephone.source}]",
        )
        terminal.out.print(f"{bridge.name}: {', '.join(parts)}", markup=False)


def _table(its: list[tuple[str, Figure]], say: Sentences) -> Table:
    table = terminal.listing(say, "port", "figure", "value", "from")
    table.columns[0].no_wrap = True
    for place, figure in its:
        assumed = figure.source == ASSUMED
        source = RichText(say("port_is_assumed") if assumed else figure.source, style="yellow" if assumed else "")
        if figure.note:
            source.append(f" ({say.of(in_both(figure.note))})", style="dim")
        table.add_row(escape(place), escape(in_words(figure, say)), source)
    return table


def in_words(figure: Figure, say: Sentences) -> str:
    """A figure's value with its unit."""
    match figure:
        case Shift():
            return say("figure_shift", window=_window(figure, say), count=figure.count)
        case Window():
            return _window(figure, say)
        case Service():
            return say("figure_service", mean=f"{figure.mean_minutes:g}", sd=f"{figure.sd_minutes:g}")
        case Share(period=period) if period:
            return say("figure_share_of", share=f"{figure.share:.1%}", period=period)
        case Share():
            return f"{figure.share:.1%}"
        case Place():
            return f"{figure.lat:.4f}, {figure.lon:.4f}"
        case Weekly() | Hourly():
            return " ".join(f"{weight:g}" for weight in figure.weights)
    name = next(name for name in msgspec.structs.fields(figure) if name.name not in ("source", "note")).name
    return say(f"figure_{name}", value=f"{getattr(figure, name):g}")


def _window(window: Window, say: Sentences) -> str:
    """Days and hours: days that follow one another as a range."""
    runs: list[list[str]] = []
    for day in sorted(window.days, key=_DAYS.index):
        if runs and _DAYS.index(runs[-1][-1]) + 1 == _DAYS.index(day):
            runs[-1].append(day)
        else:
            runs.append([day])
    spoken = [
        say(f"day_{run[0]}") if len(run) == 1 else f"{say(f'day_{run[0]}')}–{say(f'day_{run[-1]}')}" for run in runs
    ]
    return f"{', '.join(spoken)} {window.since}–{window.until}"
