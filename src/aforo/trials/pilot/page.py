"""The report as one page: no script, nothing fetched, everything escaped, fit for A4 and for a screen reader."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

from aforo.measures.figures import percent
from aforo.trials.pilot import pictures, words
from aforo.trials.pilot.compare import Cell
from aforo.trials.pilot.figures import OTHERS, SMALLEST_GROUP, Group, Pilot
from aforo.trials.pilot.words import HALF, Language, Words, whole

#: The page may apply its own style and nothing else.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
#: Names of rows up to this length are not broken over lines.
_SHORT = 12
_CODE = re.compile("`([^`]+)`")
_STYLE = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; max-width: 54rem; background: #fff; color: #1b1b1b;
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", Arial, sans-serif; }
h1 { margin: 0; font-size: 1.7rem; line-height: 1.2; }
h2 { font-size: 1.25rem; margin: 2rem 0 .5rem; border-bottom: 2px solid #1b1b1b; break-after: avoid; }
p { margin: .4rem 0; max-width: 48rem; }
header p { margin: .2rem 0 1rem; }
.synthetic { border: 3px solid #7c2d12; background: #fff7ed; padding: .6rem .9rem; font-weight: 600; max-width: none; }
.short { border: 2px solid #1b1b1b; border-left-width: .75rem; padding: .25rem 1rem .5rem; }
.short h2 { border: 0; margin: .4rem 0 0; }
.short p { font-size: 1.05rem; margin: .6rem 0; }
.short p.verdict { font-weight: 600; }
.note { color: #444; font-size: .9rem; }
figure { margin: .8rem 0; break-inside: avoid; }
svg { display: block; width: 100%; max-width: 40rem; height: auto;
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", Arial, sans-serif; }
table { width: 100%; border-collapse: collapse; font-size: .9rem; margin: .6rem 0; }
caption { text-align: left; color: #444; padding-bottom: .25rem; }
th, td { text-align: right; vertical-align: top; border-bottom: 1px solid #a1a1aa; padding: .25rem .4rem; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
thead th, thead td { border-bottom: 2px solid #1b1b1b; vertical-align: bottom; }
tbody td { white-space: nowrap; }
tbody th { font-weight: 400; }
.by table { font-size: .82rem; }
.short-name { white-space: nowrap; }
tr { break-inside: avoid; }
thead { display: table-header-group; }
tfoot { display: table-row-group; }
tfoot th, tfoot td { font-weight: 600; border-bottom: 0; }
.small table { font-size: .8rem; }
.small th, .small td { padding: .12rem .3rem; }
li { margin: .35rem 0; max-width: 48rem; }
ul { padding-left: 1.2rem; margin: .4rem 0; }
dl { margin: .5rem 0; }
dt { font-weight: 600; }
dd { margin: 0 0 .4rem; overflow-wrap: anywhere; }
code, pre { font: .85rem/1.4 ui-monospace, "DejaVu Sans Mono", monospace; }
pre { white-space: pre-wrap; border: 1px solid #a1a1aa; padding: .5rem .75rem; overflow-wrap: anywhere; }
@page { size: A4; margin: 15mm; }
@media print { html { font-size: 10pt; } body { padding: 0; max-width: none; } p, li { max-width: none; }
  svg { max-width: 130mm; } p, li { orphans: 3; widows: 3; } }
"""


def render(made: Pilot, language: Language, command: str) -> bytes:
    """The page in UTF-8; `command` is how to make it again."""
    say = Words(language)
    period = say(
        "period", first=made.first, last=made.last, nights=whole(made.nights),
        crossings=whole(made.workload.crossings),
    )  # fmt: skip
    banner = f'<p class="synthetic" role="note">{_e(say("synthetic"))}</p>' if made.synthetic else ""
    parts = (
        _short(made, say),
        _work(made, say),
        _square(made, say),
        _verdict(made, say),
        _thinning(made, say),
        _weeks(made, say),
        _by(made.by_port, "h_port", "col_port", say, say("group_note", least=SMALLEST_GROUP)),
        _threats(made, say),
        _calibration(made, say),
        _list("h_cannot", words.cannot_say(made, say), say),
        _list("h_assumed", words.assumed(made, say), say),
        _quality(made, say),
        _made(made, command, say),
    )
    page = (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_e(_POLICY)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="robots" content="noindex">\n'
        f"<title>{_e(say('title'))}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"<header><h1>{_e(say('title'))}</h1><p>{_e(period)}</p>{banner}</header>\n<main>\n"
        f"{''.join(parts)}</main>\n</body>\n</html>\n"
    )
    return page.encode()


def _e(text: str) -> str:
    """Text from anywhere, harmless in an element or an attribute; what is no Unicode is replaced. A sign of per cent
    stays on the line of its number."""
    return escape(text.encode("utf-8", "replace").decode().replace(" %", "\u00a0%"))


def _sentence(text: str) -> str:
    """A sentence, with what stands between backticks as code."""
    return _CODE.sub(r"<code>\1</code>", _e(text))


def _section(heading: str, body: str, kind: str = "") -> str:
    named = f' class="{kind}"' if kind else ""
    return f"<section{named}><h2>{_e(heading)}</h2>{body}</section>\n"


def _p(text: str | None, kind: str = "") -> str:
    named = f' class="{kind}"' if kind else ""
    return f"<p{named}>{_sentence(text)}</p>" if text else ""


def _table(
    heads: Sequence[str], rows: Iterable[Sequence[str]], caption: str = "", foot: Sequence[str] | None = None
) -> str:
    """A table whose first column heads its rows."""

    def row(cells: Sequence[str]) -> str:
        first, *others = cells
        kind = ' class="short-name"' if len(first) <= _SHORT else ""
        return f'<tr><th scope="row"{kind}>{_e(first)}</th>{"".join(f"<td>{_e(each)}</td>" for each in others)}</tr>'

    head = "".join(f'<th scope="col">{_e(each)}</th>' if each else "<td></td>" for each in heads)
    told = f"<caption>{_e(caption)}</caption>" if caption else ""
    end = f"<tfoot>{row(foot)}</tfoot>" if foot else ""
    return f"<table>{told}<thead><tr>{head}</tr></thead><tbody>{''.join(map(row, rows))}</tbody>{end}</table>"


def _figure(picture: str) -> str:
    return f"<figure>{picture}</figure>"


def _list(heading: str, sentences: Iterable[str], say: Words) -> str:
    return _section(say(heading), "<ul>" + "".join(f"<li>{_sentence(each)}</li>" for each in sentences) + "</ul>")


def _short(made: Pilot, say: Words) -> str:
    lines = words.headline(made, say)
    told = words.verdict(made, say)
    body = "".join(_p(line, "verdict" if line == told else "") for line in lines)
    return _section(say("h_short"), body, "short")


def _work(made: Pilot, say: Words) -> str:
    work = made.workload

    def share(count: int) -> str:
        return f"{percent(count / work.crossings)} %" if work.crossings else "–"

    rows = [
        (say("row_chosen"), whole(work.theirs), whole(work.ours)),
        (say("row_share", crossings=whole(work.crossings)), share(work.theirs), share(work.ours)),
        (say("row_random"), whole(work.theirs_random) if work.theirs_random else say("not_given"),
         whole(work.ours_random)),
        (say("row_mandatory"), say("not_given"), whole(work.ours_mandatory)),
        (say("row_examined"), whole(work.theirs_examined), say("none_shadow")),
    ]  # fmt: skip
    heads = ("", say("col_theirs"), say("col_ours"))
    notes = [
        say(code, count=whole(count))
        for code, count in (("work_cancelled", work.cancelled), ("work_unknown", work.unknown))
        if count
    ]
    return _section(say("h_work"), _table(heads, rows, say("work_caption")) + _p(" ".join(notes), "note"))


def _square(made: Pilot, say: Words) -> str:
    own = made.square
    cells: list[tuple[str, Cell]] = [
        ("cell_both", own.both),
        ("cell_only_theirs", own.only_theirs),
        ("cell_only_ours", own.only_ours),
        ("cell_neither", own.neither),
        ("cell_unknown_ours", own.unknown_ours),
        ("cell_unknown_not_ours", own.unknown_not_ours),
    ]
    rows = [
        (
            say(code), whole(each.crossings), whole(each.examined), whole(each.resolved),
            whole(each.found) if each.resolved else say("not_known"),
            words.rate(each.rate, each.found, each.resolved, say),
        )
        for code, each in cells
        if each.crossings or not code.startswith("cell_unknown")
    ]  # fmt: skip
    codes = ("col_cell", "col_crossings", "col_examined", "col_resolved", "col_found", "col_rate")
    only_theirs, both, only_ours = (each.crossings for each in (own.only_theirs, own.both, own.only_ours))
    picture = pictures.overlap(
        only_theirs,
        both,
        only_ours,
        (say("col_theirs"), say("col_ours")),
        (
            f"{say('cell_only_theirs')}: {whole(only_theirs)}",
            f"{say('cell_both')}: {whole(both)}",
            f"{say('cell_only_ours')}: {whole(only_ours)}",
        ),
        say("square_alt", theirs=whole(only_theirs + both), ours=whole(both + only_ours), both=whole(both)),
    )
    random = made.workload.theirs_random
    body = (
        _figure(picture)
        + _table([say(code) for code in codes], rows, say("square_caption"))
        + _p(words.lift(made, say))
        + (_p(say("square_random", random=whole(random)), "note") if random else "")
    )
    return _section(say("h_square"), body)


def _verdict(made: Pilot, say: Words) -> str:
    own = made.verdict
    body = _p(words.verdict(made, say))
    if own.basis == "nothing" or (own.moved == 0 and not made.square.only_theirs.crossings):
        return _section(say("h_verdict"), body)
    low, high = whole(own.difference.low), whole(own.difference.high)
    picture = pictures.span(
        own.difference,
        (say("verdict_axis"), say("fewer_side"), say("more_side")),
        say("verdict_alt", low=low, high=high),
        chance=own.basis == "sample",
    )
    return _section(say("h_verdict"), body + _figure(picture) + _p(words.how(made, say)))


def _thinning(made: Pilot, say: Words) -> str:
    if not made.thinning or not made.kept.found:
        return ""
    half = next(step for step in made.thinning if step.share == HALF)
    picture = pictures.curve(
        [(step.share, step.kept) for step in made.thinning],
        (say("thin_x"), say("thin_y"), say("thin_chance")),
        say("thin_alt", half=percent(half.kept.value or 0.0)),
    )
    rows = [
        (f"{percent(step.share)} %", whole(step.examinations), f"{whole(step.found)} / {whole(made.kept.found)}",
         f"{percent(step.kept.value or 0.0)} % ({words.limits(step.kept)})")
        for step in made.thinning
    ]  # fmt: skip
    heads = [say(code) for code in ("col_kept_share", "col_examinations", "col_found", "col_finds_kept")]
    return _section(say("h_thin"), _p(say("thin_intro")) + _figure(picture) + _table(heads, rows))


def _weeks(made: Pilot, say: Words) -> str:
    rows = [(each.name, each.kept, each.found - each.kept) for each in made.by_week]
    picture = pictures.weeks(rows, (say("week_kept"), say("week_missed")), say("week_alt"))
    return _by(made.by_week, "h_week", "col_week", say, "", _figure(picture) if made.kept.found else "")


def _name(each: Group, say: Words) -> str:
    if each.name == OTHERS:
        names = [name or say("no_port") for name in each.pooled]
        return say("pooled", count=len(names), names=", ".join(names))
    if each.pooled:
        return f"{each.pooled[0]}–{each.pooled[-1]}"
    return each.name or say("no_port")


def _by(groups: Sequence[Group], heading: str, column: str, say: Words, note: str, picture: str = "") -> str:
    codes = (column, "col_crossings", "col_t_chosen", "col_o_chosen", "col_both", "col_found", "col_rate", "col_kept",
             "col_missed")  # fmt: skip
    rows = [
        (
            _name(each, say), whole(each.crossings), whole(each.theirs), whole(each.ours), whole(each.both),
            whole(each.found), words.rate(each.rate, each.found, each.resolved, say), whole(each.kept),
            whole(each.found - each.kept),
        )
        for each in groups
    ]  # fmt: skip
    return _section(say(heading), picture + _table([say(code) for code in codes], rows) + _p(note, "note"), "by")


def _threats(made: Pilot, say: Words) -> str:
    if not made.by_threat:
        return ""
    codes = ("col_threat", "col_found", "col_kept", "col_missed", "col_share")
    rows = [
        (say(each.name), whole(each.found), whole(each.kept), whole(each.found - each.kept),
         words.rate(each.share, each.kept, each.found, say))
        for each in made.by_threat
    ]  # fmt: skip
    return _section(say("h_threat"), _table([say(code) for code in codes], rows) + _p(say("threat_note"), "note"))


def _calibration(made: Pilot, say: Words) -> str:
    body = _p(words.calibrated(made, say))
    own = made.calibration
    if own is not None:
        picture = pictures.against(
            [(each.predicted, each.observed) for each in own.bins],
            (say("calibration_x"), say("calibration_y"), say("equal")),
            say("calibration_alt"),
        )
        rows = [
            (
                f"{percent(each.predicted)} %", whole(each.crossings), f"{percent(each.observed.value or 0.0)} % "
                f"({words.limits(each.observed)})",
            )
            for each in own.bins
        ]  # fmt: skip
        heads = [say(code) for code in ("col_predicted", "col_examinations", "col_observed")]
        body += _figure(picture) + _table(heads, rows)
    return _section(say("h_calibration"), body)


def _quality(made: Pilot, say: Words) -> str:
    counts = ("records", "new", "repeated", "amended", "refused", "late", "crossings", "outcomes")
    codes = ("col_night", "col_rows", "col_new", "col_repeated", "col_amended", "col_refused", "col_late",
             "col_crossings", "col_outcomes", "col_unmatched", "col_unexamined")  # fmt: skip
    rows = [
        (each.night, *(whole(getattr(each, name)) for name in counts), whole(each.unmatched), whole(each.unexamined))
        for each in made.quality
    ]
    foot = (
        say("total"), *(whole(sum(getattr(each, name) for each in made.quality)) for name in counts),
        whole(made.quality[-1].unmatched), whole(sum(each.unexamined for each in made.quality)),
    )  # fmt: skip
    body = "".join(_p(line) for line in words.data(made, say))
    body += _table([say(code) for code in codes], rows, foot=foot) + _p(say("quality_note"), "note")
    return _section(say("h_quality"), body, "small")


def _made(made: Pilot, command: str, say: Words) -> str:
    own = made.provenance
    rows = [
        (say("made_code"), own.code),
        (say("made_policy"), f"{own.policy}, SHA-256 {own.policy_digest}"),
        (say("made_rules"), own.rules),
        (say("made_model"), own.model_given or say("made_cold")),
        (say("made_models", count=len(own.models)), own.models[-1]),
        (say("made_list"), f"{made.today.name}, SHA-256 {made.today.digest}"),
        (say("made_extracts"), f"SHA-256 {own.history}"),
        (say("made_trail"), f"SHA-256 {own.trail}"),
    ]
    listed = "".join(f"<dt>{_e(name)}</dt><dd>{_e(value)}</dd>" for name, value in rows)
    body = _p(say("made_nothing")) + _p(say("made_same")) + f"<pre>{_e(command)}</pre><dl>{listed}</dl>"
    return _section(say("h_made"), body)
