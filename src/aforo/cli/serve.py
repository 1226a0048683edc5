"""`aforo serve`: filings in and answers out, over HTTP."""

from __future__ import annotations

import os
import socket
from contextlib import ExitStack, closing
from enum import StrEnum
from importlib import metadata
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from aforo.answers.grounds import parse, shipped
from aforo.answers.mail import MailServer, server_of
from aforo.answers.reach import Reach
from aforo.api import log_lines, witness_standing
from aforo.api.access import Access, Rate
from aforo.api.aims import Aiming
from aforo.api.app import MOST_BYTES, application
from aforo.api.backup_making import Backups
from aforo.api.counters import Counters
from aforo.api.custody_weighing import CustodyWeighing
from aforo.api.desk import Desk
from aforo.api.dossiers_kept import DossiersKept
from aforo.api.front import Front
from aforo.api.readiness import Readiness, look_up
from aforo.api.repricing import Repricing
from aforo.api.request_log import RequestLog
from aforo.api.rescreening import Rescreening
from aforo.api.rules_taken_up import RulesTakenUp
from aforo.api.server import listen, server
from aforo.api.traces import Traces, TracesMissingError, exporter_to
from aforo.api.watch import Watcher, Watchers
from aforo.api.witness_link import Cosigning, WitnessAt
from aforo.api.witness_standing import Witnesses
from aforo.api.yard_reads import YardReads
from aforo.bootstrap import open_node, save_state
from aforo.cli import supervisor, terminal
from aforo.cli.edge_serving import serve_edge
from aforo.cli.garbage import seldom_searched
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.list_check import Folder
from aforo.cli.lists_used import lists_to_use
from aforo.cli.log import Keys, Store, refusals
from aforo.cli.node import RateOption, node_refusals
from aforo.cli.provider import Claim, Client, Grants, Issuer, people_of, provider_of
from aforo.cli.turns import short_turns
from aforo.cli.watch import SETTLE_S, filing, opened
from aforo.domain import structs
from aforo.flow.alert_watch import AlertWatch
from aforo.flow.custody_watch import CustodyWatch
from aforo.flow.delivering import Delivering, Ways
from aforo.flow.own_filings import OwnFilings
from aforo.flow.response_watch import ResponseWatch
from aforo.flow.scoreboard import Publishing
from aforo.flow.watching import Pace, Watch, Watching
from aforo.intake.newest_counts import NewestCounts
from aforo.log.opened import open_log
from aforo.log.sequencer import Sequencing
from aforo.log.signing import EquivocationError
from aforo.log.tokens import Tokens
from aforo.settings import backups_folder, data_folder, lists_folder, plans_folder, settings
from aforo.trials.plans.planner import Planner

LogFormat = StrEnum("LogFormat", {"text": "text", "json": "json"})
TEXT = LogFormat("text")


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("serve")(command)


def command(
    model: Annotated[
        Path | None, typer.Option("--model", "-m", help="The folder that `aforo learn` made; an edge needs none.")
    ] = None,
    rate: RateOption = 0.05,
    policy: Annotated[Path | None, typer.Option(help="A policy document (TOML) in place of the shipped one.")] = None,
    store: Store = None,
    keys: Keys = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.", min=1, max=65_535)] = 8080,
    requests: Annotated[float, typer.Option(help="Requests a second that one token may make.", min=0.1)] = 100.0,
    grounds: Annotated[
        str, typer.Option(help="The legal grounds that answers name: US or MX as shipped, or a document (TOML).")
    ] = "US",
    mail: Annotated[
        str | None,
        typer.Option(
            envvar="AFORO_MAIL",
            help="The relay for answers by mail: smtp://USER@HOST:PORT?from=ADDRESS (the password in"
            " AFORO_MAIL_PASSWORD), smtps:// or, on this machine, smtp+plain://.",
        ),
    ] = None,
    watch: Annotated[
        list[str] | None,
        typer.Option(
            metavar="folder=codes",
            help="Also file what is put into a folder, for these carriers, or FOLDER=any for anyone; repeat it.",
        ),
    ] = None,
    witness: Annotated[
        list[str] | None,
        typer.Option(
            metavar="url=key",
            envvar="AFORO_WITNESS",
            help="Have a witness cosign the log's checkpoints; its key is as `aforo witness key` prints it. Repeat it.",
        ),
    ] = None,
    loopback: Annotated[
        bool, typer.Option("--loopback", help="Webhooks may also go to this machine, without TLS: for trying it out.")
    ] = False,
    log_format: Annotated[LogFormat, typer.Option(help="How the server's log is written to standard error.")] = TEXT,
    access_log: Annotated[bool, typer.Option(help="Log every request, not those alone that failed.")] = False,
    traces: Annotated[
        str | None, typer.Option(metavar="url", help="Send traces to this OTLP/HTTP address (needs the extra otel).")
    ] = None,
    lists: Folder = None,
    proxied: Annotated[
        bool,
        typer.Option(
            "--proxied",
            help="A proxy with TLS stands before it, alone can reach it, and says in X-Forwarded-For whom it asks for.",
        ),
    ] = False,
    oidc_issuer: Issuer = None,
    oidc_client: Client = "",
    oidc_claim: Claim = "groups",
    oidc_grant: Grants = None,
    edge: Annotated[
        str | None,
        typer.Option(
            metavar="url",
            help="Serve the booth of a port that may be cut off from the node at this address (the token of its port in"
            " AFORO_EDGE_TOKEN).",
        ),
    ] = None,
    bridge: Annotated[
        str | None, typer.Option(metavar="port/name", help="With --edge: where it stands, as `2304/World Trade`.")
    ] = None,
    node_key: Annotated[
        str | None, typer.Option(help="With --edge: the node's first key, as `aforo edge key` shows it there.")
    ] = None,
    lang: LanguageOption = "",
) -> None:
    """Serve the API until it is told to stop (Ctrl-C, SIGTERM). What was answered is in the log; TLS is a proxy's."""
    say = Sentences("aforo.cli", lang)
    where = settings(store, keys)
    structs.make_ready()
    if edge is not None:
        log_lines.configure(log_format.value, every_request=access_log)
        serve_edge(edge, bridge or "", node_key, where, host, port, requests, say)
        return
    if model is None:
        terminal.fail(say("serve_model"), to_do=say("serve_model_to_do"))
    provider = provider_of(oidc_issuer, oidc_client, oidc_claim, oidc_grant or (), say)
    watched = [_bound(each, say) for each in watch or ()]
    witnesses = [_witness(each, say) for each in witness or ()]
    log_lines.configure(log_format.value, every_request=access_log)
    with node_refusals(say, model, where):
        document = policy.read_bytes() if policy else None
        law = shipped(grounds) if grounds in ("US", "MX") else parse(Path(grounds).read_bytes())
        relay = _relay(mail, say) if mail else None
        ways = Ways(Reach(loopback), relay)
        with ExitStack() as stack:
            listening = stack.enter_context(closing(_listen(host, port, say)))
            counters = Counters()
            watchers: list[Watcher] = [counters, RequestLog(every=access_log)]
            if traces is not None:
                watchers.append(stack.enter_context(closing(_traces(traces, say))))
            watcher = Watchers(watchers)
            with refusals(where.store):
                log = stack.enter_context(open_log(where))
                stack.enter_context(log.database.serve(alone=False))
                tokens = stack.enter_context(closing(Tokens(where.keys)))
                people = stack.enter_context(people_of(where.keys, proxied, provider, say))
                # On an old copy every filing would fail; who starts the server is told, and not who files.
                if log.refusal is not None:
                    raise log.refusal
                stood: Witnesses | None = None
                if witnesses:
                    cosigning = Cosigning(log, witnesses)
                    stood = Witnesses(log, cosigning)
                    witness_standing.look_up(counters, stood)
                    # Before anything more is signed; who does not answer now is asked again.
                    cosigning.look()
                    if cosigning.contradicted:
                        raise EquivocationError(say("witness_contradicts"))
                    stack.enter_context(cosigning)
            sequencing = stack.enter_context(Sequencing(log))
            stack.enter_context(Delivering(log, law, tokens.good, ways))
            custody = stack.enter_context(CustodyWatch(log)).custody
            stack.enter_context(AlertWatch(log))
            stack.enter_context(ResponseWatch(custody))
            used = stack.enter_context(lists_to_use(lists, say))
            counts = NewestCounts(data_folder())
            desk = Desk(
                lambda: open_node(log, model, rate, document, law=law, lists=used, counts=counts, custody=custody),
                watcher=watcher,
            )
            rules, repricing = RulesTakenUp(log, desk), Repricing(desk, log)
            weighing = CustodyWeighing(desk, log)
            with (
                desk,
                rules,
                repricing,
                weighing,
                Aiming(desk, log),
                YardReads(desk, log),
                DossiersKept(desk),
                ExitStack() as folders,
            ):
                for path, carriers in watched:
                    folder = folders.enter_context(opened(path, SETTLE_S, say))
                    own = Watch(folder, filing(desk), carriers, MOST_BYTES, law=law)
                    folders.enter_context(Watching(own, Pace()))
                folders.enter_context(Rescreening(desk, log, used))
                folders.enter_context(Publishing(lambda: None if desk.node is None else desk.node.scoreboards()))
                seldom_searched()
                # The loop that speaks to senders waits so long for the desk, which computes: five milliseconds, as the
                # interpreter has it, twice for every message.
                short_turns()
                readiness = Readiness(log, desk, sequencing, lists_folder(lists), witnesses=stood)
                look_up(counters, readiness, desk)
                access = Access(tokens, Rate(requests, 2 * requests), people)
                backups = Backups(where.store, backups_folder())
                own_filings = folders.enter_context(OwnFilings(log))
                planner = folders.enter_context(Planner(plans_folder(where.store)))
                keys_of = [each.key for each in witnesses]
                front = Front(
                    desk, access, ways, readiness, counters, backups, own_filings, planner=planner, witnesses=keys_of
                )
                app = application(front)
                terminal.err.print(say("serve_ready", address=f"http://{host}:{port}"), markup=False)
                supervisor.tell("READY=1")
                server(app, host, port, watcher).run(sockets=[listening])
                supervisor.tell("STOPPING=1")
            if desk.node is not None:
                save_state(desk.node)
    terminal.err.print(say("serve_ended"), markup=False)


def _bound(option: str, say: Sentences) -> tuple[Path, frozenset[str] | None]:
    """A folder and the carriers that files in it may be filed for; None for anyone."""
    path, _, codes = option.rpartition("=")
    carriers = frozenset(code.strip() for code in codes.split(",") if code.strip())
    if not path or not carriers:
        terminal.fail(say("serve_watch"), where=escape(option), to_do=say("serve_watch_to_do"))
    return Path(path), None if carriers == {"any"} else carriers


def _witness(option: str, say: Sentences) -> WitnessAt:
    try:
        return WitnessAt.parse(option)
    except ValueError as error:
        told = say("witness_option", given=option, why=error)
        terminal.fail(escape(told), to_do=escape(say("witness_option_to_do")))


def _relay(url: str, say: Sentences) -> MailServer:
    try:
        return server_of(url, os.environ.get("AFORO_MAIL_PASSWORD"))
    except ValueError:
        terminal.fail(say("serve_mail"), to_do=say("serve_mail_to_do"))


def _listen(host: str, port: int, say: Sentences) -> socket.socket:
    try:
        return listen(host, port)
    except OSError as error:
        told = say("serve_address", address=f"{host}:{port}", why=error.strerror or error)
        terminal.fail(escape(told), to_do=say("serve_address_to_do"))


def _traces(address: str, say: Sentences) -> Traces:
    if not address.startswith(("http://", "https://")):
        terminal.fail(escape(say("traces_address", address=address)), to_do=say("traces_address_to_do"))
    try:
        return Traces(exporter_to(address), metadata.version("aforo"))
    except TracesMissingError:
        terminal.fail(say("extra_missing", extra="otel"), to_do=say("extra_missing_to_do", extra="otel"))
