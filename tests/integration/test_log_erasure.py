"""After an erasure no file holds the person's data or key, nothing sealed opens, and the log still verifies."""

from __future__ import annotations

import base64
import json
from contextlib import closing
from pathlib import Path

import pytest
import typer
from recorded import START, Clock, event
from sqlalchemy import text
from typer.testing import CliRunner

from aforo.cli import erase
from aforo.cli import log as log_commands
from aforo.domain.event import PersonErased, Quarantined, new_event
from aforo.log.erasure import erase_person, stream_of
from aforo.log.ids import event_id
from aforo.log.keys import KeyStore
from aforo.log.sequencer import sequence
from aforo.log.store import Log
from aforo.log.verify import verify

NAME = "Guadalupe Ejemplo Inventada"
LINE = f"D-77;{NAME};tractor 77-AA-1".encode()
OTHERS = 3000


def file_quarantine(log: Log, persons: list[int]) -> str:
    """A refused record that names its persons, kept sealed."""
    payload = Quarantined("declarations", 1, (), log.keys.seal(persons, LINE), tuple(f"{p:016x}" for p in persons))
    identifier = event_id(START)
    log.append([
        new_event(identifier, payload, f"filing/{identifier}", 1, occurred_at=START, recorded_at=START, actor="test")
    ])  # fmt: skip
    return identifier


def opened(log: Log, identifier: str) -> bytes | None:
    stored = log.event(identifier)
    assert stored is not None
    payload = stored.payload
    assert isinstance(payload, Quarantined)
    return log.keys.open([int(person, 16) for person in payload.persons], payload.sealed)


def key_bytes(keys: KeyStore, person: int) -> bytes:
    keys.ensure([person])
    return keys._keys[person]


def holds(folder: Path, needle: bytes) -> list[str]:
    """The files under a folder that hold these bytes, write-ahead logs included."""
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and needle in path.read_bytes())


def test_erasure_leaves_nothing_of_the_person_in_any_file(tmp_path: Path) -> None:
    keys = KeyStore(tmp_path / "apart" / "keys.sqlite")
    (tmp_path / "log").mkdir()
    with Log.open(f"sqlite:///{tmp_path / 'log' / 'log.sqlite'}", keys, clock=Clock()) as log:
        person = int(keys.identity_hashes("driver", [NAME])[0])
        # Many others' keys, before and after, so that the person's row has been moved about by page splits.
        others = [int(other) for other in keys.identity_hashes("driver", [f"other {i}" for i in range(OTHERS)])]
        keys.ensure(others[: OTHERS // 2])
        quarantined = file_quarantine(log, [person, others[0]])
        key = key_bytes(keys, person)
        keys.ensure(others)
        sealed_by_other = keys.seal([others[0]], b"stays")
        sequence(log)

        assert opened(log, quarantined) == LINE
        assert holds(tmp_path, NAME.encode()) == [], "plain text is nowhere, even before the erasure"
        assert holds(tmp_path, key), "the key is where this test can find it"

        recorded = erase_person(log, person, "art. 20", actor="test")
        assert recorded is not None
        sequence(log)

        assert holds(tmp_path, key) == []
        assert holds(tmp_path, base64.b64encode(key)) == []
        assert holds(tmp_path, NAME.encode()) == []
        assert opened(log, quarantined) is None
        assert keys.open([others[0]], sealed_by_other) == b"stays"
        report = verify(log.database, keys.signing.verifiers(log.origin)[0])
        assert report.good, report.findings
        assert len(log.read(types=["filing.quarantined"])) == 1, "what was counted stays counted"
    keys.close()
    assert holds(tmp_path, key) == []


def test_every_key_can_be_destroyed_without_a_trace(tmp_path: Path) -> None:
    """Whatever the pages of the key store went through."""
    keys = KeyStore(tmp_path / "keys.sqlite")
    people = [int(person) for person in keys.identity_hashes("driver", [str(i) for i in range(800)])]
    for person in people:
        keys.ensure([person])
    destroyed = {person: key_bytes(keys, person) for person in people[::2]}
    kept = {person: key_bytes(keys, person) for person in people[1::2]}
    assert keys.erase_all(destroyed) == len(destroyed)
    contents = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert [person for person, key in destroyed.items() if key in contents] == []
    assert all(key in contents for key in kept.values())


def test_an_erasure_is_an_event(store_url: str, tmp_path: Path) -> None:
    with Log.open(store_url, KeyStore(tmp_path / "keys.sqlite"), clock=Clock()) as log:
        person = 2**63 + 1
        log.keys.ensure([person])
        assert erase_person(log, person, "art. 20", actor="officer")
        log.keys.ensure([person])
        assert erase_person(log, person, "again", actor="officer")
        assert erase_person(log, person, "there is nothing left", actor="officer") is None
        payloads = [stored.payload for stored in log.stream(stream_of(person))]
        assert payloads == [PersonErased("8000000000000001", "art. 20"), PersonErased("8000000000000001", "again")]


def test_an_erasure_that_was_interrupted_is_recorded_by_the_next(store_url: str, tmp_path: Path) -> None:
    with Log.open(store_url, KeyStore(tmp_path / "keys.sqlite"), clock=Clock()) as log:
        log.keys.ensure([5])
        log.keys.erase(5)  # and the node stops here
        assert erase_person(log, 5, "art. 20", actor="officer")
        assert erase_person(log, 5, "art. 20", actor="officer") is None


app = typer.Typer()
log_commands.register(app)
erase.register(app)


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> CliRunner:
    monkeypatch.setenv("AFORO_STORE", f"sqlite:///{tmp_path / 'log.sqlite'}")
    monkeypatch.setenv("AFORO_KEYS", f"sqlite:///{tmp_path / 'keys.sqlite'}")
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    return CliRunner()


@pytest.mark.parametrize("ground", [f"art. 20, {NAME}", f"art. 20 ({NAME.lower()})", NAME.replace(" ", "-"), " "])
def test_a_ground_that_names_the_person_is_refused(command: CliRunner, tmp_path: Path, ground: str) -> None:
    with closing(KeyStore(tmp_path / "keys.sqlite")) as keys:
        Log.open(f"sqlite:///{tmp_path / 'log.sqlite'}", keys, clock=Clock()).close()
        keys.ensure([int(keys.identity_hashes("driver", [NAME])[0])])
    refused = command.invoke(app, ["erase", "--kind", "driver", "--value", NAME, "--ground", ground])
    assert refused.exit_code == 2
    assert "Traceback" not in refused.output
    erased = command.invoke(app, ["erase", "--kind", "driver", "--value", NAME, "--ground", "art. 20"])
    assert erased.exit_code == 0, "the key was kept"


def test_the_commands(command: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for arguments in (["log", "verify"], ["log", "checkpoint"], ["erase", "--kind", "driver", "--value", "x",
                                                                 "--ground", "y"]):  # fmt: skip
        assert command.invoke(app, arguments).exit_code == 2, "there is no store yet"
    keys = KeyStore(tmp_path / "keys.sqlite")
    with Log.open(f"sqlite:///{tmp_path / 'log.sqlite'}", keys, clock=Clock()) as log:
        log.append([event(f"s{i}") for i in range(5)])
        keys.ensure([int(keys.identity_hashes("driver", [NAME])[0])])
    signed = command.invoke(app, ["log", "checkpoint"])
    assert signed.exit_code == 0, signed.output
    (tmp_path / "kept").write_text(signed.stdout)
    first_key = json.loads(command.invoke(app, ["log", "checkpoint", "--json"]).stdout)["first_key"]
    erased = command.invoke(app, ["erase", "--kind", "driver", "--value", NAME, "--ground", "art. 20", "--json"])
    assert erased.exit_code == 0, erased.output
    assert command.invoke(app, ["erase", "--kind", "driver", "--value", NAME, "--ground", "art. 20"]).exit_code == 1
    assert command.invoke(app, ["erase", "--kind", "dog", "--value", NAME, "--ground", "x"]).exit_code == 2
    spanish = command.invoke(
        app, ["erase", "--kind", "driver", "--value", NAME, "--ground", "art. 20", "--lang", "es"]
    ).output
    assert "conductor" in spanish
    assert "driver" not in spanish
    rotated = command.invoke(app, ["log", "rotate-key", "--json"])
    assert rotated.exit_code == 0, rotated.output
    report = command.invoke(app, ["log", "verify", "--json", "--checkpoint", str(tmp_path / "kept")])
    assert report.exit_code == 0, report.output
    told = json.loads(report.stdout)
    assert (told["leaves"], told["findings"]) == (7, [])
    assert told["keys"] == [first_key, json.loads(rotated.stdout)["key"]]
    assert command.invoke(app, ["log", "verify", "--key", first_key[:-3]]).exit_code == 2
    with Log.open(f"sqlite:///{tmp_path / 'log.sqlite'}", keys) as log, log.database.write() as connection:
        connection.execute(text("DELETE FROM event WHERE position = 2"))
    keys.close()
    (tmp_path / "keys.sqlite").rename(tmp_path / "gone.sqlite")
    assert command.invoke(app, ["log", "verify"]).exit_code == 2, "no key to verify with"
    bad = command.invoke(app, ["log", "verify", "--key", first_key])
    assert bad.exit_code == 1
    assert "leaf 1" in bad.stdout
    monkeypatch.setenv("LANG", "es_MX.UTF-8")
    assert "la hoja 1" in command.invoke(app, ["log", "verify", "--key", first_key]).stdout
