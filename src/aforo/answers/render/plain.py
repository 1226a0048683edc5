"""An answer as text in both languages, for mail and terminals; lines of at most 78 characters where words allow."""

from __future__ import annotations

from textwrap import fill

from aforo.answers.answer import Answer
from aforo.answers.render import lines
from aforo.answers.render.lines import Language, Section

MEDIA_TYPE = "text/plain; charset=utf-8"
WIDTH = 78


def render(answer: Answer) -> str:
    """English first, then Spanish, separated by a rule."""
    return f"\n{'-' * WIDTH}\n\n".join(_in(answer, language) for language in lines.LANGUAGES)


def _in(answer: Answer, language: Language) -> str:
    parts = [lines.short(answer, language).upper(), _wrapped(lines.in_(language, answer.says))]
    if answer.synthetic:
        parts.insert(0, lines.say(language, "synthetic"))
    if answer.go is not None:
        way = (lines.in_(language, answer.go.words),)
        parts.append(_section(Section(lines.say(language, "heading_go"), sentences=way)))
    for gravity, heading in lines.HEADINGS.items():
        sentences = tuple(
            f"{lines.where(each, language)}: {lines.in_(language, each.reason)} [{lines.seen(each.code)}]"
            for each in lines.mends(answer, gravity)
        )
        parts.append(_section(Section(lines.say(language, heading), sentences=sentences)))
    if left := lines.left_out(answer):
        parts.append(_wrapped(lines.say(language, "more_problems", count=left)))
    parts.append(_section(lines.grounds(answer, language)))
    parts.append(_section(lines.stated(answer, language)))
    parts.append(_section(lines.reference(answer, language)))
    parts.append(_wrapped(lines.contest(answer, language)))
    return "\n\n".join(part for part in parts if part) + "\n"


def _section(section: Section) -> str:
    """Nothing, where the section holds nothing."""
    entries = [f"{name}: {value}" for name, value in section.rows] + list(section.sentences)
    return "\n".join([f"{section.heading}:", *(_wrapped(entry, "  ") for entry in entries)]) if entries else ""


def _wrapped(text: str, indent: str = "") -> str:
    return fill(
        text, WIDTH, initial_indent=indent, subsequent_indent=indent + indent,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
