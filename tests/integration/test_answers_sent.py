"""Answers that are sent: what is due goes out by webhook and mail until it is taken, and a repeat has the same name."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from journeys import Post, truck, truck_now
from listening import TELLING, Listening, listening
from receivers import Receiver, receiving, relaying, until
from typer.testing import CliRunner

from aforo.answers.delivery import Policy
from aforo.answers.mail import MailServer, server_of
from aforo.answers.reach import Reach
from aforo.api.access import Rate
from aforo.cli import complete_app
from aforo.domain.event import Delivered, Subscribed, Unsubscribed
from aforo.flow.delivering import Ways
from aforo.log.tokens import Token, Tokens

if TYPE_CHECKING:
    from journeys import Learnt

FAST = Policy(attempts=6, first_s=0.05, factor=1.5, longest_s=0.5)
#: Tried again after what a revocation takes to hold.
LATER = Policy(attempts=6, first_s=6.0, factor=1.0, jitter=0.0)
SECRETS = ("evidence", "log_odds", "probability", "propensity", "price", "basis", "control", "rule", "model", "score",
           "artefact", "decision", "lottery", "examination_of")  # fmt: skip


def ways(mail: MailServer | None = None, policy: Policy = FAST) -> Ways:
    return Ways(Reach(loopback=True), mail, policy)


@contextmanager
def serving(post: Post, *, out: Ways | None = None, policy: bytes | None = None) -> Iterator[Listening]:
    with listening(post, rate=Rate(1e6, 1e6), policy=policy, ways=out or ways()) as made:
        yield made


def subscribed(made: Listening, to: str, carrier: str = "CA-1", way: str = "webhook") -> dict[str, Any]:
    told = made.carrier(carrier).post("/v1/subscriptions", json={way: to})
    assert told.status_code == 200, told.text
    return dict(told.json())


def file(made: Listening, *trucks: dict[str, Any], carrier: str = "CA-1") -> httpx.Response:
    return made.carrier(carrier).post("/v1/filings", content="".join(f"{json.dumps(each)}\n" for each in trucks))


def arrived(made: Listening, name: str) -> None:
    assert made.as_("officer").post(f"/v1/crossings/{name}/arrival").status_code == 200


def ended(made: Listening) -> list[Delivered]:
    return [each for stored in made.log.read(types=[Delivered.TYPE]) if isinstance(each := stored.payload, Delivered)]


def test_every_change_is_told_by_signed_webhook_until_it_is_taken(post: Post) -> None:
    with receiving(503, 500) as receiver, serving(post) as made:
        own = subscribed(made, receiver.url)
        assert file(made, truck("W1")).status_code == 200
        assert until(lambda: receiver.told() == [("W1", "accepted")] and len(ended(made)) == 1)
        (done,) = ended(made)
        assert (done.result, done.attempts, done.code, done.subscription) == ("delivered", 3, "http_204", own["id"])
        assert len({each.headers["webhook-id"] for each in receiver.got}) == 1
        assert len({each.body for each in receiver.got}) == 1
        key = base64.b64decode(own["secret"].removeprefix("whsec_"))
        for each in receiver.got:
            signed = f"{each.headers['webhook-id']}.{each.headers['webhook-timestamp']}.".encode() + each.body
            expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
            assert each.headers["webhook-signature"] == f"v1,{expected}"
        arrived(made, "W1")
        assert until(lambda: len(receiver.told()) == 2)
        officer = made.as_("officer")
        order = {"examination": "secondary", "reason": "Seal differs."}
        assert officer.post("/v1/crossings/W1/override", json=order).status_code == 200
        found = {"crossing_id": "W1", "examined": 1, "outcome": 1}
        assert officer.post("/v1/outcomes", content=json.dumps(found)).json()["examinations"] == 1
        assert until(lambda: [status for _, status in receiver.told()][-2:] == ["to_be_examined", "held"])
        now = made.carrier().get("/v1/filings/W1").json()
        # Who asks is told the place in words as well.
        assert now["reference"].pop("place")
        assert receiver.got[-1].said["data"] == now


def test_a_filer_is_told_of_its_own_alone_and_of_nothing_before_it_subscribed(post: Post) -> None:
    with receiving() as mine, receiving() as theirs, serving(post) as made:
        file(made, truck("BEFORE"))
        subscribed(made, mine.url)
        subscribed(made, theirs.url, "CA-2")
        file(made, truck("MINE", crossing_id="SHARED-1"))
        file(made, truck("THEIRS", carrier_id="CA-2"), carrier="CA-2")
        assert until(lambda: bool(mine.told() and theirs.told()))
        arrived(made, "THEIRS")
        assert until(lambda: len(theirs.told()) == 2)
        assert {own for own, _ in mine.told()} == {"MINE"}
        assert {own for own, _ in theirs.told()} == {"THEIRS"}
        assert made.carrier("CA-2").get("/v1/subscriptions").json()["subscriptions"][0]["to"] == "127.0.0.1"


def test_what_is_refused_is_told_with_what_to_mend(post: Post) -> None:
    with receiving() as receiver, serving(post) as made:
        subscribed(made, receiver.url)
        assert file(made, truck("BAD", hs6="12")).status_code == 422
        assert until(lambda: bool(receiver.got))
        said = receiver.got[0].said
        assert (said["type"], said["data"]["status"]) == ("answer.refused", "refused")
        assert said["data"]["mend"][0]["code"] == "hs6_format"


def test_amendments_and_cancellations_are_told(post: Post) -> None:
    with receiving() as receiver, serving(post) as made:
        subscribed(made, receiver.url)
        file(made, truck("A1"))
        file(made, truck("A2", amends="A1", action="replace", value_usd=9.0))
        file(made, truck("A3", amends="A2", action="cancel"))
        wanted = {("A1", "accepted"), ("A2", "amended"), ("A3", "cancelled"), ("A2", "cancelled"), ("A1", "cancelled")}
        assert until(lambda: set(receiver.told()) == wanted), receiver.told()


def test_mail_is_sent_until_it_is_taken(post: Post) -> None:
    with relaying("451 later") as (port, taken):
        relay = server_of(f"smtp+plain://127.0.0.1:{port}?from=answers@aduana.example")
        with serving(post, out=ways(relay)) as made:
            own = subscribed(made, "traffic@carrier.example", way="mail")["id"]
            assert until(lambda: len(ended(made)) == 1)
            code = re.search(rb"Code: (\d{8})", taken[0])
            assert code is not None
            path = f"/v1/subscriptions/{own}/confirmation"
            assert made.carrier().post(path, json={"code": code[1].decode()}).json()["confirmed"] is True
            file(made, truck("M1"))
            assert until(lambda: len(ended(made)) == 2)
            assert [(each.result, each.attempts) for each in ended(made)] == [("delivered", 2), ("delivered", 1)]
    assert len(taken) == 2
    assert b"Subject: Answer to your filing" in taken[1]


def test_who_does_not_answer_holds_up_nobody_else_and_is_given_up(post: Post) -> None:
    short = Policy(attempts=2, first_s=0.05, longest_s=0.1)
    with receiving() as receiver, serving(post, out=ways(policy=short)) as made:
        subscribed(made, "http://127.0.0.1:9/nobody", "CA-2")
        subscribed(made, receiver.url)
        file(made, truck("T", carrier_id="CA-2"), carrier="CA-2")
        file(made, truck("G1"))
        assert until(lambda: len(ended(made)) == 2)
        assert {(each.result, each.code) for each in ended(made)} == {
            ("delivered", "http_204"), ("given_up", "not_connected"),
        }  # fmt: skip


def test_a_subscription_that_ended_or_is_gone_is_sent_nothing(post: Post) -> None:
    with receiving(410) as gone, receiving() as receiver, serving(post) as made:
        first, second = subscribed(made, gone.url), subscribed(made, receiver.url)
        file(made, truck("E1"))
        assert until(lambda: len(ended(made)) == 2)
        assert until(
            lambda: any(each.event.type == Unsubscribed.TYPE for each in made.log.read(types=[Unsubscribed.TYPE]))
        )
        listed = made.carrier().get("/v1/subscriptions").json()["subscriptions"]
        assert [each["id"] for each in listed] == [second["id"]]
        assert made.carrier().delete(f"/v1/subscriptions/{first['id']}").status_code == 404
        assert made.carrier("CA-2").delete(f"/v1/subscriptions/{second['id']}").status_code == 404
        assert made.carrier().delete(f"/v1/subscriptions/{second['id']}").status_code == 200
        file(made, truck("E2"))
        before = len(receiver.got)
        assert not until(lambda: len(receiver.got) > before, 1.0)


@pytest.mark.parametrize("why", ["revoked", "expired"])
def test_a_subscription_ends_with_the_token_that_it_was_made_by(
    post: Post, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiving(503) as stolen, receiving() as kept, serving(post, out=ways(policy=LATER)) as made:
        thief = made.as_("carrier", "thief", ("CA-1",))
        assert thief.post("/v1/subscriptions", json={"webhook": stolen.url}).status_code == 200
        own = subscribed(made, kept.url)
        file(made, truck("T1"))
        assert until(lambda: len(stolen.got) == 1 and len(kept.got) == 1)
        (token,) = [each for each in made.tokens.all() if each.name == "thief"]
        if why == "revoked":
            assert made.tokens.revoke(token.id, datetime.now(UTC))
        else:
            monkeypatch.setattr(Token, "holds", lambda self, at: self.id != token.id)
        assert until(lambda: [each.payload.code for each in made.log.read(types=[Unsubscribed.TYPE])] == ["token"])
        # Not even what was due is sent; the carrier's other token has its answers as before.
        file(made, truck("T2"))
        assert until(lambda: len(kept.got) == 2)
        assert not until(lambda: len(stolen.got) > 1, 1.5)
        assert [each["id"] for each in made.carrier().get("/v1/subscriptions").json()["subscriptions"]] == [own["id"]]


def test_nothing_is_sent_while_tokens_cannot_be_looked_up(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(self: Tokens) -> list[Token]:
        raise sqlite3.OperationalError

    monkeypatch.setattr("aforo.flow.delivering.RESTS_S", 0.05)
    with receiving() as receiver, serving(post) as made:
        monkeypatch.setattr(Tokens, "all", fails)
        subscribed(made, receiver.url)
        file(made, truck("T1"))
        assert not until(lambda: bool(receiver.got), 1.0)
        monkeypatch.undo()
        assert until(lambda: receiver.told() == [("T1", "accepted")])


@pytest.mark.parametrize("stage", ["before", "sent"])
def test_what_was_due_when_it_stopped_goes_out_later_under_the_same_name(
    post: Post, stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`before`: nothing was sent when it stopped. `sent`: it was sent, and the record of it was lost."""
    slow = Policy(attempts=9, first_s=0.05, longest_s=0.1)
    with receiving(*([503] if stage == "before" else [])) as receiver:
        with serving(post, out=ways(policy=slow)) as made:
            subscribed(made, receiver.url)
            # As a kill would have it: how a delivery ended is never recorded, and nothing is saved.
            monkeypatch.setattr("aforo.flow.delivering.Delivering._harvest", lambda self: None)
            monkeypatch.setattr("aforo.flow.delivering.Delivering._save", lambda self: None)
            file(made, truck("K1"))
            assert until(lambda: len(receiver.got) == 1)
            assert ended(made) == []
        monkeypatch.undo()
        with serving(post) as made:
            assert until(lambda: len(ended(made)) == 1)
            assert len(receiver.got) == 2
            assert len({each.headers["webhook-id"] for each in receiver.got}) == 1
            assert len({each.body for each in receiver.got}) == 1
        with serving(post) as made:  # and once recorded, never again, with or without the saved state
            made.log.projections.drop("outbox/2")
        with serving(post) as made:
            file(made, truck("K2"))
            assert until(lambda: len(ended(made)) == 2)
            assert [own for own, _ in receiver.told()] == ["K1", "K2"]


def test_a_saved_outbox_that_is_damaged_is_made_anew_from_the_log(post: Post) -> None:
    with receiving() as receiver:
        with serving(post) as made:
            subscribed(made, receiver.url)
            file(made, truck("N1"))
            assert until(lambda: len(ended(made)) == 1)
        with post.log() as log:
            log.projections.save("outbox/2", 10**6, b"nonsense")
        with serving(post) as made:
            file(made, truck("N2"))
            assert until(lambda: len(ended(made)) == 2)
        assert [own for own, _ in receiver.told()] == ["N1", "N2"]


def test_addresses_and_secrets_lie_nowhere_in_clear(post: Post) -> None:
    with receiving() as receiver, serving(post) as made:
        own = subscribed(made, receiver.url)
        (event,) = made.log.read(types=[Subscribed.TYPE])
        file(made, truck("S1"))
        assert until(lambda: bool(ended(made)))
        listed = made.carrier().get("/v1/subscriptions").text
        for secret in (own["secret"], "token=theirs", "CA-1"):
            assert secret.encode() not in event.body
        assert own["secret"] not in listed
    for file_ in Path(post.folder).glob("*"):
        for secret in (own["secret"], "token=theirs"):
            assert secret.encode() not in file_.read_bytes(), file_.name


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"webhook": "http://carrier.example/"}, "webhook_url_bad"),
        ({"webhook": "https://user:secret@carrier.example/"}, "webhook_url_bad"),
        ({"webhook": "https://10.0.0.1/"}, "webhook_unreachable"),
        ({"webhook": "https://169.254.169.254/latest/meta-data"}, "webhook_unreachable"),
        ({"webhook": "https://[::ffff:127.0.0.1]/"}, "webhook_unreachable"),
        ({"mail": "traffic@carrier.example"}, "mail_not_sent"),
        ({"mail": "a@b.example", "webhook": "https://carrier.example/"}, None),
        ({}, None),
        ({"webhook": "https://carrier.example/", "secret": "mine"}, None),
    ],
)
def test_what_cannot_be_sent_to_is_refused(served: Listening, wanted: dict[str, str], code: str | None) -> None:
    told = served.carrier().post("/v1/subscriptions", json=wanted)
    assert told.status_code == (400 if code is None else 422)
    assert "secret@" not in told.text
    if code is not None:
        assert [each["code"] for each in told.json()["problems"]] == [code]


def test_a_carrier_has_ten_subscriptions_at_most(served: Listening) -> None:
    client = served.carrier("CA-10")
    for number in range(10):
        assert client.post("/v1/subscriptions", json={"webhook": f"https://h{number}.example/"}).status_code == 200
    told = client.post("/v1/subscriptions", json={"webhook": "https://h.example/"})
    assert [each["code"] for each in told.json()["problems"]] == ["subscriptions_too_many"]


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    with listening(Post(learnt, tmp_path_factory.mktemp("served")), rate=Rate(1e6, 1e6)) as made:
        yield made


def leaked(receiver: Receiver) -> list[str]:
    return [word for each in receiver.got for word in SECRETS if f'"{word}' in each.body.decode()]


def test_what_is_sent_holds_nothing_of_an_officers_class(post: Post) -> None:
    with receiving() as receiver, serving(post, policy=TELLING) as made:
        subscribed(made, receiver.url)
        file(made, *[truck(f"L{n}", value_usd=1e4 * n) for n in range(30)])
        assert until(lambda: len(receiver.told()) == 30)
        assert {status for _, status in receiver.told()} <= {"released", "to_be_examined"}
        assert leaked(receiver) == []


def test_the_server_as_a_process_killed_between_sends_what_was_due(learnt: Learnt, tmp_path: Path) -> None:
    store = tmp_path / "log.sqlite"
    shutil.copy(learnt.keys, tmp_path / "log-keys.sqlite")
    with closing(Tokens(tmp_path / "log-keys.sqlite")) as tokens:
        at = datetime.now(UTC)
        text, _ = tokens.issue("ACME", "carrier", ("CA-1",), at, at + timedelta(hours=1))
    head = {"Authorization": f"Bearer {text}"}
    with receiving(500, 500) as receiver:
        with process(learnt, store) as (address, running):
            wanted = {"webhook": receiver.url}
            made = httpx.post(f"{address}/v1/subscriptions", json=wanted, headers=head, trust_env=False, timeout=60)
            assert made.status_code == 200, made.text
            body = json.dumps(truck_now("X1"))
            filed = httpx.post(f"{address}/v1/filings", content=body, headers=head, trust_env=False, timeout=60)
            assert filed.json()["status"] == "accepted"
            assert until(lambda: len(receiver.got) >= 1)
            running.kill()
        with process(learnt, store):
            assert until(lambda: len(receiver.got) >= 3 and not receiver.statuses, 60)
    assert receiver.told() == [("X1", "accepted")]
    assert len({each.body for each in receiver.got}) == 1


def test_the_operator_lists_and_ends_subscriptions(post: Post) -> None:
    with serving(post) as made:
        own = subscribed(made, "https://hooks.carrier.example/secret-path")["id"]
    store = ("--store", post.store)
    listed = CliRunner().invoke(complete_app(), ["subscriptions", "list", "--json", *store])
    assert json.loads(listed.stdout) == [
        {"id": own, "way": "webhook", "to": "hooks.carrier.example", "confirmed": True}
    ]
    assert own in CliRunner().invoke(complete_app(), ["subscriptions", "list", *store]).stdout
    codes = [CliRunner().invoke(complete_app(), ["subscriptions", "end", own, *store]).exit_code for _ in range(2)]
    assert codes == [0, 1]
    assert json.loads(CliRunner().invoke(complete_app(), ["subscriptions", "list", "--json", *store]).stdout) == []


@contextmanager
def process(learnt: Learnt, store: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """`aforo serve` over a store, until the block ends: its address, and the process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "aforo.cli", "serve", "-m", str(learnt.folder), "--store", str(store),
               "--port", str(port), "--loopback"]  # fmt: skip
    running = subprocess.Popen(command, stderr=subprocess.DEVNULL, env=dict(os.environ, AFORO_KEYS="", AFORO_MAIL=""))
    address = f"http://127.0.0.1:{port}"

    def ready() -> bool:
        try:
            return httpx.get(f"{address}/readyz", trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    try:
        assert until(ready, 120)
        yield address, running
    finally:
        running.terminate()
        running.wait(60)
