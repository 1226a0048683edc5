"""A comparison as one HTML page: self-contained, so that opening it asks no other machine for anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from typing import Final

from aforo.measures.crossing_times import FEWEST, LEAST_MEAN
from aforo.measures.emissions import Emission
from aforo.measures.intervals import Interval
from aforo.twin.comparison import Row
from aforo.twin.premises import night, premises
from aforo.twin.results import Result
from aforo.twin.threats import threat_cells, threat_heads

_STYLE: Final = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#222}"
    "table{border-collapse:collapse;margin:1rem 0;display:block;overflow-x:auto}"
    "th,td{padding:.2rem .8rem;border-bottom:1px solid #ddd;text-align:right;white-space:nowrap}"
    "th,td:first-child{white-space:normal}"
    "th:first-child,td:first-child{text-align:left}thead th{border-bottom:2px solid #222}"
    "th.word,td.word{text-align:left}td.word+td.word{white-space:normal}.mark{color:#b00020;font-weight:600}svg{max-width:100%;height:auto}small,li{color:#555}"
    "h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}"
)
#: A page names no more assumed figures than this; the data have them all.
_MOST_NAMED: Final = 400


def rendered(result: Result, plots: Mapping[str, bytes], say: Callable[..., str], language: str) -> bytes:
    """The page; `plots` are SVG documents by name, in the order in which they are shown."""
    title = escape(result.title.told(language))
    parts = [
        *head(language, title),
        f"<h1>{title}</h1>",
        f'<p class="mark">{escape(say("synthetic"))}</p>',
        f"<p>{escape(headline(result, say))}</p>",
    ]
    for sentence in [
        *premises(result, heads(result, say), say, language),
        *sentences(result, say, language),
        *lacking(result.comparison.rows.values(), say),
    ]:
        parts.append(f"<p>{escape(sentence)}</p>")
    for bridge, rows in result.comparison.rows.items():
        name = say("all_bridges") if not bridge else result.bridge_names.get(bridge, bridge)
        told = (say("column_figure"), *heads(result, say), say("column_difference"), say("column_needed"))
        parts.append(f"<h2>{escape(name)}</h2><table><thead><tr>")
        parts += [f"<th>{escape(head)}</th>" for head in told]
        parts.append("</tr></thead><tbody>")
        for row in rows:
            cells = (
                say(f"figure_{row.figure}"),
                level(row.first, row.figure),
                level(row.second, row.figure),
                change(row.difference, row.figure),
                "" if row.needed is None else f"{row.needed:,}",
            )
            parts.append("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>")
        parts.append("</tbody></table>")
        if not bridge:
            parts += _threats(result, say)
            for drawn in plots.values():
                text = drawn.decode("utf-8")
                parts.append(f"<figure>{text[text.index('<svg') :]}</figure>")
    parts.append(f"<h2>{escape(say('assumed_title'))}</h2><ul>")
    spoken = [each.told(language) for each in result.assumptions]
    parts += [f"<li>{escape(each)}</li>" for each in (*spoken, *result.assumed[:_MOST_NAMED])]
    parts.append("</ul></body></html>")
    return "\n".join(parts).encode("utf-8")


def _threats(result: Result, say: Callable[..., str]) -> list[str]:
    """The finds by threat as a table."""

    def row(tag: str, cells: Iterable[str]) -> str:
        return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"

    titles = row("th", threat_heads(heads(result, say), say))
    rows = [row("td", threat_cells(finds, say)) for finds in result.threats]
    return [f"<h2>{escape(say('threats_title'))}</h2><table><thead>{titles}</thead><tbody>", *rows, "</tbody></table>"]


def head(language: str, title: str) -> list[str]:
    """The beginning of a page of this room, up to its body; `title` is escaped."""
    return [
        "<!doctype html>",
        f'<html lang="{language}"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        f"<title>{title}</title><style>{_STYLE}</style></head><body>",
    ]


def heads(result: Result, say: Callable[..., str]) -> tuple[str, str]:
    """What the columns of both are called: by their scenarios, where a scenario is not held against its own base."""
    if result.first == "base":
        return say("column_first"), say("column_second")
    return result.first, result.second


def headline(result: Result, say: Callable[..., str]) -> str:
    """What was compared, over which days."""
    return say(
        "compared_title",
        first=heads(result, say)[0],
        second=result.second,
        days=span(result.days, say),
        start=result.start,
        replications=result.comparison.replications,
        policy=" → ".join(say(f"policy_named_{each}") for each in result.policy.split(" → ")),
    )


def span(days: int, say: Callable[..., str]) -> str:
    """So many days, in words."""
    return say("span_one" if days == 1 else "span_many", days=days)


def sentences(result: Result, say: Callable[..., str], language: str) -> list[str]:
    """What of a change is the night's, what the figures are worth, and what the diversion was fitted on."""
    told = night(result, say)
    worth = result.value
    if worth is None:
        told += [result.value_missing.told(language)] if result.value_missing is not None else []
    else:
        code = "value_told" if worth.low > 0 else "value_lost_told"
        low, high = sorted((abs(worth.low), abs(worth.high)))
        told.append(
            say(
                code,
                low=f"{low:,.0f}",
                high=f"{high:,.0f}",
                days=span(result.days, say),
                least=f"{worth.least:.2f}",
                most=f"{worth.most:.2f}",
                sources="; ".join(estimate.name.told(language) for estimate in worth.estimates),
            )
        )
    if result.emission is not None:
        told.append(emission_told(result.emission, result.days, say, language))
    if result.diversion_fitted_on:
        told.append(
            say("diversion_told", shocks=", ".join(each.replace("_", " ") for each in result.diversion_fitted_on))
        )
    return told


def emission_told(emission: Emission, days: int, say: Callable[..., str], language: str) -> str:
    """The carbon dioxide of truck-hours, with whose rates it was computed and what it leaves out."""
    low, high = sorted((abs(emission.low), abs(emission.high)))
    unit, size = ("t", 1_000.0) if high >= 1_000.0 else ("kg", 1.0)
    named = [rate.name.told(language) for rate in emission.idle] + [emission.carbon.name.told(language)]
    return say(
        "emission_told" if emission.low > 0 else "emission_more_told",
        low=f"{low / size:,.1f}",
        high=f"{high / size:,.1f} {unit}",
        days=span(days, say),
        least=f"{emission.least:.1f}",
        most=f"{emission.most:.1f}",
        sources="; ".join(named),
        caveats=" ".join(each.told(language) for each in emission.caveats),
    )


def lacking(tables: Iterable[Sequence[Row]], say: Callable[..., str]) -> list[str]:
    """Why some figures of these tables are a dash, and why some have no interval, where there are such."""
    held = [each for rows in tables for row in rows for each in (row.first, row.second, row.difference)]
    told = []
    if any(each.value is None for each in held):
        told.append(say("not_defined", fewest=FEWEST, least=f"{LEAST_MEAN:.0f}"))
    if any(each.value is not None and each.low == -float("inf") for each in held):
        told.append(say("no_interval"))
    return told


def number(value: float | None, figure: str) -> str:
    """A figure for people: shares in per cent, counts whole, minutes with one decimal."""
    if value is None or value != value:
        return "–"
    if figure.endswith("_share") or figure == "scanner_use":
        return f"{100 * value:z.2f} %"
    if figure in ("wait_mean", "wait_open", "wait_p50", "wait_p95", "crossing_mean", "crossing_p95", "buffer_index"):
        return f"{value:z.2f}"
    return f"{value:z,.0f}"


def level(interval: Interval, figure: str) -> str:
    """A figure with half the width of its interval; alone where one replication has it, a dash where none has."""
    told = number(interval.value, figure)
    if interval.value is None or interval.low == -float("inf"):
        return told
    half = number((interval.high - interval.low) / 2.0, figure).removesuffix(" %")
    return f"{told.removesuffix(' %')} ± {half}" + (" %" if told.endswith(" %") else "")


def change(interval: Interval, figure: str) -> str:
    """A difference with its interval; shares in percentage points."""
    if interval.value is None:
        return "–"
    shown = [number(each, figure).replace(" %", "") for each in (interval.value, interval.low, interval.high)]
    sign = "+" if interval.value > 0 else ""
    unit = " pp" if figure.endswith("_share") or figure == "scanner_use" else ""
    if interval.low == -float("inf"):
        return f"{sign}{shown[0]}{unit}"
    return f"{sign}{shown[0]} [{shown[1]}, {shown[2]}]{unit}"
