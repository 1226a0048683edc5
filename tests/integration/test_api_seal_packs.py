"""The pack of a carrier's seals over HTTP and on the command line: whose it is, what it says, what is safe in it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from journeys import Post
from listening import Listening, listening
from printed import words
from typer.testing import CliRunner
from under_seal import breached, sealed_trip, sound

from aforo.api.access import Rate
from aforo.cli import complete_app
from aforo.domain.trip import CONVEYANCE, VVTT, Discharged
from aforo.flow import seal_pack

if TYPE_CHECKING:
    from journeys import Learnt


@pytest.fixture(scope="module")
def post(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Post:
    return Post(learnt, tmp_path_factory.mktemp("served"))


@pytest.fixture(scope="module")
def served(post: Post) -> Iterator[Listening]:
    with listening(post, rate=Rate(1e6, 1e6)) as made:
        breached(made, "T-BREACH", carta_porte="=cmd|' /C calc'!A0")
        sound(made, "T-SOUND")
        sealed_trip(made, "T-OTHER", "CA-2")
        sealed_trip(made, "T-TAKEN", "CA-2", carta_porte="CCC-42", crossing="X-7", regime="import")
        taken = {"device": "T-TAKEN-seal", "authority": "CBP", "where": "World Trade"}
        act(made, "T-TAKEN", "unseal", taken)
        act(made, "T-TAKEN", "discharge", {"where": "Laredo"})
        act(made, "T-OTHER", "discharge", {"where": "ANAM Colombia"})
        vvtt = {"kind": "vvtt", "seal_id": "MX OUND", "where": "+Apodaca"}
        inspect(made, "T-SOUND", vvtt | {"points": [{"point": each} for each in VVTT]})
        wrong = [{"point": "view"}, {"point": "twist", "found": "fail"}]
        inspect(made, "T-BREACH", vvtt | {"points": wrong, "seal_id": "XX 1", "note": "@it turns"})
        every = [{"point": each} for each in CONVEYANCE]
        inspect(made, "T-SOUND", {"kind": "conveyance", "points": every})
        yield made


def inspect(made: Listening, trip: str, body: dict[str, Any]) -> None:
    answer = made.carrier("CA-1").post(f"/v1/trips/{trip}/inspection", json=body)
    assert answer.status_code == 200, answer.text


def act(made: Listening, trip: str, path: str, body: dict[str, Any]) -> None:
    answer = made.as_("officer").post(f"/v1/trips/{trip}/{path}", json=body)
    assert answer.status_code == 200, answer.text


def rows(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_a_carrier_has_its_own_trips_alone(served: Listening) -> None:
    own = rows(served.carrier("CA-1").get("/v1/seal-pack", params={"form": "csv", "lang": "en"}))
    assert {each["trip"] for each in own} == {"T-BREACH", "T-SOUND"}
    assert {each["recorded_by"] for each in own} == {""}, "who of the authority recorded what is not for a carrier"
    assert served.carrier("CA-1").get("/v1/seal-pack", params={"carrier": "CA-2"}).status_code == 404
    every = rows(served.as_("officer").get("/v1/seal-pack", params={"form": "csv"}))
    assert {each["trip"] for each in every} == {"T-BREACH", "T-SOUND", "T-OTHER", "T-TAKEN"}
    other = rows(served.as_("auditor").get("/v1/seal-pack", params={"form": "csv", "carrier": "ca-2"}))
    assert {each["trip"] for each in other} == {"T-OTHER", "T-TAKEN"}


def test_every_part_is_in_the_table_with_its_grade_and_gaps_are_gaps(served: Listening) -> None:
    table = rows(served.as_("officer").get("/v1/seal-pack", params={"form": "csv", "carrier": "CA-1", "lang": "en"}))
    parts = {each["record"] for each in table if each["trip"] == "T-BREACH"}
    assert parts == {"trip", "seal", "inspection", "state", "gap", "position"}
    seals = [each for each in table if each["record"] == "seal"]
    assert {(each["code"], each["said"]) for each in seals} == {("H", "H, high security")}
    broken = [each for each in table if each["record"] == "state" and each["code"] == "broken"]
    assert [(each["trip"], each["grade"], each["detail"]) for each in broken] == [("T-BREACH", "device", "opened")]
    gaps = [each for each in table if each["record"] == "gap" and each["trip"] == "T-BREACH"]
    assert {("silent", "open"), ("late", "late_filled")} <= {(each["code"], each["detail"]) for each in gaps}
    positions = [each for each in table if each["record"] == "position" and each["trip"] == "T-BREACH"]
    assert len(positions) == 50
    assert {each["grade"] for each in positions} == {"device"}
    assert all(float(each["longitude"]) < -99 for each in positions), "numbers stand as numbers"
    inspected = {(each["trip"], each["code"]): each for each in table if each["record"] == "inspection"}
    assert "not passed" in inspected["T-BREACH", "vvtt"]["said"].casefold()
    assert (
        "view=pass verify=not_done tug=not_done twist=fail; number=of_no_seal"
        in inspected["T-BREACH", "vvtt"]["detail"]
    )
    assert inspected["T-SOUND", "conveyance"]["said"].endswith("passed")


def test_how_a_seal_and_its_trip_ended_is_told(served: Listening) -> None:
    """Of a seal that the discharge ended neither where nor by whom was told."""
    query = {"carrier": "CA-2", "lang": "en"}
    table = rows(served.as_("officer").get("/v1/seal-pack", params=query | {"form": "csv"}))
    by = {each.event.actor for each in served.log.stream("trip/T-OTHER", types=(Discharged.TYPE,))}.pop()
    seals = {each["trip"]: each for each in table if each["record"] == "seal"}
    trips = {each["trip"]: each for each in table if each["record"] == "trip"}
    assert trips["T-OTHER"]["detail"] == f"carta_porte=; crossing=; discharged_by={by}"
    assert trips["T-TAKEN"]["detail"] == f"carta_porte=CCC-42; crossing=X-7; discharged_by={by}"
    assert seals["T-OTHER"]["until"] == trips["T-OTHER"]["until"] != ""
    end = {each: seals[each]["detail"].partition("off_where=")[2] for each in seals}
    named = "; crossing={0}; carta_porte={1}; off_crossing={0}; off_carta_porte={1}"
    assert end["T-OTHER"] == f"ANAM Colombia; off_by={by}; authority=; ended=discharge{named.format('', '')}"
    assert end["T-TAKEN"] == f"World Trade; off_by={by}; authority=CBP; ended=unsealed{named.format('X-7', 'CCC-42')}"
    paper = words(served.as_("officer").get("/v1/seal-pack", params=query).content)
    assert re.search(r"\dZ, ended by the discharge of the trip: ANAM Colombia - / " + re.escape(by), paper)
    assert re.search(r"\dZ World Trade; crossing X-7, Carta Porte CCC-42 CBP / " + re.escape(by), paper)
    assert paper.count("; crossing X-7, Carta Porte CCC-42") == 2, "as it was put on and as it was taken off"
    assert re.search(r"T-OTHER export CA-2 not recorded not recorded \S+ \S+Z \S+ \S+Z ANAM Colombia", paper)
    assert re.search(r"T-TAKEN import CA-2 CCC-42 X-7 \S+ \S+Z \S+ \S+Z Laredo", paper)
    own = served.carrier("CA-2").get("/v1/seal-pack", params=query | {"form": "csv"})
    ended = [each["detail"].partition("ended=")[2] for each in rows(own) if each["record"] == "seal"]
    assert {each.partition(";")[0] for each in ended} == {"discharge", "unsealed"}
    assert by not in own.text, "who of the authority recorded what is not for a carrier"


def test_a_pack_has_no_more_positions_than_it_may(served: Listening, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seal_pack, "MOST_POSITIONS", 111)
    assert rows(served.as_("officer").get("/v1/seal-pack", params={"form": "csv", "carrier": "CA-1"}))
    monkeypatch.setattr(seal_pack, "MOST_POSITIONS", 110)
    refused = served.as_("officer").get("/v1/seal-pack", params={"form": "csv", "carrier": "CA-1"})
    assert (refused.status_code, refused.json()["problems"][0]["code"]) == (422, "pack_too_large")


def test_no_cell_is_a_formula(served: Listening) -> None:
    answer = served.as_("officer").get("/v1/seal-pack", params={"form": "csv"})
    for row in csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))):
        for cell in row:
            assert not cell.startswith(("=", "+", "@", "\t", "\r")), cell
            assert not cell.startswith("-") or float(cell) < 0, cell
    assert "'+Apodaca" in answer.text


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", ("Seal log, inspections and tracking: CA-1", "1. Trips", "Carta Porte", "not discharged so far",
                "NOT passed", "GAP until", "What this does not prove",
                "No inspection of this kind is recorded", "Verify: not done; Tug: not done; Twist: not in order")),
        ("es", ("Bitácora de candados, inspecciones y rastreo: CA-1", "1. Viajes", "Carta Porte",
                "sin cerrar hasta ahora", "NO aprobada", "LAGUNA hasta",
                "Lo que esto no prueba", "No hay registrada ninguna inspección")),
    ],
)  # fmt: skip
def test_paper_says_the_same_in_both_languages(served: Listening, lang: str, said: tuple[str, ...]) -> None:
    answer = served.as_("officer").get("/v1/seal-pack", params={"carrier": "CA-1", "lang": lang})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    text = words(answer.content)
    for each in said:
        assert each in text, each
    assert ("SYNTHETIC" in text or "SINTÉTICO" in text) == (served.log.stream("trip/T-SOUND")[0].event.origin != "live")


def test_a_period_bounds_it_and_none_is_too_long(served: Listening) -> None:
    officer, now = served.as_("officer"), served.log.clock()
    before = {
        "form": "csv",
        "since": (now - timedelta(days=9)).isoformat(),
        "until": (now - timedelta(days=1)).isoformat(),
    }
    assert rows(officer.get("/v1/seal-pack", params=before)) == []
    long = officer.get("/v1/seal-pack", params={"since": (now - timedelta(days=400)).isoformat()})
    assert (long.status_code, long.json()["problems"][0]["code"]) == (422, "pack_too_large")
    assert officer.get("/v1/seal-pack", params={"since": "2026-03-02T06:00:00"}).status_code == 400
    turned = officer.get("/v1/seal-pack", params={"since": before["until"], "until": before["since"]})
    assert (turned.status_code, turned.json()["problems"][0]["code"]) == (422, "pack_backwards"), "no empty pack"
    for first in ("0001-01-01T00:00:00Z", "0001-01-20T00:00:00+14:00"):
        assert officer.get("/v1/seal-pack", params={"until": first}).status_code == 400
    assert officer.get("/v1/seal-pack", params={"form": "xls"}).status_code == 400
    empty = officer.get("/v1/seal-pack", params={"carrier": "nobody", "lang": "en"})
    assert "Nothing is recorded." in words(empty.content)


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "vvtt", "points": []},
        {"kind": "vvtt", "points": [{"point": "bumper"}]},
        {"kind": "vvtt", "points": [{"point": "tug"}, {"point": "tug"}]},
        {"kind": "vvtt", "points": [{"point": "tug", "found": "maybe"}]},
        {"kind": "other", "points": [{"point": "tug"}]},
    ],
)
def test_an_inspection_that_cannot_be_is_refused(served: Listening, body: dict[str, Any]) -> None:
    answer = served.as_("officer").post("/v1/trips/T-SOUND/inspection", json=body)
    assert answer.status_code in (400, 422), answer.text
    assert served.carrier("CA-2").post("/v1/trips/T-SOUND/inspection", json=body).status_code in (400, 404, 422)


def test_the_command_writes_both_and_records_inspections(served: Listening, post: Post, tmp_path: Path) -> None:
    place = ["--store", post.store, "--keys", str(post.folder / "log-keys.sqlite")]

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(complete_app(), ["seal", *arguments, *place])

    since = (served.log.clock() - timedelta(days=1)).isoformat()
    until = (served.log.clock() + timedelta(minutes=1)).isoformat()
    period = ["--since", since, "--until", until, "--carrier", "CA-1"]
    for name, begins in (("pack.pdf", b"%PDF-"), ("pack.csv", b"\xef\xbb\xbfrecord")):
        done = run("pack", "-o", str(tmp_path / name), *period, "--lang", "en")
        assert done.exit_code == 0, done.output
        assert (tmp_path / name).read_bytes().startswith(begins)
    assert run("pack", "-o", str(tmp_path / "pack.xls"), *period).exit_code == 2
    turned = run("pack", "-o", str(tmp_path / "none.pdf"), "--since", until, "--until", since, "--lang", "es")
    assert (turned.exit_code, (tmp_path / "none.pdf").exists()) == (2, False)
    assert "El periodo termina antes de empezar." in turned.output
    assert run("inspect", "T-SOUND", "--kind", "vvtt", "--point", "bumper").exit_code == 2
    assert run("inspect", "T-NONE", "--kind", "vvtt").exit_code == 2
