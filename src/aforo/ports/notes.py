"""Notes of figures, and sources, which documents write in English, in Spanish: those of the documents that ship."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources

from aforo.domain.text import Text

#: A number as notes write it.
_NUMBER = "[0-9][0-9,.]*"


@cache
def _spanish() -> tuple[tuple[re.Pattern[str], str], ...]:
    text = (resources.files("aforo.ports") / "notes.es.toml").read_text("utf-8")
    found = []
    for english, spanish in tomllib.loads(text).items():
        parts = re.split(r"\{([a-z])\}", english)
        pattern = "".join(re.escape(part) if n % 2 == 0 else f"(?P<{part}>{_NUMBER})" for n, part in enumerate(parts))
        found.append((re.compile(pattern), spanish))
    return tuple(found)


def in_both(note: str) -> Text:
    """A note or a source in both languages; one that nobody has put into Spanish, as of a document of one's own, as it
    is."""
    for pattern, spanish in _spanish():
        if (found := pattern.fullmatch(note)) is not None:
            return Text(note, spanish.format(**found.groupdict()))
    return Text(note, note)
