"""A node that has its checkpoints cosigned: it is met where it stands, put back, and convicted where it forks."""

from __future__ import annotations

import http.client
import json
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from typer.testing import CliRunner
from witnessing import LEAVES, LOG, NAME, Node, answering, free_port, serving, submission

from aforo.api import witness_link
from aforo.api.witness_link import Cosigning, WitnessAt, WitnessRefusesError, WitnessSilentError
from aforo.cli import complete_app
from aforo.log import cosignatures, merkle
from aforo.log.checkpoint import Checkpoint, parse
from aforo.log.cosignature import WitnessKey, WitnessSigner
from aforo.log.note import NoteError, Signer
from aforo.log.proof import last_checkpoint
from aforo.log.signing import EquivocationError
from aforo.log.store import Log
from aforo.log.succession import succeed
from aforo.log.tile_store import served_tile, tree
from aforo.log.verify import contradiction_in, verify
from aforo.log.witness import RefusedError, Submission
from aforo.log.witness_state import Settled, Witness


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    made = Node(tmp_path / "node")
    yield made
    made.close()


def look(node: Node, *witnesses: WitnessAt) -> dict[str, str]:
    """One round of the node's own; the problems."""
    cosigning = Cosigning(node.log, witnesses)
    cosigning.look()
    return {key: problem for key, problem in cosigning.problems.items() if problem}


def test_a_witness_that_is_killed_goes_on_where_it_was(node: Node, tmp_path: Path) -> None:
    state, port = tmp_path / "witness.sqlite", free_port()
    node.grow(10, "a")
    acknowledged = [0]
    with serving(state, port, node.first, LOG.verifier) as (running, at):

        def submit() -> None:
            """One checkpoint after another, each acknowledged or not."""
            for size in range(1, 300):
                note = submission(LEAVES[:size], 0).decode().partition("\n\n")[2]
                proof = merkle.consistency_proof(LEAVES[:size], size - 1) if size > 1 else []
                with suppress(WitnessSilentError):
                    at.add_checkpoint(Submission(size - 1, proof, note))
                    acknowledged.append(size)
                if running.poll() is not None:
                    return

        assert look(node, at) == {}
        cosigned = cosignatures.newest(node.log.database, [at.key])
        head = last_checkpoint(node.log.database)
        assert cosigned is not None
        assert head is not None
        assert cosigned.size == head.size
        assert at.key.cosigned_at(cosigned.note) > 1_700_000_000
        busy = threading.Thread(target=submit)
        busy.start()
        while len(acknowledged) < 5:
            time.sleep(0.01)
        running.kill()
        running.wait()
        busy.join()
        node.grow(300, "while it is gone")
        assert look(node, at), "it does not answer"
    with serving(state, port, node.first) as (_, at):
        # The node has forgotten what was cosigned, as if put back: the witness tells it.
        with node.log.database.write() as connection:
            connection.execute(text("DELETE FROM cosignature"))
        assert look(node, at) == {}
    with closing(Witness(state, NAME, [], lambda: 1)) as kept:
        head = last_checkpoint(node.log.database)
        assert head is not None
        assert parse(kept.notes()[node.log.origin].partition("\n\n")[0] + "\n").size == head.size
        assert kept.contradictions() == []
        last = kept.last(LOG.verifier.name)
        assert last is not None
        assert acknowledged[-1] <= last.size <= acknowledged[-1] + 1, "what was answered was on the disk"


def test_over_http_it_answers_as_the_protocol_says(tmp_path: Path) -> None:
    with answering(tmp_path / "witness.sqlite", LOG.verifier) as at:
        port = int(at.url.rpartition(":")[2])

        def ask(body: bytes, method: str = "POST", path: str = "/add-checkpoint") -> tuple[int, str, bytes]:
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
                connection.request(method, path, body)
                answer = connection.getresponse()
                return answer.status, answer.headers["Content-Type"], answer.read()

        status, _, said = ask(submission(LEAVES[:9], 0))
        assert status == 200
        assert said.startswith("— witness.example/w1 ".encode())
        assert said.endswith(b"\n")
        assert ask(submission(LEAVES[:40], 3))[::2] == (409, b"9\n")
        assert ask(submission(LEAVES[:40], 3))[1] == "text/x.tlog.size"
        forked = [merkle.leaf_hash(b"x"), *LEAVES[1:40]]
        assert ask(submission(forked, 9))[0] == 422
        assert ask(submission(forked[:9], 9))[0] == 409
        assert ask(submission(LEAVES[:9], 40))[0] == 400
        assert ask(submission(LEAVES[:9], 0, Signer("aforo/other", bytes(32))))[0] == 404
        assert ask(submission(LEAVES[:9], 0, Signer("aforo/test", bytes(32))))[0] == 403
        assert ask(b"\xff")[0] == 400
        assert ask(b"old 0\n\n" + b"x" * 1_000_000)[0] == 413
        assert ask(b"", method="GET")[0] == 405
        assert ask(b"", method="GET", path="/")[0] == 404


def test_a_node_put_back_with_its_keys_is_convicted(node: Node, tmp_path: Path) -> None:
    """The node's own memory is put back with it, so it signs a second history; the witness's is not."""
    state = tmp_path / "witness.sqlite"
    node.grow(300, "before")
    with answering(state, node.first) as at:
        assert look(node, at) == {}
        copy = node.copied("copy")
        node.grow(7, "lost")
        assert look(node, at) == {}
        kept = cosignatures.newest(node.log.database, [at.key])
        assert kept is not None
        node.put_back(copy)
        cosigning = Cosigning(node.log, [at])
        cosigning.look()
        assert "knows 307 leaves" in str(cosigning.problems), "an old copy is told so before it goes on"
        assert cosigning.contradicted
        node.grow(20, "second")
        cosigning = Cosigning(node.log, [at])
        cosigning.look()
        assert list(cosigning.problems.values()) == ["422"]
        assert cosigning.contradicted
    with closing(Witness(state, NAME, [node.first], lambda: 1)) as witness:
        (held,) = [each for each in witness.contradictions() if each.proven]
        (old,) = [each for each in witness.contradictions() if not each.proven]
        assert "\n300\n" in old.contradiction.smaller, "the old copy is of the first history, as far as it goes"
        head = last_checkpoint(node.log.database)
        assert head is not None
        became = witness.settle(node.log.origin, head.note, partial(served_tile, node.log.database))
        assert became == Settled(1, 0, 0), "and with what it signed since it is told that it goes on otherwise"
        assert witness.contradictions() == [held]
    assert held.contradiction.convicts([node.first])
    # And who kept the cosigned checkpoint finds it in the store, with what convicts it.
    report = verify(node.log.database, node.first, notes={"kept": kept.note}, witnesses=[at.key])
    assert [finding.code for finding in report.findings] == ["witness_differs"]
    found = contradiction_in(node.log.database, node.first, [kept.note])
    assert found is not None
    assert found.convicts([node.first])
    assert contradiction_in(node.log.database, node.first, [found.larger, "nothing"]) is None
    empty = Checkpoint(node.log.origin, 0, merkle.EMPTY_ROOT).signed(node.keys.signing.current(node.log.origin))
    assert contradiction_in(node.log.database, node.first, [empty]) is None


def test_a_node_put_back_without_its_keys_signs_nothing(node: Node, tmp_path: Path) -> None:
    """The key store remembers (`signing.Witnessed`): there is nothing for a witness to find."""
    node.grow(10, "before")
    copy = node.copied("copy")
    node.grow(5, "lost")
    (copy / "keys.sqlite").unlink()
    for companion in copy.glob("keys.sqlite*"):
        companion.unlink()
    keys = {path.name: path.read_bytes() for path in node.folder.glob("keys.sqlite*")}
    node.close()
    for name, said in keys.items():
        (copy / name).write_bytes(said)
    node.open()
    node.put_back(copy)
    with pytest.raises(EquivocationError):
        node.grow(1, "second")


def test_a_log_that_declares_its_loss_is_not_convicted(node: Node) -> None:
    """It goes on under another name, and says so: nobody signed two histories of one log."""
    node.grow(300, "before")
    copy = node.copied("copy")
    node.grow(9, "lost")
    head = last_checkpoint(node.log.database)
    assert head is not None
    first, store = node.first, node.folder / "log.sqlite"
    node.log.close()
    store.write_bytes((copy / "log.sqlite").read_bytes())
    for companion in ("-wal", "-shm"):
        store.with_name(store.name + companion).unlink(missing_ok=True)
    node.log = Log.open(f"sqlite:///{store}", node.keys)
    succeed(node.log.database, node.log.origin, node.keys, "a disk", actor="test")
    node.log.close()
    node.log = Log.open(f"sqlite:///{store}", node.keys)
    node.grow(20, "after")
    assert verify(node.log.database, first, notes={"kept": head.note}).good
    assert contradiction_in(node.log.database, first, [head.note]) is None


def test_a_deleted_event_convicts_who_signs_it_away(node: Node, tmp_path: Path) -> None:
    """Somebody with the keys deletes an event, has the tree made anew and signed, and forgets what was signed."""
    node.grow(300, "before")
    with closing(Witness(tmp_path / "witness.sqlite", NAME, [node.first], lambda: 1)) as witness:
        head = last_checkpoint(node.log.database)
        assert head is not None
        witness.add(Submission(0, [], head.note).body)
        with node.log.database.write() as connection:
            for table in ("leaf", "checkpoint", "subtree"):
                connection.execute(text(f"DELETE FROM {table}"))
            connection.execute(text("DELETE FROM event WHERE position = 200"))
        with node.keys.signing._file.write() as db:
            db.execute("DELETE FROM signed")
        node.grow(50, "after")
        found = contradiction_in(node.log.database, node.first, [head.note])
        assert found is not None
        assert found.convicts([node.first])
        submitted = Submission(300, found.proof, found.larger).body
        with pytest.raises(RefusedError):
            witness.add(submitted)
        (held,) = witness.contradictions()
    assert held.proven
    assert held.contradiction == found


def test_a_witness_that_answers_nonsense_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    key = WitnessKey("w", LOG.verifier.public_key)
    at = WitnessAt("http://127.0.0.1:9/", key)
    sent = Submission(0, [], LOG.note("aforo/test\n1\n" + "A" * 43 + "=\n"))
    for status, kind, said, raises in (
        (200, "text/plain", "", WitnessSilentError), (200, "text/plain", "— w AAAAAAAA\n", WitnessSilentError),
        (200, "text/html", "<html>", WitnessSilentError), (409, "text/x.tlog.size", "7\n", WitnessRefusesError),
        (409, "text/x.tlog.size", "x" * 9_000, WitnessRefusesError), (500, "text/plain", "", WitnessRefusesError),
    ):  # fmt: skip
        monkeypatch.setattr(WitnessAt, "_asked", lambda *given, said=(status, kind, said, ""): said)
        with pytest.raises(raises) as told:
            at.add_checkpoint(sent)
        assert getattr(told.value, "size", None) == (7 if said == "7\n" else None)
    assert witness_link.PATIENCE_S > 0


def test_only_what_the_witness_cosigned_convicts(node: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal that anybody between could have written tells that it was not cosigned, and nothing of the log."""
    node.grow(300, "before")
    other = WitnessSigner("witness.example/other", bytes(32))

    def shown(leaves: int, signer: WitnessSigner, origin: str = "", root: bytes = b"x" * 32) -> str:
        said = Checkpoint(origin or node.log.origin, leaves, root)
        note = said.signed(node.keys.signing.current(node.log.origin))
        return b64encode((note + signer.line(said.text, 1_700_000_000)).encode()).decode()

    own = WitnessSigner(NAME, bytes(range(32)))
    at = WitnessAt("http://127.0.0.1:9", own.public)
    with node.log.database.read() as connection:
        root = tree(connection, 200).root()
    for answer, convicts in (
        ((422, "text/plain", "", ""), False), ((422, "text/html", "<html>", "no base64"), False),
        ((409, "text/x.tlog.size", "9000\n", ""), False), ((409, "text/plain", "", ""), False),
        ((422, "text/plain", "", b64encode(b"\xff").decode()), False),
        ((422, "text/plain", "", shown(9_000, other)), False), ((422, "text/plain", "", shown(200, other)), False),
        ((422, "text/plain", "", shown(9_000, own, "aforo/another")), False),
        ((422, "text/plain", "", shown(200, own, root=root)), False),
        ((422, "text/plain", "", shown(200, own)), True), ((409, "text/plain", "", shown(9_000, own)), True),
    ):  # fmt: skip
        monkeypatch.setattr(WitnessAt, "_asked", lambda *given, answer=answer: answer)
        cosigning = Cosigning(node.log, [at])
        cosigning.look()
        assert cosigning.contradicted == convicts, answer
        assert all(cosigning.problems.values()), answer
        assert convicts or "shows no checkpoint" in cosigning.problems[at.key.text]


@pytest.mark.parametrize(
    "url", ["http://witness.example", "ftp://w", "https://u:p@w", "https://w/?a", "", "https://w#x", "127.0.0.1:80"]
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    key = WitnessKey("w", LOG.verifier.public_key)
    with pytest.raises(ValueError, match="address"):
        WitnessAt.parse(f"{url}={key.text}")
    assert WitnessAt.parse(f"https://witness.example/x={key.text}").key == key
    with pytest.raises(NoteError):
        WitnessAt.parse("https://witness.example=key")


def run(*arguments: str) -> tuple[int, str]:
    made = CliRunner().invoke(complete_app(), arguments, env={"LC_ALL": "C", "COLUMNS": "1000"})
    assert isinstance(made.exception, SystemExit | None), made.exception
    return made.exit_code, made.output


def test_on_the_command_line(node: Node, tmp_path: Path) -> None:
    state = str(tmp_path / "witness.sqlite")
    assert run("witness", "key", "--state", state)[0] == 2
    code, key = run("witness", "key", "--state", state, "--name", NAME)
    key = key.strip()
    assert (code, WitnessKey.parse(key).name) == (0, NAME)
    assert json.loads(run("witness", "key", "--state", state, "--json")[1]) == {"key": key}
    assert run("witness", "key", "--state", state, "--name", "another")[0] == 2
    assert run("witness", "show", "--state", state) == (0, "")
    node.grow(300, "before")
    copy = node.copied("copy")
    node.grow(9, "lost")
    head = last_checkpoint(node.log.database)
    assert head is not None
    store, first, origin = str(tmp_path / "node" / "log.sqlite"), node.first.text, node.log.origin
    keys = str(tmp_path / "node" / "keys.sqlite")
    with closing(Witness(tmp_path / "witness.sqlite", None, [node.first], lambda: 1_700_000_000)) as witness:
        line = witness.add(Submission(0, [], head.note).body)
        cosignatures.keep(node.log.database, head.size, {key: line})
        kept = tmp_path / "kept.txt"
        kept.write_text(witness.notes()[origin], encoding="utf-8")
        verifying = ["log", "verify", "--store", store, "--keys", keys, "--key", first]
        code, said = run(*verifying, "--witness", key)
        assert code == 0, said
        assert "up to 309 leaves at 2023-11-14T22:13:20+00:00" in said
        assert json.loads(run(*verifying, "--witness", key, "--json")[1])["attested"] == [
            {"witness": key, "size": 309, "at": 1_700_000_000}
        ]
        assert run(*verifying, "--witness", first)[0] == 2
        other = WitnessKey("other", LOG.verifier.public_key).text
        code, said = run(*verifying, "--witness", other)
        assert (code, "Nothing here was cosigned" in said) == (1, True)
        node.put_back(copy)
        node.grow(20, "second")
        # In the store there is no cosignature any more; in what was kept there is.
        proof = tmp_path / "proof.json"
        code, said = run(*verifying, "--checkpoint", str(kept), "--witness", key, "--proof", str(proof))
        assert (code, "is not the one in" in said) == (1, True), said
        found = contradiction_in(node.log.database, node.first, [kept.read_text(encoding="utf-8")])
        assert found is not None
        assert "what convicts the log is in" in said
        with pytest.raises(RefusedError):
            witness.add(Submission(309, found.proof, found.larger).body)
        # What nobody signed convicts nobody, and it is said that no file was written.
        with node.log.database.write() as connection:
            connection.execute(text("DELETE FROM event WHERE position = 7"))
        code, said = run(*verifying, "--proof", str(tmp_path / "none.json"))
        assert (code, "nothing here convicts the log" in said) == (1, True), said
        assert not (tmp_path / "none.json").exists()
    assert run("witness", "convict", str(proof), "--key", first)[0] == 0
    assert run("witness", "convict", str(proof), "--key", LOG.verifier.text)[0] == 1
    assert run("witness", "convict", str(proof), "--key", "x")[0] == 2
    assert run("witness", "convict", str(kept), "--key", first)[0] == 2
    code, said = run("witness", "show", "--state", state, "--json")
    shown: dict[str, Any] = json.loads(said)
    assert (code, list(shown["notes"])) == (1, [origin])
    (tmp_path / "one.json").write_text(json.dumps(shown["contradictions"][0]["contradiction"]), encoding="utf-8")
    assert run("witness", "convict", str(tmp_path / "one.json"), "--key", first, "--json")[0] == 0
    code, said = run("witness", "show", "--state", state)
    assert (code, "contradict each other" in said) == (1, True)


def test_a_changed_cosignature_is_a_finding(node: Node, tmp_path: Path) -> None:
    node.grow(5, "a")
    head = last_checkpoint(node.log.database)
    assert head is not None
    with closing(Witness(tmp_path / "witness.sqlite", NAME, [node.first], lambda: 9)) as witness:
        line = witness.add(Submission(0, [], head.note).body)
        key = witness.key
    cosignatures.keep(node.log.database, head.size, {key.text: line})
    assert verify(node.log.database, node.first, witnesses=[key]).good
    for changed in (line[:-3] + "A=\n", "", "nonsense"):
        cosignatures.keep(node.log.database, head.size, {key.text: changed})
        report = verify(node.log.database, node.first, witnesses=[key])
        assert [finding.code for finding in report.findings] == ["cosignature_bad", "cosignature_missing"], changed
        assert report.attested == []
    cosignatures.keep(node.log.database, 99, {key.text: line})
    assert "cosignature_bad" in {each.code for each in verify(node.log.database, node.first, witnesses=[key]).findings}
