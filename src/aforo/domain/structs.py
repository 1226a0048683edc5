"""Every form that messages are read into, made ready before there are threads that read them.

msgspec 0.22 works out how a struct is read when it is first asked to, in Python code between whose lines another thread
may run; a thread that reads the same struct meanwhile takes what is half made for whole, and the process ends by a
segmentation fault. A program that has threads makes all of them ready first.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec


def make_ready() -> int:
    """Have msgspec work out how every struct of ours that is imported by now is read; how many there are.

    To be called before the first thread is started: some tenths of a second. Of those that are read in no form (a field
    of them is no data) none is worked out, for whoever asked for it would be refused.
    """
    found = dict.fromkeys(_below(msgspec.Struct))
    for each in found:
        try:
            msgspec.json.Decoder(each)
        except (TypeError, NameError):
            continue
    return len(found)


def _below(above: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    for each in above.__subclasses__():
        if each.__module__.partition(".")[0] == "aforo":
            yield each
        yield from _below(each)
