"""A watched folder over a real node: every file answered, once, whatever its neighbours are and wherever it was cut."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from journeys import RATE, Post, of_the_day, truck
from receivers import until

from aforo.api.desk import Desk
from aforo.bootstrap import open_node
from aforo.cli.watch import filing
from aforo.domain.event import Decided, Filed, Received
from aforo.domain.payload import Payload
from aforo.flow.receiving import Message
from aforo.flow.reply import Reply
from aforo.flow.watching import ENDINGS, Handled, Pace, Watch, Watching
from aforo.intake import folder as folders
from aforo.intake.folder import Folder
from aforo.log.store import Log

if TYPE_CHECKING:
    from journeys import Learnt

SAMPLES = Path(__file__).resolve().parents[1] / "samples" / "intake"


def put(place: Path, name: str, content: Any, modified: float = 1_000.0) -> None:
    """A file that a sender finished long ago."""
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    (place / name).write_bytes(data)
    os.utime(place / name, (modified, modified))


@contextmanager
def watching(
    post: Post, place: Path, carriers: frozenset[str] | None = None, largest: int = 1_000_000
) -> Iterator[tuple[Watch, Log]]:
    place.mkdir(exist_ok=True)
    with (
        post.log() as log,
        Desk(lambda: open_node(log, post.model, RATE, actor="tester")) as desk,
        Folder(place, 1.0, endings=ENDINGS.values(), now=lambda: time.time() + 3_600) as folder,
    ):
        yield Watch(folder, filing(desk), carriers, largest), log


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


def answer_to(place: Path, name: str) -> Any:
    return json.loads((place / "answers" / f"{name}.json").read_bytes())


def count(log: Log, kind: type[Payload]) -> int:
    return len(log.read(types=[kind.TYPE]))


def in_time(watch: Watch) -> list[Handled]:
    """What the next round takes that takes anything: what was put off is taken when its time has come."""
    rounds: list[list[Handled]] = []
    assert until(lambda: rounds.append(list(watch.round())) or bool(rounds[-1]))
    return rounds[-1]


def verdicts(handled: Sequence[Handled]) -> dict[str, str]:
    return {each.file: each.verdict for each in handled}


def test_a_file_is_filed_answered_beside_and_put_away(post: Post, place: Path) -> None:
    with watching(post, place) as (watch, log):
        put(place, "trip.json", truck("W1"))
        (told,) = watch.round()
        assert (told.file, told.verdict, told.records, told.declarations) == ("trip.json", "accepted", 1, 1)
        assert (told.answer, told.kept) == ("answers/trip.json.json", "done/trip.json")
        assert answer_to(place, "trip.json")["filings"][0]["declaration_id"] == "W1"
        assert (count(log, Filed), count(log, Decided)) == (1, 1)
        assert list(watch.round()) == []


def test_bad_files_do_not_keep_their_neighbours_waiting(post: Post, place: Path) -> None:
    put(place, "nonsense.txt", b"\x00nonsense")
    put(place, "empty.txt", b" \n")
    put(place, "table.parquet", b"PAR1....PAR1")
    put(place, "large.json", [truck(f"L{n}") for n in range(20)])
    put(place, "wrong.json", truck("W2") | {"filed_at": "never"})
    put(place, "half.json", [truck("W3"), {"declaration_id": 7, "filed_at": []}])
    put(place, "good.json", truck("W4"))
    (place / "link.json").symlink_to(place / "good.json")
    with watching(post, place, largest=5_000) as (watch, _):
        handled = list(watch.round())
    assert verdicts(handled) == {
        "nonsense.txt": "refused",
        "empty.txt": "refused",
        "table.parquet": "refused",
        "large.json": "refused",
        "wrong.json": "refused",
        "link.json": "refused",
        "half.json": "partly",
        "good.json": "accepted",
    }
    assert all((place / str(each.kept)).is_symlink() or (place / str(each.kept)).is_file() for each in handled)
    assert all((place / str(each.answer)).is_file() for each in handled)
    assert {problem["code"] for problem in answer_to(place, "large.json")["mend"]} == {"file_too_large"}
    assert {problem["code"] for problem in answer_to(place, "nonsense.txt")["mend"]} == {"file_unknown"}
    assert sorted(path.name for path in place.iterdir() if path.is_file()) == [folders.LOCK]


def test_a_file_of_another_year_is_refused(post: Post, place: Path) -> None:
    put(
        place,
        "far.json",
        [truck("Y1", filed_at="2099-12-31T00:00:00Z"), truck("Y2"), truck("Y3", filed_at="1971-01-01")],
    )
    with watching(post, place) as (watch, log):
        assert verdicts(list(watch.round())) == {"far.json": "partly"}
        assert count(log, Filed) == 1
    mend = [(each["record"], each["code"]) for each in answer_to(place, "far.json")["mend"]]
    assert {(1, "time_far"), (3, "time_range")} <= set(mend)


def test_a_carriers_folder_files_its_own_alone(post: Post, place: Path) -> None:
    put(place, "own.json", truck("W5"))
    put(place, "other.json", truck("W6", carrier_id="CA-2"))
    with watching(post, place, frozenset({"CA-1"})) as (watch, log):
        assert verdicts(list(watch.round())) == {"own.json": "accepted", "other.json": "refused"}
        assert count(log, Filed) == 1
    codes = {problem["code"] for problem in answer_to(place, "other.json")["mend"]}
    assert "carrier_not_yours" in codes


def test_many_files_are_one_transaction(post: Post, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    appended: list[int] = []
    written = Log.append_written

    def append_written(self: Log, events: Any) -> Any:
        if len(events):
            appended.append(len(events))
        return written(self, events)

    for number in range(100):
        put(place, f"{number:03}.json", truck(f"M{number}"))
    with watching(post, place) as (watch, log):
        monkeypatch.setattr(Log, "append_written", append_written)
        assert len(list(watch.round())) == 100
        assert count(log, Filed) == 100
    assert max(appended) >= 100


def test_an_amendment_is_filed_after_what_it_amends_by_the_time_of_the_file(post: Post, place: Path) -> None:
    put(place, "a.json", truck("A2", amends="A1", action="replace"), modified=2_000)
    put(place, "b.json", truck("A1"), modified=1_000)
    put(place, "c.json", truck("A3", amends="A2", action="cancel"), modified=3_000)
    with watching(post, place) as (watch, _):
        handled = list(watch.round())
    assert set(verdicts(handled).values()) == {"accepted"}
    assert answer_to(place, "c.json")["filings"][0]["status"] == "cancelled"
    assert not [p for p in answer_to(place, "a.json")["mend"] if p["code"] == "amends_unknown"]


def test_the_same_message_says_the_same_whatever_it_is_called(post: Post, place: Path) -> None:
    message = truck("U1")
    del message["filed_at"]
    put(place, "monday.json", message)
    with watching(post, place) as (watch, log):
        list(watch.round())
        post.clock.move(days=1)
        put(place, "tuesday.json", message)
        (told,) = watch.round()
        assert (told.verdict, told.repeated) == ("accepted", 1)
        assert (count(log, Filed), count(log, Decided), count(log, Received)) == (1, 1, 1)
    first, again = answer_to(place, "monday.json"), answer_to(place, "tuesday.json")
    assert first["filings"][0] | {"repeated": True} == again["filings"][0]


def test_what_contradicts_is_refused_and_kept(post: Post, place: Path) -> None:
    put(place, "one.json", truck("C1"))
    with watching(post, place) as (watch, _):
        list(watch.round())
        put(place, "two.json", truck("C1", gross_mass_kg=1.0))
        assert verdicts(list(watch.round())) == {"two.json": "refused"}
    assert (place / "refused" / "two.json").is_file()


def samples() -> list[Path]:
    return sorted(path for path in SAMPLES.rglob("*") if path.is_file() and path.suffix not in (".py", ".md", ".toml"))


def test_every_sample_of_every_format_is_answered(post: Post, place: Path) -> None:
    found = samples()
    assert found
    for number, path in enumerate(found):
        put(place, f"{number:04}-{path.name}", path.read_bytes())
    with watching(post, place, largest=4_000_000) as (watch, _):
        handled = list(watch.round())
    assert len(handled) == len(found)
    assert {each.verdict for each in handled} <= {"accepted", "partly", "refused"}
    assert {each.verdict for each in handled} >= {"accepted", "refused"}


def test_a_message_is_answered_in_its_own_format_or_in_the_form_that_is_wanted(post: Post, place: Path) -> None:
    message = of_the_day((SAMPLES / "x12" / "309_one_shipment.edi").read_bytes())
    put(place, "trip.x12", message)
    with watching(post, place) as (watch, _):
        (told,) = watch.round()
        assert told.answer == "answers/trip.x12.edi"
        assert b"ST*355*" in (place / "answers" / "trip.x12.edi").read_bytes()
        watch.form = "page"
        put(place, "again.x12", message)
        (told,) = watch.round()
        assert (told.answer, told.repeated) == ("answers/again.x12.html", 1)


class CutError(BaseException):
    """Stands for the end of the process: nothing catches it."""


def cut_before(watch: Watch, place: int) -> Callable[[], int]:
    """Have the process end before the n-th thing that leaves a trace; the function counts how many there were."""
    done = 0

    def wrapped(call: Callable[..., Any]) -> Callable[..., Any]:
        def cutting(*arguments: Any) -> Any:
            nonlocal done
            if done == place:
                raise CutError
            done += 1
            return call(*arguments)

        return cutting

    for name in ("take", "answer", "sync", "put_away"):
        setattr(watch.folder, name, wrapped(getattr(watch.folder, name)))
    real = watch.file

    def file(messages: Sequence[Message]) -> Sequence[Reply | BaseException]:
        replies = wrapped(real)(messages)
        return wrapped(lambda: replies)()  # and once more between the log and the answers

    watch.file = file
    return lambda: done


def test_wherever_the_process_ends_nothing_is_lost_nor_filed_twice(learnt: Learnt, tmp_path: Path) -> None:
    message = truck("K1")
    del message["filed_at"]
    stages = 0
    for stage in range(40):
        post, place = Post(learnt, tmp_path / f"{stage}"), tmp_path / f"in{stage}"
        place.mkdir()
        put(place, "undated.json", message)
        put(place, "bad.json", b"nonsense")
        with watching(post, place) as (watch, log):
            reached = cut_before(watch, stage)
            try:
                list(watch.round())
                ended = True
            except CutError:
                ended = False
            written = {path.name: path.read_bytes() for path in (place / "answers").glob("*.json")}
            stages = reached()
        post.clock.move(hours=5)
        with watching(post, place) as (watch, log):
            handled = list(watch.round())
            assert all(each.verdict != "put_off" for each in handled)
            assert (count(log, Filed), count(log, Decided), count(log, Received)) == (1, 1, 1), stage
        assert sorted(os.listdir(place / "done")) == ["undated.json"], stage
        assert sorted(os.listdir(place / "refused")) == ["bad.json"], stage
        assert os.listdir(place / "taking") == []
        answers = {path.name: path.read_bytes() for path in (place / "answers").iterdir()}
        assert sorted(answers) == ["bad.json.json", "undated.json.json"], stage
        assert answers | written == answers, "what was answered is not answered otherwise"
        if ended:
            break
    else:
        raise AssertionError("the round never came to its end")
    assert stages >= 9


def test_a_file_that_cannot_be_recorded_is_put_off_and_the_others_go_on(
    post: Post, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(place, "poison.json", truck("P1"))
    put(place, "good.json", truck("P2"), modified=2_000)
    with watching(post, place) as (watch, log):
        real = watch.file

        def file(messages: Sequence[Message]) -> Sequence[Reply | BaseException]:
            replies = list(real([each for each in messages if b"P1" not in each.data]))
            return [RuntimeError() if b"P1" in each.data else replies.pop(0) for each in messages]

        watch.file = file
        assert verdicts(list(watch.round())) == {"poison.json": "put_off", "good.json": "accepted"}
        assert watch.put_off == 1
        put(place, "later.json", truck("P3"))
        assert verdicts(list(watch.round())) == {"later.json": "accepted"}, "not before its time"
        monkeypatch.setattr("aforo.flow.watching.time.monotonic", lambda: time.perf_counter() + 1e9)
        assert verdicts(list(watch.round())) == {"poison.json": "put_off"}
        watch.file = real
        monkeypatch.setattr("aforo.flow.watching.time.monotonic", lambda: time.perf_counter() + 2e9)
        assert verdicts(list(watch.round())) == {"poison.json": "accepted"}
        assert (watch.put_off, count(log, Filed)) == (0, 3)


def test_while_nothing_can_be_recorded_files_stay_where_they_are(
    post: Post, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aforo.flow.watching.MOST_FILES", 8)
    monkeypatch.setattr("aforo.flow.watching.FIRST_WAIT_S", 0.0)
    for number in range(20):
        put(place, f"{number:03}.json", truck(f"O{number}"))
    with watching(post, place) as (watch, _):
        real = watch.file
        watch.file = lambda messages: [ConnectionError() for _ in messages]
        assert {each.verdict for each in watch.round()} == {"put_off"}
        assert len(list(place.glob("*.json"))) == 20 - 8
        watch.file = real
        assert len(list(watch.round())) == 20


def test_a_round_that_is_told_to_stop_leaves_the_rest(post: Post, place: Path) -> None:
    for number in range(300):
        put(place, f"{number:03}.json", b"nonsense")
    with watching(post, place) as (watch, _):
        stopped: list[Handled] = []
        for each in watch.round(lambda: bool(stopped)):
            stopped.append(each)
        assert len(stopped) == 256
        assert os.listdir(place / "taking") == []


def test_a_file_that_may_not_be_moved_is_left_and_the_others_go_on(
    post: Post, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(place, "fixed.json", truck("F1"))
    put(place, "free.json", truck("F2"), modified=2_000)
    real = os.rename

    def rename(source: str, target: str, **folders: int) -> None:
        if source == "fixed.json":
            raise PermissionError
        real(source, target, **folders)

    with watching(post, place) as (watch, _):
        monkeypatch.setattr(os, "rename", rename)
        assert verdicts(list(watch.round())) == {"fixed.json": "put_off", "free.json": "accepted"}
        assert (place / "fixed.json").is_file()
        assert list(watch.round()) == [], "not before its time"
        monkeypatch.setattr(os, "rename", real)
        assert verdicts(in_time(watch)) == {"fixed.json": "accepted"}


def test_an_answer_that_cannot_be_written_is_written_later_and_nothing_is_filed_twice(
    post: Post, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(place, "trip.json", truck("N1"))
    with watching(post, place) as (watch, log):
        real = watch.folder.answer

        def full(*arguments: Any) -> str:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(watch.folder, "answer", full)
        assert verdicts(list(watch.round())) == {"trip.json": "put_off"}
        monkeypatch.setattr(watch.folder, "answer", real)
        (told,) = in_time(watch)
        assert (told.verdict, told.repeated, count(log, Filed)) == ("accepted", 1, 1)
    assert answer_to(place, "trip.json")["filings"][0]["declaration_id"] == "N1"


def test_a_thread_that_watches_outlives_a_file_system_that_fails(
    post: Post, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aforo.flow.watching.LONGEST_WAIT_S", 0.05)
    with watching(post, place) as (watch, log):
        real, failed = watch.folder.whole, threading.Event()

        def whole() -> list[Any]:
            if not failed.is_set():
                failed.set()
                raise OSError(5, "Input/output error")
            return real()

        monkeypatch.setattr(watch.folder, "whole", whole)
        put(place, "trip.json", truck("T1"))
        with Watching(watch, Pace(0.05)):
            assert until((place / "done" / "trip.json").exists, 60)
        assert failed.is_set()
        assert count(log, Filed) == 1
