"""The report's pictures: SVG by hand, without script, in the page's own font, never told apart by colour alone.

Each has a title for those who do not see it, and a table beside it in the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from aforo.measures.intervals import Interval

#: Width of all pictures in their own units.
WIDTH = 640
OURS, THEIRS, BOTH, INK, FAINT = "#1d5fa6", "#9c5a00", "#3f3f46", "#1b1b1b", "#a1a1aa"
GRID = "#e4e4e7"
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


def _text(
    x: float, y: float, said: str, *, anchor: str = "start", size: int = 14, fill: str = INK, bold: bool = False
) -> str:
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{fill}"{weight}>'
        f"{escape(said)}</text>"
    )


def _line(x1: float, y1: float, x2: float, y2: float, colour: str = INK, width: float = 1.0, dash: str = "") -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {ends} stroke="{colour}" stroke-width="{width:g}"{dashed}/>'


def _rect(x: float, y: float, width: float, height: float, fill: str, stroke: str = INK) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0.0):.1f}" height="{height:.1f}" fill="{fill}" '
        f'stroke="{stroke}" stroke-width="1"/>'
    )


class _Plane:
    """A frame whose sides are shares from 0 to `most`: where a share lies in it."""

    def __init__(self, left: float, top: float, width: float, height: float, most: float = 1.0) -> None:
        self.left, self.top, self.width, self.height, self.most = left, top, width, height, most

    def x(self, share: float) -> float:
        return self.left + share / self.most * self.width

    def y(self, share: float) -> float:
        return self.top + (1 - share / self.most) * self.height

    def frame(self, ticks: Sequence[float], digits: int) -> list[str]:
        """Its frame, the straight line of equal shares, and the marks of both axes."""
        body = [_rect(self.left, self.top, self.width, self.height, "none", FAINT)]
        body.append(_line(self.x(0), self.y(0), self.x(self.most), self.y(self.most), INK, 1.2, "5 4"))
        for part in ticks:
            said = f"{100 * part * self.most:.{digits}f} %"
            body.append(_text(self.x(part * self.most), self.y(0) + 18, said, anchor="middle", size=12))
            body.append(_text(self.left - 6, self.y(part * self.most) + 4, said, anchor="end", size=12))
        return body

    def axes(self, across: str, upwards: str) -> list[str]:
        """What the axes are of."""
        turned = f"translate(16 {self.top + self.height / 2:.0f}) rotate(-90)"
        return [
            _text(self.left + self.width / 2, self.top + self.height + 38, across, anchor="middle", size=13),
            f'<text transform="{turned}" text-anchor="middle" font-size="13" fill="{INK}">{escape(upwards)}</text>',
        ]

    def seen(self, share: float, interval: Interval, radius: float) -> list[str]:
        """A point with its interval."""
        x, y = self.x(share), self.y(interval.value or 0.0)
        return [
            _line(x, self.y(interval.low), x, self.y(interval.high), OURS, 1.4),
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" fill="{OURS}"/>',
        ]


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
            body += [
                _rect(middle - width / 2, y - 16, width, 23, "#fff", "#fff"),
                _text(middle, y, said, anchor="middle"),
            ]
    middle = min(max((a + b) / 2, 90.0), WIDTH - 90.0)
    body.append(_text(middle, 158, parts[1], anchor="middle", fill=BOTH, bold=True))
    body.append(_line((a + b) / 2, 112, middle, 144, BOTH))
    return _svg("overlap", 166, told, "".join(body))


def span(interval: Interval, words: tuple[str, str, str], told: str, *, chance: bool) -> str:
    """An interval of a difference against zero. `words`: the axis, the side below zero, the side above. A thick line is
    an interval of chance, a hatched one is what is possible."""
    low, high = interval.low, interval.high
    reach = max(abs(low), abs(high), 1.0) * 1.25

    def x(value: float) -> float:
        return WIDTH / 2 + value / reach * (WIDTH / 2 - 10)

    body = [
        _line(10, 64, WIDTH - 10, 64, FAINT),
        _line(WIDTH / 2, 22, WIDTH / 2, 70, INK, 1.5),
        _text(WIDTH / 2, 100, "0", anchor="middle"),
        _text(WIDTH / 2 - 12, 18, f"◀ {words[1]}", anchor="end", fill=THEIRS, bold=True),
        _text(WIDTH / 2 + 12, 18, f"{words[2]} ▶", fill=OURS, bold=True),
        _text(WIDTH / 2, 120, words[0], anchor="middle", size=13),
    ]
    if chance:
        body.append(_line(x(low), 46, x(high), 46, OURS, 6))
    else:
        body.append(_rect(x(low), 39, x(high) - x(low), 14, "url(#span-o)", OURS))
    if interval.value is not None:
        body.append(
            f'<circle cx="{x(interval.value):.1f}" cy="46" r="7" fill="#fff" stroke="{OURS}" stroke-width="3"/>'
        )
    for value, shift in ((low, -3.0), (high, 3.0)):
        place = min(max(x(value) + shift, 30.0), WIDTH - 30.0)
        body.append(_text(place, 82, f"{round(value):+,}".replace("-", "−"), anchor="end" if shift < 0 else "start"))
    return _svg("span", 128, told, "".join(body))


def curve(points: Sequence[tuple[float, Interval]], words: tuple[str, str, str], told: str) -> str:
    """Shares kept against shares taken, with their intervals; `words`: both axes and the straight line of chance."""
    plane = _Plane(64, 14, 420, 250)
    quarters = (0.25, 0.5, 0.75)
    body = [_line(plane.x(each), plane.y(0), plane.x(each), plane.y(1), GRID) for each in quarters]
    body += [_line(plane.x(0), plane.y(each), plane.x(1), plane.y(each), GRID) for each in quarters]
    body += plane.frame((0.0, *quarters, 1.0), 0)
    body.append(_text(plane.x(0.83), plane.y(0.66), words[2], size=13))
    ends = [(0.0, 0.0), *((share, kept.value or 0.0) for share, kept in points), (1.0, 1.0)]
    path = " ".join(f"{plane.x(share):.1f},{plane.y(kept):.1f}" for share, kept in ends)
    body.append(f'<polyline points="{path}" fill="none" stroke="{OURS}" stroke-width="2.5"/>')
    for share, kept in points:
        body += plane.seen(share, kept, 4)
    return _svg("curve", 312, told, "".join([*body, *plane.axes(words[0], words[1])]))


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
    """Observed rates with intervals against predicted ones; `words`: both axes and the line where they are equal."""
    most = max([0.01, *(predicted for predicted, _ in points), *(seen.high for _, seen in points)])
    plane = _Plane(70, 14, 420, 230, most)
    body = plane.frame((0.0, 0.5, 1.0), 1)
    body.append(_text(plane.x(most) + 6, plane.y(most) + 10, words[2], size=13))
    for predicted, seen in points:
        body += plane.seen(predicted, seen, 5)
    return _svg("against", 292, told, "".join([*body, *plane.axes(words[0], words[1])]))
