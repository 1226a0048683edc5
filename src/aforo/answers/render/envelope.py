"""The envelope of X12: segments from elements, and ISA to IEA around a set, counted.

Separators are `*`, `>` and `~`, each segment on its line. An element is cleaned of them and of whatever X12's basic
character set does not hold, since free text and a sender's identifiers may contain anything.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime

from aforo.domain.envelope import X12Reference

ELEMENT, COMPONENT, SEGMENT = "*", ">", "~"
#: Characters of one free-form element of K1 (X12 data element 61).
REMARK = 30
#: X12.6's basic and extended sets as far as ASCII goes, without the separators used here.
_OUTSIDE = re.compile(r"[^A-Za-z0-9 !\"&'()+,\-./:;?=%@\[\]_{}\\|<#$]")


def clean(text: str, longest: int) -> str:
    """Text as an element holds it: ASCII without separators, accents folded, at most so long, trimmed.

    A sentence that speaks of a character which no element holds names it in words too.
    """
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return _OUTSIDE.sub(" ", folded)[:longest].strip()


def segment(*elements: str) -> str:
    """One segment of cleaned elements; empty ones at the end are left out, as X12.6 asks."""
    kept = list(elements)
    while len(kept) > 1 and not kept[-1]:
        kept.pop()
    return ELEMENT.join(kept) + SEGMENT


def remarks(text: str, most: int) -> list[str]:
    """At most so many K1 segments that say a text: two elements of 30 characters each, broken between words."""
    parts: list[str] = []
    for word in clean(text, 10_000).split():
        pieces = [word[at : at + REMARK] for at in range(0, len(word), REMARK)]
        for piece in pieces:
            if parts and len(parts[-1]) + 1 + len(piece) <= REMARK:
                parts[-1] += f" {piece}"
            else:
                parts.append(piece)
    pairs = [parts[at : at + 2] for at in range(0, len(parts), 2)]
    return [segment("K1", *pair) for pair in pairs[:most]]


def interchange(
    answered: X12Reference, control: int, group: str, kind: str, at: datetime, body: Sequence[str]
) -> bytes:
    """One set in its group and interchange, from the one that was addressed back to its sender.

    `group` is the functional identifier, `kind` the set's; `control` numbers the interchange and its one group.
    ValueError where `control` is not 1 to 999999999.
    """
    if not 1 <= control <= 999_999_999:
        raise ValueError("an interchange's control number is 1 to 999999999")
    number = f"{control:09d}"
    version = clean(answered.version, 12) or "004060"
    header = segment(
        "ISA", "00", " " * 10, "00", " " * 10,
        _fixed(answered.receiver_qualifier or "ZZ", 2), _fixed(answered.receiver, 15),
        _fixed(answered.sender_qualifier or "ZZ", 2), _fixed(answered.sender, 15),
        f"{at:%y%m%d}", f"{at:%H%M}", "U", _fixed(answered.interchange_version, 5), number, "0",
        answered.usage, COMPONENT,
    )  # fmt: skip
    opening = segment(
        "GS", group, clean(answered.group_receiver, 15) or "AFORO", clean(answered.group_sender, 15) or "UNKNOWN",
        f"{at:%Y%m%d}", f"{at:%H%M}", str(control), "X", version,
    )  # fmt: skip
    whole = [
        header,
        opening,
        segment("ST", kind, "0001"),
        *body,
        segment("SE", str(len(body) + 2), "0001"),
        segment("GE", "1", str(control)),
        segment("IEA", "1", number),
    ]
    return ("\n".join(whole) + "\n").encode("ascii")


def _fixed(text: str, width: int) -> str:
    return clean(text, width).ljust(width)
