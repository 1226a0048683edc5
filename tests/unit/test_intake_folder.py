"""A folder that senders put files into: what is whole is taken by a move; nothing is lost or led astray."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from aforo.intake.folder import EMPTY_S, Folder, FolderInUseError, FolderUnfitError, Waiting, shown

MOST = 1_000


class Now:
    """A machine's time that a test moves ahead of the files' own."""

    def __init__(self) -> None:
        self.ahead = 3_600.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
def folder(tmp_path: Path, now: Now) -> Iterator[Folder]:
    with Folder(tmp_path, 5.0, endings=(".json", ".x12"), now=now) as made:
        yield made


def names(waiting: list[Waiting]) -> list[str]:
    return [each.name for each in waiting]


def taken(folder: Folder) -> Waiting:
    (first, *_) = folder.whole()
    moved = folder.take(first)
    assert moved is not None
    return moved


def test_the_oldest_come_first_and_those_of_one_instant_by_name(folder: Folder, tmp_path: Path) -> None:
    for name, modified in (("b", 200), ("c", 100), ("a", 200)):
        (tmp_path / name).write_text("x")
        os.utime(tmp_path / name, (modified, modified))
    assert names(folder.whole()) == ["c", "a", "b"]


@pytest.mark.parametrize("name", [".hidden", "trip.part", "trip.filepart", "TRIP.TMP", "trip.x12~", "trip.partial"])
def test_what_is_named_as_unfinished_is_left_alone(folder: Folder, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("x")
    assert folder.whole() == []


def test_folders_are_left_alone(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "trip").write_text("x")
    assert folder.whole() == []


def test_a_file_is_whole_once_nothing_has_changed_for_a_while(folder: Folder, tmp_path: Path, now: Now) -> None:
    (tmp_path / "trip").write_text("x")
    now.ahead = 4.0
    assert (folder.whole(), folder.unsettled) == ([], 1)
    now.ahead = 6.0
    assert (names(folder.whole()), folder.unsettled) == (["trip"], 0)


def test_a_time_that_a_sender_kept_does_not_make_a_file_whole(folder: Folder, tmp_path: Path, now: Now) -> None:
    (tmp_path / "trip").write_text("x")
    os.utime(tmp_path / "trip", (1, 1))
    now.ahead = 0.0
    assert folder.whole() == []


def test_a_file_of_a_time_to_come_is_whole_once_it_was_seen_unchanged(tmp_path: Path) -> None:
    (tmp_path / "trip").write_text("x")
    with Folder(tmp_path, 0.05, now=lambda: time.time() - 3_600) as folder:
        assert folder.whole() == []
        (tmp_path / "trip").write_text("xy")
        time.sleep(0.1)
        assert folder.whole() == []
        time.sleep(0.1)
        assert names(folder.whole()) == ["trip"]


def test_an_empty_file_is_given_longer(folder: Folder, tmp_path: Path, now: Now) -> None:
    (tmp_path / "trip").touch()
    now.ahead = EMPTY_S - 5
    assert folder.whole() == []
    now.ahead = EMPTY_S + 5
    assert folder.read(taken(folder), MOST) == "file_empty"


def test_a_file_that_is_written_on_after_it_was_taken_is_not_read(folder: Folder, tmp_path: Path, now: Now) -> None:
    with (tmp_path / "trip").open("w") as stream:
        stream.write("half")
        stream.flush()
        moved = taken(folder)
        stream.write(" and half")
        stream.flush()
        now.ahead = 1.0
        assert folder.read(moved, MOST) is None
    now.ahead = 10.0
    assert folder.read(moved, MOST) == b"half and half"
    assert folder.taken() == [Waiting(moved.name, 13, (tmp_path / "taking" / "trip").stat().st_mtime_ns)]


def test_a_file_that_a_sender_withdraws_is_no_failure(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "trip").write_text("x")
    (waiting,) = folder.whole()
    (tmp_path / "trip").unlink()
    assert folder.take(waiting) is None
    assert folder.read(waiting, MOST) is None
    assert folder.put_away(waiting, "done") is None


def test_links_and_devices_are_not_read(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "secret.txt.part").write_text("secret")
    (tmp_path / "link").symlink_to(tmp_path / "secret.txt.part")
    os.mkfifo(tmp_path / "pipe")
    for each in folder.whole():
        moved = folder.take(each)
        assert moved is not None
        assert folder.read(moved, MOST) == "file_no_file"
        assert folder.put_away(moved, "refused") == f"refused/{each.name}"
    assert sorted(os.listdir(tmp_path / "refused")) == ["link", "pipe"]


def test_what_is_too_large_is_not_read(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "small").write_bytes(b"x" * MOST)
    (tmp_path / "trip").write_bytes(b"x" * (MOST + 1))
    assert folder.read(taken(folder), MOST) == b"x" * MOST
    assert folder.read(taken(folder), MOST) == "file_too_large"


def test_what_may_not_be_read_is_said(folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "trip").write_text("x")
    moved = taken(folder)
    if os.geteuid() == 0:  # nothing is closed to the superuser

        def denied(*arguments: object, **named: object) -> int:
            raise PermissionError

        monkeypatch.setattr(os, "open", denied)
    (tmp_path / "taking" / "trip").chmod(0)
    assert folder.read(moved, MOST) == "file_denied"


def test_an_unread_answer_is_never_written_over(folder: Folder, tmp_path: Path) -> None:
    for content in ("first", "second"):
        (tmp_path / "trip.x12").write_text(content)
        moved = taken(folder)
        folder.answer(moved, content.encode(), ".json")
        folder.put_away(moved, "done")
    kept = {path.name: path.read_text() for path in (tmp_path / "answers").iterdir()}
    assert len(kept) == 2
    assert kept.pop("trip.x12.json") == "first"
    ((name, content),) = kept.items()
    assert (name.startswith("trip~"), name.endswith("Z.x12.json"), content) == (True, True, "second")


def test_a_name_whose_answer_was_taken_away_may_be_used_again(folder: Folder, tmp_path: Path) -> None:
    for content in ("first", "second", "third"):
        (tmp_path / "trip").write_text(content)
        moved = taken(folder)
        assert folder.answer(moved, b"", ".json") == "trip.json"
        folder.put_away(moved, "done")
        (tmp_path / "answers" / "trip.json").unlink()
    assert {path.read_text() for path in (tmp_path / "done").iterdir()} == {"first", "second", "third"}


def test_a_name_that_is_being_filed_may_come_again(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "trip").write_text("first")
    first = taken(folder)
    (tmp_path / "trip").write_text("second")
    second = taken(folder)
    assert first.name != second.name
    assert [folder.read(each, MOST) for each in (first, second)] == [b"first", b"second"]


def test_names_that_are_too_long_or_no_text_are_kept_apart(folder: Folder, tmp_path: Path) -> None:
    for name in ("á" * 120 + "1.x12", "á" * 120 + "2.x12"):
        (tmp_path / name).write_text("x")
        moved = taken(folder)
        folder.answer(moved, b"", ".json")
        folder.put_away(moved, "done")
    assert len(list((tmp_path / "answers").iterdir())) == 2
    with open(os.fsencode(tmp_path) + b"/\xff\n", "w") as stream:
        stream.write("x")
    moved = taken(folder)
    assert folder.read(moved, MOST) == b"x"
    assert shown(folder.answer(moved, b"", ".json")) == "\ufffd\ufffd.json"


def test_a_part_that_is_a_link_or_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    watched = tmp_path / "watched"
    watched.mkdir()
    (watched / "answers").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FolderUnfitError, match="answers"):
        Folder(watched, 0)
    (watched / "answers").unlink()
    (watched / "done").write_text("x")
    with pytest.raises(FolderUnfitError, match="done"):
        Folder(watched, 0)
    (watched / "done").unlink()
    Folder(watched, 0).close()


def test_a_link_that_is_put_in_the_place_of_a_part_leads_nothing_astray(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "trip").write_text("x")
    moved = taken(folder)
    (tmp_path / "answers").rename(tmp_path / "was-answers")
    (tmp_path / "answers").symlink_to(tmp_path / "elsewhere")
    folder.answer(moved, b"told", ".json")
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert (tmp_path / "was-answers" / "trip.json").read_bytes() == b"told"


def test_a_link_in_the_place_of_an_answer_is_replaced_and_not_followed(folder: Folder, tmp_path: Path) -> None:
    victim = tmp_path / "victim.part"
    victim.write_text("kept")
    (tmp_path / "trip").write_text("x")
    moved = taken(folder)
    (tmp_path / "answers" / "trip.json").symlink_to(victim)
    folder.answer(moved, b"told", ".json")
    assert victim.read_text() == "kept"
    assert (tmp_path / "answers" / "trip.json").read_bytes() == b"told"


def test_one_folder_is_watched_once(folder: Folder, tmp_path: Path) -> None:
    with pytest.raises(FolderInUseError):
        Folder(tmp_path, 0)
    folder.close()
    Folder(tmp_path, 0).close()


def test_what_was_kept_for_long_enough_is_removed_and_answers_are_not(folder: Folder, tmp_path: Path, now: Now) -> None:
    (tmp_path / "trip").write_text("x")
    moved = taken(folder)
    folder.answer(moved, b"", ".json")
    folder.put_away(moved, "done")
    assert folder.sweep(now.ahead + 60) == 0
    assert folder.sweep(now.ahead - 60) == 1
    assert [len(list((tmp_path / each).iterdir())) for each in ("done", "answers")] == [0, 1]


def test_what_is_put_in_while_others_are_taken_is_all_taken_once(folder: Folder, tmp_path: Path) -> None:
    def put() -> None:
        for number in range(300):
            (tmp_path / f".{number}").write_text(str(number))
            (tmp_path / f".{number}").rename(tmp_path / f"{number}")

    sender = threading.Thread(target=put)
    sender.start()
    read: list[bytes] = []
    while len(read) < 300:
        for each in folder.whole():
            moved = folder.take(each)
            assert moved is not None
            data = folder.read(moved, MOST)
            assert isinstance(data, bytes)
            read.append(data)
            folder.put_away(moved, "done")
    sender.join()
    assert sorted(map(int, read)) == list(range(300))
