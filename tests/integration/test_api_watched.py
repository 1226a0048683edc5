"""Those who watch a node see what it does, and nothing of what is sent to it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from journeys import Post, truck
from listening import Listening, listening
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.exc import OperationalError

from aforo.api import readiness, traces
from aforo.api.access import Rate
from aforo.api.traces import Traces, exporter_to
from aforo.api.watch import Exchange, Watcher, Watchers
from aforo.intake.lists import copies
from aforo.log import sequencer

if TYPE_CHECKING:
    from journeys import Learnt

PERSONS = ("Rosario Ibarra", "DR-ROSARIO", "PLATE-77-XK", "Merchant & Daughters", "SEAL-4711")


def personal(own: str, **fields: Any) -> dict[str, Any]:
    return truck(
        own, driver_name=PERSONS[0], driver_id=PERSONS[1], tractor_id=PERSONS[2], importer_name=PERSONS[3],
        seal_id=PERSONS[4], **fields,
    )  # fmt: skip


@pytest.fixture
def served(learnt: Learnt, tmp_path: Path) -> Iterator[Listening]:
    with listening(Post(learnt, tmp_path / "served"), rate=Rate(1e6, 1e6)) as made:
        yield made


def metrics(made: Listening) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    answer = made.as_("administrator").get("/metrics")
    assert answer.status_code == 200
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def of(found: dict[tuple[str, frozenset[tuple[str, str]]], float], name: str, **labels: str) -> float:
    return found[f"aforo_{name}", frozenset(labels.items())]


def test_what_a_node_does_is_counted_and_nobody_is_named(served: Listening) -> None:
    carrier = served.carrier()
    good, bad = personal("P1"), personal("P2", gross_mass_kg="much")
    body = "\n".join(json.dumps(each) for each in (good, bad))
    assert carrier.post("/v1/filings", content=body).json()["status"] == "partly"
    assert carrier.post("/v1/filings", content=json.dumps(personal("P3"))).status_code == 200
    assert carrier.get("/v1/filings/NOBODYS").status_code == 404
    assert served.nobody.get("/v1/filings/P1").status_code == 401
    assert served.nobody.get(f"/{PERSONS[2]}").status_code == 404
    found = metrics(served)
    json_ = "declarations-json"
    formats = {dict(labels)["format"] for name, labels in found if name == "aforo_filings_total"}
    assert len(formats) == 1
    (json_,) = formats
    assert of(found, "filings_total", format=json_, verdict="partly") == 1
    assert of(found, "filings_total", format=json_, verdict="accepted") == 1
    assert of(found, "records_total", format=json_) == 3
    assert of(found, "requests_total", method="POST", route="/v1/filings", status="200") == 2
    assert of(found, "requests_total", method="GET", route="/v1/filings/{declaration_id}", status="404") == 1
    assert of(found, "refusals_total", reason="token_missing") == 1
    assert of(found, "request_seconds_count", route="/v1/filings") == 2
    assert sum(value for (name, _), value in found.items() if name == "aforo_decisions_total") == 2
    assert sum(value for (name, _), value in found.items() if name == "aforo_problems_total") >= 1
    assert of(found, "batch_messages_sum") == 2
    assert {dict(labels)["stage"] for name, labels in found if name == "aforo_stage_seconds_count"} == {
        "open", "read", "judge", "write", "commit", "tell",
    }  # fmt: skip
    assert of(found, "queue_messages") == 0
    assert of(found, "log_events") > 0
    assert of(found, "ready", check="database") == 1
    assert found["process_resident_memory_bytes", frozenset()] > 1e6
    text = served.as_("administrator").get("/metrics").text
    for secret in (*PERSONS, "P1", "NOBODYS", "CA-1", "carrier CA-1"):
        assert secret not in text, secret


def test_a_label_has_few_values(served: Listening) -> None:
    known = [served.counters._known(f"made-up-{n}") for n in range(1_000)]
    assert known[-1] == "other"
    assert len(set(known)) < 500
    before = len(metrics(served))
    for n in range(50):
        served.nobody.get(f"/nothing/here/{n}")
    assert len(metrics(served)) <= before + 60


def test_ready_is_said_check_by_check_and_no_more(served: Listening, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "BELIEVED_S", 0.0)
    said = served.nobody.get("/readyz")
    assert said.status_code == 200
    assert said.json() == {
        "status": "ready",
        "checks": dict.fromkeys(("database", "desk", "log", "sequencer", "signing_key"), True),
    }
    assert served.log.origin not in said.text

    def gone() -> tuple[int, int]:
        raise OperationalError("SELECT secret", {}, Exception("password=sesame host=db.internal"))

    monkeypatch.setattr(served.log, "extent", gone)
    said = served.nobody.get("/readyz")
    assert (said.status_code, said.json()["checks"]["database"]) == (503, False)
    assert "sesame" not in said.text
    monkeypatch.undo()
    monkeypatch.setattr(readiness, "BELIEVED_S", 0.0)
    with served.log.keys._file.write() as db:
        (held,) = db.execute("SELECT private_key FROM signing_key").fetchone()
        db.execute("UPDATE signing_key SET private_key = NULL")
    assert served.nobody.get("/readyz").json()["checks"]["signing_key"] is False
    with served.log.keys._file.write() as db:
        db.execute("UPDATE signing_key SET private_key = ?", (held,))
    assert served.nobody.get("/readyz").json()["checks"]["signing_key"] is True


def test_a_sequencer_that_stops_or_hangs_is_not_ready(served: Listening, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "BELIEVED_S", 0.0)
    monkeypatch.setattr(readiness, "MOST_BEHIND_S", 0.0)
    assert served.nobody.get("/readyz").json()["checks"]["sequencer"] is False


def test_a_database_that_is_away_for_a_while_stops_no_sequencer(
    served: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = sequencer.sequence
    away = threading.Event()
    asked: list[int] = []

    def sequence(log: Any) -> int:
        asked.append(1)
        if not away.is_set():
            raise OperationalError("SELECT 1", {}, Exception("the server is away"))
        return whole(log)

    monkeypatch.setattr(sequencer, "sequence", sequence)
    for _ in range(100):
        if asked:
            break
        threading.Event().wait(0.05)
    away.set()
    body = json.dumps(personal("AGAIN"))
    assert served.carrier().post("/v1/filings", content=body).status_code == 200
    for _ in range(200):
        if served.log.extent()[1] == 0:
            return
        threading.Event().wait(0.05)
    raise AssertionError("the tree does not grow again")


def test_how_the_node_stands_is_for_who_runs_it(learnt: Learnt, tmp_path: Path) -> None:
    from datetime import UTC, datetime, timedelta

    copies.keep(tmp_path / "lists", "un", {"a.xml": b"x"}, datetime.now(UTC) - timedelta(days=3))
    with listening(Post(learnt, tmp_path / "served"), folder=tmp_path / "lists") as made:
        made.carrier().post("/v1/filings", content=json.dumps(personal("P1")))
        said = made.as_("administrator").get("/v1/node").json()
        assert said["origin"] == made.log.origin
        assert said["lists"]["un"] == pytest.approx(3, abs=0.1)
        assert said["events"] > 0
        assert of(metrics(made), "lists_age_days", publisher="un") == pytest.approx(3, abs=0.1)


def test_every_answer_names_its_request_and_a_problem_does_so_too(served: Listening) -> None:
    good = served.nobody.get("/healthz", headers={"X-Request-Id": "mine"})
    assert len(good.headers["x-request-id"]) == 16
    bad = served.nobody.get("/v1/node")
    assert bad.json()["instance"] == f"urn:aforo:request:{bad.headers['x-request-id']}"
    assert bad.headers["x-request-id"] != good.headers["x-request-id"]


def test_who_looks_on_and_fails_harms_nothing(learnt: Learnt, tmp_path: Path) -> None:
    class Failing(Watcher):
        def began(self, exchange: Exchange) -> None:
            raise RuntimeError(PERSONS[0])

        ended = began

        def filed(self, batch: Any, course: Any) -> None:
            raise RuntimeError(PERSONS[0])

    with listening(Post(learnt, tmp_path / "served"), watchers=[Watchers([Failing()])]) as made:
        assert made.carrier().post("/v1/filings", content=json.dumps(personal("P1"))).status_code == 200


@pytest.fixture
def memory() -> Any:
    export = pytest.importorskip("opentelemetry.sdk.trace.export.in_memory_span_exporter", reason="the extra otel")
    return export.InMemorySpanExporter()


def test_a_request_its_wait_and_its_batch_are_traced_and_linked(learnt: Learnt, tmp_path: Path, memory: Any) -> None:
    watching = Traces(memory, "0", at_once=True)
    with listening(Post(learnt, tmp_path / "served"), watchers=[watching]) as made:
        memory.clear()
        answer = made.carrier().post("/v1/filings", content=json.dumps(personal("P1")))
        assert answer.status_code == 200
        made.carrier().get(f"/v1/filings/{PERSONS[1]}")
    watching.close()
    spans = {span.name: span for span in memory.get_finished_spans() if span.attributes.get("http.route") != "/readyz"}
    request, batch = spans["POST /v1/filings"], spans["batch"]
    assert request.attributes["aforo.request"] == answer.headers["x-request-id"]
    assert request.attributes["http.response.status_code"] == 200
    for name in ("wait", "answer"):
        assert spans[name].parent.span_id == request.context.span_id
    for name in ("open", "read", "judge", "write", "commit", "tell"):
        assert spans[name].parent.span_id == batch.context.span_id
        assert batch.start_time <= spans[name].start_time <= spans[name].end_time <= batch.end_time
    assert [link.context.span_id for link in batch.links] == [request.context.span_id]
    assert [link.context.span_id for link in spans["answer"].links] == [batch.context.span_id]
    assert batch.context.trace_id != request.context.trace_id
    assert request.start_time <= spans["wait"].start_time
    assert batch.attributes["aforo.decisions"] == 1
    told = "".join(span.to_json() for span in memory.get_finished_spans())
    for secret in (*PERSONS, "P1", "CA-1"):
        assert secret not in told, secret


def test_traces_arrive_at_a_collector(learnt: Learnt, tmp_path: Path, memory: Any) -> None:
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    taken: list[bytes] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            import gzip

            data = self.rfile.read(int(self.headers["Content-Length"]))
            taken.append(gzip.decompress(data) if self.headers.get("Content-Encoding") == "gzip" else data)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *said: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Collector) as collector:
        threading.Thread(target=collector.serve_forever, daemon=True).start()
        watching = Traces(exporter_to(f"http://127.0.0.1:{collector.server_port}/v1/traces"), "0")
        with listening(Post(learnt, tmp_path / "served"), watchers=[watching]) as made:
            made.carrier().post("/v1/filings", content=json.dumps(personal("P1")))
        watching.close()
        collector.shutdown()
    said = [ExportTraceServiceRequest.FromString(each) for each in taken]
    names = {
        span.name
        for each in said
        for resource in each.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    }
    assert {"POST /v1/filings", "batch", "commit", "wait"} <= names
    assert not any(secret.encode() in each for each in taken for secret in PERSONS)


def test_without_the_extra_it_is_said_which(monkeypatch: pytest.MonkeyPatch) -> None:
    import builtins

    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("opentelemetry"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(traces.TracesMissingError):
        exporter_to("http://127.0.0.1:1/v1/traces")
    with pytest.raises(traces.TracesMissingError):
        Traces(object(), "0")  # type: ignore[arg-type]


def test_the_url_of_a_request_is_in_no_metric(served: Listening) -> None:
    httpx.request("BREW", f"{served.address}/v1/filings", trust_env=False)
    methods = {dict(labels)["method"] for name, labels in metrics(served) if name == "aforo_requests_total"}
    assert methods <= {"GET", "POST", "other"}
