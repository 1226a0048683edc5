"""A paper as one HTML page: self-contained, without script, so that opening it asks no other machine for anything."""

from __future__ import annotations

from html import escape
from typing import Final

from aforo.scoreboard.drawing import WIDTH, Box, Dot, Drawing, Label, Line, Shape
from aforo.scoreboard.paper import Grid, Heading, Paper, Paragraph, Part, Picture

_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b}"
    "table{border-collapse:collapse;margin:1rem 0;font-size:.9rem;width:100%}"
    ".wide{overflow-x:auto}li{overflow-wrap:anywhere}"
    "th,td{padding:.25rem .7rem .25rem 0;border-bottom:1px solid #ddd;text-align:left;vertical-align:top}"
    "thead th{border-bottom:2px solid #1b1b1b;vertical-align:bottom}"
    ".n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}"
    ".mark{color:#b00020;font-weight:600}.strong{font-weight:600}.small{color:#555;font-size:.9rem}"
    "h1{font-size:1.7rem;line-height:1.2}h2{font-size:1.3rem;margin-top:2.4rem;border-top:1px solid #ddd;"
    "padding-top:1rem}h3{font-size:1.05rem;margin-top:1.6rem}svg{min-width:34rem;max-width:100%;height:auto}"
    "header,footer{font-size:.9rem}code{font-size:.85em;overflow-wrap:anywhere}"
    "figure{margin:1rem 0;overflow-x:auto}figcaption{font-weight:600;font-size:.9rem}"
    ".wide td,.wide th{min-width:4rem}"
    "@media print{body{margin:0;max-width:none}h2,h3{break-after:avoid}tr,figure{break-inside:avoid}}"
)


def page(paper: Paper) -> bytes:
    """The page."""
    title = escape(paper.title)
    marks = "".join(f'<p class="mark">{escape(each)}</p>' for each in paper.marks)
    parts = [
        "<!doctype html>",
        f'<html lang="{paper.language}"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        f"<title>{title}</title><style>{_STYLE}</style></head><body><header>",
    ]
    if paper.other is not None:
        name, file = paper.other
        other = "en" if paper.language == "es" else "es"
        parts.append(f'<p><a href="{escape(file)}" lang="{other}" hreflang="{other}">{escape(name)}</a></p>')
    parts += [f"{marks}</header><main><h1>{title}</h1>", *map(_part, paper.parts)]
    parts.append(f"</main><footer>{marks}</footer></body></html>")
    return "\n".join(parts).encode("utf-8")


def _part(part: Part) -> str:
    if isinstance(part, Heading):
        return f"<h{part.level + 1}>{escape(part.text)}</h{part.level + 1}>"
    if isinstance(part, Paragraph):
        tone = "" if part.tone == "plain" else f' class="{part.tone}"'
        return f"<p{tone}>{escape(part.text)}</p>"
    if isinstance(part, Grid):
        return _grid(part)
    if isinstance(part, Picture):
        return f"<figure><figcaption>{escape(part.drawing.title)}</figcaption>{svg(part.drawing)}</figure>"
    return "<ul>" + "".join(f"<li>{escape(each)}</li>" for each in part.texts) + "</ul>"


def _grid(grid: Grid) -> str:
    number = ' class="n"'

    def row(tag: str, cells: tuple[str, ...]) -> str:
        own = (
            f"<{tag}{number if place in grid.numbers else ''}>{escape(each)}</{tag}>"
            for place, each in enumerate(cells)
        )
        return f"<tr>{''.join(own)}</tr>"

    body = "".join(row("td", each) for each in grid.rows)
    return f'<div class="wide"><table><thead>{row("th", grid.heads)}</thead><tbody>{body}</tbody></table></div>'


def svg(drawing: Drawing) -> str:
    """A picture as an SVG element."""
    return (
        f'<svg viewBox="0 0 {WIDTH:g} {drawing.height:g}" width="{WIDTH:g}" role="img" '
        f'xmlns="http://www.w3.org/2000/svg"><title>{escape(drawing.title)}</title>'
        + "".join(map(_shape, drawing.shapes))
        + "</svg>"
    )


def _shape(shape: Shape) -> str:
    if isinstance(shape, Line):
        ends = f'x1="{shape.x1:.1f}" y1="{shape.y1:.1f}" x2="{shape.x2:.1f}" y2="{shape.y2:.1f}"'
        return f'<line {ends} stroke="{shape.colour}" stroke-width="{shape.width:g}"/>'
    if isinstance(shape, Box):
        size = f'width="{max(shape.width, 0.0):.1f}" height="{shape.height:.1f}"'
        return f'<rect x="{shape.x:.1f}" y="{shape.y:.1f}" {size} fill="{shape.colour}"/>'
    if isinstance(shape, Dot):
        return f'<circle cx="{shape.x:.1f}" cy="{shape.y:.1f}" r="{shape.radius:g}" fill="{shape.colour}"/>'
    return _label(shape)


def _label(shape: Label) -> str:
    return (
        f'<text x="{shape.x:.1f}" y="{shape.y:.1f}" text-anchor="{shape.anchor}" font-size="{shape.size:g}" '
        f'fill="{shape.colour}">{escape(shape.text)}</text>'
    )
