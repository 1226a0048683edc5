"""Mail goes to who asked for it: an address is confirmed by a code, and has a bound."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest
from journeys import Post, clock_of, truck
from listening import Listening, listening
from receivers import relaying, until
from typer.testing import CliRunner

from aforo.answers.mail import server_of
from aforo.answers.reach import Reach
from aforo.api.access import Rate
from aforo.cli import complete_app
from aforo.domain.event import Delivered, Subscribed, new_event
from aforo.domain.subscription import ConfirmationAsked, SubscriptionConfirmed
from aforo.flow import confirmations
from aforo.flow.delivering import Ways
from aforo.flow.mail_pace import DIGEST_AFTER, MOST_AN_HOUR, MOST_IN_DIGEST, MailPace
from aforo.flow.subscriptions import Address, carrier_hashes, stream_of_carriers

if TYPE_CHECKING:
    from journeys import Learnt

TO = "traffic@carrier.example"


@contextmanager
def mailing(
    learnt: Learnt, post: Post, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Iterator[tuple[Listening, list[bytes]]]:
    with relaying() as (port, taken):
        relay = server_of(f"smtp+plain://127.0.0.1:{port}?from=answers@aduana.example")
        own = Post(learnt, post.folder / "mailing")
        with listening(own, rate=Rate(1e6, 1e6), ways=Ways(Reach(loopback=True), relay, now=now)) as made:
            yield made, taken


def subscribe(made: Listening, to: str = TO, carrier: str = "CA-1") -> Any:
    return made.carrier(carrier).post("/v1/subscriptions", json={"mail": to})


def confirm(made: Listening, own: str, code: str | None, carrier: str = "CA-1") -> Any:
    body = {} if code is None else {"code": code}
    return made.carrier(carrier).post(f"/v1/subscriptions/{own}/confirmation", json=body)


def codes(answer: Any) -> list[str]:
    return [each["code"] for each in answer.json()["problems"]]


def code_in(mail: bytes) -> str:
    found = re.search(rb"Code: (\d{8})", mail)
    assert found is not None, mail
    return found[1].decode()


def file(made: Listening, *names: str, carrier: str = "CA-1") -> None:
    lines = "".join(f"{json.dumps(truck(each, carrier_id=carrier))}\n" for each in names)
    assert made.carrier(carrier).post("/v1/filings", content=lines).status_code == 200


def test_strangers_get_one_code_each_and_nothing_more(learnt: Learnt, post: Post) -> None:
    """The attack: a carrier names strangers' addresses and files for all it can."""
    with mailing(learnt, post) as (made, taken):
        told = [subscribe(made, f"stranger{number}@elsewhere.example") for number in range(10)]
        assert [each.status_code for each in told] == [200] * 10
        assert not any(each.json()["confirmed"] for each in told)
        file(made, *(f"T{number}" for number in range(40)))
        assert until(lambda: len(taken) == 10)
        Event().wait(1.5)
        assert len(taken) == 10
        assert all(b"Confirm this address" in each and b"T1" not in each for each in taken)
        # More codes go out neither to these nor to others, however often they are asked for.
        assert codes(confirm(made, told[0].json()["id"], None)) == ["confirmations_too_many"]
        assert made.carrier().delete(f"/v1/subscriptions/{told[1].json()['id']}").status_code == 200
        assert codes(subscribe(made, "other@elsewhere.example")) == ["confirmations_too_many"]
        assert len(made.carrier().get("/v1/subscriptions").json()["subscriptions"]) == 9


def test_one_address_gets_three_codes_a_day_whoever_names_it(learnt: Learnt, post: Post) -> None:
    with mailing(learnt, post) as (made, _):
        for number, to in enumerate((TO, TO.upper(), TO)):
            assert subscribe(made, to, f"CA-{number}").status_code == 200
        assert codes(subscribe(made, TO, "CA-9")) == ["confirmations_too_many"]
        clock_of(made.log).move(days=1)
        assert subscribe(made, TO, "CA-9").status_code == 200


def test_a_code_opens_a_subscription_for_what_follows(learnt: Learnt, post: Post) -> None:
    with mailing(learnt, post) as (made, taken):
        own = subscribe(made).json()["id"]
        file(made, "BEFORE")
        assert until(lambda: len(taken) == 1)
        code = code_in(taken[0])
        assert code not in json.dumps([each.body.decode() for each in made.log.read()])
        assert confirm(made, own, code, "CA-2").status_code == 404
        assert codes(confirm(made, own, f"{(int(code) + 1) % 10**8:08}")) == ["code_wrong"]
        assert confirm(made, own, f" {code} ").json()["confirmed"] is True
        assert confirm(made, own, code).status_code == 404  # there is nothing left to confirm
        file(made, "AFTER")
        assert until(lambda: len(taken) == 2)
        assert b"AFTER" in taken[1]
        assert b"BEFORE" not in taken[1]
        assert [each["confirmed"] for each in made.carrier().get("/v1/subscriptions").json()["subscriptions"]] == [True]


def test_a_code_is_good_for_half_an_hour_and_five_attempts(learnt: Learnt, post: Post) -> None:
    with mailing(learnt, post) as (made, taken):
        own = subscribe(made).json()["id"]
        assert until(lambda: len(taken) == 1)
        code = code_in(taken[0])
        clock_of(made.log).move(minutes=31)
        assert codes(confirm(made, own, code)) == ["code_over"]
        assert confirm(made, own, None).json()["confirmed"] is False
        assert until(lambda: len(taken) == 2)
        code = code_in(taken[1])
        wrong = f"{(int(code) + 1) % 10**8:08}"
        assert [codes(confirm(made, own, wrong)) for _ in range(5)] == [["code_wrong"]] * 5
        assert codes(confirm(made, own, code)) == ["code_over"]


def test_codes_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch, learnt: Learnt, post: Post) -> None:
    compared: list[tuple[bytes, bytes]] = []
    monkeypatch.setattr(confirmations.hmac, "compare_digest", lambda a, b: compared.append((a, b)) or a == b)
    with mailing(learnt, post) as (made, _):
        own = subscribe(made).json()["id"]
        confirm(made, own, "12")
        assert [len(ours) for _, ours in compared if len(ours) == confirmations.DIGITS] == [confirmations.DIGITS]


def test_a_subscription_of_before_is_silent_until_it_is_confirmed(learnt: Learnt, post: Post) -> None:
    """Logs of before have mail subscriptions that nobody confirmed: their carrier has a code mailed, and gives it."""
    with mailing(learnt, post) as (made, taken):
        keys, carriers = made.log.keys, carrier_hashes(["CA-1"], made.log.keys)
        persons = [int(each, 16) for each in carriers]
        keys.ensure(persons)
        sealed = keys.seal(persons, json.dumps({"to": TO, "secret": ""}).encode())
        token = next(each.id for each in [made.carrier()] and made.tokens.all() if each.name == "carrier CA-1")
        at = made.log.clock()
        old = new_event("old", Subscribed("sub_old", "mail", carriers, sealed), stream_of_carriers(carriers), 1,
                        occurred_at=at, recorded_at=at, actor=token)  # fmt: skip
        made.log.append([old])
        file(made, "SILENT")
        Event().wait(1.0)
        assert taken == []
        listed = CliRunner().invoke(
            complete_app(), ["subscriptions", "list", "--json", "--store", made.log.database.url]
        )
        assert [each["confirmed"] for each in json.loads(listed.stdout)] == [False]
        assert confirm(made, "sub_old", None).status_code == 200
        assert until(lambda: len(taken) == 1)
        assert confirm(made, "sub_old", code_in(taken[0])).status_code == 200
        file(made, "TOLD")
        assert until(lambda: len(taken) == 2)
        types = {each.event.type for each in made.log.stream(stream_of_carriers(carriers))}
        assert {ConfirmationAsked.TYPE, SubscriptionConfirmed.TYPE} <= types


def test_beyond_a_number_an_hour_answers_come_as_digests(learnt: Learnt, post: Post) -> None:
    moved = [timedelta()]
    with mailing(learnt, post, lambda: datetime.now(UTC) + moved[0]) as (made, taken):
        own = subscribe(made).json()["id"]
        assert until(lambda: len(taken) == 1)
        assert confirm(made, own, code_in(taken[0])).status_code == 200
        file(made, *(f"T{number}" for number in range(60)))
        assert until(lambda: len(taken) == MOST_AN_HOUR)
        Event().wait(1.5)
        assert len(taken) == MOST_AN_HOUR
        moved[0] = DIGEST_AFTER + timedelta(seconds=1)
        assert until(lambda: len(taken) == MOST_AN_HOUR + 1)
        told = {each for mail in taken for each in re.findall(rb"\bT\d+\b", mail)}
        assert told == {f"T{number}".encode() for number in range(60)}
        assert until(lambda: len(made.log.read(types=[Delivered.TYPE])) == 61)


def test_the_pace_of_an_address() -> None:
    pace, now = MailPace(), datetime(2026, 3, 1, 9, tzinfo=UTC)
    for _ in range(MOST_AN_HOUR):
        assert pace.share(TO, now) == 1
        pace.take_note(TO.upper(), now)
    assert pace.share(TO, now) == 0
    assert pace.share("other@carrier.example", now) == 1
    later = now + DIGEST_AFTER
    assert pace.share(TO, later) == MOST_IN_DIGEST
    pace.take_note(TO, later)
    assert pace.share(TO, later + timedelta(minutes=1)) == 0
    assert pace.share(TO, now + timedelta(hours=1)) == 1
    assert Address(TO).secret == ""
