"""No row of input that cannot be read improves a figure without a word.

Each command that reads a file and tells figures says beside them which rows they lack: in words, in JSON and by its
exit code. A log remembers the rows that it refused, by whatever way they came, until a person settles them.
"""

from __future__ import annotations

import inspect
import json
import re
import typing
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
import typer
from boards import Written, a_log, day_of_waits
from boards import truck as crossing
from click.testing import Result
from journeys import NOW, Learnt, Post
from listening import Listening, listening
from nights import Nights
from priced import LAREDO
from typer.testing import CliRunner

from aforo.api.access import Rate
from aforo.cli import complete_app
from aforo.domain.input_refusal import MOST_REASONS, InputKind, RefusedRows, bounded_reasons
from aforo.domain.problem import Problem
from aforo.domain.text import Text
from aforo.flow.feed import feed_of
from aforo.flow.input_refusals import MOST_A_DAY, open_refusals, refusal_of, settled
from aforo.flow.live_bridges import LiveBridges
from aforo.flow.scoreboard import Board
from aforo.flow.scoreboard_shown import public_shown
from aforo.flow.telemetry import record
from aforo.log.store import Log
from aforo.scoreboard import input_refusals
from aforo.scoreboard.input_refusals import InputRefusals
from aforo.trials.world import generate
from aforo.twin import tariffs

COUNTED = "Port Name,State,Port Code,Border,Date,Measure,Value"
_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MONTHS = [f"{month} {year}" for year in range(2018, 2025) for month in _NAMES]
DRAFT = """
id = "heavy-and-cheap"
version = "1"
condition = "gross_mass_kg > 5000 and value_usd < 2000"
author = "Ana"
source = "assumed"
reason = {en = "Heavy and cheap.", es = "Pesado y barato."}
public_reason = {en = "The value has to be documented.", es = "Hay que documentar el valor."}
[[band]]
from = 0.0
misdeclaration = 3.0
"""
SCENARIO = """
name = "tried"
title = { en = "tried", es = "probado" }
ports = ["Santa Teresa"]
first = 2024-10-07
days = 1
replications = 2
sources = ["assumed"]
[[change]]
kind = "booths_added"
at = ["Santa Teresa"]
number = 1
"""
FLEET = """scanner_id,event,at,cause,reporter,port,kind,contract_id
S-1,commissioned,2023-06-01T00:00:00Z,,,2304,LEP,C-1
S-1,down,2024-01-10T06:00:00Z,,port,,,
S-1,up,2024-01-10T07:00:00Z,,port,,,
"""
FLEET_PERIOD = ("--from", "2024-01-01", "--until", "2024-02-01")


def counts(folder: Path, wrong: bool) -> str:
    """Seven years of Laredo; one month is no number."""
    rows = [f"Laredo,Texas,2304,US-Mexico Border,{each},Trucks,200000" for each in MONTHS]
    if wrong:
        rows[3] = rows[3].replace("200000", "many")
    return _written(folder / "counts.csv", "\n".join([COUNTED, *rows]))


def history(folder: Path, wrong: bool) -> str:
    """A history of declarations; two were filed at no instant."""
    lines = generate(3, weeks=4, rows_per_week=200, prevalence=0.1).history.write_csv().splitlines()
    place = lines[0].split(",").index("filed_at")
    for row in (5, 9) if wrong else ():
        cells = lines[row].split(",")
        lines[row] = ",".join([*cells[:place], "yesterday", *cells[place + 1 :]])
    return _written(folder / "history.csv", "\n".join(lines))


def hours(folder: Path, wrong: bool) -> str:
    last = "lots" if wrong else "310"
    return _written(
        folder / "hours.csv", f"hour,count\n2024-12-30T08:00:00-06:00,300\n2024-12-30T09:00:00-06:00,{last}\n"
    )


def waits(folder: Path, wrong: bool) -> str:
    """SYNTHETIC waits of six days; one more has no instant."""
    rows = [
        f"2301/veterans,standard,2024-08-{5 + day:02d}T{hour:02d}:00,{0 if hour < 13 else 10}"
        for day in range(6)
        for hour in range(9, 21, 2)
    ]
    rows += ["2301/veterans,standard,yesterday,10"] if wrong else []
    return _written(folder / "waits.csv", "\n".join(["bridge,lane,at,wait_minutes", *rows]))


def times(folder: Path, wrong: bool) -> str:
    """SYNTHETIC times of primary; one more is zero."""
    rows = [f"2301/veterans,lanes.standard.primary,{0.8 + 0.05 * number}" for number in range(24)]
    rows += ["2301/veterans,lanes.standard.primary,0"] if wrong else []
    return _written(folder / "times.csv", "\n".join(["bridge,place,minutes", *rows]))


def _written(file: Path, text: str) -> str:
    file.write_text(text, encoding="utf-8")
    return str(file)


def _tariff(folder: Path) -> str:
    text = tariffs.ready()["tariff-2025-03"].decode()
    text = re.sub(r"^ports = .*$", 'ports = ["Columbus"]', text, count=1, flags=re.MULTILINE)
    text = re.sub(r"^alternatives = .*$", "", text, count=1, flags=re.MULTILINE)
    text = text.replace("announced = 2025-02-01", "announced = 2025-03-10").replace("futures = 60", "futures = 20")
    return _written(folder / "tariff.toml", text.replace("weeks_after = 10", "weeks_after = 2"))


def _pilot(folder: Path, wrong: bool) -> list[str]:
    made = Nights(folder / "nights")
    if wrong:
        first = min(made.extracts.iterdir())
        first.write_text(first.read_text(encoding="utf-8") + "beyond,these,columns\n", encoding="utf-8")
    return ["pilot", *map(str, made.arguments), "-o", str(folder / "pilot.html")]


#: What is run, on good input and on input with a row that cannot be read.
FAMILY: dict[str, Callable[[Path, bool], list[str]]] = {
    "learn": lambda at, wrong: ["learn", history(at, wrong), "-m", str(at / "model")],
    "backtest": lambda at, wrong: ["backtest", history(at, wrong), "--learner", "random-90/10"],
    "rules impact": lambda at, wrong: ["rules", "impact", _written(at / "draft.toml", DRAFT), history(at, wrong)],
    "pilot": _pilot,
    "measure control-plan": lambda at, wrong: ["measure", "control-plan", history(at, wrong)],
    "measure counts": lambda at, wrong: ["measure", "counts", counts(at, wrong)],
    "measure coverage": lambda at, wrong: ["measure", "coverage", "--counts", counts(at, wrong)],
    "measure claims": lambda at, wrong: ["measure", "claims", "--crossings", counts(at, wrong)],
    "measure report": lambda at, wrong: [
        "measure", "report", "--crossings", counts(at, wrong), "-o", str(at / "report"), "--from", "2024-12-01",
        "--until", "2024-12-02", "--lang", "en",
    ],
    "port forecast": lambda at, wrong: [
        "port", "forecast", "world-trade", "--counts", counts(at, wrong), "--at", "2025-01-02T08:00:00-06:00",
    ],
    "twin run": lambda at, wrong: [
        "twin", "run", _written(at / "s.toml", SCENARIO), "--counts", counts(at, wrong), "--workers", "1",
    ],
    "twin compare": lambda at, wrong: [
        "twin", "compare", *([_written(at / "s.toml", SCENARIO)] * 2), "--counts", counts(at, wrong), "--workers", "1",
    ],
    "twin sweep": lambda at, wrong: [
        "twin", "sweep", _written(at / "s.toml", SCENARIO), "--over", "change.0.number=1,2", "-o", str(at / "sweep"),
        "--counts", counts(at, wrong), "--workers", "1",
    ],
    "twin calibrate": lambda at, wrong: ["twin", "calibrate", "--waits", waits(at, wrong), "--replications", "6"],
    "twin services": lambda at, wrong: ["twin", "services", times(at, wrong)],
    "plan scanners": lambda at, wrong: [
        "plan", "scanners", "--count", "2", "--draws", "40", "--ports", "Columbus", "--counts", counts(at, wrong),
    ],
    "plan port": lambda at, wrong: [
        "plan", "port", "otay-mesa-east", "--replications", "2", "--workers", "1", "--counts", counts(at, wrong),
    ],
    "plan tariffs": lambda at, wrong: ["plan", "tariffs", _tariff(at), "--workers", "1", "--counts", counts(at, wrong)],
    "fleet cost": lambda at, wrong: [
        "fleet", "cost", _written(at / "log.csv", FLEET), *FLEET_PERIOD, "--replications", "2", "--counts",
        counts(at, wrong),
    ],
}  # fmt: skip
#: Tried below: on a log, or with a model.
ON_A_LOG = ("outcomes", "prices solve", "port reads", "port waits", "port state", "measure scoreboard", "measure town")
#: Commands that take a file and are not of the family, and why.
_FLEET = "Its bounds by the kind of each row are held by test_cli_fleet_bounds."
_DOCUMENT = "It reads a document, which is taken whole or refused whole."
_FOLDER = "It reads no rows: the path is a place to write or a key."
_VERDICT = "It tells what is wrong with a file, and no figure from it."
EXCEPTIONS = {
    **dict.fromkeys(("fleet load", "fleet report", "fleet spares", "fleet calendar", "fleet to-work-orders"), _FLEET),
    "fleet from-work-orders": "It writes another table, row for row, and lists and counts those that it could not.",
    **dict.fromkeys(
        ("alerts rules", "challenge file", "rules check", "rules add", "fleet contract put", "fleet target put",
         "seal retention", "seal response-plan", "seal contacts", "seal road put", "port check", "port put",
         "measure propose", "serve", "edge bundle", "edge take"),
        _DOCUMENT,
    ),
    **dict.fromkeys(
        ("demo", "tour", "sandbox", "world", "doctor", "backup", "restore", "lists show", "lists hits",
         "lists confirm", "lists dismiss", "challenge show", "seal pack", "bundle make", "bundle example", "log verify",
         "witness serve", "witness key", "witness show", "witness settle", "witness convict"),
        _FOLDER,
    ),
    **dict.fromkeys(("check", "lists check", "bundle verify", "bundle cloned"), _VERDICT),
    "lists update": "A list that cannot be read whole is not taken: the one before stays.",
    "data get": "It keeps the file as published, lists what is refused in it, and ends with 1; figures say it again.",
    "screen": "A refused filing is in quarantine: the scoreboard says it, and the command counts it and ends with 1.",
    "watch": "As screen, file by file.",
    "twin compare-runs": "It reads no rows: the runs say which they lack, and it says it again.",
    "seal load": "A reading that is missing makes a verdict worse, never better: a gap of reports is a finding.",
}  # fmt: skip


def run(*arguments: str, lang: str = "en") -> Result:
    environment = {"LANG": "es_MX.UTF-8" if lang == "es" else "C", "LC_ALL": "", "COLUMNS": "10000"}
    return CliRunner().invoke(complete_app(), list(arguments), env=environment)


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own, with a log of a few crossings, which commands take for theirs."""
    now = datetime(2026, 3, 20, 12, tzinfo=UTC)
    said = Written()
    for number in range(30):
        crossing(said, f"C-{number}", now - timedelta(days=1, minutes=number), "world-trade", scan=number < 6)
    day_of_waits(said, Random(2), datetime(2026, 3, 18, 6, tzinfo=UTC), "world-trade", 100, 20.0)
    with a_log(tmp_path, now) as (log, _):
        said.put(log)
    monkeypatch.setenv("AFORO_STORE", f"sqlite:///{tmp_path / 'log.sqlite'}")
    monkeypatch.setenv("AFORO_KEYS", f"sqlite:///{tmp_path / 'keys.sqlite'}")
    monkeypatch.setenv("AFORO_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _refused_in(told: Any) -> list[dict[str, Any]]:
    """The refused rows of an answer in JSON."""
    if isinstance(told, list):
        return [one for each in told for one in _refused_in(each)]
    return list(told.get("refused_rows", told["refused"]))


@pytest.mark.parametrize("name", FAMILY)
def test_a_row_that_cannot_be_read_is_told_beside_the_figures(name: str, own: Path) -> None:
    (own / "good").mkdir()
    (own / "bad").mkdir()
    good, bad = FAMILY[name](own / "good", False), FAMILY[name](own / "bad", True)
    clean = run(*good, "--json")
    assert clean.exit_code in ((0, 1) if name in ("measure claims", "measure counts") else (0,)), clean.output
    assert not clean.stdout or not _refused_in(json.loads(clean.stdout))
    told = run(*bad, "--json")
    assert told.exit_code == 1, told.output
    (rows,) = _refused_in(json.loads(told.stdout))
    assert rows["rows"] == {"history.csv": 2}.get(rows["source"], 1)
    assert sum(rows["reasons"].values()) >= rows["rows"]
    spanish = "1 renglón no pudo leerse" if rows["rows"] == 1 else "2 renglones no pudieron leerse"
    for lang, words in (("en", "could not be read"), ("es", spanish)):
        shown = run(*bad, lang=lang)
        assert shown.exit_code == 1, shown.output
        if name != "measure report":  # its languages are those of the report
            assert words in " ".join(shown.output.split()), shown.output
            assert Path(rows["source"]).name in shown.output


def test_the_forecast_lacks_hours_and_says_it(own: Path) -> None:
    asked = ["port", "forecast", "world-trade", "--counts", counts(own, False), "--at", "2025-01-02T08:00:00-06:00"]
    told = run(*asked, "--arrivals", hours(own, True), "--json")
    assert told.exit_code == 1
    (rows,) = json.loads(told.stdout)["refused"]
    assert (rows["kind"], rows["rows"], rows["reasons"]) == ("hours", 1, {"hour_count": 1})
    assert "may be too few" in rows["words"]["en"]
    assert run(*asked, "--arrivals", hours(own, False)).exit_code == 0


def test_every_command_that_takes_a_file_is_of_the_family_or_is_excepted_with_a_reason() -> None:
    taking = {
        name
        for name, command in _commands(typer.main.get_command(complete_app()), [])
        if any("Path" in str(kind) for kind in typing.get_type_hints(inspect.unwrap(command.callback)).values())
    }
    # These read no file of rows, and tell figures of a log.
    of_a_log = {"measure scoreboard", "measure town", "port state"}
    listed = [*FAMILY, *ON_A_LOG, *EXCEPTIONS]
    assert len(listed) == len(set(listed))
    assert taking | of_a_log == set(listed)
    assert all(EXCEPTIONS.values())


def _commands(command: Any, path: list[str]) -> Iterator[tuple[str, Any]]:
    if hasattr(command, "commands"):
        for name, own in command.commands.items():
            yield from _commands(own, [*path, name])
    else:
        yield " ".join(path), command


def test_a_log_remembers_refused_readings_until_a_person_settles_them(own: Path) -> None:
    reads = "reader,at,plate\nworld-trade-start,2026-03-18T12:00:00Z,TX1\nnobody,2026-03-18T12:01:00Z,TX2\n"
    file = _written(own / "reads.csv", reads)
    span = ("--first", "2026-03-18", "--last", "2026-03-18")
    board = ("measure", "scoreboard", "--bridge", "world-trade", "--measure", "wait-to-primary", *span)
    assert run(*board).exit_code == 0
    for _ in range(2):  # the same file again is the same refusal
        assert run("port", "reads", file).exit_code == 1
    (refusal,) = json.loads(run("measure", "refused", "--json").stdout)
    assert (refusal["kind"], refusal["source"], refusal["rows"]) == ("readings", "reads.csv", 1)
    assert (refusal["first"], refusal["last"]) == ("2026-03-18", "2026-03-18")
    assert "TX2" not in json.dumps(refusal)
    listed = run("measure", "refused", lang="es")
    assert listed.exit_code == 1
    assert "lecturas de puertas" in listed.stdout
    shown = run(*board)
    assert shown.exit_code == 1
    assert "Waits and crossing times may be too low" in shown.stdout
    told = json.loads(run(*board, "--json").stdout)
    assert [each["refusal"] for each in told["refused"]] == [refusal["refusal"]]
    assert told["refused"][0]["measures"] == ["wait-to-primary"]
    # Of other measures and other days it says nothing.
    assert run("measure", "scoreboard", "--bridge", "world-trade", "--measure", "incidents", *span).exit_code == 0
    before = ("--first", "2026-03-10", "--last", "2026-03-12")
    assert run("measure", "scoreboard", "--measure", "wait-to-primary", *before).exit_code == 0
    assert "may be too low" in run("measure", "report", "-o", "r", "--official", "--from", "2026-03-17", "--until",
                                   "2026-03-20", "--json").stdout  # fmt: skip
    assert run("measure", "settle", "nothing", "--reason", "why").exit_code == 2
    assert run("measure", "settle", refusal["refusal"], "--reason", " ").exit_code == 2
    done = run("measure", "settle", refusal["refusal"], "--by", "Ana", "--reason", "corrected and loaded again")
    assert (done.exit_code, "1" in done.stdout) == (0, True)
    assert run("measure", "refused").exit_code == 0
    assert run(*board).exit_code == 0


def test_states_of_bridges_say_which_readings_of_today_they_lack(own: Path) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    file = _written(own / "reads.csv", f"reader,at,plate\nworld-trade-start,{now.isoformat()},T1\nx,soon,T2\n")
    assert run("port", "state", "world-trade").exit_code == 0
    assert run("port", "reads", file).exit_code == 1
    for asked in ([], ["world-trade"]):
        told = run("port", "state", *asked, "--json")
        assert (told.exit_code, bool(_refused_in(json.loads(told.stdout)))) == (1, True)
        assert "Readings of gates refused" in run("port", "state", *asked).stdout
    town = run("measure", "town", "world-trade", "--json")
    assert (town.exit_code, len(json.loads(town.stdout)["refused"])) == (1, 1)
    assert "Readings of gates refused" in run("measure", "town", "world-trade").stdout


def test_a_feed_that_cannot_be_read_is_a_refusal_of_unknown_size(own: Path) -> None:
    assert run("port", "waits", _written(own / "feed.xml", "<border_wait_time><port>")).exit_code == 1
    (refusal,) = json.loads(run("measure", "refused", "--json").stdout)
    assert (refusal["kind"], refusal["rows"], refusal["first"]) == ("waits", 0, None)
    assert "how many rows it has is not known" in refusal["words"]["en"]


def test_refused_outcomes_are_told_by_the_command_and_the_scoreboard(post: Post) -> None:
    file = _written(post.folder / "r.csv", "declaration_id,outcome,at\nnobody,1,2024-03-19T12:00:00Z\nn,maybe,\n")
    where = ("--store", post.settings.store, "--keys", post.settings.keys)
    told = run("outcomes", file, "-m", str(post.model), "--json", *where)
    (rows,) = json.loads(told.stdout)["refused"]
    assert (told.exit_code, rows["kind"], rows["rows"]) == (1, "examinations", 2)
    assert "seizures are lower bounds" in run("outcomes", file, "-m", str(post.model), *where).stdout
    days = ("--first", "2024-03-19", "--last", "2024-03-20")
    board = run("measure", "scoreboard", "--measure", "targeted-hit-rate", "--json", *days, *where)
    assert (board.exit_code, json.loads(board.stdout)["refused"][0]["kind"]) == (1, "examinations")


def test_prices_say_which_counts_they_lack(post: Post, tmp_path: Path) -> None:
    text = LAREDO.decode()
    first, second = text.index("[[bridge.portals]]"), text.index("[[bridge.scanners]]")
    text = text[:first] + text[second : text.index('[[bridge]]\nid = "colombia"')]
    text = text.replace("units = { count = 9,", "units = { count = 1,")
    dock, staff = text.index("[bridge.docks]"), text.index("[bridge.staff]")
    text = "\n".join(line for line in (text[:dock] + text[staff:]).split("\n") if not line.startswith("share = "))
    where = ("--store", post.settings.store, "--keys", post.settings.keys)
    assert run("port", "put", _written(tmp_path / "laredo.toml", text), *where).exit_code == 0
    solve = ("prices", "solve", "-m", str(post.model), *where)
    told = run(*solve, "--counts", counts(tmp_path, True), "--json")
    assert (told.exit_code, json.loads(told.stdout)["refused"][0]["rows"]) == (1, 1), told.output
    assert "Monthly counts refused" in run(*solve, "--counts", counts(tmp_path, True)).stdout
    assert json.loads(run(*solve, "--counts", counts(tmp_path, False), "--json").stdout)["refused"] == []


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    with listening(Post(learnt, tmp_path_factory.mktemp("served")), rate=Rate(1e6, 1e6)) as made:
        yield made


@pytest.mark.parametrize(
    ("role", "route", "body", "kind", "status"),
    [
        ("device", "/v1/readings", "reader,at,plate\nworld-trade-start,{at},T1\nnobody,{at},T2\n", "readings", 200),
        ("device", "/v1/readings", "reader,at,plate\nworld-trade-start,soon,T3\n", "readings", 422),
        ("officer", "/v1/outcomes", "declaration_id,outcome,at\nnobody,1,{at}\n", "examinations", 200),
        ("officer", "/v1/outcomes", "declaration_id,outcome\nn,maybe\n", "examinations", 422),
        ("device", "/v1/scanners/reports", "scanner_id,event,at,port\nS,down,soon,pharr\n", "scanner_rows", 422),
        ("carrier", "/v1/filings", "declaration_id,filed_at,port\nd-1,soon,2304\n", "trucks", None),
    ],
)  # fmt: skip
def test_what_a_route_refuses_stands_beside_the_figures_of_the_scoreboard(
    served: Listening, role: Any, route: str, body: str, kind: InputKind, status: int | None
) -> None:
    before = {each.refusal: each for each in open_refusals(served.log)}
    body = body.replace("{at}", (NOW - timedelta(hours=1)).isoformat())
    carriers = ("SCAC1",) if role == "carrier" else ()
    client = served.as_(role, f"{role} of {kind}", carriers)
    for _ in range(2):
        answer = client.post(route, content=body.encode(), headers={"content-type": "text/csv"})
        assert answer.status_code in ((status,) if status else (200, 422)), answer.text
    after = {each.refusal: each for each in open_refusals(served.log)}
    fresh = [each for name, each in after.items() if before.get(name) != each]
    assert [(each.kind, each.rows) for each in fresh] == [(kind, 1)]
    told = served.as_("officer").get("/v1/scoreboard", params={"first": "2024-03-19", "last": "2024-03-20"}).json()
    mine = next(each for each in told["refused"] if each["refusal"] == fresh[0].refusal)
    assert mine["measures"]
    assert mine["words"]["es"]
    if role == "device" and kind == "readings":
        assert mine["bridges"] == ["world-trade"]
        pharr = served.as_("officer").get("/v1/scoreboard", params={"bridge": "pharr", "first": "2024-03-20"}).json()
        assert mine["refusal"] not in [each["refusal"] for each in pharr["refused"]]


def test_states_of_bridges_and_a_towns_page_say_which_rows_they_lack_until_a_person_settles_them(
    served: Listening,
) -> None:
    at = (NOW - timedelta(minutes=40)).isoformat()
    body = f"reader,at,plate\nworld-trade-start,{at},T7\nnowhere,{at},T8\n"
    before = {each.refusal for each in open_refusals(served.log)}
    sent = served.as_("device", "device of states").post(
        "/v1/readings", content=body.encode(), headers={"content-type": "text/csv"}
    )
    assert sent.status_code == 200, sent.text
    (mine,) = {each.refusal for each in open_refusals(served.log)} - before
    officer = served.as_("officer")
    town = served.as_("municipality", "Laredo", ("world-trade",))

    def told() -> list[bool]:
        every = {each["bridge"]: each for each in officer.get("/v1/bridges").json()["bridges"]}
        one = officer.get("/v1/bridges/world-trade").json()["state"]
        page = town.get("/v1/municipality").json()
        return [mine in [own["refusal"] for own in each["refused"]] for each in (every["world-trade"], one, page)]

    assert told() == [True, True, True]
    pharr = officer.get("/v1/bridges/pharr").json()["state"]
    assert mine not in [each["refusal"] for each in pharr["refused"]]
    record([settled(mine, "The reader was mended.", served.log)], served.log, actor="Ana", origin="live")
    assert told()[:2] == [False, False]  # a town's page is given again for a minute


def test_what_is_published_says_that_it_lacks_rows(tmp_path: Path) -> None:
    monday = datetime(2026, 3, 2, tzinfo=ZoneInfo("America/Chicago"))
    said = Written()
    for day in range(7):
        for bridge in ("world-trade", "pharr", "ysleta"):
            day_of_waits(said, Random(day), monday + timedelta(days=day), bridge, 30, 25.0)
    with a_log(tmp_path, monday + timedelta(days=9)) as (log, _):
        said.put(log)
        rows = RefusedRows("readings", "feed", 7, {"row_unreadable": 7})
        record(refusal_of("readings", rows, b"feed", log, days=[date(2026, 3, 4)]), log, actor="reader 4")
        board = Board(log)
        assert "2026-W10" in [each.period for each in board.publish()]
        made = feed_of(public_shown(board, LiveBridges(log, board.directory), log.clock(), "live", 4), board.measures)
        (week,) = [each for each in made.weeks if each.period == "2026-W10"]
        assert week.incomplete is True
        # How many, of what and by whom is told to nobody outside.
        assert b"row_unreadable" not in msgspec.json.encode(made)
    where = ("--store", f"sqlite:///{tmp_path / 'log.sqlite'}", "--keys", f"sqlite:///{tmp_path / 'keys.sqlite'}")
    feed = run("measure", "feed", *where)
    assert (feed.exit_code, "values may be too low" in feed.stdout) == (1, True)
    revised = run("measure", "publish", "--revise", "2026-W10", "--reason", "Looked at again.", *where)
    assert revised.exit_code in (0, 1)
    (refusal,) = json.loads(run("measure", "refused", "--json", *where).stdout)
    assert run("measure", "settle", refusal["refusal"], "--reason", "not owed", *where).exit_code == 0
    assert "incomplete" not in run("measure", "feed", "--json", *where).stdout


def _refusal(log: Log, number: int, kind: InputKind = "readings") -> None:
    rows = RefusedRows(kind, "feed", 1, {"row_unreadable": 1})
    record(refusal_of(kind, rows, str(number).encode(), log), log, actor="reader 4")


def test_what_sends_bad_rows_all_day_does_not_fill_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aforo.flow.input_refusals.MOST_A_DAY", 3)
    with a_log(tmp_path, NOW) as (log, _):
        for number in range(9):
            _refusal(log, number)
        found = open_refusals(log)
    assert sorted(each.at_least for each in found) == [False, False, False, True]
    assert MOST_A_DAY == 1_000


def test_the_state_is_bounded_and_is_the_same_after_it_was_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(input_refusals, "MOST", 5)
    with a_log(tmp_path, NOW) as (log, clock):
        for number in range(12):
            clock.now = NOW + timedelta(minutes=number)
            _refusal(log, number, "waits" if number == 0 else "readings")
        state, again = InputRefusals(), InputRefusals()
        state.apply(log.read(types=state.types))
        again.load(state.dump())
    assert state.open() == again.open()
    assert len(state.open()) == 5
    assert sum(each.rows for each in state.open()) == 12
    assert "waits" in {each.kind for each in state.open()}


def test_reasons_are_bounded_and_add_up() -> None:
    problems = [Problem(row, "line", f"code{row % 30}", Text("a", "a")) for row in range(1, 91)]
    problems.append(Problem(91, "line", "odd", Text("a", "a"), "warning"))
    (rows,) = RefusedRows.of("history", "f.csv", problems)
    assert (rows.rows, len(rows.reasons), sum(rows.reasons.values())) == (90, MOST_REASONS + 1, 90)
    assert bounded_reasons({"a": 2}) == {"a": 2}
    assert RefusedRows.of("history", "f.csv", problems[-1:]) == ()
    # Where not all problems are listed, their counts say how many there are.
    (more,) = RefusedRows.of("counts", "f.csv", problems[:1], {"code1": 5_000, "odd": 7})
    assert (more.rows, more.reasons) == (5_000, {"code1": 5_000})
