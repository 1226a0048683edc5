"""`aforo data get`: what changed since the newest copy, the hashes, and downloads that are not made again."""

from __future__ import annotations

import json
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from aforo.cli import complete_app, data_changes, terminal
from aforo.intake.lists import copies
from aforo.intake.lists.fetch import FetchError, UnchangedError, Version, fetch, fetch_anew

HEAD = "Port Name,Port Code,Month,Measure,Value\n"
ROWS = [f"Laredo,2304,2024-{month:02},Trucks,{250_000 + month}\n" for month in range(1, 13)]


def run(*arguments: str | Path, exits: int = 0) -> str:
    made = CliRunner().invoke(complete_app(), ["data", "get", *map(str, arguments)], env={"LANG": "C", "LC_ALL": "C"})
    assert made.exit_code == exits, made.output
    return made.output


def written(folder: Path, rows: list[str], name: str = "bts.csv") -> Path:
    file = folder / name
    file.write_text(HEAD + "".join(rows))
    return file


def test_a_revised_file_says_what_changed_since_the_newest_copy(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    first = json.loads(run("bts", "--file", written(tmp_path, ROWS), "--data", kept, "--json"))
    assert (first["against"], first["same"], first["changes"]) == (None, False, None)
    revised = [*ROWS[1:4], ROWS[4].replace("250005", "261745"), *ROWS[5:], "Laredo,2304,2025-01,Trucks,9\n"]
    file = written(tmp_path, revised)
    told = json.loads(run("bts", "--file", file, "--data", kept, "--json"))
    assert told["against"] == first["copy"]
    assert {name: told["changes"][name] for name in ("added", "gone", "changed")} == {
        "added": 1, "gone": 1, "changed": 1,
    }  # fmt: skip
    assert told["changes"]["rows"][0] == {
        "of": {"port": "2304", "month": "2024-05", "measure": "trucks"}, "before": {"count": 250_005},
        "after": {"count": 261_745},
    }  # fmt: skip
    shown = run("bts", "--file", written(tmp_path, ROWS), "--data", kept, "--lang", "en")
    assert "rows with other figures: 1; gone: 1; new: 1." in " ".join(shown.split())
    assert "Laredo, TX (2304), 2024-05, trucks: 261,745 → 250,005" in shown
    assert "2025-01, trucks: 9, gone" in shown
    again = run("bts", "--file", written(tmp_path, ROWS), "--data", kept, "--lang", "es")
    assert "Tiene lo mismo, byte por byte" in again or "Nada ha cambiado" in again  # or it is of the same second


def test_copies_of_one_second_are_each_kept_and_compared_with_the_one_before(tmp_path: Path) -> None:
    copied = []
    for trucks in range(4):
        file = written(tmp_path, [*ROWS[1:], f"Laredo,2304,2024-01,Trucks,{trucks}\n"])
        copied.append(json.loads(run("bts", "--file", file, "--data", tmp_path / "kept", "--json")))
    assert len({each["copy"] for each in copied}) == 4
    assert [each["against"] for each in copied[1:]] == [each["copy"] for each in copied[:-1]]
    assert all(each["changes"]["changed"] == 1 for each in copied[1:])


def test_freight_and_seizures_are_compared_by_their_own_figures(tmp_path: Path) -> None:
    head = (
        "FY,Month (abbv),Component,Region,Land Filter,Area of Responsibility,Drug Type,Count of Event,Sum Qty (lbs)\n"
    )
    file = tmp_path / "seized.csv"
    for pounds in ("5.0", "7.5"):
        file.write_text(f"{head}2024,JAN,Office of Field Operations,Southwest,Land,LAREDO,Heroin,1,{pounds}\n")
        told = run("seizures", "--file", file, "--data", tmp_path / "kept", "--lang", "en")
    assert "heroin: 1 events, 5.00 lb → 1 events, 7.50 lb" in told
    freight = tmp_path / "dot3.csv"
    for dollars in (1_000, 1_001):
        freight.write_text(
            "TRDTYPE,DEPE,COMMODITY2,DISAGMOT,COUNTRY,VALUE,SHIPWT,FREIGHT_CHARGES,DF,CONTCODE,MONTH,YEAR\n"
            f"2,2304,84,5,2010,{dollars},20,3,,X,05,2024\n"
        )
        told = run("transborder", "--file", freight, "--data", tmp_path / "kept", "--lang", "en")
    assert "1,000 USD → 1,001 USD" in told


def test_every_file_is_told_with_its_hash(tmp_path: Path) -> None:
    file = written(tmp_path, ROWS)
    hash_ = sha256(file.read_bytes()).hexdigest()
    assert f"sha256 {hash_}  bts.csv" in run("bts", "--file", file, "--data", tmp_path / "kept")
    assert json.loads(run("bts", "--file", file, "--data", tmp_path / "kept", "--json"))["files"] == {"bts.csv": hash_}


def test_a_file_that_is_called_as_the_manifest_is_kept_whole(tmp_path: Path) -> None:
    file = written(tmp_path, ROWS, "copy.json")
    run("bts", "--file", file, "--data", tmp_path / "kept")
    copy = copies.newest(tmp_path / "kept", "bts")
    assert copy is not None
    assert list(copies.files_of(copy)[0].values()) == [file.read_bytes()]
    assert json.loads(run("bts", "--file", file, "--data", tmp_path / "kept", "--json"))["same"] is True


def test_a_copy_that_is_damaged_is_told_and_another_is_kept(tmp_path: Path) -> None:
    run("bts", "--file", written(tmp_path, ROWS), "--data", tmp_path / "kept")
    copy = copies.newest(tmp_path / "kept", "bts")
    assert copy is not None
    (copy / "bts.csv").write_text("changed")
    told = run("bts", "--file", written(tmp_path, ROWS[:6]), "--data", tmp_path / "kept", "--lang", "en")
    assert "It cannot be told what changed" in told
    assert "A copy was kept" in told


class Owner(BaseHTTPRequestHandler):
    """Gives a table, with an `ETag` and a `Last-Modified`, and says so where it is asked for a newer one in vain."""

    table = b""
    tag: str | None = None
    modified: str | None = None
    asked: list[dict[str, str]]

    def do_GET(self) -> None:
        self.asked.append({name.lower(): value for name, value in self.headers.items()})
        known = self.headers.get("If-None-Match") or self.headers.get("If-Modified-Since")
        if known is not None and known in (self.tag, self.modified):
            self.send_response(304)
            self.end_headers()
            return
        self.send_response(200)
        for name, value in (("ETag", self.tag), ("Last-Modified", self.modified)):
            if value is not None:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(self.table)))
        self.end_headers()
        self.wfile.write(self.table)

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[type[Owner], str]]:
    """A server over TLS on this machine, which is trusted, and the address of its table."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is absent: no certificate can be made to test with")
    key, made = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key,
            "-out", made,
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(made, key)
    table = (HEAD + "".join(ROWS)).encode()
    said: type[Owner] = type("Said", (Owner,), {"asked": [], "table": table})
    server = ThreadingHTTPServer(("localhost", 0), said)
    server.socket = tls.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"https://localhost:{server.server_address[1]}/counts.csv"
    monkeypatch.setenv("SSL_CERT_FILE", str(made))
    monkeypatch.setenv("no_proxy", "localhost")
    monkeypatch.setenv("AFORO_BTS_ADDRESS", address)
    yield said, address
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("tag", "modified", "header"),
    [('"v1"', None, "if-none-match"), (None, "Tue, 01 Dec 2026 10:00:00 GMT", "if-modified-since")],
)
def test_what_its_owner_says_has_not_changed_is_not_downloaded_again(
    owner: tuple[type[Owner], str], tmp_path: Path, tag: str | None, modified: str | None, header: str
) -> None:
    said, _ = owner
    said.tag, said.modified = tag, modified
    kept = tmp_path / "kept"
    first = json.loads(run("bts", "--data", kept, "--json"))
    assert header not in said.asked[0]
    again = json.loads(run("bts", "--data", kept, "--json"))
    assert said.asked[1][header] == (tag or modified)
    assert (again["copy"], again["against"], again["same"]) == (first["copy"], first["copy"], True)
    assert again["taken_at"] == first["taken_at"], "it is as old as it was"
    assert again["ports"] == first["ports"]
    assert len(list((kept / "bts").iterdir())) == 1
    assert "Nothing has changed since the newest copy" in run("bts", "--data", kept, "--lang", "en")
    assert "Nada ha cambiado desde la copia más reciente" in run("bts", "--data", kept, "--lang", "es")
    said.table, said.tag, said.modified = said.table + b"Laredo,2304,2025-01,Trucks,9\n", tag and '"v2"', None
    other = json.loads(run("bts", "--data", kept, "--json"))
    assert other["copy"] != first["copy"]
    assert other["changes"]["added"] == 1


def test_an_owner_that_names_no_version_is_asked_for_all_and_a_copy_that_is_damaged_is_no_version(
    owner: tuple[type[Owner], str], tmp_path: Path
) -> None:
    said, _ = owner
    kept = tmp_path / "kept"
    run("bts", "--data", kept)
    run("bts", "--data", kept)
    said.tag = '"v1"'
    said.table += b"Laredo,2304,2025-01,Trucks,9\n"
    run("bts", "--data", kept)
    copy = copies.newest(kept, "bts")
    assert copy is not None
    (copy / "bts.csv").write_text("changed")
    run("bts", "--data", kept)
    assert not any("if-none-match" in each for each in said.asked)


def test_a_version_of_another_address_is_not_asked_for(owner: tuple[type[Owner], str]) -> None:
    said, address = owner
    said.tag = '"v1"'
    parts: list[int] = []
    got = fetch_anew(address, Version("https://example.org/other.csv", '"v1"'), parts.append)
    assert got.data == fetch(address) == said.table
    assert sum(parts) == len(said.table), "it is told what came"
    assert got.version == Version(address, '"v1"')
    with pytest.raises(UnchangedError):
        fetch_anew(address, got.version)


def test_an_owner_that_says_unchanged_without_being_asked_has_given_nothing(
    owner: tuple[type[Owner], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said, address = owner
    monkeypatch.setattr(said, "do_GET", lambda self: (self.send_response(304), self.end_headers()))
    with pytest.raises(FetchError, match="304"):
        fetch(address)


def test_the_counter_moves_while_it_downloads(
    owner: tuple[type[Owner], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said, _ = owner
    moved: list[int] = []

    class Bar:
        def __enter__(self) -> Any:
            return moved.append

        def __exit__(self, *_: object) -> None: ...

    monkeypatch.setattr(terminal, "progress", lambda *_: Bar())
    run("bts", "--data", tmp_path / "kept")
    assert sum(moved) == len(said.table)


def test_no_copy_and_an_empty_one_are_nothing_to_compare_with(tmp_path: Path) -> None:
    assert data_changes.newest_copy(tmp_path, "bts") is None
    folder = tmp_path / "bts" / "20260101T000000Z"
    folder.mkdir(parents=True)
    (folder / copies.MANIFEST).write_text('{"fetched_at":"2026-01-01T00:00:00Z","files":{}}')
    assert data_changes.newest_copy(tmp_path, "bts") is None
