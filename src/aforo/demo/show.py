"""The account on a terminal: the headline, the selection with its reasons, and what the neighbours draw."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.text import Text

from aforo.demo.account import Account
from aforo.demo.day import BY_HAND_MINUTES, SCAN_MINUTES
from aforo.demo.drawing import Column
from aforo.demo.layout import block, heading, indented, section
from aforo.demo.sentences import Speaker, clock_time, minutes, percent
from aforo.demo.show_measures import measures
from aforo.demo.show_record import record
from aforo.demo.show_story import story
from aforo.demo.trucks import Truck

#: From this width on, the name of the port stands before that of the bridge.
_WIDE: Final = 130


def show(account: Account, say: Speaker, width: int) -> Iterator[RenderableType]:
    """Everything, in the order in which it is read; `width` is that of the terminal in characters."""
    yield _headline(account, say)
    yield from _selection(account, say, width)
    yield from story(account.story, say, width)
    yield from measures(account, say, width)
    yield from record(account, say)
    yield from _last_words(account, say)


def _headline(account: Account, say: Speaker) -> RenderableType:
    history = account.history
    lines = [
        Text(say.of(account.notice), style="bold yellow"),
        Text(
            say(
                "title_what",
                crossings=f"{account.figures.crossings:,}",
                ports=account.ports,
                rate=f"{100 * account.rate:g}",
                seed=account.seed,
            )
        ),
        Text(
            say(
                "title_history",
                crossings=f"{history.crossings:,}",
                first=history.first.isoformat(),
                last=history.last.isoformat(),
                examined=f"{history.examined:,}",
                share=f"{100 * history.examined_share:g}",
                violations=f"{history.violations:,}",
            )
        ),
    ]
    return Panel(
        Group(*lines), title=say("title", day=account.day.isoformat()), title_align="left", border_style="yellow"
    )


def _selection(account: Account, say: Speaker, width: int) -> Iterator[RenderableType]:
    yield from section(
        say(
            "selection_title",
            examined=f"{account.figures.examined:,}",
            crossings=f"{account.figures.crossings:,}",
            released=f"{account.released:,}",
        ),
        say,
    )
    if not account.selection:
        yield Text(say("selection_none"))
        return
    yield Text(say("selection_units"), style="dim")
    columns = [
        Column(say("col_crossing")),
        Column(say("col_time")),
        Column(say("col_place"), least=7, grows=1),
        Column(say("col_goods"), least=7, grows=1),
        Column(say("col_programme")),
        Column(say("col_probability"), "right"),
        Column(say("col_value"), "right"),
        Column(say("col_price"), "right"),
        Column(say("col_examination")),
        Column(say("col_basis")),
        Column(say("col_outcome")),
    ]
    rows = [_row(truck, say, wide=width >= _WIDE) for truck in account.selection]
    yield from block(columns, rows, width, titled=True)
    trucks = {truck.crossing_id: truck for truck in account.selection}
    yield from heading(say("telling_title", count=len(account.telling)))
    for crossing in account.telling:
        yield Text.assemble(
            (crossing, "cyan"), " · ", _place(trucks[crossing], wide=True), " · ", _outcome(trucks[crossing], say)
        )
        yield indented(Text(say.of(trucks[crossing].reasons)), 4)


def _row(truck: Truck, say: Speaker, *, wide: bool) -> list[Text]:
    return [
        Text(truck.crossing_id, style="cyan"),
        Text(clock_time(truck.filed_at, truck.zone)),
        Text(_place(truck, wide=wide)),
        Text(say("goods_empty") if truck.declared_empty else truck.goods or say("goods_absent")),
        Text(say(f"programme_{truck.trade_programme}")),
        Text(percent(truck.probability)),
        Text(minutes(truck.value)),
        Text(minutes(truck.price)),
        Text(say(f"examination_{truck.examination}")),
        Text(say(f"basis_{truck.basis}"), style={"mandatory": "red", "random": "magenta"}.get(truck.basis, "")),
        _outcome(truck, say),
    ]


def _place(truck: Truck, *, wide: bool) -> str:
    """The bridge, after its port (without the state) where there is room and the names differ."""
    port = truck.port_name.split(",")[0]
    return f"{port}, {truck.bridge}" if wide and port != truck.bridge else truck.bridge


def _outcome(truck: Truck, say: Speaker) -> Text:
    if not truck.found:
        return Text(say("outcome_nothing"), style="dim")
    return Text(f"● {say(f'threat_{truck.threat}')}", style="bold green")


def _last_words(account: Account, say: Speaker) -> Iterator[RenderableType]:
    yield from heading(say("assumed_title"))
    yield Text(say("assumed_words", scan=SCAN_MINUTES, by_hand=BY_HAND_MINUTES))
    yield Text()
    if account.kept is None:
        yield Text(say("not_kept"), style="dim")
    else:
        yield Text(say("kept", folder=account.kept))
        store = f"--store {account.kept}/log.sqlite"
        yield Text(f"    aforo log verify {store}\n    aforo replay {account.story.decision} {store}", style="cyan")
    stages = ", ".join(f"{say(stage)} {seconds:.1f}" for stage, seconds in account.seconds.items())
    yield Text(say("took", total=f"{sum(account.seconds.values()):.1f}", stages=stages), style="dim")
