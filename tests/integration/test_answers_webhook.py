"""Webhooks against a real server on this machine."""

from __future__ import annotations

import base64
import hashlib
import hmac
import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread
from time import monotonic, sleep

import msgspec
import pytest

from aforo.answers import Reference, received, shipped
from aforo.answers.delivery import Delivery, Outcome, Policy, attempt, begin
from aforo.answers.reach import Reach
from aforo.answers.webhook import Endpoint, Payload, Secret, payload, send, signature

AT = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
ANSWER = received(Reference.to(["D-1"]), AT, shipped("US"))
KEYS = [b"k" * 32, b"n" * 24]
SECRETS = tuple(Secret("whsec_" + base64.b64encode(key).decode()) for key in KEYS)
HERE = Reach(loopback=True)


@dataclass
class Server:
    """What a recipient got, and what it says to it: bytes, or a function of the connection."""

    replies: list[bytes | Callable[[socket.socket], None]]
    requests: list[bytes] = field(default_factory=list)
    port: int = 0


@contextmanager
def serving(*replies: bytes | Callable[[socket.socket], None], tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    server = Server(list(replies))

    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            connection: socket.socket = self.request
            connection.settimeout(5)
            if tls is not None:
                try:
                    connection = tls.wrap_socket(connection, server_side=True)
                except OSError:
                    return
            data = b""
            while b"\r\n\r\n" not in data:
                more = connection.recv(4096)
                if not more:
                    return
                data += more
            head, _, body = data.partition(b"\r\n\r\n")
            length = next(
                int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length")
            )
            while len(body) < length:
                body += connection.recv(4096)
            server.requests.append(head + b"\r\n\r\n" + body)
            reply = server.replies[min(len(server.requests), len(server.replies)) - 1]
            if isinstance(reply, bytes):
                connection.sendall(reply)
            else:
                reply(connection)

    with ThreadingTCPServer(("127.0.0.1", 0), Handler) as listening:
        server.port = listening.server_address[1]
        thread = Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            listening.shutdown()
            thread.join()


def reply(status: int, *headers: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status} Said", *headers, "Content-Length: 0", "", ""]).encode()


def sent(server: Server, *, seconds: float = 5.0, reach: Reach = HERE, now: datetime = AT) -> Outcome:
    endpoint = Endpoint(f"http://127.0.0.1:{server.port}/hook?token=theirs", SECRETS)
    delivery = begin(ANSWER.id, "carrier", AT)
    return send(delivery, endpoint, payload(ANSWER), now, reach=reach, seconds=seconds)


def headers(request: bytes) -> dict[str, str]:
    lines = request.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
    return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}


def test_a_delivery_is_signed_as_the_standard_says_with_every_secret() -> None:
    with serving(reply(204)) as server:
        assert sent(server) == Outcome("delivered", "http_204")
    request = server.requests[0]
    assert request.startswith(b"POST /hook?token=theirs HTTP/1.1\r\n")
    given, body = headers(request), request.partition(b"\r\n\r\n")[2]
    assert given["content-type"] == "application/json"
    signed = f"{given['webhook-id']}.{given['webhook-timestamp']}.".encode() + body
    assert given["webhook-timestamp"] == str(int(AT.timestamp()))
    assert given["webhook-signature"].split(" ") == [
        "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode() for key in KEYS
    ]
    said = msgspec.json.decode(body, type=Payload)
    assert (said.type, said.data) == ("answer.received", ANSWER)


def test_the_published_example_of_the_standard_is_signed_alike() -> None:
    secret = Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signed = signature("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}', (secret,))
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_it_is_tried_until_it_is_taken_always_with_one_identifier() -> None:
    clock = [AT]
    with serving(reply(503), b"nonsense\r\n\r\n", reply(302, "Location: http://10.0.0.1/"), reply(200)) as server:
        endpoint = Endpoint(f"http://127.0.0.1:{server.port}/", SECRETS)
        delivery: Delivery = begin(ANSWER.id, "carrier", AT)

        def one() -> Outcome:
            return send(delivery, endpoint, payload(ANSWER), clock[0], reach=HERE)

        while delivery.state == "pending":
            delivery = attempt(delivery, one, Policy(), lambda: clock[0], lambda: 0.0)
            clock[0] = max(delivery.due, clock[0] + timedelta(seconds=1))
    assert (delivery.state, delivery.attempts) == ("delivered", 4)
    assert len({headers(request)["webhook-id"] for request in server.requests}) == 1
    assert len({request.partition(b"\r\n\r\n")[2] for request in server.requests}) == 1
    assert len({headers(request)["webhook-timestamp"] for request in server.requests}) == 4


def trickle(connection: socket.socket) -> None:
    for _ in range(100):
        connection.sendall(b"H")
        sleep(0.05)


def endless(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 Said\r\n")
    try:
        for _ in range(10_000):
            connection.sendall(b"X-Filler: " + b"a" * 1000 + b"\r\n")
    except OSError:
        pass


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        (reply(410), Outcome("never", "http_410")),
        (reply(429, "Retry-After: 120"), Outcome("again", "http_429", 120)),
        (reply(301, "Location: https://example.test/"), Outcome("again", "http_301")),
        (reply(400), Outcome("again", "http_400")),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + reply(202), Outcome("delivered", "http_202")),
        (b"", Outcome("again", "not_http")),
        (b"HTTP/1.1 200", Outcome("again", "not_http")),
        (b"\x00" * 50_000, Outcome("again", "not_http")),
        (trickle, Outcome("again", "timeout")),
        (endless, Outcome("delivered", "http_200")),
    ],
)
def test_what_a_recipient_says_is_judged_and_bounded(
    said: bytes | Callable[[socket.socket], None], outcome: Outcome
) -> None:
    begun = monotonic()
    with serving(said) as server:
        assert sent(server, seconds=0.5) in (
            outcome,
            Outcome("again", "not_connected") if said == b"\x00" * 50_000 else outcome,
        )
        taken = monotonic() - begun
    assert taken < 5


def test_nothing_is_sent_without_tls_or_to_this_machine_unless_a_setting_says_so() -> None:
    with serving(reply(200)) as server:
        assert sent(server, reach=Reach()) == Outcome("never", "not_https")
        secure = Endpoint(f"https://127.0.0.1:{server.port}/", SECRETS)
        delivery = begin(ANSWER.id, "carrier", AT)
        assert send(delivery, secure, b"{}", AT).code == "address_refused"
        plain = Endpoint("http://example.test/", SECRETS)
        elsewhere = send(delivery, plain, b"{}", AT, reach=HERE, resolver=lambda *_: ["8.8.8.8"])
        assert elsewhere == Outcome("never", "not_https")
    assert server.requests == []


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A key and a certificate for `hooks.example` that no authority signed."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is absent: no certificate can be made to test with")
    folder = tmp_path_factory.mktemp("tls")
    key, made = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-days", "2", "-subj", "/CN=hooks.example", "-addext", "subjectAltName=DNS:hooks.example",
            "-keyout", key, "-out", made,
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    return key, made


def test_over_tls_the_recipient_is_verified_by_its_name_at_the_address_that_was_checked(
    certificate: tuple[Path, Path],
) -> None:
    key, made = certificate
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.load_cert_chain(made, key)
    trusting = ssl.create_default_context(cafile=str(made))
    with serving(reply(200), tls=own) as server:

        def to(host: str, tls: ssl.SSLContext | None) -> Outcome:
            endpoint = Endpoint(f"https://{host}:{server.port}/", SECRETS)
            resolver = lambda *_: ["127.0.0.1"]  # noqa: E731
            return send(begin("a", "b", AT), endpoint, b"{}", AT, reach=HERE, resolver=resolver, tls=tls, seconds=5)

        assert to("hooks.example", trusting) == Outcome("delivered", "http_200")
        assert to("other.example", trusting) == Outcome("again", "tls_failed")
        assert to("hooks.example", None) == Outcome("again", "tls_failed")
    assert len(server.requests) == 1


def test_a_server_that_speaks_no_tls_and_one_that_is_not_there_are_tried_again() -> None:
    with serving(reply(200)) as server:
        endpoint = Endpoint(f"https://127.0.0.1:{server.port}/", SECRETS)
        assert send(begin("a", "b", AT), endpoint, b"{}", AT, reach=HERE, seconds=0.5).result == "again"
    assert sent(server) == Outcome("again", "not_connected")


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.test/", "https://", "https://user:pass@example.test/", "https://example.test/#part",
        "https://example.test/a b", "https://example.test/\r\nHost: other", "https://example.test:99999/",
        "https://exämple.test/", "https://[::1/", "https://example.test:0/", "https://example.test/" + "a" * 2000, "",
    ],
)  # fmt: skip
def test_what_is_no_address_of_a_webhook_is_refused_without_being_quoted(url: str) -> None:
    with pytest.raises(ValueError, match="webhook's address") as caught:
        Endpoint(url, SECRETS)
    assert "example" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "whsec_", "whsec_!!!!", "secret", "whsec_" + "YQ==", "whsec_" + "YWFh" * 40])
def test_a_secret_has_its_form_and_shows_nothing(text: str) -> None:
    with pytest.raises(ValueError, match="webhook's secret"):
        Secret(text)
    assert SECRETS[0].text not in repr(Endpoint("https://example.test/their-token", SECRETS)) + repr(SECRETS)
    assert "their-token" not in repr(Endpoint("https://example.test/their-token", SECRETS))
    with pytest.raises(ValueError, match="at least one secret"):
        Endpoint("https://example.test/", ())
