"""The files of a comparison: data as CSV and Parquet, plots as PNG, all of it as one page and one JSON object."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import polars as pl
from rich.markup import escape

from aforo.cli import terminal
from aforo.cli.language import Sentences
from aforo.cli.refused_rows import with_refused
from aforo.domain.input_refusal import RefusedRows
from aforo.twin.page import rendered
from aforo.twin.plots import PlotsMissingError, drawn
from aforo.twin.results import Result, frame

_SIDES = ("first", "second")
_MARK = {"aforo.synthetic": "true"}


def write_out(result: Result, refused: Sequence[RefusedRows], folder: Path, say: Sentences) -> list[Path]:
    """Write everything into a folder, which is made where there is none; leaves with an error in words if it cannot.
    `refused` are rows of counts that the result lacks."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files = _data(result, refused, folder)
        plots: dict[str, bytes] = {}
        try:
            for name, picture in drawn(result, say, "png").items():
                files.append(_write(folder / f"{name}.png", picture))
            plots = drawn(result, say, "svg")
        except PlotsMissingError:
            terminal.err.print(f"{say('plots_need')}: {say('plots_need_do')}", markup=False)
        language = "es" if terminal.language() == "es" else "en"
        files.append(_write(folder / "report.html", rendered(result, plots, say, language)))
    except OSError as wrong:
        common = Sentences("aforo.cli")
        terminal.fail(escape(common("cannot_write", why=wrong)), to_do=common("cannot_write_to_do"))
    return files


def _data(result: Result, refused: Sequence[RefusedRows], folder: Path) -> list[Path]:
    table = frame(result)
    table.write_csv(folder / "figures.csv")
    table.write_parquet(folder / "figures.parquet", metadata=_MARK)
    hours = pl.DataFrame(
        [
            {"synthetic": True, "bridge": bridge or "all", "hour": hour}
            | {f"{side}{end}": its[f"{side}{end}"][hour] for side in _SIDES for end in ("", "_low", "_high")}
            for bridge, its in result.hours.items()
            for hour in range(24)
        ],
        infer_schema_length=None,
    )  # fmt: skip
    hours.write_csv(folder / "waits_by_hour.csv")
    json = _write(folder / "result.json", msgspec.json.encode(with_refused(result, refused)))
    return [folder / "figures.csv", folder / "figures.parquet", folder / "waits_by_hour.csv", json]


def _write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path
