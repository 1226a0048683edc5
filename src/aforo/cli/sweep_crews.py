"""Who does the work of a sweep: processes of this machine, or the nodes of a Ray cluster. Both give the same bits.

Each piece of work is a value with nothing behind it, and whoever does it runs the same program: a node that has another
version says so, and its figures are not taken.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from typing import Any, Final, Protocol, TypeVar

from joblib import Parallel, delayed

from aforo.cli.sweep_folder import OtherProgramError, code
from aforo.twin.sweeping import Made, Setting

T = TypeVar("T")
Work = Callable[[Setting, T], Made]

#: Pieces of work that each processor of a cluster has waiting for it.
_AHEAD: Final = 2
#: A cluster answers within so long.
_SECONDS: Final = 5.0
#: A process looks so often whether its parent still is there.
_WATCH_SECONDS: Final = 1.0


class NoRayError(Exception):
    """Ray is not installed."""


class NoClusterError(Exception):
    """No cluster answers at the address."""


class Crew(Protocol):
    """Does pieces of work and gives what each made, whichever is ready first."""

    def __call__(self, work: Work[T], setting: Setting, pieces: Iterable[T]) -> Iterator[Made]: ...


def checked(work: Work[T], setting: Setting, piece: T) -> Made:
    """Do a piece of work by the program that began the sweep. Raises OtherProgramError where this is another."""
    if code() != setting.code:
        raise OtherProgramError
    return work(setting, piece)


def _accompanied(parent: int, work: Work[T], setting: Setting, piece: T) -> Made:
    """`checked` in a process that ends when the one that gives it work is gone."""
    if os.getpid() != parent:
        _ends_with(parent)
    return checked(work, setting, piece)


@cache
def _ends_with(parent: int) -> None:
    """From now on see whether the parent still is there: the pool's own processes outlive one that is killed."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_WATCH_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def processes(workers: int) -> Iterator[Crew]:
    """So many processes of this machine; one works in this process itself."""

    def crew(work: Work[T], setting: Setting, pieces: Iterable[T]) -> Iterator[Made]:
        running = Parallel(n_jobs=workers, return_as="generator_unordered", batch_size=1)
        yield from running(delayed(_accompanied)(os.getpid(), work, setting, piece) for piece in pieces)

    yield crew


@contextmanager
def ray_cluster(address: str | None) -> Iterator[Crew]:
    """The nodes of a cluster at an address (`HOST:PORT`, `auto` for one that runs on this machine, `local` for one that
    is begun here and ended); without one what RAY_ADDRESS names, a cluster that runs here, or one that is begun.

    Raises NoRayError and NoClusterError.
    """
    if find_spec("ray") is None:
        raise NoRayError
    # What the library would tell its makers of this machine is told to nobody.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    import ray

    _answers(address)
    try:
        ray.init(
            address=address, log_to_driver=False, logging_level=logging.ERROR, include_dashboard=_dashboard(address)
        )
    except (ConnectionError, ValueError, RuntimeError, ray.exceptions.RayError) as wrong:
        raise NoClusterError(str(wrong).splitlines()[0] if str(wrong) else type(wrong).__name__) from wrong
    try:
        yield _ray_crew(ray)
    finally:
        ray.shutdown()


def _answers(address: str | None) -> None:
    """NoClusterError where nothing listens at `HOST:PORT`: the library itself would try for many minutes."""
    host, _, port = (address or "").rpartition(":")
    if not host or "/" in host:
        return
    try:
        socket.create_connection((host.strip("[]"), int(port)), _SECONDS).close()
    except (OSError, ValueError) as wrong:
        raise NoClusterError(f"{address}: {wrong}") from wrong


def _dashboard(address: str | None) -> bool | None:
    """No web page where a cluster is begun; what runs has its own."""
    return False if address in (None, "local") else None


def _ray_crew(ray: Any) -> Crew:
    remote = ray.remote(num_cpus=1, max_retries=3)(checked)

    def crew(work: Work[T], setting: Setting, pieces: Iterable[T]) -> Iterator[Made]:
        shared = ray.put(setting)
        waiting: list[Any] = []
        left = iter(pieces)
        while True:
            most = _AHEAD * max(1, int(ray.cluster_resources().get("CPU", 1)))
            while len(waiting) < most and (piece := next(left, None)) is not None:
                waiting.append(remote.remote(work, shared, piece))
            if not waiting:
                return
            ready, waiting = ray.wait(waiting, num_returns=1)
            try:
                made: Made = ray.get(ready[0])
            except ray.exceptions.RayTaskError as wrong:
                raise wrong.cause from None
            yield made

    return crew
