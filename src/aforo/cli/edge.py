"""`aforo edge`: the edges of a node, what they need, and what they did while they were cut off."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.markup import escape

from aforo.bootstrap import open_node
from aforo.cli import terminal
from aforo.cli.edge_serving import kept_beside, place_of
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import AsJson, Keys, Store, log_to_read, made_log, opened_log
from aforo.cli.node import ModelOption, RateOption, node_refusals
from aforo.flow.edge_book import EdgeBook
from aforo.flow.edge_bundle import BundleRefusedError, Signed
from aforo.flow.edge_check import EdgeCheck, check_edge
from aforo.flow.edge_enrolled import EdgeRefusedError, confirm, edges, enrol, fingerprint, retire
from aforo.flow.edge_expected import Expecting
from aforo.flow.edge_issuing import Asked, commit_to_days, issue, stated_of
from aforo.flow.edge_node import EdgeNode
from aforo.flow.edge_report import EdgeReport, edge_report
from aforo.log.kept_file import KeptFile
from aforo.log.sequencer import sequence
from aforo.log.tokens import Tokens
from aforo.settings import officer, settings

Edge = Annotated[str, typer.Argument(metavar="edge", help="The name of the edge's log, as `aforo edge list` shows it.")]
BridgeOption = Annotated[str, typer.Option(metavar="port/name", help="The bridge: `2304/World Trade`.")]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    group = typer.Typer(no_args_is_help=True, help="Ports that may be cut off: their edges, bundles and reports.")
    group.command("key")(key)
    group.command("list")(listed)
    group.command("bundle")(bundle)
    group.command("take")(take)
    group.command("report")(report)
    group.command("verify")(verify)
    group.command("confirm")(confirmed)
    group.command("retire")(retired)
    app.add_typer(group, name="edge")


def key(store: Store = None, keys: Keys = None, as_json: AsJson = False, lang: LanguageOption = "") -> None:
    """Print the first key of a log, by which others verify what it signs: a node its edges, and they their node."""
    with made_log(store, keys) as log:
        first = log.keys.signing.first(log.origin)
    text = first.text
    if as_json:
        terminal.emit({"origin": log.origin, "key": text, "fingerprint": fingerprint(first)})
    else:
        typer.echo(text)


def listed(store: Store = None, keys: Keys = None, as_json: AsJson = False, lang: LanguageOption = "") -> None:
    """List the edges of this node, and how much each has handed in."""
    say = Sentences("aforo.cli", lang)
    with log_to_read(store, keys) as log:
        book = EdgeBook(log).catch_up()
        rows = [
            {
                "edge": name, "port": edge.port, "bridge": edge.bridge, "cursor": book.of_edge(name).cursor,
                "retired": edge.retired, "pending": edge.pending, "fingerprint": edge.fingerprint,
            }
            for name, edge in edges(log).items()
        ]  # fmt: skip
    if as_json:
        terminal.emit(rows)
        return
    table = terminal.listing(say, "edge", "edge", "port", "bridge", "cursor", "state")
    for row in rows:
        state = "edge_is_retired" if row["retired"] else "edge_is_pending" if row["pending"] else "edge_in_use"
        table.add_row(str(row["edge"]), str(row["port"]), escape(str(row["bridge"])), f"{row['cursor']:,}", say(state))
    terminal.show(table)
    for row in rows:
        if row["pending"] and not row["retired"]:
            terminal.out.print(
                say("edge_to_confirm", edge=row["edge"], fingerprint=row["fingerprint"]), markup=False, soft_wrap=True
            )


def bundle(
    edge: Annotated[str, typer.Argument(metavar="key", help="The edge's key: `aforo edge key` there.")],
    bridge: BridgeOption,
    output: Annotated[Path, typer.Option("--out", "-o", help="The file: it holds secrets of the port.")],
    model: ModelOption,
    rate: RateOption = 0.05,
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Write the bundle of a port into a file, to be carried there by hand; on the node. Whoever gives the edge's whole
    key here confirms it."""
    say = Sentences("aforo.cli", lang)
    where = settings(store, keys)
    port, _, name = bridge.partition("/")
    with node_refusals(say, model, where), made_log(store, keys) as log:
        node = open_node(log, model, rate)
        try:
            known = enrol(log, port, name.strip(), edge, officer(None), node.live().directory)
            confirm(log, known.origin, known.fingerprint, officer(None))
        except EdgeRefusedError as refused:
            terminal.fail(escape(Sentences("aforo.flow", lang)(refused.code)), where=escape(edge), code=terminal.FOUND)
        commit_to_days(port, node)
        expecting = Expecting(log, port, lambda: stated_of(node.force))
        with closing(Tokens(where.keys)) as tokens:
            handed = tokens.handed(port, log.clock())
        cursor = EdgeBook(log).catch_up().of_edge(known.origin).cursor
        signed = issue(known, Asked(cursor=cursor), expecting, node, handed)
    try:
        KeptFile(output).write(msgspec.json.encode(signed))
    except OSError as error:
        terminal.fail(escape(say("file_unusable", why=error)), to_do=say("screen_to_do"))
    if as_json:
        terminal.emit({"edge": known.origin, "port": port, "file": str(output)})
    else:
        terminal.out.print(say("edge_bundle_written", file=output), markup=False)


def take(
    file: Annotated[Path, typer.Argument(help="The file that `aforo edge bundle` wrote.")],
    bridge: BridgeOption,
    node_key: Annotated[str | None, typer.Option(help="The node's first key; or AFORO_NODE_KEY.")] = None,
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Put a bundle that was carried by hand in force; at the port, while its server does not run."""
    say = Sentences("aforo.cli", lang)
    where = settings(store, keys)
    place = place_of(bridge, node_key, say)
    try:
        signed = msgspec.json.decode(file.read_bytes(), type=Signed)
    except OSError as error:
        terminal.fail(escape(say("file_unusable", why=error)), to_do=say("screen_to_do"))
    except msgspec.MsgspecError:
        terminal.fail(escape(Sentences("aforo.flow", lang)("bundle_unreadable")), where=escape(str(file)))
    with made_log(store, keys) as log:
        try:
            edge = EdgeNode(log, place, kept_beside(where))
            force = edge.take(signed)
        except BundleRefusedError as refused:
            terminal.fail(escape(say.of(refused.text)), where=escape(str(file)), code=terminal.FOUND)
        with closing(Tokens(where.keys)) as tokens:
            tokens.take(force.bundle.tokens, force.withdrawn)
    if as_json:
        terminal.emit({"issued_at": force.bundle.issued_at, "trucks": len(force.all()), "went_back": force.went_back})
    else:
        at = force.bundle.issued_at.isoformat(" ", "minutes")
        terminal.out.print(say("edge_bundle_taken", at=at, trucks=f"{len(force.all()):,}"), markup=False)


def report(
    edge: Annotated[str | None, typer.Option(help="Only of this edge.")] = None,
    hours: Annotated[float, typer.Option(help="Of what was handed in within so many hours.", min=0.0)] = 24.0,
    every: Annotated[bool, typer.Option("--all", help="Show every visit, not those alone that were missed.")] = False,
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Tell what the node would have done with the trucks of a cut, beside what was done. Exit 1 on a missed hold."""
    say = Sentences("aforo.cli", lang)
    with log_to_read(store, keys) as log:
        found = edge_report(log, log.clock() - timedelta(hours=hours), edge)
    if as_json:
        terminal.emit(found)
    else:
        _show(found, every, say)
    if found.missed_holds:
        raise typer.Exit(terminal.FOUND)


def verify(
    edge: Edge, store: Store = None, keys: Keys = None, as_json: AsJson = False, lang: LanguageOption = ""
) -> None:
    """Verify what an edge handed in, from this node's log: leaves, checkpoints and lots. Exit 1 on a finding."""
    say = Sentences("aforo.cli", lang)
    with log_to_read(store, keys) as log:
        known = edges(log).get(edge)
        if known is None:
            terminal.fail(say("edge_none"), where=escape(edge), to_do=say("edge_none_to_do"))
        checked: EdgeCheck = check_edge(known, log)
    if as_json:
        terminal.emit({**msgspec.structs.asdict(checked), "good": checked.good})
    else:
        fields = {name: f"{getattr(checked, name):,}" for name in ("leaves", "attested", "lots", "lots_checked")}
        wrong = len(checked.bad_checkpoints) + len(checked.lots_wrong)
        terminal.out.print(say("edge_checked", edge=edge, wrong=wrong, **fields), markup=False)
    if not checked.good:
        raise typer.Exit(terminal.FOUND)


def confirmed(
    edge: Edge,
    compared: Annotated[
        str, typer.Option("--fingerprint", help="The fingerprint, as the edge shows it: read it there, or by phone.")
    ],
    by: Annotated[str | None, typer.Option(help="Who does it; by default the user of this terminal.")] = None,
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Let an edge have its bundle and hand in, whose fingerprint was compared with the one that it shows itself."""
    say = Sentences("aforo.cli", lang)
    with opened_log(store, keys) as log:
        try:
            done = confirm(log, edge, compared, officer(by))
        except LookupError:
            terminal.fail(say("edge_none"), where=escape(edge), to_do=say("edge_none_to_do"))
        except EdgeRefusedError as refused:
            terminal.fail(escape(Sentences("aforo.flow", lang)(refused.code)), where=escape(edge), code=terminal.FOUND)
        sequence(log)
    if as_json:
        terminal.emit({"edge": edge, "confirmed": done})
    else:
        terminal.out.print(say("edge_confirmed_now" if done else "edge_confirmed_before", edge=edge), markup=False)


def retired(
    edge: Edge,
    reason: Annotated[str, typer.Option(help="Why; recorded in clear.")],
    by: Annotated[str | None, typer.Option(help="Who does it; by default the user of this terminal.")] = None,
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Give an edge no bundle any more, so that its bridge may have another. Let it hand in first: after this nothing of
    it lowers an order, and what happened to trucks there is kept as evidence alone."""
    say = Sentences("aforo.cli", lang)
    with opened_log(store, keys) as log:
        try:
            done = retire(log, edge, reason.strip(), officer(by))
        except LookupError:
            terminal.fail(say("edge_none"), where=escape(edge), to_do=say("edge_none_to_do"))
        sequence(log)
    if as_json:
        terminal.emit({"edge": edge, "retired": done})
    else:
        terminal.out.print(say("edge_retired_now" if done else "edge_retired_before", edge=edge), markup=False)


def _show(found: EdgeReport, every: bool, say: Sentences) -> None:
    counts = {name: f"{getattr(found, name):,}" for name in msgspec.structs.asdict(found) if name != "rows"}
    terminal.out.print(say("edge_report", **counts), markup=False)
    rows = [row for row in found.rows if every or row.missed]
    if not rows:
        return
    option = Sentences("aforo.flow")
    table = terminal.listing(say, "edge", "crossing", "arrived", "chosen", "would", "now", "meanwhile", "missed")
    for row in rows:
        table.add_row(
            escape(row.crossing or row.visit),
            _time(row.arrived_at),
            *(option(f"option_{each}") if each else "—" for each in (row.chosen, row.would, row.now)),
            ", ".join(say(f"edge_meanwhile_{each}") for each in row.meanwhile),
            say(f"edge_missed_{row.missed}") if row.missed else "",
        )
    terminal.show(table)


def _time(at: datetime | None) -> str:
    return "—" if at is None else f"{at.astimezone(UTC):%Y-%m-%d %H:%M}Z"
