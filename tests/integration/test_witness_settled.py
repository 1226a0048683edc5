"""What a witness only suspects is settled with tiles, out of a folder or from a server: it is proven, or forgotten."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from forking import fresh, laid_out, note
from typer.testing import CliRunner
from witnessing import LEAVES, LOG, NAME, submission

from aforo.api.tiles_at import TilesAt, TilesUnreadableError
from aforo.cli import complete_app
from aforo.cli.witness import AUDITOR
from aforo.log import merkle
from aforo.log.note import Signer
from aforo.log.tiles import NoTileError, Tile, Tree
from aforo.log.witness import RefusedError
from aforo.log.witness_state import Witness

FORKED = [merkle.leaf_hash(b"fork"), *LEAVES[1:]]
SECRET = "auditors"


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a server of files that asks for a token."""

    class Files(SimpleHTTPRequestHandler):
        def __init__(self, *given: Any) -> None:
            super().__init__(*given, directory=str(folder))

        def do_GET(self) -> None:
            if self.headers["Authorization"] == f"Bearer {SECRET}":
                super().do_GET()
            else:
                self.send_error(401)

        def log_message(self, format: str, *given: object) -> None:
            """Nothing is printed."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Files) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def run(*arguments: object, token: str = "") -> tuple[int, str]:
    given = [str(each) for each in arguments]
    made = CliRunner().invoke(complete_app(), given, env={"LC_ALL": "C", "COLUMNS": "1000", AUDITOR: token})
    assert isinstance(made.exception, SystemExit | None), made.exception
    return made.exit_code, made.output


def test_a_tree_is_read_where_only_wider_tiles_are_left(tmp_path: Path) -> None:
    leaves = fresh(random.Random(1), 66_000)
    folder = laid_out(tmp_path / "log", leaves, note(LOG, leaves))
    with served(folder) as url:
        for at in (TilesAt(str(folder)), TilesAt(url + "/", SECRET)):
            assert at.checkpoint() == note(LOG, leaves)
            for size in (1, 255, 256, 257, 65_535, 65_537, 66_000):
                assert Tree(size, at.read).root() == merkle.root(leaves[:size])
            with pytest.raises(NoTileError):
                at.read(Tile(0, 999))
            with pytest.raises(NoTileError):
                Tree(66_001, at.read).root()
        with pytest.raises(TilesUnreadableError, match="401"):
            TilesAt(url).checkpoint()
    with pytest.raises(TilesUnreadableError):
        TilesAt(url, SECRET).checkpoint()
    assert TilesAt(str(tmp_path / "none")).checkpoint() is None
    (tmp_path / "odd" / "checkpoint").mkdir(parents=True)
    with pytest.raises(TilesUnreadableError):
        TilesAt(str(tmp_path / "odd")).checkpoint()
    for place in (
        "http://log.example",
        "ftp://log.example",
        "https://u:p@log.example",
        "https://log.example/?a",
        "https://log.example:99999",
        "https://log.example:port",
        "http://127.0.0.1:-1",
        "://",
    ):
        with pytest.raises(ValueError, match="address"):
            TilesAt(place)


def test_on_the_command_line(tmp_path: Path) -> None:
    state, key = tmp_path / "witness.sqlite", LOG.verifier.text
    with closing(Witness(state, NAME, [LOG.verifier], lambda: 1_700_000_000)) as witness:
        witness.add(submission(LEAVES[:64], 0))
        for leaves, old in ((FORKED[:100], 64), (LEAVES[:90], 3)):
            with suppress(RefusedError):
                witness.add(submission(leaves, old))
    code, said = run("witness", "show", "--state", state)
    assert (code, said.count("convicts nobody")) == (0, 2)
    shown = json.loads(run("witness", "show", "--state", state, "--json")[1])
    assert shown["left_out"] == {}
    (met,) = [each for each in shown["contradictions"] if "\n100\n" in each["contradiction"]["larger"]]
    suspected, proof = tmp_path / "met.json", tmp_path / "proof.json"
    suspected.write_text(json.dumps(met["contradiction"]), encoding="utf-8")
    convict = ("witness", "convict", suspected, "--key", key)
    assert run(*convict, "--proof", proof)[0] == 1
    first = laid_out(tmp_path / "first", LEAVES[:80], note(LOG, LEAVES[:80]))
    second = laid_out(tmp_path / "second", FORKED[:100], None)
    # Those of the first history do not reach as far as the second one was signed; those of the second do.
    assert run(*convict, "--tiles", first, "--proof", proof)[0] == 1
    assert not proof.exists()
    assert run(*convict, "--tiles", second)[0] == 0
    stranger = Signer("aforo/x", bytes(32)).verifier.text
    assert run("witness", "convict", suspected, "--key", stranger, "--tiles", second)[0] == 1
    assert run(*convict, "--tiles", second, "--proof", suspected)[0] == 2, "what is read is not written over"
    assert run(*convict, "--tiles", second, "--proof", tmp_path / "no" / "folder")[0] == 2
    assert run(*convict, "--tiles", "https://log.example:99999")[0] == 2
    with served(second) as url:
        code, said = run(*convict, "--tiles", url, "--proof", proof)
        assert (code, "401" in said, AUDITOR in said) == (2, True, True)
        assert run(*convict, "--tiles", url, "--proof", proof, token=SECRET)[0] == 0
    assert run(*convict, "--tiles", "http://log.example")[0] == 2
    assert run("witness", "convict", proof, "--key", key)[0] == 0, "and that needs no tiles"

    settle = ("witness", "settle", "--state", state, "--log", key, "--tiles")
    assert run(*settle, "http://log.example")[0] == 2
    assert json.loads(run(*settle, first, "--json")[1]) == {"proven": 0, "agreed": 0, "left": 2}
    third = laid_out(tmp_path / "third", LEAVES[:95], note(LOG, LEAVES[:95]))
    code, said = run(*settle, third)
    assert (code, "forgotten: 1" in said) == (0, True)
    code, said = run(*settle, second, "--json")
    assert (code, json.loads(said)) == (1, {"proven": 1, "agreed": 0, "left": 0})
    code, said = run("witness", "show", "--state", state, "--json")
    (held,) = json.loads(said)["contradictions"]
    assert (code, held["proven"]) == (1, True)
    assert held["contradiction"] == json.loads(proof.read_text(encoding="utf-8"))
    assert run(*settle, second)[0] == 0, "nothing is left to settle"


def test_what_found_no_room_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aforo.log.witness_state.MOST_KEPT", 1)
    state = tmp_path / "witness.sqlite"
    with closing(Witness(state, NAME, [LOG.verifier], lambda: 1)) as witness:
        witness.add(submission(LEAVES[:64], 0))
        for size in (3, 4, 5):
            with suppress(RefusedError):
                witness.add(submission(LEAVES[:size], size))
    assert "aforo/test: 2 more times" in run("witness", "show", "--state", state)[1]
    assert json.loads(run("witness", "show", "--state", state, "--json")[1])["left_out"] == {"aforo/test": 2}
