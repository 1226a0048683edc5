"""What a sentence gives away: a text that is recorded in clear for ever must not hold a person's identifier or name."""

from __future__ import annotations

import re
import unicodedata

from aforo.domain.declaration import identity_text

#: Identifiers and names of more words than this are not looked for among the words of a text.
_MOST_WORDS = 8
#: Shorter than this, letters in a row say nothing: a value is then looked for as words of its own.
_TELLING = 4


def phrases(text: str) -> list[str]:
    """Every run of words, each as `identity_text`: an identifier may be written apart, and a name has several words."""
    words = [word.upper() for word in re.findall(r"[^\W_]+|&", unicodedata.normalize("NFKC", text))]
    runs = range(1, min(_MOST_WORDS, len(words)) + 1)
    return [identity_text("".join(words[at : at + count])) for count in runs for at in range(len(words) - count + 1)]


def gives_away(text: str, value: str) -> bool:
    """Whether a text holds an identifier or a name, in whatever spelling (see `identity_text`), accents or not."""
    text, told = _unaccented(text), identity_text(_unaccented(value))
    return told in identity_text(text) if len(told) >= _TELLING else told in phrases(text)


def _unaccented(text: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
