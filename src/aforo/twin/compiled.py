"""How this room compiles its kernel: what is called, what is put in place of its calls, and the ways in.

No reference is counted inside: nothing is allocated there, and counting would cost more than the work. IEEE arithmetic
in the written order, so the results are those of plain Python.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any, TypeVar, cast

import numba

_Function = TypeVar("_Function", bound=Callable[..., Any])


#: `_nrt` is numba's switch for counting references; its type stubs do not know it.
_AS_WRITTEN: dict[str, Any] = {"nogil": True, "fastmath": False, "error_model": "numpy", "_nrt": False}


def kernel(function: _Function) -> _Function:
    """Compiled when it is first called from something compiled; kept on disk only as a part of an `entry`."""
    return cast(_Function, numba.njit(**_AS_WRITTEN)(function))


def inlined(function: _Function) -> _Function:
    """As `kernel`, and put in place of each call: arguments that are a hundred figures cost more than short work."""
    return cast(_Function, numba.njit(forceinline=True, **_AS_WRITTEN)(function))


def entry(function: _Function) -> _Function:
    """A way in from Python: compiled on first use and kept on disk, with all that it calls. See `sources_of`."""
    return cast(_Function, numba.njit(cache=True, **_AS_WRITTEN)(function))


def in_place(function: _Function) -> _Function:
    """A function of another room, compiled as `inlined` from its plain form."""
    plain = getattr(function, "py_func", function)
    return cast(_Function, numba.njit(forceinline=True, **_AS_WRITTEN)(plain))


def sources_of(*modules: ModuleType) -> int:
    """A number that changes with any function or constant of these modules.

    What is kept on disk of a compiled function is known by that function's own file, and would be used on when what it
    calls is another: an entry that closes over this number is compiled again.
    """
    digest = hashlib.blake2b(digest_size=7)
    for module in modules:
        for name, held in sorted(vars(module).items()):
            plain = getattr(held, "py_func", held)
            if isinstance(plain, FunctionType):
                code = plain.__code__
                held = (code.co_code, code.co_names, [each for each in code.co_consts if not hasattr(each, "co_code")])
            elif not isinstance(held, (int, float, str, tuple)):
                continue
            digest.update(f"{module.__name__}.{name}={held!r};".encode())
    return int.from_bytes(digest.digest(), "little")
