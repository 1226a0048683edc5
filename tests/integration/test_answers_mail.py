"""Mail to a real SMTP server on this machine."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread

import pytest
from answering import answered

from aforo.answers import Reference, shipped
from aforo.answers.delivery import Outcome, Policy, attempt, begin
from aforo.answers.mail import MailServer, compose, is_address, send

AT = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
PERSON = "Juana-Inventada-1"
TEXT = f"declaration_id,filed_at\n{PERSON},yesterday\n"
ANSWER = answered(Reference.to([PERSON], crossing=PERSON), TEXT, AT, shipped("MX"))
DELIVERY = begin(ANSWER.id, "carrier", AT)


@contextmanager
def relay(answers: dict[str, str]) -> Iterator[tuple[int, list[bytes]]]:
    """An SMTP server that says `answers` to the commands named, and keeps the mail that it took."""
    taken: list[bytes] = []

    class Handler(StreamRequestHandler):
        timeout = 5

        def say(self, line: str) -> None:
            self.wfile.write(line.encode() + b"\r\n")

        def handle(self) -> None:
            self.say(answers.get("hello", "220 relay"))
            while line := self.rfile.readline():
                command = line[:4].decode().upper().strip()
                if command == "DATA" and "DATA" not in answers:
                    self.say("354 go on")
                    lines = iter(self.rfile.readline, b".\r\n")
                    taken.append(b"".join(each.removeprefix(b".") if each[:2] == b".." else each for each in lines))
                    self.say(answers.get("taken", "250 taken"))
                elif command == "QUIT":
                    self.say(answers.get("QUIT", "221 bye"))
                    return
                else:
                    self.say(answers.get(command, "250 fine"))

    with ThreadingTCPServer(("127.0.0.1", 0), Handler) as listening:
        thread = Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield listening.server_address[1], taken
        finally:
            listening.shutdown()
            thread.join()


def server(port: int) -> MailServer:
    return MailServer("127.0.0.1", port, "answers@aduana.example", "none")


def read(taken: bytes) -> EmailMessage:
    message = email.message_from_bytes(taken, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_mail_says_the_answer_in_both_languages_as_text_and_page() -> None:
    with relay({}) as (port, taken):
        message = compose(ANSWER, DELIVERY, "traffic@carrier.example", server(port))
        assert send(message, server(port)) == Outcome("delivered", "smtp_250")
    assert len(taken) == 1
    assert taken[0].isascii()
    assert max(map(len, taken[0].splitlines())) < 998
    got = read(taken[0])
    text, html = (got.get_body([kind]) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    for said in (ANSWER.says.en, ANSWER.says.es):
        assert said in " ".join(text.get_content().split())
        assert said in html.get_content()
    assert got["Auto-Submitted"] == "auto-generated"
    assert got["Message-ID"] == f"<{DELIVERY.id}@aduana.example>"
    assert got["Subject"] == "Answer to your filing: Refused / Respuesta a su presentación: Rechazada"


def test_no_header_but_the_recipients_own_address_speaks_of_who_filed() -> None:
    message = compose(ANSWER, DELIVERY, "traffic@carrier.example", server(25))
    assert not [name for name, value in message.items() if PERSON in value]


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        ({"RCPT": "550 no such person"}, Outcome("never", "smtp_550")),
        ({"RCPT": "450 later"}, Outcome("again", "smtp_450")),
        ({"MAIL": "451 later"}, Outcome("again", "smtp_451")),
        ({"DATA": "554 no"}, Outcome("never", "smtp_554")),
        ({"taken": "452 full"}, Outcome("again", "smtp_452")),
        ({"hello": "421 busy"}, Outcome("again", "smtp_421")),
        ({"QUIT": "500 what"}, Outcome("delivered", "smtp_250")),
    ],
)
def test_what_the_server_says_is_judged(answers: dict[str, str], outcome: Outcome) -> None:
    with relay(answers) as (port, _):
        message = compose(ANSWER, DELIVERY, "traffic@carrier.example", server(port))
        assert send(message, server(port), seconds=5) == outcome


def test_mail_is_tried_by_the_same_policy_and_a_server_that_offers_no_tls_gets_none() -> None:
    with relay({}) as (port, taken):
        sealed = MailServer("127.0.0.1", port, "answers@aduana.example")
        message = compose(ANSWER, DELIVERY, "traffic@carrier.example", sealed)
        waiting = attempt(DELIVERY, lambda: send(message, sealed), Policy(), lambda: AT, lambda: 0.0)
        assert (waiting.state, waiting.last) == ("pending", "smtp_not_supported")
        done = attempt(waiting, lambda: send(message, server(port)), Policy(), lambda: waiting.due, lambda: 0.0)
        assert (done.state, done.attempts, done.id) == ("delivered", 2, DELIVERY.id)
    assert len(taken) == 1
    gone = send(message, server(port), seconds=1)
    assert gone == Outcome("again", "not_connected")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nobody",
        "a@b@c.example",
        "a@b.example\r\nBcc: x@y.example",
        "a b@c.example",
        "ñ@c.example",
        "a@.example",
        "a@b..example",
    ],
)
def test_what_is_no_address_gets_no_mail(address: str) -> None:
    assert not is_address(address)
    with pytest.raises(ValueError, match="not an address"):
        compose(ANSWER, DELIVERY, address, server(25))


def test_a_relay_elsewhere_is_spoken_to_over_tls_and_its_password_is_not_shown() -> None:
    with pytest.raises(ValueError, match="TLS"):
        MailServer("relay.example", 25, "answers@aduana.example", "none")
    assert "hush" not in repr(MailServer("relay.example", 587, "answers@aduana.example", user="me", password="hush"))
