"""`aforo check FILE…`: a verdict on each file, with reasons and what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.text import Text as RichText

from aforo.cli import terminal
from aforo.cli.found import places_of
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.outputs import keep_apart
from aforo.intake import mapping as mappings
from aforo.intake.batch import Summary, printable
from aforo.intake.template import TemplateError, template
from aforo.intake.verdict import Verdict
from aforo.intake.verdict import check as verdict_on

COLOURS = {"accepted": "green", "partly": "yellow", "refused": "red"}


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("check")(check)


def check(
    files: Annotated[list[Path], typer.Argument(metavar="file", help="Files in any format that the product reads.")],
    mapping: Annotated[
        Path | None, typer.Option(help="A TOML document that renames the columns of another schema.")
    ] = None,
    language: LanguageOption = "",
    limit: Annotated[int, typer.Option(min=1, help="List at most so many problems of one kind (with --json).")] = 1_000,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a file on standard output.")] = False,
    as_template: Annotated[
        bool, typer.Option("--template", help="Instead, write a mapping file that is begun from a table's header.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Where --template writes; by default standard output.")
    ] = None,
) -> None:
    """Say of each file whether it would be accepted, and what to mend. Exit 1 where anything was refused."""
    words = Sentences("aforo.intake", language)
    if out is not None and not as_template:
        terminal.fail(words("check_out_alone"), to_do=words("check_out_alone_do"))
    rules = None
    if mapping is not None:
        try:
            rules = mappings.load(mapping)
        except mappings.MappingError as wrong:
            terminal.fail(words("check_mapping"), where=words.of(wrong.text), to_do=words("check_mapping_do"))
        except OSError:
            terminal.fail(words("check_no_file"), where=str(mapping), to_do=words("check_name_a_file"))
    for path in files:
        if path.is_dir():
            terminal.fail(words("check_is_folder"), where=str(path), to_do=words("check_name_a_file"))
        if not path.exists():
            terminal.fail(words("check_no_file"), where=str(path), to_do=words("check_name_a_file"))
    if as_template:
        _write_template(files, out, words, language)
        return
    refused = False
    for path in files:
        try:
            with terminal.progress(printable(path.name)) as advance:
                verdict, summary = verdict_on(path, mapping=rules, limit=limit, progress=advance)
        except OSError as wrong:
            terminal.fail(words("check_unreadable_file"), where=f"{path}: {wrong.strerror}")
        refused |= verdict.verdict != "accepted"
        if as_json:
            terminal.emit(verdict)
        else:
            _show(verdict, summary, words)
    if refused:
        raise typer.Exit(terminal.FOUND)


def _write_template(files: list[Path], out: Path | None, words: Sentences, language: str) -> None:
    """Write the template of a mapping for one table."""
    if len(files) > 1:
        terminal.fail(words("check_template_one"), to_do=words("check_template_one_do"))
    (path,) = files
    keep_apart({"-o": out}, files, language)
    try:
        text = template(path, terminal.language())
        mappings.parse(text, path.name)
    except (TemplateError, mappings.MappingError) as wrong:
        terminal.fail(escape(words("check_template_no", why=words.of(wrong.text))), where=escape(str(path)))
    except OSError as wrong:
        terminal.fail(words("check_unreadable_file"), where=f"{path}: {wrong.strerror}")
    if out is None or str(out) == "-":
        typer.echo(text, nl=False)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as wrong:
        terminal.fail(words("check_unreadable_file"), where=f"{out}: {wrong.strerror}")
    terminal.out.print(words("check_template_written", file=out, table=path), markup=False)


def _show(verdict: Verdict, summary: Summary, words: Sentences) -> None:
    counts = words("check_counts", records=verdict.records, good=verdict.good, bad=verdict.bad)
    if verdict.verdict == "refused" and not verdict.records:
        counts = words("check_counts_none")
    line = RichText(f"{printable(verdict.file)}: ")
    line.append(words(f"check_{verdict.verdict}"), style=f"bold {COLOURS[verdict.verdict]}")
    line.append(f" · {verdict.format or words('check_no_format')} · {counts}")
    terminal.out.print(line)
    kinds = summary.ordered()
    if not kinds:
        return
    table = terminal.listing(words, "check", "kind", "count", "first", "reason", right=("count",))
    for kind in kinds:
        table.add_row(
            RichText(words(f"check_{kind.gravity}"), style="red" if kind.gravity == "refusal" else "yellow"),
            str(kind.count),
            RichText(places_of(kind)),
            RichText(words.of(kind.text)),
        )
    terminal.show(table)
