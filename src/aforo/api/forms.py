"""The form that an answer goes out in: what the asker accepts, else that of the filing."""

from __future__ import annotations

from functools import lru_cache

from aforo.flow.answering import Form

_FORMS: dict[tuple[str, str], Form] = {
    ("application", "json"): "json",
    ("text", "html"): "page",
    ("text", "plain"): "text",
    ("application", "edi-x12"): "x12",
}
#: An Accept header that is longer says nothing that is listened to.
_LONGEST = 1_000


@lru_cache(maxsize=512)
def form_of(accept: str | None) -> Form | None:
    """The form that an Accept header prefers (RFC 9110, section 12.5.1); None where it leaves the choice to the node,
    or accepts nothing that an answer can be written in: an answer in another form is better than none."""
    best: tuple[float, Form | None] = (0.0, None)
    for each in (accept or "")[:_LONGEST].split(","):
        named, *parameters = (part.strip().lower() for part in each.split(";"))
        quality = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                try:
                    quality = float(parameter[2:])
                except ValueError:
                    quality = 0.0
        kind, _, subtype = named.partition("/")
        form = _FORMS.get((kind, subtype)) or ("page" if named == "application/xhtml+xml" else None)
        if not 0 < quality <= 1 or (form is None and named != "*/*"):
            continue
        if quality > best[0]:
            best = quality, form
    return best[1]
