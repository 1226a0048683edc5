"""The report's pictures: SVG by hand, without script, colour never alone (shape or hatching too), text in the page's own
font. Each has a title for those who do not see it, and a table beside it in the page."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from aforo.measures.intervals import Interval

#: Width of all pictures in their own units.
WIDTH = 640
OURS, THEIRS, BOTH, INK, FAINT = "#1d5fa6", "#9c5a00", "#3f3f46", "#1b1b1b", "#a1a1aa"
_PATTERN = (
    '<pattern id="{id}" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="6" height="6" fill="#fff"/><line x1="0" y1="0" x2="0" y2="6" stroke="{colour}" stroke-width="4"/>'
    "</pattern>"
)


def _svg(name: str, height: int, told: str, body: str) -> str:
    patterns = _PATTERN.format(id=f"{name}-t", colour=THEIRS) + _PATTERN.format(id=f"{name}-o", colour=OURS)
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="{name}" xmlns="http://www.w3.org/2000/svg">'
        f'<title id="{name}">{escape(told)}</title><defs>{patterns}</defs>{body}</svg>'
    )


def _text(x: float, y: float, said: str, *, anchor: str = "start", size: int = 14, fill: str = INK, bold: bool = False) -> str:
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{fill}"{weight}>'
        f"{escape(said)}</text>"
    )


def _line(x1: float, y1: float, x2: float, y2: float, colour: str = INK, width: float = 1.0, dash: str = "") -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" stroke-width="{width:g}"{dashed}/>'
    )


def _rect(x: float, y: float, width: float, height: float, fill: str, stroke: str = INK) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0.0):.1f}" height="{height:.1f}" fill="{fill}" '
        f'stroke="{stroke}" stroke-width="1"/>'
    )


def overlap(
    only_theirs: int, both: int, only_ours: int, labels: tuple[str, str], parts: tuple[str, str, str], told: str
) -> str:
    """Two bars, one under the other, that overlap in what both chose. `labels` name the bars, `parts` the counts."""
    total = max(only_theirs + both + only_ours, 1)
    scale = (WIDTH - 4) / total
    a, b = 2 + only_theirs * scale, 2 + (only_theirs + both) * scale
    body = [
        _text(2, 18, labels[0], bold=True, fill=THEIRS),
        _rect(2, 26, a - 2, 38, "url(#overlap-t)", THEIRS),
        _rect(a, 26, b - a, 38, BOTH, BOTH),
        _rect(a, 72, b - a, 38, BOTH, BOTH),
        _rect(b, 72, WIDTH - 2 - b, 38, "url(#overlap-o)", OURS),
        _text(WIDTH - 2, 130, labels[1], anchor="end", bold=True, fill=OURS),
    ]
    if both:
        body += [_line(a, 20, a, 116, INK, 1, "3 3"), _line(b, 20, b, 116, INK, 1, "3 3")]
    for said, left, right, y in ((parts[0], 2.0, a, 50), (parts[2], b, WIDTH - 2.0, 96)):
        width = 7.6 * len(said) + 14
        if right - left > width:
            middle = (left + right) / 2
            body += [_rect(middle - width / 2, y - 16, width, 23, "#fff", "#fff"), _text(middle, y, said, anchor="middle")]
    middle = min(max((a + b) / 2, 90.0), WIDTH - 90.0)
    body.append(_text(middle, 158, parts[1], anchor="middle", fill=BOTH, bold=True))
    body.append(_line((a + b) / 2, 112, middle, 144, BOTH))
    return _svg("overlap", 166, told, "".join(body))


def span(interval: Interval, words: tuple[str, str, str], told: str, *, chance: bool) -> str:
    """An interval of a difference against zero. `words`: the axis, the side below zero, the side above. A thick line is
    an interval of chance, a hatched one is what is possible."""
    low, high = interval.low, interval.high
    reach = max(abs(low), abs(high), 1.0) * 1.15
    x = lambda value: WIDTH / 2 + value / reach * (WIDTH / 2 - 10)  # noqa: E731 - the scale of this picture
    body = [
        _line(10, 64, WIDTH - 10, 64, FAINT),
        _line(WIDTH / 2, 22, WIDTH / 2, 76, INK, 1.5),
        _text(WIDTH / 2, 94, "0", anchor="middle"),
        _text(WIDTH / 2 - 12, 18, f"◀ {words[1]}", anchor="end", fill=THEIRS, bold=True),
        _text(WIDTH / 2 + 12, 18, f"{words[2]} ▶", fill=OURS, bold=True),
        _text(WIDTH / 2, 114, words[0], anchor="middle", size=13),
    ]
    if chance:
        body.append(_line(x(low), 46, x(high), 46, OURS, 6))
    else:
        body.append(_rect(x(low), 39, x(high) - x(low), 14, "url(#span-o)", OURS))
    if interval.value is not None:
        body.append(f'<circle cx="{x(interval.value):.1f}" cy="46" r="7" fill="#fff" stroke="{OURS}" stroke-width="3"/>')
    for value, anchor in ((low, "middle"), (high, "middle")):
        if abs(x(value) - WIDTH / 2) > 14:
            place = min(max(x(value), 24.0), WIDTH - 24.0)
            body.append(_text(place, 80, f"{round(value):+,}".replace("-", "−"), anchor=anchor))
    return _svg("span", 122, told, "".join(body))


def curve(points: Sequence[tuple[float, Interval]], words: tuple[str, str, str], told: str) -> str:
    """Shares kept against shares taken, with their intervals; `words`: both axes and the straight line of chance."""
    left, top, width, height = 64, 14, 420, 250
    x = lambda share: left + share * width  # noqa: E731 - the scales of this picture
    y = lambda share: top + (1 - share) * height  # noqa: E731
    body = [_rect(left, top, width, height, "#fff", FAINT)]
    for share in (0.25, 0.5, 0.75):
        body += [_line(x(share), y(0), x(share), y(1), "#e4e4e7"), _line(x(0), y(share), x(1), y(share), "#e4e4e7")]
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        body.append(_text(x(share), y(0) + 18, f"{100 * share:.0f} %", anchor="middle", size=12))
        body.append(_text(left - 6, y(share) + 4, f"{100 * share:.0f} %", anchor="end", size=12))
    body.append(_line(x(0), y(0), x(1), y(1), INK, 1.2, "5 4"))
    body.append(_text(x(0.80), y(0.66), words[2], size=13))
    path = " ".join(f"{x(share):.1f},{y(kept.value or 0.0):.1f}" for share, kept in ((0.0, Interval(0.0, 0, 0)), *points))
    body.append(f'<polyline points="{path} {x(1):.1f},{y(1):.1f}" fill="none" stroke="{OURS}" stroke-width="2.5"/>')
    for share, kept in points:
        body += [_line(x(share), y(kept.low), x(share), y(kept.high), OURS, 1.2)]
        body.append(f'<circle cx="{x(share):.1f}" cy="{y(kept.value or 0.0):.1f}" r="4" fill="{OURS}"/>')
    body.append(_text(left + width / 2, top + height + 38, words[0], anchor="middle", size=13))
    body.append(_text(left, top + height + 56, "", size=13))
    body.append(
        f'<text transform="translate(16 {top + height / 2:.0f}) rotate(-90)" text-anchor="middle" font-size="13" '
        f'fill="{INK}">{escape(words[1])}</text>'
    )
    return _svg("curve", top + height + 48, told, "".join(body))


def weeks(rows: Sequence[tuple[str, int, int]], words: tuple[str, str], told: str) -> str:
    """A bar a week: finds kept, with those missed on top. `rows` are (name, kept, missed)."""
    top, height, left = 44, 150, 30
    most = max((kept + missed for _, kept, missed in rows), default=0) or 1
    step = (WIDTH - left - 10) / max(len(rows), 1)
    bar = min(step * 0.6, 70.0)
    body = [
        _rect(left, 8, 16, 16, OURS, OURS),
        _text(left + 24, 21, words[0]),
        _rect(left + 250, 8, 16, 16, "url(#weeks-t)", THEIRS),
        _text(left + 274, 21, words[1]),
        _line(left, top + height, WIDTH - 10, top + height),
    ]
    every = max(1, -(-len(rows) * 66 // (WIDTH - left)))
    for k, (name, kept, missed) in enumerate(rows):
        x = left + step * k + (step - bar) / 2
        low, high = kept / most * (height - 20), missed / most * (height - 20)
        if kept:
            body.append(_rect(x, top + height - low, bar, low, OURS, OURS))
        if missed:
            body.append(_rect(x, top + height - low - high, bar, high, "url(#weeks-t)", THEIRS))
        body.append(_text(x + bar / 2, top + height - low - high - 5, f"{kept + missed:,}", anchor="middle", size=12))
        if k % every == 0:
            body.append(_text(x + bar / 2, top + height + 17, name, anchor="middle", size=12))
    return _svg("weeks", top + height + 24, told, "".join(body))


def against(points: Sequence[tuple[float, Interval]], words: tuple[str, str, str], told: str) -> str:
    """Observed rates with their intervals against predicted ones; `words`: both axes and the line where they are equal."""
    left, top, width, height = 70, 14, 420, 230
    most = max([0.01, *(predicted for predicted, _ in points), *(seen.high for _, seen in points)])
    x = lambda share: left + share / most * width  # noqa: E731 - the scales of this picture
    y = lambda share: top + (1 - share / most) * height  # noqa: E731
    body = [_rect(left, top, width, height, "#fff", FAINT), _line(x(0), y(0), x(most), y(most), INK, 1.2, "5 4")]
    body.append(_text(x(most) + 6, y(most) + 10, words[2], size=13))
    for part in (0.0, 0.5, 1.0):
        body.append(_text(x(part * most), y(0) + 18, f"{100 * part * most:.1f} %", anchor="middle", size=12))
        body.append(_text(left - 6, y(part * most) + 4, f"{100 * part * most:.1f} %", anchor="end", size=12))
    for predicted, seen in points:
        body.append(_line(x(predicted), y(seen.low), x(predicted), y(seen.high), OURS, 1.6))
        body.append(f'<circle cx="{x(predicted):.1f}" cy="{y(seen.value or 0.0):.1f}" r="5" fill="{OURS}"/>')
    body.append(_text(left + width / 2, top + height + 38, words[0], anchor="middle", size=13))
    body.append(
        f'<text transform="translate(16 {top + height / 2:.0f}) rotate(-90)" text-anchor="middle" font-size="13" '
        f'fill="{INK}">{escape(words[1])}</text>'
    )
    return _svg("against", top + height + 48, told, "".join(body))
