"""`aforo seal listen`: what it says; a kill of it, or of its connections to a database, costs no answered message."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import pytest
from listened import SEALS, kills, log_of_seals, recording, tcp
from programs import program
from typer.testing import CliRunner

from aforo.cli import complete_app


def refused(folder: Path, *options: str, code: int = 2) -> str:
    where = ["--store", str(folder / "log.sqlite"), "--keys", str(folder / "keys.sqlite"), "--lang", "en"]
    done = CliRunner().invoke(complete_app(), ["seal", "listen", *options, *where])
    assert done.exit_code == code, done.output
    return " ".join(done.output.split())


def test_what_cannot_be_listened_to_is_told_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "nothing to listen to" in refused(tmp_path)
    assert "HOST:PORT, not 7001" in refused(tmp_path, "--tcp", "7001")
    for options in (("--tcp", "0.0.0.0:7001"), ("--mqtt", "mqtt://10.1.2.3"), ("--nats", "nats://node.example")):
        assert "goes in clear" in refused(tmp_path, *options)
    for options in (("--mqtt", "mqtt://ana:secret@127.0.0.1"), ("--nats", "http://127.0.0.1")):
        told = refused(tmp_path, *options)
        assert "cannot be read" in told
        assert "secret" not in told
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert "cannot listen" in refused(tmp_path, "--tcp", f"127.0.0.1:{taken.getsockname()[1]}")
    port = program("brokers").free_port()
    for option in (("--mqtt", f"mqtt://127.0.0.1:{port}"), ("--nats", f"nats://127.0.0.1:{port}")):
        assert "does not answer" in refused(tmp_path, *option, code=1)
    for extra, module, option in (("mqtt", "paho", "mqtt://127.0.0.1"), ("nats", "nats", "nats://127.0.0.1")):
        with monkeypatch.context() as without:
            without.delitem(sys.modules, f"aforo.gateways.{extra}", raising=False)
            for name in [each for each in sys.modules if each.partition(".")[0] == module]:
                without.delitem(sys.modules, name)
            without.setitem(sys.modules, module, None)
            assert f"pip install 'aforo[{extra}]'" in refused(tmp_path, f"--{extra}", option)


async def struck(trial: Any, port: int, *strikes: Any) -> None:
    """Seals send, and strikes fall among them."""
    senders = [asyncio.ensure_future(kills.seal(port, device, trial)) for device in SEALS]
    for strike in strikes:
        await asyncio.sleep(0.4)
        await asyncio.to_thread(strike)
    await asyncio.sleep(0.4)
    trial.over = True
    await asyncio.wait_for(asyncio.gather(*senders), 60)


def test_what_was_answered_is_in_the_log_though_the_listener_is_killed(tmp_path: Path) -> None:
    with log_of_seals(tmp_path):
        pass
    os.rename(tmp_path / "keys.sqlite", tmp_path / "log-keys.sqlite")
    listener, trial = kills.Listener(tmp_path), kills.Trial()
    listener.start()

    def again() -> None:
        listener.end(signal.SIGKILL)
        listener.start()

    try:
        asyncio.run(struck(trial, listener.port, again, again))
    finally:
        listener.end()
    assert listener.process.returncode == 0
    assert "Stopped" in (tmp_path / "said.txt").read_text()
    with listener.log() as log:
        found, _ = kills.logged(log)
    assert len(trial.tcp) > 10
    assert trial.tcp <= found
    assert trial.again, "a kill struck among messages"


def test_what_was_answered_is_in_the_log_though_the_connections_to_its_database_are_killed(
    tmp_path: Path, postgres_url: str
) -> None:
    from sqlalchemy import create_engine, text
    from sqlalchemy.pool import NullPool

    trial, struck_down = kills.Trial(), []
    ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> "

    def strike() -> None:
        with create_engine(postgres_url, poolclass=NullPool).connect() as connection:
            struck_down.extend(connection.execute(text(ended + "pg_backend_pid()")).all())

    with log_of_seals(tmp_path, postgres_url) as log:

        async def run() -> None:
            async with recording(log) as recorder, tcp(recorder) as (port, _):
                await struck(trial, port, *[strike] * 4)

        asyncio.run(run())
        found, _ = kills.logged(log)
    assert struck_down
    assert len(trial.tcp) > 10
    assert trial.tcp <= found
