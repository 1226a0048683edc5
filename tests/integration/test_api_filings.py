"""Filings over HTTP: answered once durable, each sender for itself, and the same when they are sent again."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from journeys import Post, clock_of, table_of, truck
from listening import TELLING, Listening, listening
from receivers import until

from aforo.api.access import Rate
from aforo.api.desk import Capacity, Desk
from aforo.api.front import Front
from aforo.api.problems import ProblemError
from aforo.domain.event import Filed
from aforo.flow.journey import screen
from aforo.flow.names import filing_key
from aforo.flow.node import Node
from aforo.flow.selection import Selection
from aforo.flow.told import lines_of
from aforo.log.store import ConcurrencyError

if TYPE_CHECKING:
    from journeys import Learnt

SECRETS = ("evidence", "log_odds", "probability", "propensity", "price", "basis", "control", "rule", "model", "score")


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    with listening(Post(learnt, tmp_path_factory.mktemp("served")), rate=Rate(1e6, 1e6)) as made:
        yield made


def sent(made: Listening, *trucks: dict[str, Any], key: str | None = None, carrier: str = "CA-1") -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    lines = "".join(f"{json.dumps(each)}\n" for each in trucks)
    return made.carrier(carrier).post("/v1/filings", content=lines, headers=headers)


def test_what_is_answered_is_in_the_log(served: Listening) -> None:
    response = sent(served, truck("F1"))
    assert response.status_code == 200
    (answer,) = response.json()["filings"]
    assert (answer["declaration_id"], answer["crossing_id"], answer["record"]) == ("F1", "F1", 1)
    assert isinstance(served.log.find([filing_key("F1")])[filing_key("F1")].payload, Filed)
    again = served.carrier().get("/v1/filings/F1").json()
    assert again["filings"] == [{**answer, "record": 0}]


def test_a_filer_is_told_what_the_selection_says_in_public_and_no_more(learnt: Learnt, post: Post) -> None:
    trucks = [truck(f"P{n}", value_usd=1e4 * n, driver_id="DR-P", tractor_id=f"TR-P{n % 3}") for n in range(40)]
    with listening(Post(learnt, post.folder / "told"), rate=Rate(1e6, 1e6), policy=TELLING) as made:
        response = sent(made, *trucks)
    with post.node() as node:  # another log with the same model and keys: other lots by passage, the same words
        import polars as pl

        table = table_of(pl.DataFrame(trucks))
        lines = [msgspec.json.decode(line, type=Selection) for line in lines_of(screen(table, node, "x"), table, node)]
    words = {line.public_reason.en for line in lines}
    told = response.json()
    assert {each["public_reason"]["en"] for each in told["filings"]} <= words
    assert {each["status"] for each in told["filings"]} == {"released", "to_be_examined"}
    for each in told["filings"]:
        assert set(each) == {"declaration_id", "crossing_id", "status", "public_reason", "record", "repeated"}
    assert not [word for word in SECRETS if f'"{word}' in response.text]


def test_a_bad_message_spoils_no_neighbour(served: Listening) -> None:
    bad = [
        "nonsense",
        "{",
        '{"declaration_id": "B1", "filed_at": "never"}',
        '{"declaration_id": []}',
        "[1]",
        "[" * 9999,
    ]
    good = [truck(f"N{n}") for n in range(20)]
    bodies = [json.dumps(each) for each in good] + bad

    def post_it(body: str) -> int:
        return served.as_("officer").post("/v1/filings", content=body).status_code

    with ThreadPoolExecutor(26) as pool:
        statuses = list(pool.map(post_it, bodies))
    assert statuses[:20] == [200] * 20
    assert set(statuses[20:]) <= {415, 422}


def test_a_record_that_is_refused_leaves_the_others_of_its_message(served: Listening) -> None:
    told = sent(served, truck("Q1"), truck("Q2", hs6="12"), truck("Q3")).json()
    assert told["status"] == "partly"
    assert [each["declaration_id"] for each in told["filings"]] == ["Q1", "Q3"]
    (problem,) = [each for each in told["mend"] if each["gravity"] == "refusal"]
    assert (problem["record"], problem["place"], problem["code"]) == (2, "line 2, hs6", "hs6_format")
    assert set(problem["reason"]) == {"en", "es"}


def test_a_declaration_sent_twice_is_answered_from_the_log_and_one_that_differs_is_refused(served: Listening) -> None:
    first, again = sent(served, truck("R1")).json(), sent(served, truck("R1")).json()
    assert [each["repeated"] for each in (first["filings"][0], again["filings"][0])] == [False, True]
    assert first["filings"][0]["public_reason"] == again["filings"][0]["public_reason"]
    other = sent(served, truck("R1", value_usd=1.0))
    assert other.status_code == 422
    assert [each["code"] for each in other.json()["problems"]] == ["filed_before_otherwise"]
    assert other.json()["answer"]["mend"] == other.json()["problems"]
    assert other.json()["answer"]["mend"][0]["place"] == "record 1, declaration_id"


def test_the_same_sent_at_once_is_filed_once(served: Listening) -> None:
    body = json.dumps(truck("S1"))
    with ThreadPoolExecutor(16) as pool:
        told = list(pool.map(lambda _: served.carrier().post("/v1/filings", content=body).json(), range(16)))
    assert sorted(each["filings"][0]["repeated"] for each in told) == [False, *[True] * 15]
    assert len([e for e in served.log.stream("crossing/S1") if isinstance(e.payload, Filed)]) == 1


def test_a_message_without_a_time_says_the_same_when_it_is_sent_again(served: Listening) -> None:
    undated = {name: value for name, value in truck("T1").items() if name != "filed_at"}
    first = sent(served, undated).json()
    clock_of(served.log).move(seconds=5)
    again = sent(served, undated).json()
    assert (first["filings"][0]["repeated"], again["filings"][0]["repeated"]) == (False, True)


def test_a_key_stands_for_one_message(served: Listening) -> None:
    first = sent(served, truck("K1"), key="one")
    assert sent(served, truck("K1"), key="one").json()["filings"][0]["crossing_id"] == "K1"
    other = sent(served, truck("K2"), key="one")
    assert (first.status_code, other.status_code) == (200, 422)
    assert other.json()["type"] == "urn:aforo:problem:key_reused"
    assert sent(served, truck("K3", carrier_id="CA-2"), key="one", carrier="CA-2").status_code == 200
    assert sent(served, truck("K4"), key="k" * 201).status_code == 400


def test_what_shares_a_crossing_is_decided_once_with_it(served: Listening) -> None:
    told = sent(served, truck("C1", crossing_id="X1"), truck("C2", crossing_id="X1")).json()
    assert {each["crossing_id"] for each in told["filings"]} == {"X1"}
    assert [each.event.type for each in served.log.stream("crossing/X1")].count("crossing.decided") == 1


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"carrier_id": "CA-9"}, "carrier_not_yours"),
        ({"carrier_id": None}, "carrier_not_yours"),
        ({"amends": "OWN-D", "action": "cancel"}, "amends_nothing_of_yours"),
    ],
)
def test_a_carrier_files_for_itself_alone(served: Listening, fields: dict[str, Any], code: str) -> None:
    sent(served, truck("OWN-D", crossing_id="OWN-X"))
    own = truck("M-" + code + "-".join(fields), carrier_id="CA-2") | fields
    response = sent(served, {name: value for name, value in own.items() if value is not None}, carrier="CA-2")
    assert response.status_code == 422
    assert code in [each["code"] for each in response.json()["problems"]]


def test_tables_are_read_too_and_parquet_is_not(served: Listening) -> None:
    rows = "".join(f"TAB-{n},2024-03-20T08:00:00-06:00,CA-1\n" for n in (1, 2))
    table = f"declaration_id,filed_at,carrier_id\n{rows}"
    told = served.carrier().post("/v1/filings", content=table).json()
    assert [(each["declaration_id"], each["record"]) for each in told["filings"]] == [("TAB-1", 1), ("TAB-2", 2)]
    assert served.carrier().post("/v1/filings", content=b"PAR1....PAR1").status_code == 415


def test_a_body_beyond_the_limit_is_refused_before_it_is_read(served: Listening) -> None:
    assert served.carrier().post("/v1/filings", content=b"x" * (4 * 1024 * 1024 + 1)).status_code == 413


def test_outcomes_of_too_many_lines_are_refused_before_they_are_read(served: Listening) -> None:
    sent_ = served.as_("officer").post("/v1/outcomes", content=b"{}\n" * 10_000)
    assert (sent_.status_code, sent_.json()["type"]) == (413, "urn:aforo:problem:too_large")


def test_a_token_that_asks_too_often_is_told_when_to_come_back(post: Post) -> None:
    with listening(post, rate=Rate(0.1, 2)) as made:
        responses = [made.carrier().get("/v1/filings/none") for _ in range(3)]
    assert [each.status_code for each in responses] == [404, 404, 429]
    assert int(responses[-1].headers["Retry-After"]) >= 1


@contextlib.contextmanager
def held_up(desk: Desk) -> Iterator[None]:
    """Within the block the desk is busy: what is sent to it waits."""
    begun, over = threading.Event(), threading.Event()

    def hold(node: Node) -> None:
        begun.set()
        over.wait(60)

    busy = desk.do(hold)
    assert begun.wait(60)
    try:
        yield
    finally:
        over.set()
        busy.result(60)


def test_a_full_queue_refuses_at_once(post: Post) -> None:
    with (
        listening(post, capacity=Capacity(waiting=1), rate=Rate(1e6, 1e6)) as made,
        ThreadPoolExecutor(2) as pool,
    ):
        with held_up(made.desk):
            waits = pool.submit(sent, made, truck("W1"))
            assert until(lambda: made.desk.waiting == 1)
            refused = sent(made, truck("W2"))
        assert waits.result(60).status_code == 200
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
    assert refused.json()["type"] == "urn:aforo:problem:busy"


def test_who_has_waited_too_long_is_told_to_ask_again(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aforo.api.front.PATIENCE_S", 0.3)
    with listening(post, rate=Rate(1e6, 1e6)) as made:
        with held_up(made.desk):
            late = sent(made, truck("L1"))
        assert (late.status_code, late.headers["Retry-After"]) == (503, "10")
        assert late.json()["type"] == "urn:aforo:problem:still_working"
        monkeypatch.setattr("aforo.api.front.PATIENCE_S", 30.0)
        assert sent(made, truck("L1")).status_code == 200


def test_who_has_waited_too_long_is_told_so_by_a_timer_that_goes_off_early_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aforo.api.front.PATIENCE_S", 1.0)
    front: Any = SimpleNamespace(desk=SimpleNamespace(put=lambda *_: None))
    message: Any = b""

    async def waited() -> None:
        # A timer may go off as much before its time as the loop's clock is coarse.
        loop = asyncio.get_running_loop()
        monkeypatch.setattr(loop, "_clock_resolution", 5.0)
        loop.call_later(0.1, lambda: None)
        with pytest.raises(ProblemError) as told:
            await Front.file(front, message)
        assert (told.value.code, told.value.retry_after) == ("still_working", 10)

    asyncio.run(waited())


def test_who_would_wait_too_long_is_refused_at_once(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    from aforo.api import desk as module

    real = module.answer

    def slow(letters: Any, *rest: Any) -> Any:
        threading.Event().wait(2.0)
        return real(letters, *rest)

    with listening(post, rate=Rate(1e6, 1e6)) as made, ThreadPoolExecutor(1) as pool:
        with monkeypatch.context() as patched:
            patched.setattr(module, "answer", slow)
            assert [sent(made, truck(f"S{n}")).status_code for n in range(3)] == [200] * 3  # it answers who is alone
        with held_up(made.desk):
            waits = pool.submit(sent, made, truck("S8"))
            assert until(lambda: made.desk.waiting == 1)
            assert sent(made, truck("S9")).status_code == 503
        assert waits.result(60).status_code == 200
        # It learns that it has become fast again.
        assert [sent(made, truck(f"S9{n}")).status_code for n in range(10)] == [200] * 10


def test_a_node_that_the_log_refused_is_opened_again_and_the_filing_tried_once_more(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Any] = []
    from aforo.api import desk as module

    real = module.answer
    fails = iter([True, False, False])

    def answer(*args: Any) -> Any:
        if next(fails):
            raise ConcurrencyError("crossing/Z1", 1, "taken")
        return real(*args)

    monkeypatch.setattr(module, "answer", answer)
    with listening(post, opened=opened.append) as made:
        assert sent(made, truck("Z1")).status_code == 200
    assert len(opened) == 2


def test_what_cannot_be_filed_at_all_fails_alone(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    from aforo.api import desk as module

    real = module.answer

    def answer(letters: Any, *rest: Any) -> Any:
        if any("POISON" in each.fields.get("declaration_id", "") for letter in letters for each in letter.said):
            raise RuntimeError
        return real(letters, *rest)

    monkeypatch.setattr(module, "answer", answer)
    with listening(post, rate=Rate(1e6, 1e6)) as made, ThreadPoolExecutor(3) as pool:
        with held_up(made.desk):
            waiting = [pool.submit(sent, made, truck(own)) for own in ("Y1", "POISON", "Y2")]
            assert until(lambda: made.desk.waiting == 3)
        assert [each.result(60).status_code for each in waiting] == [200, 500, 200]


def test_who_only_connects_keeps_nobody_out(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aforo.api.server.most_connections", lambda: 5)
    with listening(post) as made:
        place = ("127.0.0.1", int(made.address.rpartition(":")[2]))
        with contextlib.ExitStack() as stack:
            idle = [stack.enter_context(socket.create_connection(place, 20)) for _ in range(8)]
            assert made.nobody.get("/healthz").status_code == 200
            for each in idle[:3]:  # the longest waiting had to go
                each.settimeout(20)
                assert each.recv(1) == b""
            idle[-1].settimeout(0.2)
            with pytest.raises(TimeoutError):
                idle[-1].recv(1)


def test_a_client_that_sends_too_slowly_or_too_much_of_a_head_is_cut(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aforo.api.server.ARRIVES_S", 1.0)
    with listening(post) as made:
        place = ("127.0.0.1", int(made.address.rpartition(":")[2]))
        with socket.create_connection(place, 20) as slow, socket.create_connection(place, 20) as large:
            slow.sendall(b"GET /healthz HTTP/1.1\r\n")
            large.sendall(b"GET /healthz HTTP/1.1\r\nX: " + b"x" * 20_000)
            for each in (large, slow):
                with contextlib.suppress(ConnectionResetError):
                    assert each.recv(100) == b""


def test_requests_in_line_are_answered_in_order_and_too_many_of_them_cut(post: Post) -> None:
    one, other = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n"
    with listening(post) as made:
        place = ("127.0.0.1", int(made.address.rpartition(":")[2]))
        with socket.create_connection(place, 20) as few, socket.create_connection(place, 20) as many:
            few.sendall((one + other) * 4)
            read = b""
            while read.count(b"HTTP/1.1 ") < 8 or not read.endswith(b"}"):
                read += few.recv(65_536)
            statuses = [part[:3] for part in read.split(b"HTTP/1.1 ")[1:]]
            assert statuses == [b"200", b"404"] * 4
            many.sendall(one * 2_000)
            with contextlib.suppress(ConnectionResetError):
                while piece := many.recv(65_536):
                    read = piece
            assert made.nobody.get("/healthz").status_code == 200


def test_a_filing_of_another_year_is_refused_and_moves_nothing_that_is_remembered(served: Listening) -> None:
    own, others = {"importer_id": "IM-WINDOW"}, {"importer_id": "IM-WINDOW", "carrier_id": "CA-2"}
    for number, year in enumerate(("2000", "2023", "2099")):
        far = sent(served, truck(f"FAR{number}", filed_at=f"{year}-03-01T08:00:00Z", **others), carrier="CA-2")
        assert (far.status_code, far.json()["problems"][0]["code"]) == (422, "time_far")
    none = sent(served, truck("NONE", filed_at="1999-12-31T08:00:00Z", **others), carrier="CA-2")
    assert (none.status_code, none.json()["problems"][0]["code"]) == (422, "time_range")
    assert sent(served, truck("NEAR", **own)).status_code == 200
    asked = {"kind": "importer", "identifier": "IM-WINDOW"}
    memory = served.as_("officer").post("/v1/entities/lookup", json=asked).json()["memory"]
    assert (memory["filings"], memory["first_seen"], memory["last_seen"]) == (1, *["2024-03-20T14:00:00Z"] * 2)


def test_refusals_come_before_warnings_in_every_list_of_an_answer(served: Listening) -> None:
    odd = {name: value for name, value in truck("ORD-1").items() if name not in ("importer_id", "broker_id")}
    wrong = truck("ORD-2", hs6="12")
    lines = f"{json.dumps(odd)}\n{json.dumps(wrong)}\n"
    names = list(wrong)
    cells = [[str(row.get(name, "")) for name in names] for row in (odd, wrong)]
    table = "\n".join(",".join(row) for row in (names, *cells)) + "\n"
    alone = json.dumps({**odd, "hs6": "12"})
    for body in (lines, table, alone):
        response = served.carrier().post("/v1/filings", content=body)
        told = response.json()
        answer = told if response.status_code == 200 else told["answer"]
        for listed in (answer["mend"], told.get("problems") or answer["mend"]):
            gravities = [each["gravity"] for each in listed]
            assert set(gravities) == {"refusal", "warning"}, body
            assert gravities == sorted(gravities), body
        tried = served.carrier().post("/v1/tried", content=body).json()
        gravities = [each["gravity"] for each in tried["mend"]]
        assert gravities == sorted(gravities)


def test_a_table_that_lacks_columns_is_told_which(served: Listening) -> None:
    response = served.carrier().post("/v1/filings", content="Folio;Fecha\nA;2024-03-20T08:00:00-06:00\n")
    assert response.status_code == 422
    [problem] = response.json()["problems"]
    assert problem["code"] == "column_missing"
    assert "declaration_id, filed_at" in problem["reason"]["en"]
    assert "Folio, Fecha" in problem["reason"]["es"]
