"""The server's log: a line says which request, by whose token, with what end; and never anything that was sent."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from journeys import Post, truck, truck_now
from listening import listening
from test_cli_serve import run

from aforo.api import desk, log_lines
from aforo.api.request_log import MOST_FAILED, RequestLog
from aforo.api.watch import Exchange

if TYPE_CHECKING:
    from journeys import Learnt

PERSONS = ("Rosario Ibarra", "DR-ROSARIO", "PLATE-77-XK", "Merchant & Daughters", "SEAL-4711")


@pytest.fixture(params=["json", "text"])
def written(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """What is logged, in either form; the loggers are put back afterwards."""
    root, requests = logging.getLogger(), logging.getLogger("aforo.requests")
    before = (list(root.handlers), root.level, requests.level, logging.raiseExceptions)
    stream = io.StringIO()
    log_lines.configure(request.param, every_request=True, stream=stream)
    yield stream
    root.handlers[:], level, requests_level, logging.raiseExceptions = before
    root.setLevel(level)
    requests.setLevel(requests_level)
    logging.captureWarnings(False)


def test_what_others_say_and_what_fails_is_told_without_its_words(written: io.StringIO) -> None:
    def fail(name: str) -> None:
        raise ValueError(f"cannot use {name}")

    for name in ("aforo.api", "uvicorn.error", "litestar", "sqlalchemy.engine", "asyncio"):
        try:
            fail(PERSONS[0])
        except ValueError:
            logging.getLogger(name).exception("failed")
    logging.getLogger("uvicorn.error").error("of %s", PERSONS[1])
    logging.getLogger("uvicorn.error").error(f"Traceback of {PERSONS[2]}")
    logging.getLogger("somebody").warning(f"of {PERSONS[3]}")
    logging.getLogger("somebody").warning("of", extra={"token": PERSONS[4]})

    async def forgotten() -> None:
        asyncio.get_running_loop().call_soon(fail, PERSONS[0])
        asyncio.get_running_loop().call_exception_handler(
            {"message": f"of {PERSONS[1]}", "exception": ValueError(PERSONS[2])}
        )
        await asyncio.sleep(0.01)

    asyncio.run(forgotten())
    import warnings

    warnings.warn(f"about {PERSONS[3]}", stacklevel=1)
    said = written.getvalue()
    for secret in PERSONS:
        assert secret not in said, secret
    assert "ValueError" in said
    assert "test_api_log_lines.py:" in said
    assert str(Path(__file__).parent) not in said


def test_a_node_that_fails_on_personal_data_logs_none(
    learnt: Learnt, tmp_path: Path, written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(letters: Any, *rest: Any) -> Any:
        raise RuntimeError(f"{letters} of {PERSONS[0]}")

    body = json.dumps(truck("LOGGED", driver_name=PERSONS[0], driver_id=PERSONS[1], tractor_id=PERSONS[2],
                            importer_name=PERSONS[3], seal_id=PERSONS[4]))  # fmt: skip
    with listening(Post(learnt, tmp_path / "served"), watchers=[RequestLog(every=True)]) as made:
        carrier = made.carrier()
        bearer = carrier.headers["Authorization"].removeprefix("Bearer ")
        assert carrier.post("/v1/filings", content=body).status_code == 200
        assert carrier.get(f"/v1/filings/{PERSONS[2]}?of={PERSONS[1]}").status_code == 404
        assert (
            made.nobody.get("/v1/filings/LOGGED", headers={"Authorization": f"Bearer {PERSONS[1]}"}).status_code == 401
        )
        monkeypatch.setattr(desk, "answer", fail)
        failed = carrier.post("/v1/filings", content=body)
        assert failed.status_code == 500
    said = written.getvalue()
    for secret in (*PERSONS, bearer, "LOGGED"):
        assert secret not in said, secret
    assert failed.headers["x-request-id"] in said
    assert "carriers-file-their-own" in said
    assert "RuntimeError" in said


def test_a_line_has_what_is_needed_to_follow_a_request(learnt: Learnt, tmp_path: Path) -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(log_lines.JsonLines())
    requests = logging.getLogger("aforo.requests")
    requests.addHandler(handler)
    requests.setLevel(logging.INFO)
    try:
        with listening(Post(learnt, tmp_path / "served"), watchers=[RequestLog(every=True)]) as made:
            answer = made.carrier().post("/v1/filings", content=json.dumps(truck("L1")))
            refused = made.as_("analyst").post("/v1/filings", content=json.dumps(truck("L2")))
            token = made.tokens.all()[0]
    finally:
        requests.removeHandler(handler)
        requests.setLevel(logging.NOTSET)
    lines = {line["request"]: line for line in map(json.loads, stream.getvalue().splitlines())}
    good, bad = lines[answer.headers["x-request-id"]], lines[refused.headers["x-request-id"]]
    assert (good["level"], good["method"], good["route"], good["status"]) == ("info", "POST", "/v1/filings", 200)
    assert (good["token"], good["role"], good["policy"]) == (token.id, "carrier", "carriers-file-their-own")
    assert good["ms"] > 0
    assert (bad["level"], bad["status"], bad["problem"], bad["role"]) == ("warning", 403, "forbidden", "analyst")
    assert "policy" not in bad


def test_refusals_by_the_thousand_are_counted_and_not_all_written(caplog: pytest.LogCaptureFixture) -> None:
    now = 0.0
    log = RequestLog(now=lambda: now)
    with caplog.at_level(logging.WARNING, "aforo.requests"):
        for _ in range(1_000):
            log.ended(Exchange("GET", ended=1, status=503))
        now = 1.0
        log.ended(Exchange("GET", ended=1, status=503))
    assert len(caplog.records) == MOST_FAILED + 1
    assert getattr(caplog.records[-1], "unwritten", 0) == 1_000 - MOST_FAILED


def test_a_server_logs_no_personal_data_whatever_comes(learnt: Learnt, tmp_path: Path) -> None:
    """The process as it is started, with what is good, what is bad, and what is no HTTP at all."""
    store = tmp_path / "log.sqlite"
    shutil.copy(learnt.keys, tmp_path / "log-keys.sqlite")
    text = run("tokens", "issue", PERSONS[0], "--role", "officer", "--store", str(store))[1].strip()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "aforo.cli", "serve", "-m", str(learnt.folder), "--store", str(store)]
    served = subprocess.Popen(
        [*command, "--port", str(port), "--log-format", "json", "--access-log"], stderr=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True, env=dict(os.environ, AFORO_KEYS=""),
    )  # fmt: skip
    try:
        address = f"http://127.0.0.1:{port}"
        for _ in range(600):
            try:
                httpx.get(f"{address}/readyz", trust_env=False).raise_for_status()
                break
            except httpx.HTTPError:
                time.sleep(0.1)
        again = subprocess.run([*command, "--port", str(port), "--lang", "es"], capture_output=True, text=True,
                               env=dict(os.environ, AFORO_KEYS=""), timeout=60, check=False)  # fmt: skip
        assert again.returncode == 2
        assert "no puede escuchar" in again.stderr
        body = json.dumps(truck_now("S1", driver_name=PERSONS[0], driver_id=PERSONS[1], tractor_id=PERSONS[2],
                                importer_name=PERSONS[3], seal_id=PERSONS[4]))  # fmt: skip
        with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {text}"}, trust_env=False) as client:
            assert client.post("/v1/filings", content=body, timeout=60).status_code == 200
            client.post("/v1/filings", content=body.replace("50000.0", f'"{PERSONS[0]}"'), timeout=60)
            client.post("/v1/filings", content=f"<{PERSONS[1]}>", timeout=60)
            client.get(f"/v1/crossings/{PERSONS[2]}?persons={PERSONS[0]}")
            client.get("/v1/crossings/S1?persons=true")
            client.request("DELETE", f"/v1/{PERSONS[1]}")
        for raw in (f"{PERSONS[0]}\r\n\r\n", f"GET /{PERSONS[2]} HTTP/9.9\r\n{PERSONS[0]}\r\n\r\n", "\0" * 100):
            with socket.create_connection(("127.0.0.1", port)) as connection:
                connection.sendall(raw.encode())
                connection.settimeout(2)
                with contextlib.suppress(OSError):
                    connection.recv(1000)
        served.send_signal(signal.SIGTERM)
        out, told = served.communicate(timeout=60)
    finally:
        served.kill()
    assert served.returncode == 0, told
    for secret in (*PERSONS, text):
        assert secret not in told + out, secret
    lines = [json.loads(line) for line in told.splitlines() if line.startswith("{")]
    assert any(line.get("route") == "/v1/filings" and line["status"] == 200 for line in lines)
    assert {line["logger"] for line in lines} >= {"aforo.requests", "uvicorn.error"}
