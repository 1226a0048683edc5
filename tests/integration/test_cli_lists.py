"""`aforo lists`: dated copies, an alarm on what is stale, hits with their reasons; nothing half done."""

from __future__ import annotations

import io
import json
import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from journeys import Post, truck
from typer.testing import CliRunner

from aforo.cli import complete_app
from aforo.cli import lists as command
from aforo.domain.text import Text
from aforo.intake.lists import bis, copies
from aforo.intake.lists.fetch import FetchError, fetch

SDN = '7001,"QUINTANAR OSORNO, Ladislao","individual","SDNTK",'
SDN += '-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"DOB 02 Jul 1957."\r\n\x1a'
ADD = '7001,1,"Calle Falsa 12","Guadalajara","Mexico",-0- \r\n'
ALT = '7001,11,"aka","QUINTANAR, Lalo",-0- \r\n'
DPL = (
    "\t".join(f'"{column}"' for column in bis.COLUMNS)
    + "\n"
    + "\t".join(
        f'"{value}"'
        for value in ("ODALYS VREELAND", "1 ROAD", "EL PASO", "TX", "US", "79901", "08/24/2022", "", "Y", "", "", "")
    )
)
UN = (
    '<CONSOLIDATED_LIST dateGenerated="{day}"><INDIVIDUALS/><ENTITIES><ENTITY><DATAID>2</DATAID>'
    "<FIRST_NAME>HARROW TRUST</FIRST_NAME><REFERENCE_NUMBER>TSe.002</REFERENCE_NUMBER>"
    "</ENTITY></ENTITIES></CONSOLIDATED_LIST>"
)


def run(*arguments: str) -> tuple[int, str]:
    made = CliRunner().invoke(complete_app(), ["lists", *arguments], env={"LANG": "C", "LC_ALL": "C", "COLUMNS": "200"})
    assert made.exception is None or isinstance(made.exception, SystemExit), made.exception
    return made.exit_code, made.output


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """A folder with the owners' files, published today."""
    folder = tmp_path / "published"
    folder.mkdir()
    today = datetime.now(UTC).isoformat()
    for name, text in (
        ("sdn.csv", SDN),
        ("add.csv", ADD),
        ("alt.csv", ALT),
        ("d.txt", DPL),
        ("u.xml", UN.format(day=today)),
    ):
        (folder / name).write_text(text, newline="")
    return folder


@pytest.fixture
def home(published: Path, tmp_path: Path) -> Path:
    """A folder of lists that are current."""
    folder = tmp_path / "lists"
    assert run("update", "--from", str(published), "--lists", str(folder))[0] == 0
    return folder


def test_an_update_keeps_dated_copies_as_they_were(home: Path, published: Path) -> None:
    (copy,) = (home / "ofac").iterdir()
    assert (copy / "sdn.csv").read_bytes() == (published / "sdn.csv").read_bytes()
    code, told = run("show", "--lists", str(home), "--json")
    assert code == 0
    states = {each["publisher"]: each for each in json.loads(told)["lists"]}
    assert {name: (each["entries"], each["names"]) for name, each in states.items()} == {
        "ofac": (1, 2), "bis": (1, 1), "un": (1, 1),
    }  # fmt: skip
    assert not states["un"]["freshness"]["stale"]
    counted = {name: (each["freshness"]["counted_from"], each["published_at"] is None) for name, each in states.items()}
    assert counted == {"ofac": ("fetched", True), "bis": ("fetched", True), "un": ("published", False)}
    told = run("show", "--lists", str(home))[1]
    rows = {line.split()[0]: " ".join(line.split()) for line in told.splitlines()}
    for undated in ("ofac", "bis"):
        assert "taken 20" in rows[undated]
        assert "day of publication not known" in rows[undated]
    assert "published 20" in rows["un"]
    assert rows["un"].endswith(" current")


def test_a_later_update_takes_the_place_and_keeps_what_was(home: Path, published: Path) -> None:
    (published / "alt.csv").write_text(ALT + '7001,12,"aka","LALO EL GRANDE",-0- \r\n', newline="")
    later = datetime.now(UTC).timestamp() + 5
    for path in published.iterdir():
        os.utime(path, (later, later))
    assert run("update", "--from", str(published), "--lists", str(home))[0] == 0
    assert len(list((home / "ofac").iterdir())) == 2
    assert '"names":3' in run("show", "--lists", str(home), "--json")[1]


def test_a_stale_list_is_an_alarm(published: Path, tmp_path: Path) -> None:
    old = datetime.now(UTC) - timedelta(days=30)
    (published / "u.xml").write_text(UN.format(day=old.isoformat()))
    os.utime(published / "d.txt", (old.timestamp(), old.timestamp()))
    code, told = run("update", "--from", str(published), "--lists", str(tmp_path / "lists"))
    assert code == 1
    assert told.count("STALE") == 2
    code, told = run("check", "Nadie Nunca", "--lists", str(tmp_path / "lists"))
    assert code == 1
    assert "bis, un" in told
    assert "is not cleared" in told
    (line,) = run("check", "Nadie Nunca", "--lists", str(tmp_path / "lists"), "--json")[1].splitlines()
    assert json.loads(line) == {"name": "Nadie Nunca", "kind": "unknown", "hits": [], "alarms": ["bis", "un"]}
    (tmp_path / "lists" / "sources.toml").write_text(
        "".join(f"[{each}]\nstale_after_days = 90\nfiles = {{}}\n" for each in ("ofac", "bis", "un"))
    )
    assert run("show", "--lists", str(tmp_path / "lists"))[0] == 0


def test_a_missing_list_is_an_alarm(published: Path, tmp_path: Path) -> None:
    (published / "d.txt").unlink()
    code, told = run("update", "--from", str(published), "--lists", str(tmp_path / "lists"))
    assert (code, "missing" in told) == (1, True)


def test_a_hit_is_told_with_its_reasons(home: Path) -> None:
    code, told = run("check", "Ladislao Quintanar Osorno", "Nadie Nunca", "--kind", "person", "--lists", str(home))
    assert code == 1
    assert "Ladislao Quintanar Osorno: 1 to be looked at by a person" in told
    assert "7001" in told
    assert "Nadie Nunca: no hit" in told
    assert (
        "por revisar" in run("check", "Ladislao Quintanar", "--kind", "person", "--lists", str(home), "--lang", "es")[1]
    )
    assert run("check", "Nadie Nunca", "--lists", str(home))[0] == 0
    assert run("check", "Ladislao Quintanar Osorno", "--kind", "person", "--born", "1990", "--lists", str(home))[0] == 0


def test_a_hit_for_machines(home: Path) -> None:
    _, told = run("check", "Ladislao Quintanar", "--kind", "person", "--lists", str(home), "--json")
    (hit,) = json.loads(told)["hits"]
    assert (hit["publisher"], hit["entry_id"], hit["listed"]) == ("ofac", "7001", "QUINTANAR OSORNO, Ladislao")
    assert hit["score"] == 1_000_000 + sum(part["share"] for part in hit["parts"])
    assert set(hit["reason"]) == {"en", "es"}


def test_files_of_names_and_of_declarations(home: Path, tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("Ladislao Quintanar Osorno\n\nNadie Nunca\n", encoding="utf-8")
    lines = run("check", str(tmp_path / "names.txt"), "--lists", str(home), "--json")[1].splitlines()
    assert [(json.loads(line)["name"], len(json.loads(line)["hits"])) for line in lines] == [
        ("Ladislao Quintanar Osorno", 1),
        ("Nadie Nunca", 0),
    ]
    declared = "declaration_id,filed_at,driver_name,importer_name\n"
    declared += "A,2026-01-05T08:00:00Z,Ladislao Quintanar,Harrow Trust LLC\n"
    (tmp_path / "day.csv").write_text(declared + declared.splitlines()[1].replace("A,", "B,", 1) + "\n")
    lines = run("check", str(tmp_path / "day.csv"), "--lists", str(home), "--json")[1].splitlines()
    found = {each["name"]: each["hits"][0]["entry_id"] for each in map(json.loads, lines)}
    assert found == {"Harrow Trust LLC": "TSe.002", "Ladislao Quintanar": "7001"}


def test_a_file_is_read_in_its_own_format_and_one_that_is_not_read_whole_clears_nobody(
    home: Path, tmp_path: Path
) -> None:
    named = {"declaration_id": "A", "filed_at": "2026-01-05T08:00:00Z", "driver_name": "Ladislao Quintanar"}
    (tmp_path / "day.ndjson").write_text(json.dumps(named) + "\n", encoding="utf-8")
    code, told = run("check", str(tmp_path / "day.ndjson"), "--lists", str(home))
    assert (code, "7001" in told) == (1, True)
    clean = {**named, "driver_name": "Nadie Nunca"}
    (tmp_path / "clean.ndjson").write_text(json.dumps(clean) + "\n", encoding="utf-8")
    assert run("check", str(tmp_path / "clean.ndjson"), "--lists", str(home))[0] == 0
    for text in ("declaration_id,filed_at,driver_name\nA,never,Nadie\n", "declaration_id,filed_at\nA,2026-01-05\n"):
        (tmp_path / "odd.csv").write_text(text, encoding="utf-8")
        code, told = run("check", str(tmp_path / "odd.csv"), "--lists", str(home))
        assert (code, "clears nobody" in told) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("check", "X", "--kind", "ship"), "ship is no kind of party"),
        (("check", "X", "--born", "soon"), "--born is neither"),
        (("check", "X"), "There are no lists"),
        (("update", "--from", "nowhere"), "There is no folder nowhere"),
        (("update", "--sources", "nowhere.toml"), "A file cannot be used"),
    ],
)
def test_wrong_use_says_what_helps(arguments: tuple[str, ...], words: str, tmp_path: Path) -> None:
    code, told = run(*arguments, "--lists", str(tmp_path / "none"))
    assert (code, words in told) == (2, True)
    assert "→" in told


def test_a_copy_that_was_changed_is_an_alarm(home: Path) -> None:
    (copy,) = (home / "ofac").iterdir()
    (copy / "sdn.csv").write_text("changed")
    code, told = run("check", "X", "--lists", str(home))
    assert (code, "is damaged: sdn.csv" in told) == (1, True)


@pytest.mark.parametrize(
    "manifest", ["", "{}", '{"fetched_at":"2026-01-01T00:00:00","files":{}}', '{"fetched_at":1,"files":{"../../x":""}}']
)
def test_a_manifest_that_is_none(home: Path, manifest: str) -> None:
    (copy,) = (home / "ofac").iterdir()
    (copy / copies.MANIFEST).write_text(manifest)
    assert run("show", "--lists", str(home))[0] == 1


def test_an_update_that_fails_leaves_what_was(home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def answers(address: str) -> bytes:
        if "sdn" in address.lower():
            raise FetchError(Text("no way", "no hay modo"))
        return b"<html>we moved</html>"

    monkeypatch.setattr(command, "fetch", answers)
    code, told = run("update", "--lists", str(home))
    assert code == 1
    assert "no way" in told
    assert "is no list that is known" in told
    assert [len(list((home / each).iterdir())) for each in ("ofac", "bis", "un")] == [1, 1, 1]


def test_an_update_takes_what_the_owners_give(
    home: Path, published: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    files = {"sdn.csv": "sdn.csv", "add.csv": "add.csv", "alt.csv": "alt.csv", "dpl.txt": "d.txt", ".xml": "u.xml"}
    given = {ending: (published / name).read_bytes() for ending, name in files.items()}
    monkeypatch.setattr(
        command, "fetch", lambda address: next(data for end, data in given.items() if address.lower().endswith(end))
    )
    assert run("update", "--lists", str(tmp_path / "new"))[0] == 0
    assert (copies.newest(tmp_path / "new", "un") or tmp_path).joinpath("consolidated.xml").read_bytes() == given[
        ".xml"
    ]


def test_a_list_that_shrank_is_taken_by_hand_alone(
    published: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "lists"
    rows = "".join(f'{number},"NAME {number}",{",".join(["-0- "] * 10)}\r\n' for number in range(1, 9))
    (published / "sdn.csv").write_text(rows, newline="")
    assert run("update", "--from", str(published), "--lists", str(folder))[0] == 0
    (published / "sdn.csv").write_text(rows[: rows.index("\r\n") + 2], newline="")
    (published / "alt.csv").unlink()
    (folder / "sources.toml").write_text('[ofac.files]\n"sdn.csv" = "https://example.org/sdn.csv"\n')
    monkeypatch.setattr(command, "fetch", lambda _: (published / "sdn.csv").read_bytes())
    code, told = run("update", "--lists", str(folder))
    assert code == 1
    assert "came with 1 entries and had 9" in told
    assert len(list((folder / "ofac").iterdir())) == 1
    later = datetime.now(UTC).timestamp() + 5
    for path in published.iterdir():
        os.utime(path, (later, later))
    run("update", "--from", str(published), "--lists", str(folder))
    assert len(list((folder / "ofac").iterdir())) == 2


def test_half_a_list_is_no_list(monkeypatch: pytest.MonkeyPatch) -> None:
    class Answer(io.BytesIO):
        length = 7

    monkeypatch.setattr("urllib.request.OpenerDirector.open", lambda *_, **__: Answer(b"half"))
    with pytest.raises(FetchError, match="4 bytes came, 7 did not"):
        fetch("https://example.org/x")


@pytest.mark.parametrize("address", ["http://example.org/x", "file:///etc/hostname", "ftp://x", ""])
def test_only_https_is_fetched(address: str) -> None:
    with pytest.raises(FetchError):
        fetch(address)


def test_hits_of_what_was_screened_are_listed_and_answered(home: Path, post: Post, tmp_path: Path) -> None:
    named = truck("CL-1", driver_id="DR-L", driver_name="Ladislao Quintánar")
    day = tmp_path / "day.ndjson"
    day.write_text(json.dumps(named) + "\n")
    at = ["--store", post.store]
    screened = CliRunner().invoke(
        complete_app(),
        ["screen", str(day), "-m", str(post.model), "--lists", str(home), "-o", str(tmp_path / "out.ndjson"), *at],
    )
    assert screened.exit_code == 0, screened.output
    line = json.loads((tmp_path / "out.ndjson").read_text())
    assert {"source": "list", "code": "possible", "log_odds": 0.3} in line["threats"]["contraband"]["evidence"]
    assert line["examination"] in ("release", "scan")
    folder = ["--lists", str(home), *at]
    code, told = run("hits", *folder, "--json")
    (hit,) = json.loads(told)
    assert (code, hit["state"], hit["crossing_id"], hit["listed"]["name"]) == (
        1, "open", "CL-1", "QUINTANAR OSORNO, Ladislao",
    )  # fmt: skip
    code, told = run("hits", *folder)
    assert (code, "driver" in told, "ofac 7001" in told) == (1, True, True)
    code, told = run("dismiss", hit["hit"], "--reason", "Ladislao Quintánar is another.", "--by", "luz", *folder)
    assert (code, "names a person" in told) == (1, True)
    code, told = run("dismiss", hit["hit"], "--reason", "Born in 1990.", "--by", "luz", *folder)
    assert (code, told.startswith("Dismissed")) == (0, True)
    assert run("hits", *folder) == (0, "No hit waits for a person.\n")
    assert run("dismiss", hit["hit"], "--reason", "Again.", *folder)[0] == 1
    code, told = run("confirm", hit["hit"], "--reason", "He said so.", "--by", "ana", *folder, "--json")
    assert (code, json.loads(told)["state"], json.loads(told)["answered_by"]) == (0, "confirmed", "ana")
    assert run("hits", "--all", *folder)[0] == 0
    code, told = run("confirm", "none", "--reason", "x", *folder)
    assert (code, "no hit none" in told) == (2, True)
    assert run("hits", "--lists", str(tmp_path / "nowhere"), *at)[0] == 2


def test_the_doctor_tells_of_lists(home: Path, tmp_path: Path) -> None:
    def said(folder: Path) -> dict[str, str]:
        made = CliRunner().invoke(
            complete_app(), ["doctor", "--store", str(tmp_path / "l"), "--lists", str(folder), "--json"]
        )
        return {each["state"]: each["said"]["en"] for each in json.loads(made.output) if each["what"] == "lists"}

    assert said(home).keys() == {"ok"}
    assert said(tmp_path / "none").keys() == {"warning"}
    shutil.rmtree(home / "un")
    assert "un" in said(home)["error"]
    (next((home / "ofac").iterdir()) / "sdn.csv").write_text("changed")
    assert said(home).keys() == {"error"}
