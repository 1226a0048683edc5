"""The folder of a live demonstration: a log, keys, a model and a world of its own, all synthetic, and kept."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import msgspec

from aforo.demo import school
from aforo.demo.outside import traders
from aforo.settings import Settings, as_url

#: Who acts in the log of a demonstration where nobody else does.
ACTOR = "demo"
_NOTICE = "NOTICE.txt"
_SAYS = "An Aforo demo: everything in this folder is synthetic. It may be removed at any time.\n"
_SEED = "demo.json"
_MODEL = "model"
_BY_HAND = "by-hand.json"
#: The world's version: another one has other names for the same.
_WORLD = 3


class NotADemoError(Exception):
    """The folder holds something else."""


class OtherSeedError(Exception):
    """The folder holds the world of another seed."""

    def __init__(self, seed: int) -> None:
        super().__init__(str(seed))
        self.seed = seed


class OtherWorldError(Exception):
    """The folder holds the world of an earlier version, whose carriers are known by other codes."""


class _Made(msgspec.Struct, frozen=True):
    seed: int
    world: int = 1


@dataclass(frozen=True)
class DemoFolder:
    """A folder that is marked as a demonstration's."""

    path: Path
    seed: int

    @property
    def where(self) -> Settings:
        """Where its log and its keys are."""
        return Settings(as_url(str(self.path / "log.sqlite")), as_url(str(self.path / "log-keys.sqlite")))

    @property
    def model(self) -> Path:
        """The folder of its model."""
        return self.path / _MODEL

    @property
    def by_hand(self) -> frozenset[str]:
        """The bridges whose booths and docks somebody has taken over."""
        file = self.path / _BY_HAND
        return frozenset(msgspec.json.decode(file.read_bytes(), type=list[str]) if file.is_file() else ())

    def keep_by_hand(self, bridges: Collection[str]) -> None:
        """Keep which those are: who works at a booth goes on there after a restart."""
        draft = self.path / f"{_BY_HAND}.part"
        draft.write_bytes(msgspec.json.encode(sorted(bridges)))
        draft.replace(self.path / _BY_HAND)

    @property
    def learnt(self) -> bool:
        """Whether its model was learnt."""
        return self.model.is_dir()


class InUseError(Exception):
    """Another process plays in the folder."""


@contextmanager
def opened(path: Path, seed: int | None, *, anew: bool) -> Iterator[DemoFolder]:
    """A demonstration's folder, made where there is none, and this process's alone within the block; `anew` removes
    what is in it first. Without a seed it is that of the folder, 7 in a new one.

    Raises NotADemoError where it holds anything else, whatever is asked; InUseError, OtherSeedError, OtherWorldError,
    OSError.
    """
    path.mkdir(parents=True, exist_ok=True)
    notice = path / _NOTICE
    if any(path.iterdir()) and not (notice.is_file() and notice.read_text(encoding="utf-8") == _SAYS):
        raise NotADemoError(str(path))
    notice.write_text(_SAYS, encoding="utf-8")
    with notice.open("rb") as held:
        _hold(held, path)
        if anew:
            for each in sorted(path.iterdir()):
                if each != notice:
                    shutil.rmtree(each) if each.is_dir() and not each.is_symlink() else each.unlink()
        yield _known(path, seed)


def _hold(notice: IO[bytes], path: Path) -> None:
    """Be the only one to hold a file, for as long as it is open. Raises InUseError."""
    try:
        import fcntl
    except ImportError:  # a system without such locks: there nobody is kept from playing twice
        return
    try:
        fcntl.flock(notice, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise InUseError(str(path)) from None


def _known(path: Path, seed: int | None) -> DemoFolder:
    made = path / _SEED
    if made.is_file():
        known = msgspec.json.decode(made.read_bytes(), type=_Made)
        if seed not in (None, known.seed):
            raise OtherSeedError(known.seed)
        if known.world != _WORLD:
            raise OtherWorldError(str(path))
        return DemoFolder(path, known.seed)
    folder = DemoFolder(path, 7 if seed is None else seed)
    made.write_bytes(msgspec.json.encode(_Made(folder.seed, _WORLD)))
    return folder


def learn(folder: DemoFolder, drawn: traders.Traders, advance: Callable[[int], None]) -> None:
    """Learn the model of a new folder from the past of its traders; `advance` is told of rows taken in."""
    draft = folder.path / f"{_MODEL}.draft"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    school.seed_secrets(folder.where, folder.seed)
    past = draft / "past.csv"
    traders.write_past(drawn, past, folder.seed)
    school.learn(past, draft / _MODEL, folder.where, advance)
    (draft / _MODEL).rename(folder.model)
    shutil.rmtree(draft)
