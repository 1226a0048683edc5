"""A plan of scanners as one HTML page: self-contained, so that opening it asks no other machine for anything."""

from __future__ import annotations

from html import escape

from aforo.twin.page import head
from aforo.twin.placement import Placement
from aforo.twin.placing_told import Say, headline, sentences, tables, title


def rendered(told: Placement, picture: bytes | None, say: Say, language: str) -> bytes:
    """The page; `picture` is an SVG document, None where none could be drawn."""
    named = escape(title(told, say, language))
    parts = [
        *head(language, named),
        f"<h1>{named}</h1>",
        f'<p class="mark">{escape(say("placing_official"))}</p>',
        f'<p class="mark">{escape(say("placing_synthetic"))}</p>',
        f"<p>{escape(headline(told, say))}</p>",
    ]
    if picture is not None:
        text = picture.decode("utf-8")
        parts.append(f"<figure>{text[text.index('<svg') :]}</figure>")
    for table in tables(told, say):
        parts.append(f"<h2>{escape(table.title)}</h2><table><thead><tr>")
        parts += [f"<th>{escape(head)}</th>" for head in table.heads]
        parts.append("</tr></thead><tbody>")
        parts += ["<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in table.rows]
        parts.append("</tbody></table>")
    parts += [f"<p>{escape(sentence)}</p>" for sentence in sentences(told, say, language)]
    parts.append("</body></html>")
    return "\n".join(parts).encode("utf-8")
