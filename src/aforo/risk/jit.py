"""How this room compiles its loops: one decorator, so that every kernel is compiled alike and keeps its types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

_Function = TypeVar("_Function", bound=Callable[..., Any])


def kernel(function: _Function) -> _Function:
    """Compiled on first use, kept on disk, without the interpreter's lock, IEEE arithmetic in the written order."""
    return cast(_Function, numba.njit(cache=True, nogil=True, fastmath=False, error_model="numpy")(function))
