"""A log as programs open it that write to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from aforo.domain.clock import Clock, system_clock
from aforo.log.keys import KeyStore
from aforo.log.origin import origin_of
from aforo.log.sequencer import sequence
from aforo.log.store import Log
from aforo.settings import Settings


@contextmanager
def open_log(settings: Settings, clock: Clock = system_clock) -> Iterator[Log]:
    """The log of the settings, with its key store, its events marked as `origin_of` says; what was appended is in the
    tree, under a checkpoint, on leaving."""
    keys = KeyStore(settings.keys)
    try:
        with Log.open(settings.store, keys, clock=clock) as log:
            log.marks = origin_of(log)
            yield log
            sequence(log)
    finally:
        keys.close()
