"""The template of a mapping file, begun from a table: its columns, and what each is likely to be.

Names are compared with those that exporters use, and values of the first rows say the format of dates, the decimal
mark, percentages and foreign codes. All of it is a proposal, for a person to check before the mapping is used.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from aforo.domain.codes import countries, hs6_codes, schedule_d
from aforo.domain.table import DECLARATION_SCHEMA, LABEL_SCHEMA
from aforo.domain.text import Text, catalogue
from aforo.intake import header as headers
from aforo.intake import instants, parquet
from aforo.intake.batch import printable, reason
from aforo.intake.blocks import Blocks
from aforo.intake.columns import guesses, is_data
from aforo.intake.delimited import Splitter, splits
from aforo.intake.limits import STANDARD
from aforo.intake.mapping import EXCEL, FIELDS, LABELS

#: Rows that are looked at.
SAMPLE_ROWS = 1_000
#: Formats that a column of dates is tried with, in this order: where two read the same, the first is proposed.
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p")
FORMATS = (
    *(f"{day}{clock}" for day in ("%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%Y/%m/%d", "%d.%m.%Y") for clock in _CLOCKS),
    *(f"%Y-%m-%d{clock}" for clock in _CLOCKS[1:]),
    *("%Y%m%d", "%d/%m/%y", EXCEL),
)
MOST_FORMATS = 3
_NUMBERS = frozenset(name for name, kind in (DECLARATION_SCHEMA | LABEL_SCHEMA).items() if kind == pl.Float64())
_COMMA = re.compile(r"[+-]?[0-9]{1,3}(?:\.?[0-9]{3})*,[0-9]+")
_TONNES = re.compile(r"\bt(?:on(?:s|elada|eladas|ne|nes)?)?\b", re.IGNORECASE)
_LISTS = {"port": schedule_d, "origin": countries, "departure": countries, "hs6": hs6_codes}


class TemplateError(ValueError):
    """A file of which no template can be made; `text` says why."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


def template(path: Path, language: str) -> str:
    """The template for the table at `path`, with comments in that language. Raises TemplateError, OSError."""
    columns, frame = _sample(path)
    if is_data(columns):
        raise TemplateError(reason("columns_are_data"))
    return "\n".join(_lines(path, columns, frame, language)) + "\n"


def _sample(path: Path) -> tuple[list[str], pl.DataFrame]:
    """The columns of a table and its first rows as text."""
    with path.open("rb") as stream:
        start = stream.read(8)
        stream.seek(0)
        if start.startswith(headers.BINARY_MARKS):
            raise TemplateError(reason("not_text"))
        if not start.startswith(parquet.MAGIC):
            blocks = Blocks(stream, STANDARD)
            line, number = blocks.first()
            if not line:
                raise TemplateError(reason("file_empty"))
            try:
                header = headers.read(line, None, STANDARD)
            except headers.HeaderError as error:
                raise TemplateError(reason(error.code, error.column)) from error
            columns = list(header.columns)
            split = next(splits(blocks, Splitter(header.separator, columns, STANDARD), number + 1, SAMPLE_ROWS), None)
            return columns, pl.DataFrame(schema=dict.fromkeys(columns, pl.String())) if split is None else split.frame
    try:
        with parquet.reading(path, SAMPLE_ROWS, STANDARD) as file:
            first = next(iter(file.rows), None)
            columns = list(file.described.columns)
            return columns, pl.DataFrame(schema=dict.fromkeys(columns, pl.String())) if first is None else first.frame
    except parquet.ParquetError as error:
        raise TemplateError(reason("parquet_damaged")) from error


def _lines(path: Path, columns: Sequence[str], frame: pl.DataFrame, language: str) -> Iterator[str]:
    def note(code: str, **fields: object) -> str:
        said = catalogue("aforo.intake").say(code, **fields)
        return f"# {said.told(language)}"

    meant = guesses(columns)
    values = {
        target: frame[name].str.strip_chars().drop_nulls().filter(frame[name].drop_nulls().str.strip_chars() != "")
        for target, name in meant.items()
    }
    comma = any(_COMMA.fullmatch(value) for target in _NUMBERS & meant.keys() for value in values[target])
    yield note("template_head", file=printable(path.name))
    yield f"name = {_quoted(path.stem or 'mapping')}"
    yield note("template_zone")
    yield '# zone = "America/Monterrey"'
    if comma:
        yield 'decimal = ","'
    if "outcome" in meant:
        yield note("template_threat")
        yield '# threat = "contraband"'
    if "declaration_id" not in meant:
        yield note("template_row")
        yield 'declaration_id = { from = "row", prefix = "" }'
    if "filed_at" not in meant:
        yield note("template_no_date")
    yield ""
    yield "[columns]"
    targets = {name: target for target, name in meant.items()}
    for name in columns:
        target = targets.get(name)
        if target is None:
            continue
        rule, remarks = _rule(target, name, values[target], comma=comma)
        yield from (note(code) for code in remarks)
        yield f"{_quoted(name)} = {rule}"
    others = [name for name in columns if name not in targets]
    if others:
        yield ""
        yield note("template_others")
        yield note("template_targets", targets=", ".join(each for each in (*FIELDS, *LABELS) if each not in meant))
        yield from (f'# {_quoted(name)} = ""' for name in others)


def _rule(target: str, name: str, values: pl.Series, *, comma: bool) -> tuple[str, list[str]]:
    """What a column becomes, as TOML, and the codes of the remarks about it."""
    parts: dict[str, str] = {}
    remarks: list[str] = []
    if target == "filed_at":
        formats, unsure = _formats(values)
        if formats:
            parts["format"] = _quoted(formats[0]) if len(formats) == 1 else f"[{', '.join(map(_quoted, formats))}]"
        if unsure:
            remarks.append("template_day_month")
    if target in _NUMBERS and target != "packages":
        text = values.str.replace_all(".", "", literal=True).str.replace(",", ".") if comma else values
        most = text.cast(pl.Float64, strict=False).max()
        if target == "duty_rate" and isinstance(most, float) and most > 1:
            parts["scale"] = "0.01"
        if target == "gross_mass_kg" and _TONNES.search(name):
            parts["scale"] = "1000"
    if target == "hs6" and (values.str.len_bytes() < 6).any():
        parts["pad"] = "6"
    if target == "hs6" and (values.str.len_bytes() > 6).any():
        remarks.append("template_long_code")
    known = _LISTS.get(target)
    if known is not None and target != "hs6" and len(values) and not values.is_in(list(known())).any():
        parts["listed"] = "false"
    if not parts:
        return _quoted(target), remarks
    made = ", ".join(f"{key} = {value}" for key, value in {"to": _quoted(target), **parts}.items())
    return f"{{ {made} }}", remarks


def _formats(values: pl.Series) -> tuple[list[str], bool]:
    """The formats that read the most of a column of dates together; none where ISO 8601 does. Whether another order of
    day and month reads as much."""
    left = values.filter(~values.str.contains(instants.ISO))
    formats: list[str] = []
    unsure = False
    while len(left) and len(formats) < MOST_FORMATS:
        read = {form: instants.fits(left, form) for form in FORMATS}
        best = max(read, key=lambda form: read[form].sum())
        if not read[best].any():
            break
        turned = best.replace("%d/%m", "%m/%d")
        unsure |= turned != best and bool(read[turned].sum() == read[best].sum())
        formats.append(best)
        left = left.filter(~read[best])
    return formats, unsure


def _quoted(text: str) -> str:
    """Text as TOML writes it, which is as JSON does."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
