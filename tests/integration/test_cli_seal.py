"""`aforo seal` on a real log: a device, a trip, its readings and the verdict, in both languages; what is refused."""

from __future__ import annotations

import json
from base64 import b64encode
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
from at_custody import key_of
from nacl.signing import SigningKey
from typer.testing import CliRunner, Result

from aforo.cli import complete_app, seal_listen
from aforo.custody import contacts, response_plan
from aforo.domain.device import DeviceRegistered
from aforo.domain.trip import SealRead
from aforo.flow import device_acts, trip_acts
from aforo.flow.blocks_read import Reader
from aforo.flow.custody import Custody
from aforo.log.keys import KeyStore
from aforo.log.put_aside import PutAside
from aforo.log.store import Log

NOW = datetime.now(UTC)
HOUR_AGO = (NOW - timedelta(hours=1)).isoformat()
OF_A = ("--regime", "export", "--carrier", "A")
TOMORROW = (NOW + timedelta(days=1)).isoformat()


@pytest.fixture
def seal(tmp_path: Path) -> Any:
    app = complete_app()
    where = ["--store", str(tmp_path / "log.sqlite"), "--keys", str(tmp_path / "keys.sqlite")]

    def run(command: str, *arguments: str, code: int = 0) -> Result:
        done = CliRunner().invoke(app, ["seal", command, *arguments, *where])
        assert done.exit_code == code, done.output
        return done

    return run


@pytest.fixture
def sealed(seal: Any) -> Any:
    seal("register", "seal-1", "--supplier", "Norte", "--promise", "600", "--class", "H", "--carrier", "ABCD")
    seal(
        "open", "trip-1", "--regime", "export", "--carrier", "ABCD", "--deadline", TOMORROW,
        "--place", "customs,27.597,-99.536,800,open", "--person", "Rosa Vega",
    )  # fmt: skip
    seal("bind", "trip-1", "seal-1", "MX 1", "--at", HOUR_AGO, "--person", "rosa vega")
    return seal


def lines(*doors: str) -> str:
    """What a plain-text seal sent since it was sealed, two minutes a message."""
    begun = NOW - timedelta(hours=1)
    return "".join(
        f"##S,eSeal,seal-1,ABCD,1.0,Normal,{index},{at:%Y-%m-%d},{at:%H:%M:%S},120,A,"
        f"25.700000N 100.300000W,40,0,{door},0,0:0:0:0,3.9,-71,E##\n"
        for index, door in enumerate(doors)
        for at in (begun + timedelta(minutes=2 * index),)
    )


def test_a_trip_is_told_in_both_languages_with_what_its_state_rests_on(sealed: Any, tmp_path: Path) -> None:
    sent = tmp_path / "sent.txt"
    sent.write_text(lines(*["Close"] * 10, "Open", *["Close"] * 20))
    told = sealed("load", str(sent), "--form", "seal_text", "--json").output
    assert json.loads(told)["readings"] == 31
    assert "1 " in sealed("load", str(sent), "--form", "seal_text").output, "the same block is known"
    shown = sealed("verdict", "trip-1", "--lang", "en", code=1).output
    assert "broken" in shown
    assert "Claimed" in shown
    assert "Opened outside of where it may be" in shown
    shown = sealed("verdict", "trip-1", "--lang", "es", code=1).output
    assert "violado" in shown
    assert "Abierto fuera de donde se permite" in shown
    found = json.loads(sealed("verdict", "trip-1", "--json", code=1).output)
    assert [each["code"] for each in found["facts"]] == ["opened"]
    early = (NOW - timedelta(minutes=45)).isoformat()
    assert json.loads(sealed("verdict", "trip-1", "--at", early, "--json").output)["state"] == "intact"


def test_a_seal_that_was_taken_off_broken_is_no_news_of_a_sound_load(sealed: Any, tmp_path: Path) -> None:
    sent = tmp_path / "sent.txt"
    sent.write_text(lines(*["Close"] * 10, "Open", *["Close"] * 20))
    sealed("load", str(sent), "--form", "seal_text")
    assert json.loads(sealed("verdict", "trip-1", "--json", code=1).output)["before"] is None
    sealed("take-off", "trip-1", "seal-1", "--authority", "CBP", "--person", "Rosa Vega")
    found = json.loads(sealed("verdict", "trip-1", "--json", code=1).output)
    assert (found["state"], found["before"]) == ("unsealed", "broken")
    assert "Before that a seal of it was broken." in sealed("verdict", "trip-1", "--lang", "en", code=1).output
    assert "Antes, un candado suyo estuvo violado." in sealed("verdict", "trip-1", "--lang", "es", code=1).output


def test_a_device_changes_its_key_by_its_old_one_or_at_the_desk_and_is_retired(seal: Any) -> None:
    old, new, last = (SigningKey(bytes([number]) * 32) for number in (5, 6, 7))
    seal("register", "tracker-1", "--supplier", "Norte", "--promise", "600", "--key", key_of(old))
    assert "key" in seal("rotate", "tracker-1", key_of(new), "--lang", "en", code=2).output, "nobody vouches for it"
    text = b"aforo device key rotation\ntracker-1\n" + bytes(new.verify_key)
    vouched = b64encode(old.sign(text).signature).decode()
    told = seal("rotate", "tracker-1", key_of(new), "--vouched", vouched, "--lang", "en").output
    assert told == "tracker-1 signs with its new key from now on.\n"
    seal("rotate", "tracker-1", key_of(last), "--why", "Read out at the gate.")
    (shown,) = json.loads(seal("devices", "--json").output)["devices"]
    assert (shown["keys"], shown["retired"]) == (3, False)
    assert "is retired" in seal("retire", "tracker-1", "--why", "Lost.", "--lang", "en").output
    assert json.loads(seal("devices", "--json").output)["devices"][0]["retired"]
    seal("retire", "tracker-1", "--why", "Lost.", code=2)
    assert "nobody" in seal("retire", "nobody", "--why", "Lost.", code=2).output


def test_a_list_of_trips_says_what_their_seals_were_put_on_for(seal: Any) -> None:
    seal("register", "seal-3", "--supplier", "Norte", "--promise", "600")
    seal("open", "trip-3", *OF_A, "--deadline", TOMORROW, "--crossing", "X-7", "--carta-porte", "CCC-1")
    seal("bind", "trip-3", "seal-3", "MX 3")
    seal("open", "trip-3", *OF_A, "--deadline", TOMORROW, "--crossing", "X-8", "--carta-porte", "CCC-2")
    (trip,) = json.loads(seal("trips", "--json").output)["trips"]
    assert (trip["crossing"], trip["seals"][0]["crossing"], trip["seals"][0]["carta_porte"]) == ("X-8", "X-7", "CCC-1")
    assert "seal-3 (X-7 · CCC-1)" in " ".join(seal("trips").output.split())


def test_a_trip_that_is_over_is_unsealed(sealed: Any) -> None:
    assert "seal-1" in sealed("trips").output
    assert "trip-1" in sealed("devices").output
    sealed("take-off", "trip-1", "seal-1", "--authority", "CBP", "--person", "Rosa Vega")
    assert "unsealed" in sealed("verdict", "trip-1", "--lang", "en").output
    sealed("discharge", "trip-1", "--where", "customs")
    (trip,) = json.loads(sealed("trips", "--json").output)["trips"]
    assert trip["discharged_where"] == "customs"
    assert sealed("trips", "--overdue", "--lang", "en").output.startswith("The log knows of no trip")


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "1969-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00"])
def test_an_instant_of_which_nothing_can_be_known_is_wrong_use(sealed: Any, at: str) -> None:
    for arguments in (("--at", at), ("--known-by", at)):
        assert (
            "no instant of the years 2000 to 2099"
            in sealed("verdict", "trip-1", *arguments, "--lang", "en", code=2).output
        )
    assert (
        "no instant of the years 2000 to 2099"
        in sealed("discharge", "trip-1", "--where", "x", "--at", at, code=2).output
    )


def test_a_number_that_was_read_on_a_seal_is_recorded_and_another_one_is_a_swap(sealed: Any, tmp_path: Path) -> None:
    assert "trip-1" in sealed("read", "trip-1", "mx 1", "--where", "World Trade", "--lang", "en").output
    assert json.loads(sealed("verdict", "trip-1", "--json", code=1).output)["state"] == "silent"
    at = (NOW - timedelta(minutes=30)).isoformat()
    told = sealed("read", "trip-1", "MX 2", "--at", at, "--person", "Ana Paz", "--by", "desk", "--lang", "es").output
    assert "trip-1" in told
    found = json.loads(sealed("verdict", "trip-1", "--json", code=1).output)
    assert (found["state"], "swapped" in [each["code"] for each in found["facts"]]) == ("broken", True)
    with (
        closing(KeyStore(tmp_path / "keys.sqlite")) as keys,
        Log.open(f"sqlite:///{tmp_path / 'log.sqlite'}", keys) as log,
    ):
        first, last = (each for each in log.stream("trip/trip-1") if isinstance(each.payload, SealRead))
        assert first.payload == SealRead("mx 1", where="World Trade")
        assert last.payload == SealRead("MX 2", trip_acts.person_of(log, "Ana Paz"))
        assert (last.event.actor, last.event.occurred_at) == ("desk", datetime.fromisoformat(at))
    sealed("discharge", "trip-1", "--where", "customs")
    assert "No such seal" in sealed("read", "trip-1", "MX 1", "--lang", "en", code=2).output
    assert "no trip trip-9" in sealed("read", "trip-9", "MX 1", "--lang", "en", code=2).output


def test_what_is_recorded_of_a_log_that_is_synthetic_is_marked_so(
    seal: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sandbox's, say: the guide for carriers has a listener record in one."""
    place = f"sqlite:///{tmp_path / 'log.sqlite'}"
    with closing(KeyStore(tmp_path / "keys.sqlite")) as keys, Log.open(place, keys) as log:
        said = DeviceRegistered("seal", "Norte", 600, 60)
        device_acts.register(Custody(log), "seal-1", said, actor="world", origin="synthetic")
    seal("open", "trip-1", *OF_A, "--deadline", TOMORROW)
    seal("bind", "trip-1", "seal-1", "MX 1", "--at", HOUR_AGO)
    sent = tmp_path / "sent.txt"
    sent.write_text(lines("Close", "Close"))
    seal("load", str(sent), "--form", "seal_text")
    seal("inspect", "trip-1", "--kind", "vvtt")
    seal("read", "trip-1", "MX 1")
    listening: list[str] = []

    def recorder(custody: Custody, *, actor: str, origin: str, reader: Reader, aside: PutAside) -> None:
        listening.append(origin)
        raise typer.Exit

    monkeypatch.setattr(seal_listen, "Recorder", recorder)
    seal("listen", "--tcp", "127.0.0.1:0")
    assert listening == ["synthetic"]
    with closing(KeyStore(tmp_path / "keys.sqlite")) as keys, Log.open(place, keys) as log:
        assert {each.event.origin for each in log.read()} == {"synthetic"}


def test_what_is_refused_is_told_in_words(seal: Any, sealed: Any, tmp_path: Path) -> None:
    for arguments, said in (
        (("bind", "trip-1", "seal-1", "MX 1", "--person", "Ana Paz"), "one of the persons authorised"),
        (("bind", "trip-2", "seal-1", "MX 1"), "no trip trip-2"),
        (("bind", "trip-1", "seal-2", "MX 1", "--person", "Rosa Vega"), "no device seal-2"),
        (("take-off", "trip-1", "seal-2", "--authority", "CBP"), "No such seal stands"),
        (("verdict", "trip-2"), "no trip trip-2"),
        (("verdict", "trip-1", "--at", "yesterday"), "yesterday"),
        (
            ("open", "t", "--regime", "export", "--carrier", "A", "--deadline", TOMORROW, "--place", "x"),
            "NAME,LATITUDE",
        ),
        (
            (
                "open",
                "t",
                "--regime",
                "export",
                "--carrier",
                "A",
                "--deadline",
                TOMORROW,
                "--place",
                ",27.5,-99.5,500,open",
            ),
            "has a name",
        ),
    ):
        assert said in " ".join(seal(*arguments, "--lang", "en", code=2).output.split()), arguments
    unknown = tmp_path / "unknown.txt"
    unknown.write_text(lines("Close").replace("seal-1", "seal-9"))
    assert "registered" in seal("load", str(unknown), "--form", "seal_text", "--lang", "en", code=1).output
    blocks = tmp_path / "blocks.txt"
    blocks.write_text("not base64!\nAAAA\n")
    assert json.loads(seal("load", str(blocks), "--form", "block", "--json", code=1).output)["readings"] == 0


def test_a_log_without_custody_says_so(seal: Any, sealed: Any, tmp_path: Path) -> None:
    app = complete_app()
    where = ["--store", str(tmp_path / "other.sqlite"), "--keys", str(tmp_path / "other-keys.sqlite")]
    assert CliRunner().invoke(app, ["seal", "trips", *where]).exit_code == 2


def test_a_response_is_worked_on_and_ended_and_people_come_first(sealed: Any, tmp_path: Path) -> None:
    sent = tmp_path / "sent.txt"
    sent.write_text(lines(*["Close"] * 10))
    sealed("load", str(sent), "--form", "seal_text", "--json")
    sealed("people", "trip-1", "--sign", "call", "--sign", "heat", "--where", "km 80")
    where = ["--store", str(tmp_path / "log.sqlite"), "--keys", str(tmp_path / "keys.sqlite")]
    ticked = CliRunner().invoke(complete_app(), ["alerts", "tick", *where])
    assert ticked.exit_code == 0, ticked.output
    (row,) = json.loads(sealed("responses", "--json").output)["responses"]
    assert (row["kind"], row["trip"], row["next_stage"]) == ("people", "trip-1", "own")
    assert "la carga" in sealed("responses", "--lang", "es").output
    shown = sealed("response", row["response"], "--lang", "en").output
    assert "Heat: not known" in shown
    assert "911" in shown
    assert "Position: 25.70000, -100.30000" in shown
    assert "(claimed: nobody signed it)" in shown[shown.index("Position: ") :].partition("\n")[0]
    sent.write_text(f"device,time,lat,lon,temp\nseal-1,{(NOW - timedelta(minutes=20)).isoformat()},25.8,-100.2,41.5\n")
    sealed("load", str(sent), "--form", "telematics", "--json")
    shown = " ".join(sealed("response", row["response"], "--lang", "es").output.split())
    assert "medido por seal-1 (afirmado: nadie lo firmó)" in shown, "hot is only claimed"
    given = json.loads(sealed("respond", row["response"], "--to", "ana", "--by", "luz", "--json").output)
    assert given["row"]["owner"] == "ana"
    assert sealed("respond", row["response"], "--own", "--by", "luz", code=1).exit_code == 1, "it is hers"
    told = sealed(
        "respond", row["response"], "--own", "--from", "ana", "--by", "luz", "--step", "emergency", "--called",
        "authority", "--contact", "emergency-911", "--arrived", "Guardia Nacional", "--json",
    )  # fmt: skip
    assert [each["stage"] for each in json.loads(told.output)["stages"] if each["reached_at"]] == [
        "own", "contact", "scene",
    ]  # fmt: skip
    assert "Una respuesta de este tipo no termina así" in sealed(
        "end-response", row["response"], "saved", "--lang", "es", code=1
    ).output.replace("\n", " ")
    sealed("end-response", row["response"], "people_alive", "--people", "12")
    assert "No response on the road" in sealed("responses", "--lang", "en").output
    (row,) = json.loads(sealed("responses", "--ended", "--json").output)["responses"]
    assert row["ending"] == "people_alive"
    assert "lists them" in sealed("response", "nothing", "--lang", "en", code=2).output.replace("\n", " ")


def test_theft_is_reported_and_its_response_is_with_a_desk_until_somebody_takes_it(sealed: Any, tmp_path: Path) -> None:
    for _ in range(2):
        sealed("theft", "trip-1", "--told-by", "driver", "--where", "km 80", "--words", "Two cars.", "--key", "call-7")
    again = sealed("theft", "trip-1", "--told-by", "carrier", "--key", "call-7", "--lang", "en", code=1)
    assert "made before in other words" in " ".join(again.output.split())
    where = ["--store", str(tmp_path / "log.sqlite"), "--keys", str(tmp_path / "keys.sqlite")]
    assert CliRunner().invoke(complete_app(), ["alerts", "tick", *where]).exit_code == 0
    (row,) = json.loads(sealed("responses", "--json").output)["responses"]
    assert (row["kind"], row["trip"], row["taken"], len(row["alerts"])) == ("theft", "trip-1", False, 1)
    for lang, told in (("en", "by the driver (km 80)"), ("es", "el conductor (km 80)")):
        shown = " ".join(sealed("response", row["response"], "--lang", lang).output.split())
        assert told in shown
        assert "Two cars." in shown
    assert "not taken" in " ".join(sealed("responses", "--lang", "en").output.split())
    taken = json.loads(sealed("respond", row["response"], "--own", "--by", "luz", "--json").output)
    assert (taken["row"]["owner"], taken["row"]["taken"]) == ("luz", True)


def test_an_alert_on_a_trip_stands_under_the_name_that_people_use(sealed: Any, tmp_path: Path) -> None:
    """Of a truck on the road a hash says nothing to anybody who has a telephone in the hand."""
    sealed("people", "trip-1", "--sign", "call")
    where = ["--store", str(tmp_path / "log.sqlite"), "--keys", str(tmp_path / "keys.sqlite")]
    CliRunner().invoke(complete_app(), ["alerts", "tick", *where])
    for lang, name in (("en", "trip trip-1"), ("es", "viaje trip-1")):
        told = CliRunner().invoke(complete_app(), ["alerts", "list", *where, "--lang", lang]).output
        assert told.index(name) < told.index("people" if lang == "en" else "personas"), told
        assert "trip/trip-1" not in told


def test_documents_of_responses_are_put_in_force_or_refused_with_the_place(seal: Any, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_bytes(response_plan.shipped())
    assert "in force" in seal("response-plan", str(own), "--lang", "en").output
    own.write_bytes(contacts.shipped().replace(b'source = "mx088"', b'source = "nobody"'))
    # As of every document of custody that is not sound: wrong use.
    assert "nobody" in seal("contacts", str(own), code=2).output
    own.write_text("Good morning", encoding="utf-8")
    for command in (("response-plan",), ("contacts",), ("road", "put")):
        seal(*command, str(own), code=2)
    own.write_bytes(contacts.shipped())
    assert "vigor" in seal("contacts", str(own), "--lang", "es").output
