"""A thread that looks again and again, beside whatever else a server does: at a log, a folder, or what was recorded."""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self


class Looking(ABC):
    """A context manager: inside, a thread calls `look` every `every` seconds.

    `at_once` has it look as soon as the block is entered, else it waits first; `at_last` has it look once more when the
    block is left. A look that raises harms nothing: `fails` is told in the log of the process, with the name of what
    was raised, and the next look tries again. What `patient` names is no failure: others were faster, or there is much
    to do.
    """

    def __init__(
        self,
        name: str,
        every: float,
        fails: str,
        logger: logging.Logger,
        *,
        at_once: bool = False,
        at_last: bool = False,
        patient: tuple[type[Exception], ...] = (),
    ) -> None:
        self._every = every
        self._fails = fails
        self._logger = logger
        self._at_once, self._at_last = at_once, at_last
        self._patient = patient
        #: Set when the block is left: a look that takes long is to end soon.
        self.stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @abstractmethod
    def look(self) -> object:
        """Look once."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop.set()
        self._thread.join()

    def _run(self) -> None:
        if self._at_once:
            self._once()
        while not self.stop.wait(self._every):
            self._once()
        if self._at_last:
            self._once()

    def _once(self) -> None:
        try:
            self.look()
        except self._patient:
            return
        except Exception as failure:  # noqa: BLE001 (the database may come back, the file may be mended)
            self._logger.error("%s: %s", self._fails, type(failure).__name__)
