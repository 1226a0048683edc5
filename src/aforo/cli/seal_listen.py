"""`aforo seal listen`: what seals and gateways send over TCP, MQTT and NATS is recorded, and then acknowledged."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

import typer
from rich.markup import escape

from aforo.cli import supervisor, terminal
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import Keys, Store, refusals
from aforo.cli.seal_put_aside import aside_of
from aforo.cli.turns import short_turns
from aforo.domain import structs
from aforo.flow.blocks_apart import read_apart
from aforo.flow.custody import Custody
from aforo.gateways.broker import AddressError, BrokerError, Line
from aforo.gateways.recorder import Recorder
from aforo.gateways.retrying import Retrying
from aforo.gateways.tcp import Bounds, TcpLine
from aforo.log.opened import open_log
from aforo.log.sequencer import Sequencing
from aforo.settings import officer, settings

#: Environment variables with the passwords of brokers: an address with one would stand in the list of processes.
MQTT_PASSWORD, NATS_PASSWORD = "AFORO_MQTT_PASSWORD", "AFORO_NATS_PASSWORD"


@dataclass
class _Lines:
    """What is listened to: the socket of the plain-text seals, and lines to brokers."""

    tcp: socket.socket | None = None
    brokers: list[Line] = field(default_factory=list)


def listen(
    tcp: Annotated[
        str | None, typer.Option(metavar="host:port", help="Listen here to plain-text seals, and answer them.")
    ] = None,
    mqtt: Annotated[
        str | None,
        typer.Option(
            metavar="url", help="Take from this MQTT broker: mqtt:// or mqtts://[USER@]HOST[:PORT] (extra mqtt)."
        ),
    ] = None,
    nats: Annotated[
        str | None,
        typer.Option(
            metavar="url", help="Take from this NATS JetStream: nats:// or tls://[USER@]HOST[:PORT] (extra nats)."
        ),
    ] = None,
    exposed: Annotated[
        bool, typer.Option("--exposed", help="In clear beyond this machine too, where others may read it and send.")
    ] = False,
    by: Annotated[str, typer.Option(help="Who records; by default this terminal's user.")] = "",
    store: Store = None,
    keys: Keys = None,
    lang: LanguageOption = "",
) -> None:
    """Record what seals and gateways send until told to stop (Ctrl-C, SIGTERM). What was acknowledged is in the log.

    Topics are aforo/seal/FORM (MQTT) and aforo.seal.FORM (NATS), FORM being block, seal_text, traccar or telematics.
    Passwords of brokers are read from AFORO_MQTT_PASSWORD and AFORO_NATS_PASSWORD.
    """
    from aforo.api import log_lines  # loaded where it is needed: every command of seals reads this module

    say = Sentences("aforo.cli", lang)
    if tcp is None and mqtt is None and nats is None:
        terminal.fail(say("listen_to_what"), to_do=say("listen_to_what_to_do"))
    where = settings(store, keys)
    with ExitStack() as stack:
        lines = _Lines()
        if tcp is not None:
            lines.tcp = stack.enter_context(closing(_listening(tcp, exposed, say)))
        with refusals(where.store):
            log = stack.enter_context(open_log(where))
        if log.refusal is not None:
            terminal.fail(
                escape(say("log_refuses", why=log.refusal)), to_do=say("log_refuses_to_do"), code=terminal.FOUND
            )
        reader = stack.enter_context(read_apart())
        custody, actor = Custody(log), officer(by or None)
        aside = stack.enter_context(aside_of(where, say))
        recorder = Recorder(custody, actor=actor, origin=log.marks, reader=reader, aside=aside)
        retrying = Retrying(custody, aside, recorder.refusals, actor=actor, origin=log.marks)
        if mqtt is not None:
            lines.brokers.append(_mqtt(mqtt, recorder, log.origin, exposed, say))
        if nats is not None:
            lines.brokers.append(_nats(nats, recorder, log.origin, exposed, say))
        log_lines.configure("text")
        structs.make_ready()
        short_turns()
        stack.enter_context(Sequencing(log))
        try:
            asyncio.run(_run(lines, recorder, retrying, say))
        except ExceptionGroup as group:
            if (silent := group.subgroup(BrokerError)) is None:
                raise
            told = escape(say("listen_broker", why=silent.exceptions[0]))
            terminal.fail(told, to_do=say("listen_broker_to_do"), code=terminal.FOUND)
    supervisor.tell("STOPPING=1")
    terminal.err.print(
        say("listen_ended", readings=f"{recorder.readings:,}", written=f"{recorder.written:,}"), markup=False
    )


async def _run(lines: _Lines, recorder: Recorder, retrying: Retrying, say: Sentences) -> None:
    """Record until told to stop. Raises BrokerError in a group where a broker does not answer."""
    from aforo.api.server import most_connections

    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    waiting = set(range(len(lines.brokers)))

    def reached(number: int) -> Callable[[], None]:
        def told() -> None:
            if number in waiting:
                waiting.discard(number)
                ready()

        return told

    def ready() -> None:
        if not waiting:
            terminal.err.print(say("listen_ready", where=", ".join(_named(lines))), markup=False)
            supervisor.tell("READY=1")

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(recorder.run()), group.create_task(retrying.run())]
        if lines.tcp is not None:
            bounds = Bounds(connections=min(Bounds.connections, most_connections()))
            tasks.append(group.create_task(TcpLine(recorder, bounds).run(lines.tcp)))
        tasks += [group.create_task(line.run(reached(number))) for number, line in enumerate(lines.brokers)]
        if not lines.brokers:
            ready()
        await stop.wait()
        for task in tasks:
            task.cancel()


def _named(lines: _Lines) -> Sequence[str]:
    brokers = [each.address for each in lines.brokers]
    if lines.tcp is None:
        return brokers
    host, port = lines.tcp.getsockname()[:2]
    return [f"tcp://{f'[{host}]' if ':' in host else host}:{port}", *brokers]


def _listening(address: str, exposed: bool, say: Sentences) -> socket.socket:
    """A socket that listens where an option says; leaves with an error in words where none can."""
    try:
        parts = urlsplit(f"tcp://{address}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or port is None:
        terminal.fail(say("listen_address", address=escape(address)), to_do=say("listen_address_to_do"))
    _refuse_exposed(host, exposed, say)
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=1_024)
    except OSError as error:
        told = say("serve_address", address=address, why=error.strerror or error)
        terminal.fail(escape(told), to_do=say("listen_taken_to_do"))


def _mqtt(url: str, recorder: Recorder, origin: str, exposed: bool, say: Sentences) -> Line:
    try:
        from aforo.gateways.mqtt import MqttLine
    except ModuleNotFoundError:
        terminal.fail(say("extra_missing", extra="mqtt"), to_do=say("extra_missing_to_do", extra="mqtt"))
    try:
        line = MqttLine(url, recorder, password=os.environ.get(MQTT_PASSWORD, ""), origin=origin)
    except AddressError:
        terminal.fail(say("listen_url"), to_do=say("listen_mqtt_to_do", variable=MQTT_PASSWORD))
    if not line.where.tls:
        _refuse_exposed(line.where.host, exposed, say)
    return line


def _nats(url: str, recorder: Recorder, origin: str, exposed: bool, say: Sentences) -> Line:
    try:
        from aforo.gateways.nats import NatsLine
    except ModuleNotFoundError:
        terminal.fail(say("extra_missing", extra="nats"), to_do=say("extra_missing_to_do", extra="nats"))
    try:
        line = NatsLine(url, recorder, password=os.environ.get(NATS_PASSWORD, ""), origin=origin)
    except AddressError:
        terminal.fail(say("listen_url"), to_do=say("listen_nats_to_do", variable=NATS_PASSWORD))
    if not line.where.tls:
        _refuse_exposed(line.where.host, exposed, say)
    return line


def _refuse_exposed(host: str, exposed: bool, say: Sentences) -> None:
    """Leave where what is sent could be read by others, and nobody said that it may."""
    try:
        here = ip_address(host).is_loopback
    except ValueError:
        here = host == "localhost"
    if not (here or exposed):
        terminal.fail(say("listen_exposed", host=escape(host)), to_do=say("listen_exposed_to_do"))
