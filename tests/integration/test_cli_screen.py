"""`aforo screen`, `outcomes` and `replay` as a person or a machine runs them: output, exit codes, errors in words."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from journeys import Learnt, Post, decisions, payloads, truck
from typer.testing import CliRunner

from aforo.cli import complete_app
from aforo.domain.event import Filed, Noted, Quarantined
from aforo.routing.policy import default_document


def run(*arguments: str) -> tuple[int, str, str]:
    made = CliRunner().invoke(complete_app(), list(arguments), env={"LANG": "C", "LC_ALL": "C", "COLUMNS": "200"})
    assert made.exception is None or isinstance(made.exception, SystemExit), made.exception
    return made.exit_code, made.stdout, made.stderr


@pytest.fixture
def files(tmp_path: Path) -> Path:
    place = tmp_path / "files"
    place.mkdir()
    return place


def write(files: Path, rows: pl.DataFrame | list[dict[str, Any]], name: str = "day.csv") -> str:
    frame = rows if isinstance(rows, pl.DataFrame) else pl.DataFrame(rows, infer_schema_length=None)
    frame.write_csv(files / name)
    return str(files / name)


def screen(post: Post, *arguments: str, out: str = "selection.ndjson") -> tuple[int, str, str, list[dict[str, Any]]]:
    target = post.folder.parent / out
    target.unlink(missing_ok=True)
    code, told, wrong = run(
        "screen", *arguments, "-m", str(post.model), "--store", post.store, "--rate", "0.1", "-o", str(target)
    )
    lines = [json.loads(line) for line in target.read_text().split("\n")[:-1]] if target.exists() else []
    return code, told, wrong, lines


def test_a_day_is_screened_and_summed_up(post: Post, learnt: Learnt, files: Path) -> None:
    code, told, _, lines = screen(post, write(files, learnt.future), "--json")
    assert code == 0
    summary = json.loads(told)
    assert summary["declarations"] == summary["crossings"] == len(lines) == 300
    assert summary["examined"] == dict(Counter(line["basis"] for line in lines if line["basis"]))
    assert summary["control"] == sum(line["control"] for line in lines)
    assert (summary["repeated"], summary["refused"]) == (0, 0)
    code, told, _, again = screen(post, write(files, learnt.future), "--json")
    assert code == 0
    assert json.loads(told)["repeated"] == 300
    assert json.loads(told)["examined_before"] == sum(summary["examined"].values())
    assert sorted(map(str, again)) == sorted(map(str, lines))
    assert run("replay", "--all", "--store", post.store)[0] == 0
    assert run("log", "verify", "--store", post.store)[0] == 0


def test_the_table_for_people_is_in_their_language(post: Post, files: Path) -> None:
    given = write(files, [truck("a"), truck("b")])
    code, told, _, _ = screen(post, given, "--lang", "es")
    assert code == 0
    assert "declaraciones" in told
    assert "declarations" not in told
    code, told, _, _ = screen(post, given, "--lang", "en")
    assert "filed before, answered again" in told
    assert run("screen", given, "-m", str(post.model), "--lang", "fr")[0] == 2


def test_lines_on_standard_output_are_alone_there(post: Post, files: Path) -> None:
    for extra in ([], ["--json"]):
        code, told, wrong = run(
            "screen", write(files, [truck("a"), truck("b")]), "-m", str(post.model), "--store", post.store, *extra
        )
        assert code == 0
        assert [json.loads(line)["declaration_id"] for line in told.splitlines()] == ["a", "b"]
        assert wrong


def test_several_files_amend_and_repeat_each_other(post: Post, files: Path) -> None:
    first = write(files, [truck("a"), truck("b")], "1.csv")
    second = write(
        files, [truck("a2", amends="a", action="replace"), truck("b", amends=None, action=None), truck("c")], "2.csv"
    )
    code, told, _, lines = screen(post, first, second, "--json")
    assert code == 0
    assert [line["declaration_id"] for line in lines] == ["a", "b", "a2", "c", "b"]
    assert json.loads(told)["repeated"] == 1
    assert {line["crossing_id"] for line in lines} == {"a", "b", "c"}


def test_what_is_refused_is_kept_and_the_exit_code_says_so(post: Post, files: Path) -> None:
    rows = [truck("a"), truck("bad", hs6="12"), truck("b"), truck("late", filed_at="tomorrow")]
    code, told, _, lines = screen(post, write(files, rows))
    assert code == 1
    assert [line["declaration_id"] for line in lines] == ["a", "b"]
    with post.log() as log:
        kept = payloads(log.read(types=[Quarantined.TYPE]), Quarantined)
        assert sorted(problem.code for each in kept for problem in each.problems) == ["hs6_format", "time_format"]
    code, told, _, lines = screen(post, write(files, [truck("a", value_usd=9.0), truck("c")]), "--json")
    assert code == 1
    assert json.loads(told)["refused"] == 1
    assert [line["declaration_id"] for line in lines] == ["c"]
    with post.log() as log:
        assert len(log.read(types=[Quarantined.TYPE])) == 3
        assert len(log.stream("crossing/a")) == 3


def test_what_is_wrong_with_a_model_a_policy_or_a_mapping_is_all_in_the_language_asked_for(
    post: Post, files: Path, tmp_path: Path
) -> None:
    day, policy, mapping = write(files, [truck("a")]), tmp_path / "policy.toml", tmp_path / "mapping.toml"
    policy.write_bytes(default_document().replace(b"\nnone = {", b"\nother = {"))
    mapping.write_text('name = "x"\n[columns]\na = "no_such_column"\n')
    changed = tmp_path / "changed"
    shutil.copytree(post.model, changed)
    (changed / "model.json").write_bytes(b"{}")
    here = ["-m", str(post.model)]
    for arguments, spanish, english in (
        (["-m", str(tmp_path / "nothing")], "no es una carpeta de modelo", "missing"),
        (["-m", str(changed)], "no es el archivo que nombra el manifiesto", "differs"),
        ([*here, "--policy", str(policy)], "necesita un factor", "valid:"),
        ([*here, "--mapping", str(mapping)], "no es una columna", "not a column"),
    ):
        code, _, told = run(
            "screen", day, *arguments, "--store", post.store, "--lang", "es", "-o", str(tmp_path / "out")
        )
        assert (code, spanish in told, english in told) == (2, True, False), told


def test_what_declares_nothing_is_kept_and_counted(post: Post) -> None:
    events = Path(__file__).resolve().parents[1] / "samples" / "intake" / "x12" / "353_events.edi"
    code, told, _, lines = screen(post, str(events), "--json")
    assert (code, lines, json.loads(told)["noted"]) == (0, [], 2)
    assert "declare nothing, kept as received" in screen(post, str(events))[1]
    with post.log() as log:
        assert len(log.read(types=[Noted.TYPE])) == 2


def test_a_file_of_only_refused_rows_and_one_of_none(post: Post, files: Path) -> None:
    code, told, _, lines = screen(post, write(files, [truck("x", hs6="1"), truck("y", hs6="2")]), "--json")
    assert (code, lines, json.loads(told)["refused"]) == (1, [], 2)
    header = write(files, [truck("x")]).replace("day", "day")
    text = Path(header).read_text().splitlines()[0]
    Path(header).write_text(text + "\n")
    code, _, _, lines = screen(post, header)
    assert (code, lines) == (0, [])


@pytest.mark.parametrize("content", [b"", b"no,such,table\n1,2,3\n", b"PK\x03\x04 an archive", b"\x00\x01\x02\n"])
def test_a_file_that_is_no_table_is_refused_in_words(post: Post, files: Path, content: bytes) -> None:
    (files / "odd.csv").write_bytes(content)
    code, told, wrong, lines = screen(post, str(files / "odd.csv"))
    assert code == 1
    assert lines == []
    assert told or wrong
    assert "Traceback" not in told + wrong


HOSTILE = {
    "quotes": "D\"'`;--",
    "slashes": "../../etc/passwd",
    "backslash": "a\\b\\u0041",
    "line separators": "D\u2028\u2029E",
    "right to left": "\u202eABC\u202c",
    "emoji": "🚛" * 20,
    "long": "L" * 190,
    "markup": "[bold]D[/bold] {braces} %s",
    "json": '{"a":1}',
    "spanish": "ñandú/çà",
    "wildcards": "% _ *",
}


def test_odd_identifiers_are_kept_as_they_are(post: Post, files: Path) -> None:
    rows = [
        truck(
            own, crossing_id=f"X{own}" if i % 2 else None, driver_id=own, tractor_id=own, seal_id=own, importer_id=own
        )
        for i, own in enumerate(HOSTILE.values())
    ]
    code, _, _, lines = screen(post, write(files, rows))
    assert code == 0
    assert sorted(line["declaration_id"] for line in lines) == sorted(HOSTILE.values())
    code, _, _, again = screen(post, write(files, rows))
    assert sorted(map(str, again)) == sorted(map(str, lines))
    reports = [{"declaration_id": own, "examined": 1, "outcome": 1, "threat": "theft"} for own in HOSTILE.values()]
    (files / "reports.ndjson").write_text("\n".join(json.dumps(each) for each in reports))
    code, told, _ = run(
        "outcomes", str(files / "reports.ndjson"), "-m", str(post.model), "--store", post.store, "--json"
    )
    assert (code, json.loads(told)["examinations"]) == (0, len(HOSTILE))
    for own in HOSTILE.values():
        code, told, wrong = run("replay", "--store", post.store, "--json", "--", own)
        assert (code, json.loads(told)["equal"]) == (0, 1), wrong
    assert run("replay", "--all", "--store", post.store)[0] == 0
    assert run("log", "verify", "--store", post.store)[0] == 0


def test_odd_identifiers_are_kept_on_the_other_database_as_well(
    post: Post, files: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AFORO_KEYS", str(post.folder / "log-keys.sqlite"))
    rows = [truck(own, crossing_id=f"X{own}") for own in HOSTILE.values()]
    target = files / "out.ndjson"
    at = ["-m", str(post.model), "--store", postgres_url]
    code, told, wrong = run("screen", write(files, rows), *at, "-o", str(target))
    assert code == 0, wrong
    lines = [json.loads(line) for line in target.read_text().split("\n")[:-1]]
    assert sorted(line["declaration_id"] for line in lines) == sorted(HOSTILE.values())
    code, told, _ = run("replay", "--all", "--store", postgres_url, "--json")
    assert (code, json.loads(told)["equal"]) == (0, len(HOSTILE))


def test_times_at_the_ends_of_the_calendar(post: Post, files: Path) -> None:
    times = ["2000-01-01T00:00:00+00:00", "2099-12-31T23:59:59.999999+00:00", "2024-02-29T23:30:00+14:00",
             "2024-03-10T02:30:00-06:00", "1999-12-31T23:59:59Z", "2100-01-01T00:00:00Z", "1969-07-20T20:17:00Z",
             "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"]  # fmt: skip
    rows = [truck(f"d{i}", filed_at=at) for i, at in enumerate(times)]
    code, _, _, lines = screen(post, write(files, rows))
    assert code == 1
    assert [line["declaration_id"] for line in lines] == ["d0", "d1", "d2", "d3"]
    with post.log() as log:
        filed = [s.event.occurred_at for s in log.read(types=[Filed.TYPE])]
    assert [at.isoformat() for at in filed][:2] == [
        "2000-01-01T00:00:00+00:00",
        "2099-12-31T23:59:59.999999+00:00",
    ]
    code, told, _ = run("replay", "--all", "--store", post.store, "--json")
    assert (code, json.loads(told)["equal"]) == (0, 4)
    assert {each.day for each in decisions_of(post)} == {"1999-12-31", "2099-12-31", "2024-02-29", "2024-03-10"}


def decisions_of(post: Post) -> list[Any]:
    with post.log() as log:
        return decisions(log)


def test_what_is_missing_or_damaged_is_one_clear_sentence(post: Post, files: Path, tmp_path: Path) -> None:
    given = write(files, [truck("a")])
    damaged = {}
    for name in ("manifest.json", "model.json", "combiner.json", "memory.npz", "briefing.json"):
        damaged[name] = tmp_path / f"damaged-{name}"
        shutil.copytree(post.model, damaged[name])
        content = (damaged[name] / name).read_bytes()
        (damaged[name] / name).write_bytes(content[: len(content) // 2])
    cases: list[tuple[str, list[str]]] = [
        ("nothing.csv", [str(files / "nothing.csv"), "-m", str(post.model)]),
        ("no-model", [given, "-m", str(tmp_path / "no-model")]),
        *((name, [given, "-m", str(folder)]) for name, folder in damaged.items()),
    ]
    policy = files / "policy.toml"
    for text in ("not toml [", 'name = "x"', "\xff"):
        policy.write_bytes(text.encode("latin-1"))
        code, told, wrong = run("screen", given, "-m", str(post.model), "--store", post.store, "--policy", str(policy))
        assert code == 2
        assert told == ""
        assert wrong.startswith("error: ")
        assert "Traceback" not in wrong
    cases += [
        ("no-policy.toml", [given, "-m", str(post.model), "--policy", str(files / "no-policy.toml")]),
        ("no-mapping.toml", [given, "-m", str(post.model), "--mapping", str(files / "no-mapping.toml")]),
    ]
    for named, arguments in cases:
        for lang in ("en", "es"):
            code, told, wrong = run("screen", *arguments, "--store", post.store, "--lang", lang)
            assert code == 2, (named, code, wrong)
            assert told == "", named
            assert named in wrong, (named, wrong)
            assert wrong.count("error: ") == 1
            assert len(wrong.splitlines()) <= 2, wrong
            assert "Traceback" not in wrong
    with post.log() as log:
        assert decisions(log) == []


def test_a_store_that_cannot_be_used_is_one_clear_sentence(post: Post, files: Path, tmp_path: Path) -> None:
    given = write(files, [truck("a")])
    (tmp_path / "text.sqlite").write_text("this is no database, but long enough to be looked at as one" * 20)
    for store in (str(tmp_path / "text.sqlite"), str(tmp_path), "mysql://nowhere/none"):
        for command in (
            ["screen", given, "-m", str(post.model)],
            ["outcomes", given, "-m", str(post.model)],
            ["replay", "--all"],
            ["override", "a", "--to", "scan", "--reason", "x"],
            ["lottery", "verify", "2024-03-20"],
        ):
            code, told, wrong = run(*command, "--store", store)
            assert code == 2, (store, command, told, wrong)
            assert wrong.count("error: ") == 1, (store, command, wrong)


def test_replay_and_lottery_make_no_store_where_there_is_none(tmp_path: Path) -> None:
    for command in (["replay", "--all"], ["override", "a", "--to", "scan", "--reason", "x"],
                    ["lottery", "verify", "2024-03-20"]):  # fmt: skip
        code, _, wrong = run(*command, "--store", str(tmp_path / "none.sqlite"))
        assert code == 2
        assert "none.sqlite" in wrong
        assert not (tmp_path / "none.sqlite").exists()


def test_reports_come_back(post: Post, files: Path) -> None:
    screen(post, write(files, [truck("a"), truck("b")]))
    (files / "r.csv").write_text("declaration_id,examined,outcome,threat\na,1,1,theft\nb,0,,\nnobody,1,0,\na,5,,\n")
    at = [str(files / "r.csv"), "-m", str(post.model), "--store", post.store]
    code, told, _ = run("outcomes", *at, "--json")
    said = json.loads(told)
    assert code == 1
    assert (said["passages"], said["examinations"], said["repeated"]) == (2, 1, 0)
    assert [problem["code"] for problem in said["problems"]] == ["not_a_flag", "unknown_declaration"]
    code, told, _ = run("outcomes", *at, "--lang", "es")
    assert code == 1
    assert "nobody" in told
    assert "Ningún cruce" in told
    assert run("outcomes", str(files / "none.csv"), "-m", str(post.model))[0] == 2


def test_with_the_selection_on_standard_output_the_summary_goes_to_standard_error(post: Post) -> None:
    table = post.folder / "one.csv"
    table.write_text("declaration_id,filed_at\na,2024-03-20T08:00:00-06:00\n")
    made = CliRunner().invoke(
        complete_app(), ["screen", str(table), "-m", str(post.model), "--store", post.store, "--json"]
    )
    assert made.exit_code == 0, made.output
    assert json.loads(made.stdout)["declaration_id"] == "a"
    assert json.loads(made.stderr)["crossings"] == 1


def test_a_large_file_is_written_by_a_process_apart_and_says_the_same(
    learnt: Learnt, files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = write(files, learnt.future)
    said = []
    for large, name in ((10**9, "alone"), (0, "apart")):
        monkeypatch.setattr("aforo.cli.screen._LARGE_BYTES", large)
        post = Post(learnt, tmp_path / name)
        code, _, _, lines = screen(post, day)
        assert code == 0
        assert run("log", "verify", "--store", post.store)[0] == 0
        said.append([{**line, "decision": ""} for line in lines])
    assert said[0] == said[1]


@pytest.mark.parametrize("spelling", ["as it is", "upper case", "behind an empty line", "utf-16"])
def test_a_crossing_is_decided_once_however_the_header_is_spelled(
    spelling: str, post: Post, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aforo.cli.screen.BATCH_ROWS", 2)
    day = Path(write(files, [truck(i, crossing_id="X" if i % 2 else None) for i in range(6)]))
    header, rest = day.read_text().split("\n", 1)
    spelled = {"upper case": f"{header.upper()}\n{rest}", "behind an empty line": f"\n{header}\n{rest}"}
    text = spelled.get(spelling, f"{header}\n{rest}")
    day.write_text(text, encoding="utf-16" if spelling == "utf-16" else "utf-8")
    code, _, _, lines = screen(post, str(day))
    assert code == 0
    assert len(lines) == 6
    assert len({line["decision"] for line in lines if line["crossing_id"] == "X"}) == 1


def test_a_model_of_another_key_store_is_refused_in_words(
    post: Post, files: Path, tmp_path: Path, learnt: Learnt
) -> None:
    history = learnt.future.join(learnt.labels, on="declaration_id")
    model = str(tmp_path / "model")
    code, _, _ = run("learn", write(files, history), "-m", model, "--store", str(tmp_path / "elsewhere.sqlite"))
    assert code == 0
    day = write(files, [truck("A")])
    code, _, wrong = run("screen", day, "-m", model, "--store", post.store, "-o", str(tmp_path / "out.ndjson"))
    assert code == 2
    assert "another key store" in wrong
    assert "--store" in wrong


def test_an_amendment_of_what_nobody_knows_is_told(post: Post, files: Path) -> None:
    rows = [truck("A"), truck("B", amends="A", action="replace"), truck("C", amends="NOPE", action="cancel")]
    code, told, _, lines = screen(post, write(files, rows))
    assert code == 0
    assert len(lines) == 3
    assert "warning ×1: a filing amends or cancels a declaration that neither this file nor the log has" in told
    with post.log() as log:
        filed = {s.payload.declaration["declaration_id"]: s.payload.warnings for s in log.read(types=[Filed.TYPE])
                 if isinstance(s.payload, Filed)}  # fmt: skip
    assert "amends_unknown" in filed["C"]
    assert not {"amends_unknown"} & {*filed["A"], *filed["B"]}
