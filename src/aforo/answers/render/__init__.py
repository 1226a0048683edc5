"""An answer in the form that its reader can take: pure functions from an answer to bytes.

`document` is JSON, `page` a bilingual page fit to print, `plain` the same as text (for mail; `lines` is what both say),
`x12` the 355 and 350 sets in their envelope (`envelope` writes it). `answer_in` chooses by the format of the filing.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from aforo.answers.answer import Answer
from aforo.answers.render import document, page, plain, x12

__all__ = ["Rendered", "answer_in", "document", "page", "plain", "x12"]


class Rendered(msgspec.Struct, frozen=True):
    """What to send: its media type, and its bytes."""

    media_type: str
    body: bytes


def answer_in(
    filed_as: str, answer: Answer, *, control: int, prefer: Literal["json", "page", "text"] = "json"
) -> Rendered:
    """The answer to a filing that came in a format of that name (`registry.Format.NAME`).

    X12 is answered in X12 where the reference holds the envelope that is answered; every other format has no answer of
    its own and gets JSON, or the page or text where the reader prefers it. `control` numbers the interchange: who calls
    counts 1 to 999999999 for each partner. ValueError for another number where it is needed.
    """
    if filed_as.startswith("x12") and answer.reference.x12 is not None:
        return Rendered(x12.MEDIA_TYPE, x12.render(answer, answer.reference.x12, control))
    if prefer == "page":
        return Rendered(page.MEDIA_TYPE, page.render(answer))
    if prefer == "text":
        return Rendered(plain.MEDIA_TYPE, plain.render(answer).encode("utf-8", "replace"))
    return Rendered(document.MEDIA_TYPE, document.render(answer))
