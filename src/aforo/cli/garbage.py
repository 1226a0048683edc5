"""When the interpreter looks for garbage in cycles: a search looks at every object there is, and makes all wait."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_search_for_cycles() -> Iterator[None]:
    """While modules load and batches are decided millions of objects are made, none of them part of a cycle: counting
    references frees what is to be freed, and searches among them cost a tenth of the time and more."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def seldom_searched() -> None:
    """What is there now, the model and the memory, is no garbage: no search need look at it. What requests and batches
    leave behind has hardly any, and is looked through seldom."""
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)
