"""How the server's log is written: a JSON object a line, or text, and no personal data in either.

Only what this product says is written in its words. Of other libraries' lines, which may quote what was sent, the
logger, the level and the template are written, never its arguments; of an exception its type and the places that it
went through, never its message, for the same reason.
"""

from __future__ import annotations

import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any, Literal, TextIO

import msgspec

Format = Literal["json", "text"]
#: Loggers whose messages are templates with arguments; all others' may be put together from anything.
_TEMPLATES = ("uvicorn",)
_OWN = "aforo"
#: Fields that a line of ours may carry, in their order.
FIELDS = (
    "request", "method", "route", "status", "ms", "token", "role", "policy", "problem", "unwritten", "listening",
)  # fmt: skip
#: Places of a traceback that are written, the innermost.
_PLACES = 20


def said_by(record: logging.LogRecord) -> dict[str, Any]:
    """What a line says, by name."""
    name = record.name
    line: dict[str, Any] = {
        "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "logger": name,
        "said": _message(record),
    }
    if name.partition(".")[0] == _OWN:
        line |= {field: value for field in FIELDS if (value := getattr(record, field, "")) not in ("", None)}
    if record.exc_info and record.exc_info[0] is not None:
        line["failure"] = record.exc_info[0].__name__
        frames = traceback.extract_tb(record.exc_info[2])[-_PLACES:]
        line["places"] = [f"{_module(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]
    return line


def _message(record: logging.LogRecord) -> str:
    room = record.name.partition(".")[0]
    if room == _OWN:
        return record.getMessage()
    if isinstance(record.msg, OSError):
        return str(record.msg)  # the operating system's words, of an address or a file of ours
    if room in _TEMPLATES:
        # Where a template has no arguments it may be a sentence that somebody put together.
        return str(record.msg).partition("\n")[0] if record.args or record.msg in _KNOWN else "(said by a library)"
    return "(said by a library)"


#: Whole sentences of the server's, which quote nothing.
_KNOWN = frozenset(
    {
        "Exception in ASGI application",
        "Exception in ASGI application\n",
        "Invalid HTTP request received.",
        "Application startup complete.",
        "Waiting for application startup.",
        "Waiting for application shutdown.",
        "Application shutdown complete.",
        "Application startup failed. Exiting.",
        "Shutting down",
        "ASGI callable returned without starting response.",
        "ASGI callable returned without completing response.",
    }
)


def _module(file: str) -> str:
    """The end of a file's name that tells the module, without the folders of the machine."""
    return "/".join(file.replace("\\", "/").split("/")[-2:])


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        return msgspec.json.encode(said_by(record)).decode()


class TextLines(logging.Formatter):
    """Text: time, level, logger, what is said, and the fields as name=value."""

    def format(self, record: logging.LogRecord) -> str:
        line = said_by(record)
        head = [str(line.pop(name)) for name in ("at", "level", "logger", "said")]
        places = line.pop("places", [])
        return " ".join([*head, *(f"{name}={value}" for name, value in line.items()), *places])


def configure(form: Format, *, every_request: bool = False, stream: TextIO | None = None) -> None:
    """Have all loggers of this process write to `stream` (standard error) in one form; warnings and graver, and every
    request where it is asked for."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    root = logging.getLogger()
    for before in list(root.handlers):
        root.removeHandler(before)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("aforo.requests").setLevel(logging.INFO if every_request else logging.WARNING)
    logging.captureWarnings(True)
    # What a handler cannot write is not printed beside it: the record could hold anything.
    logging.raiseExceptions = False
