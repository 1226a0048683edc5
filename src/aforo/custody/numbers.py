"""The number of a seal as it is compared: no spelling of it is another seal's."""

from __future__ import annotations

import string
import unicodedata
from typing import Final

from aforo.domain.declaration import identity_text

#: Who verifies a bundle years from now, with another Python, must find the same numbers alike: so the characters are
#: those of a version of Unicode that Python keeps the tables of whatever its own are.
_UNICODE: Final = unicodedata.ucd_3_2_0
_UPPER: Final = str.maketrans(string.ascii_lowercase, string.ascii_uppercase)


def number_text(value: str) -> str:
    """A number in letters, digits and `&` alone, NFKC, case folded, a to z as A to Z; one in ASCII reads as
    `identity_text` has it. What has none of these, or a character that Unicode 3.2 has not, stands as it is."""
    if value.isascii():
        return identity_text(value)
    if any(_UNICODE.category(each) == "Cn" for each in value):
        return value
    plain = _UNICODE.normalize("NFKC", value)
    kept = "".join(each for each in plain if _UNICODE.category(each)[0] in "LMN" or each == "&")
    return _UNICODE.normalize("NFKC", kept.casefold()).translate(_UPPER) or value
