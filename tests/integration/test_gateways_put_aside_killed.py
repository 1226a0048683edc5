"""What was put aside is there after a kill, and whoever runs the listener sees what waits."""

from __future__ import annotations

import asyncio
import json
import signal
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from aside_scene import (
    aside,
    log,
    message,
    register,
    taking,
)
from listened import kills, log_of_seals, until
from programs import program
from typer.testing import CliRunner

from aforo.cli import complete_app
from aforo.cli.language import Sentences
from aforo.domain.clock import instant
from aforo.flow import seal_blocks
from aforo.log.put_aside import PutAside
from aforo.log.store import Log

__all__ = ["aside", "log"]  # fixtures


def test_what_was_put_aside_outlives_a_kill_of_the_listener(tmp_path: Path, mosquitto: Any, nats: Any) -> None:
    """Devices that nobody has registered publish through both brokers, and the listener is killed again and again. When
    they are registered, all that was acknowledged is in the log."""
    with log_of_seals(tmp_path):
        pass
    (tmp_path / "keys.sqlite").rename(tmp_path / "log-keys.sqlite")
    trial = kills.Trial()

    async def run() -> tuple[Any, Any]:
        witness = program("mqtt_witness").Witness(mosquitto.port)
        listener = kills.Listener(tmp_path, mqtt=await witness.start(), nats=nats.port)
        await asyncio.to_thread(listener.start)
        try:
            senders = [
                asyncio.ensure_future(kills.publish_mqtt(mosquitto.port, "unknown-M", trial)),
                asyncio.ensure_future(kills.publish_nats(nats.port, "unknown-N", trial)),
            ]
            for _ in range(2):
                await asyncio.sleep(0.7)
                listener.end(signal.SIGKILL)
                await asyncio.to_thread(listener.start)
            trial.over = True
            await asyncio.gather(*senders)
            await kills.drained(nats.port, witness, trial)
            listener.end(signal.SIGKILL)
            with listener.log() as log:
                assert kills.logged(log)[0] == set()
                for device in ("unknown-M", "unknown-N"):
                    register(log, device)
            asked = ["seal", "put-aside", "--json", "--store", listener.store, "--keys", str(listener.keys)]
            told = json.loads(CliRunner().invoke(complete_app(), asked).stdout)["waiting"]
            assert {each["device"]: each["code"] for each in told} == dict.fromkeys(
                ("unknown-M", "unknown-N"), "device_unknown"
            )
            await asyncio.to_thread(listener.start)
            file = PutAside(tmp_path / "log-aside.sqlite")
            with closing(file):
                await until(lambda: not file.waits(), 60)
        finally:
            await asyncio.to_thread(listener.end)
            witness.close()
        return listener, witness

    listener, witness = asyncio.run(run())
    with listener.log() as log:
        found, _ = kills.logged(log)
    assert (len(witness.acknowledged) > 20, len(trial.streamed) > 20) == (True, True)
    assert trial.mqtt <= witness.acknowledged.keys() <= found
    assert trial.nats <= trial.streamed <= found
    assert listener.verifies()


def test_what_waits_is_listed(tmp_path: Path, log: Log) -> None:
    def told(*options: str) -> str:
        where = ["--store", str(tmp_path / "log.sqlite"), "--keys", str(tmp_path / "log-keys.sqlite"), *options]
        done = CliRunner().invoke(complete_app(), ["seal", "put-aside", *where])
        assert done.exit_code == 0, done.output
        return done.stdout

    assert "Nothing of brokers waits." in told("--lang", "en")
    assert not (tmp_path / "log-aside.sqlite").exists(), "who only looks makes no file"

    async def run(aside: PutAside) -> None:
        async with taking(log, aside) as own:
            for device in ("new", *(f"name {number}" for number in range(60))):
                await own.recorder.keep_or_put_aside("seal_text", message(device, 1))
            await own.recorder.keep_or_put_aside("seal_text", message("new", 2))

    with PutAside(tmp_path / "log-aside.sqlite") as aside:
        asyncio.run(run(aside))
        since = instant(aside.waiting()[0].since)
    lines = told("--lang", "en").splitlines()
    assert " ".join(lines[1].split()).startswith("new device not registered, or retired 2 ")
    assert "dispositivo no registrado" in told("--lang", "es")
    assert f"{since:%Y-%m-%d %H:%M:%S}Z" in lines[1]
    assert "And 11 more" in lines[-1]
    assert len(json.loads(told("--json"))["waiting"]) == 61


@pytest.mark.parametrize("lang", ["en", "es"])
def test_why_something_waits_is_said_in_words_whatever_it_is(lang: str) -> None:
    say = Sentences("aforo.cli", lang)
    for code in ("device_unknown", "device_too_often", *seal_blocks._KEYS):
        assert " " in say(f"put_aside_why_{code}")


def test_a_file_of_what_waits_that_cannot_be_used_is_told_in_words(tmp_path: Path, log: Log) -> None:
    (tmp_path / "keys-aside.sqlite").write_bytes(b"no database at all" * 100)
    where = ["--store", str(tmp_path / "log.sqlite"), "--keys", str(tmp_path / "keys.sqlite"), "--lang", "en"]
    for command in (["put-aside"], ["listen", "--tcp", "127.0.0.1:0"]):
        done = CliRunner().invoke(complete_app(), ["seal", *command, *where])
        assert done.exit_code == 2
        assert "what waits cannot be read" in " ".join(done.output.split())
