"""Values that hold what their annotations promise, however they were made.

msgspec holds a type to its annotations when it decodes. A `Checked` type is held to them on construction too.
Annotations that several types share are here; those of codes are in `codes`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec
from msgspec import Meta

#: Names something; the text is its owner's, and only has to be there.
Identifier = Annotated[str, Meta(min_length=1, description="a text that is not empty")]
#: Text without an offset would be another instant at each port.
Instant = Annotated[
    datetime, Meta(tz=True, description="an instant with its offset from UTC, such as 2026-01-05T13:40:00-06:00")
]
#: How much of something there is; its unit is in the name of the field.
Quantity = Annotated[float, Meta(ge=0, description="a finite number, zero or more")]


class Checked(msgspec.Struct, frozen=True, omit_defaults=True):
    """A value whose fields are checked on construction: ValueError says which field, and what it must be.

    It never says what was given, since that may be personal. On decoding it is a msgspec.ValidationError.
    """

    def __post_init__(self) -> None:
        for name, kind, expected in _promises(type(self)):
            value = getattr(self, name)
            try:
                msgspec.convert(value, kind)
            except msgspec.ValidationError:
                raise self.wrong(name, expected) from None
            if isinstance(value, float) and not math.isfinite(value):
                raise self.wrong(name, expected)

    def wrong(self, field: str, expected: str) -> ValueError:
        """The error of a field that is not what it must be."""
        return ValueError(f"{type(self).__name__}.{field} must be {expected}")


@cache
def _promises(kind: type[Checked]) -> tuple[tuple[str, Any, str], ...]:
    """Name, annotation, and what is expected in words, of each field."""
    return tuple((field.name, field.type, _expected(field.type)) for field in msgspec.structs.fields(kind))


def _expected(annotation: Any) -> str:
    words = list(dict.fromkeys(_words(annotation)))
    return " or ".join(words)


def _words(annotation: Any) -> Iterator[str]:
    """What is expected, for each alternative of a union."""
    arguments = get_args(annotation)
    if annotation is type(None):
        yield "left out"
    elif get_origin(annotation) is Literal:
        yield "one of " + ", ".join(map(str, arguments))
    elif get_origin(annotation) is Annotated:
        yield from (each.description for each in arguments[1:] if isinstance(each, Meta) and each.description)
    elif get_origin(annotation) is tuple:
        yield "a tuple, each " + _expected(arguments[0])
    elif get_origin(annotation) is None:
        yield f"of type {annotation.__name__}"
    elif get_origin(annotation) is dict:
        yield "a dict of texts"
    else:
        for each in arguments:
            yield from _words(each)
