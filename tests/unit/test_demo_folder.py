"""The demonstration's folder: made, known again, and never anybody else's."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from aforo.demo import clients
from aforo.demo.folder import DemoFolder, InUseError, NotADemoError, OtherSeedError, OtherWorldError
from aforo.demo.folder import opened as held
from aforo.demo.outside import kept
from aforo.demo.outside.breaking import Unit
from aforo.demo.outside.kept import Kept
from aforo.demo.outside.standing import Standing
from aforo.log.keys import KeyStore
from aforo.log.tokens import Tokens


def opened(path: Path, seed: int | None, *, anew: bool) -> DemoFolder:
    with held(path, seed, anew=anew) as made:
        return made


def test_a_folder_is_made_and_known_again(tmp_path: Path) -> None:
    made = opened(tmp_path / "demo", None, anew=False)
    assert made.seed == 7
    assert not made.learnt
    assert "synthetic" in (made.path / "NOTICE.txt").read_text()
    assert opened(made.path, None, anew=False) == made
    assert opened(made.path, 7, anew=False) == made
    with pytest.raises(OtherSeedError) as other:
        opened(made.path, 8, anew=False)
    assert other.value.seed == 7
    assert opened(made.path, 8, anew=True).seed == 8


def test_what_is_anothers_is_left_alone(tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("mine")
    for anew in (False, True):
        with pytest.raises(NotADemoError):
            opened(tmp_path, None, anew=anew)
    (tmp_path / "NOTICE.txt").write_text("something else")
    with pytest.raises(NotADemoError):
        opened(tmp_path, None, anew=True)
    assert letter.read_text() == "mine"


def test_a_world_of_an_earlier_version_is_refused_and_may_be_begun_afresh(tmp_path: Path) -> None:
    opened(tmp_path / "demo", 4, anew=False)
    (tmp_path / "demo" / "demo.json").write_text('{"seed": 4}')  # as it was written before worlds had versions
    with pytest.raises(OtherWorldError):
        opened(tmp_path / "demo", None, anew=False)
    assert opened(tmp_path / "demo", 4, anew=True).seed == 4
    assert opened(tmp_path / "demo", None, anew=False).seed == 4


def test_who_has_taken_bridges_over_has_them_after_a_restart(tmp_path: Path) -> None:
    made = opened(tmp_path / "demo", None, anew=False)
    assert made.by_hand == frozenset()
    made.keep_by_hand({"mariposa", "colombia"})
    assert opened(tmp_path / "demo", None, anew=False).by_hand == {"mariposa", "colombia"}
    made.keep_by_hand(())
    assert opened(tmp_path / "demo", None, anew=False).by_hand == frozenset()


def test_to_start_afresh_removes_what_the_demo_s_folder_holds_and_follows_no_link(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept.txt").write_text("kept")
    made = opened(tmp_path / "demo", None, anew=False)
    (made.path / "model").mkdir()
    (made.path / "model" / "trees.json").write_text("{}")
    (made.path / "log.sqlite").write_text("")
    (made.path / "link").symlink_to(outside)
    again = opened(made.path, None, anew=True)
    assert sorted(each.name for each in again.path.iterdir()) == ["NOTICE.txt", "demo.json"]
    assert (outside / "kept.txt").read_text() == "kept"


def test_two_do_not_play_in_one_folder(tmp_path: Path) -> None:
    with ExitStack() as stack:
        first = stack.enter_context(held(tmp_path / "demo", None, anew=False))
        (first.path / "log.sqlite").write_text("")
        for anew in (False, True):
            with pytest.raises(InUseError), held(first.path, None, anew=anew):
                pass
        assert (first.path / "log.sqlite").exists()
    assert opened(first.path, None, anew=False) == first


def test_the_clients_have_tokens_of_their_own_and_every_carrier_a_sender(tmp_path: Path) -> None:
    keys = tmp_path / "keys.sqlite"
    KeyStore(keys).close()
    carriers = [f"SYNCA{number:06d}" for number in range(1, 101)]
    made = clients.make(tmp_path, str(keys), carriers, ["world-trade", "colombia"], "colombia")
    assert clients.kept(tmp_path) == made
    assert (tmp_path / "clients.json").stat().st_mode & 0o077 == 0
    assert sorted(code for each in made.senders for code in each.carriers) == carriers
    texts = [*(each.token for each in made.senders), *made.officers.values(), made.devices, made.system, made.player]
    assert len(set(texts)) == len(texts)
    tokens = Tokens(keys)
    roles = {name: tokens.find(text) for name, text in made.officers.items()}
    assert all(token is not None and token.role == "officer" for token in roles.values())
    device = tokens.find(made.devices)
    assert device is not None
    assert (device.role, set(device.carriers)) == ("device", {"world-trade", "colombia"})
    assert all(token.name.startswith("SYN") for token in tokens.all())
    tokens.close()


def test_the_world_is_kept_and_found_again_by_its_seed(tmp_path: Path) -> None:
    assert kept.load(tmp_path, 7) is None
    standing = Standing(5, [Unit("a-1", "scanner", "HE", 0.97, 24.0)], events=[(1, 2, "unit", "a-1")], scanned={"x"})
    world = Kept(7, 5, "12", 3, {"a": standing})
    kept.save(tmp_path, world)
    assert kept.load(tmp_path, 7) == world
    assert kept.load(tmp_path, 8) is None
