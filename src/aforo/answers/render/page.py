"""An answer as a bilingual page fit to print: one file, no script, nothing fetched, everything escaped."""

from __future__ import annotations

import base64
import hashlib
from html import escape

from aforo.answers.answer import Answer
from aforo.answers.render import lines
from aforo.answers.render.lines import LANGUAGES, Language, Section
from aforo.domain.problem import Gravity

MEDIA_TYPE = "text/html; charset=utf-8"

#: What the band says by colour is said by its words too.
_TONES = {
    "accepted": "good", "amended": "good", "cancelled": "plain", "received": "plain", "noted": "plain",
    "released": "good",
    "partly": "mend", "refused": "mend", "to_be_examined": "stop", "held": "stop",
}  # fmt: skip

_STYLE = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; max-width: 60rem; background: #fff; color: #1b1b1b;
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", Arial, sans-serif; }
header { border: 2px solid #1b1b1b; border-left-width: .75rem; padding: .75rem 1rem; margin-bottom: 1.5rem;
  break-inside: avoid; }
header.good { border-color: #14532d; } header.mend { border-color: #7c2d12; } header.stop { border-color: #1e3a8a; }
h1 { margin: 0; font-size: 1.6rem; line-height: 1.25; }
h1 span { display: block; }
h2 { font-size: 1.35rem; margin: 0 0 .25rem; border-bottom: 2px solid #1b1b1b; break-after: avoid; }
h3 { font-size: 1rem; margin: 1.25rem 0 .25rem; break-after: avoid; }
p { margin: .25rem 0; }
.languages { display: grid; grid-template-columns: 1fr 1fr; gap: 2rem; }
.says { font-size: 1.1rem; }
.go { font-weight: 600; }
dl { margin: 0; }
dt { font-weight: 600; }
dd { margin: 0 0 .5rem; overflow-wrap: anywhere; }
table { width: 100%; border-collapse: collapse; font-size: .9rem; }
th, td { text-align: left; vertical-align: top; border-bottom: 1px solid #767676; padding: .3rem .5rem .3rem 0; }
td { overflow-wrap: anywhere; }
td:first-child, td code { white-space: nowrap; }
tr { break-inside: avoid; }
thead { display: table-header-group; }
code { color: #595959; font-size: .8rem; }
footer { margin-top: 1.5rem; border-top: 1px solid #767676; padding-top: .5rem; font-size: .9rem; }
.wide .languages { display: block; }
.wide dl { display: grid; grid-template-columns: minmax(8rem, max-content) 1fr; column-gap: 1rem; }
.wide section + section { margin-top: 2rem; }
@media (max-width: 45rem) { .languages { display: block; } section + section { margin-top: 2rem; } }
@page { margin: 15mm; }
@media print { body { padding: 0; max-width: none; font-size: 10pt; } .wide section + section { break-before: page; } }
"""
#: The page may apply its own style, which is known by its hash, and nothing else.
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'"


def render(answer: Answer) -> bytes:
    """The page in UTF-8. The languages stand side by side, and under each other where there is a table to mend."""
    wide = ' class="wide"' if answer.mend else ""
    titles = " · ".join(lines.say(language, "title") for language in LANGUAGES)
    banner = "".join(f'<span lang="{each}">{_text(lines.short(answer, each))}</span>' for each in LANGUAGES)
    sections = "".join(_section(answer, language) for language in LANGUAGES)
    page = (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="robots" content="noindex">\n'
        f"<title>{_text(titles)}</title>\n<style>{_STYLE}</style>\n</head>\n<body{wide}>\n"
        f'<header class="{_TONES[answer.status]}"><h1>{banner}</h1>{_exercise(answer)}</header>\n'
        f'<main class="languages">{sections}</main>\n'
        f"<footer><p>{_text(answer.id)}</p></footer>\n</body>\n</html>\n"
    )
    return page.encode()


def _exercise(answer: Answer) -> str:
    if not answer.synthetic:
        return ""
    return "".join(f'<p class="go" lang="{each}">{_text(lines.say(each, "synthetic"))}</p>' for each in LANGUAGES)


def _text(text: str) -> str:
    """Text from anywhere, harmless in an element or an attribute; what is no Unicode is replaced."""
    return escape(text.encode("utf-8", "replace").decode())


def _section(answer: Answer, language: Language) -> str:
    def said(code: str, **fields: object) -> str:
        return _text(lines.say(language, code, **fields))

    parts = [f"<h2>{said('title')}</h2>", f'<p class="says">{_text(lines.in_(language, answer.says))}</p>']
    if answer.go is not None:
        parts.append(f"<h3>{said('heading_go')}</h3>")
        parts.append(f'<p class="go">{_text(lines.in_(language, answer.go.words))}</p>')
    parts += [_table(answer, language, gravity) for gravity in lines.HEADINGS]
    if left := lines.left_out(answer):
        parts.append(f"<p>{said('more_problems', count=left)}</p>")
    parts += [_list(each(answer, language)) for each in (lines.grounds, lines.stated, lines.reference)]
    if contest := lines.contest(answer, language):
        parts.append(f"<p>{_text(contest)}</p>")
    return f'<section lang="{language}">{"".join(parts)}</section>\n'


def _table(answer: Answer, language: Language, gravity: Gravity) -> str:
    listed = lines.mends(answer, gravity)
    if not listed:
        return ""
    heads = "".join(
        f'<th scope="col">{_text(lines.say(language, code))}</th>'
        for code in ("column_record", "column_place", "column_reason")
    )
    rows = "".join(
        f"<tr><td>{_text(lines.record_of(each, language))}</td><td>{_text(lines.place_of(each, language))}</td>"
        f"<td>{_text(lines.in_(language, each.reason))} <code>{_text(lines.seen(each.code))}</code></td></tr>"
        for each in listed
    )
    heading = lines.say(language, lines.HEADINGS[gravity])
    return f"<h3>{_text(heading)}</h3><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _list(section: Section) -> str:
    """Nothing, where the section holds nothing."""
    rows = "".join(f"<dt>{_text(name)}</dt><dd>{_text(value)}</dd>" for name, value in section.rows)
    sentences = "".join(f"<p>{_text(each)}</p>" for each in section.sentences)
    if not rows and not sentences:
        return ""
    return f"<h3>{_text(section.heading)}</h3>" + (f"<dl>{rows}</dl>" if rows else "") + sentences
