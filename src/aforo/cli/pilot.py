"""`aforo pilot`: run in shadow beside today's selection, from nightly extracts, and write one report of both."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.markup import escape

from aforo.cli import terminal
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import Keys, open_keys, refusals
from aforo.cli.outputs import keep_apart, kept_in
from aforo.cli.refused_rows import show_refused, with_refused
from aforo.domain.declaration import ENTITY_KINDS
from aforo.flow.recorded import Identities
from aforo.intake import mapping as mappings
from aforo.log.address import shown
from aforo.log.opened import open_log
from aforo.risk import artefacts
from aforo.routing import policy as policies
from aforo.settings import Settings, settings
from aforo.trials.backtest import Setting
from aforo.trials.history import HistoryError, identities_of
from aforo.trials.pilot import extracts, journal, page, rows, saved, today
from aforo.trials.pilot.figures import Pilot, pilot
from aforo.trials.pilot.ledger import Ledger
from aforo.trials.pilot.nights import arrange
from aforo.trials.pilot.shadow import Shadow
from aforo.trials.pilot.words import whole


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("pilot")(command)


def command(
    today_: Annotated[Path, typer.Option("--today", metavar="file", help="What today's selection chose: a table.")],
    folder: Annotated[
        Path, typer.Option("--extracts", metavar="folder", help="The nightly extracts; nothing is written there.")
    ],
    output: Annotated[Path, typer.Option("--out", "-o", help="The report (HTML).")] = Path("pilot.html"),
    model: Annotated[
        Path | None, typer.Option("--model", "-m", help="A folder that `aforo learn` made; without it, a cold start.")
    ] = None,
    complete: Annotated[
        bool, typer.Option("--today-complete", help="What the list does not name was not chosen.")
    ] = False,
    mapping: Annotated[Path | None, typer.Option(help="A mapping file (TOML) for the extracts.")] = None,
    today_mapping: Annotated[Path | None, typer.Option(help="A mapping file (TOML) for today's selection.")] = None,
    rate: Annotated[
        float | None, typer.Option(help="The share to examine; by default as many as today's selection did.")
    ] = None,
    policy: Annotated[Path | None, typer.Option(help="A policy document (TOML) in place of the shipped one.")] = None,
    work: Annotated[
        Path | None, typer.Option(help="A folder to keep each night's choice in, and to go on from.")
    ] = None,
    store: Annotated[
        str | None, typer.Option(help="The log whose keys the model was made with; only its keys are read.")
    ] = None,
    keys: Keys = None,
    seed: Annotated[int, typer.Option(help="Keys the shadow's own lots.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="All figures as one JSON object.")] = False,
    lang: LanguageOption = "",
) -> None:
    """Decide every night as the product would have, beside what was really chosen, and report on both."""
    say = Sentences("aforo.trials.pilot", lang)
    if not today_.is_file():
        _wrong(say, "no_list", file=today_)
    if not folder.is_dir():
        _wrong(say, "no_folder", folder=folder)
    if rate is not None and not 0.0 < rate < 1.0:
        _wrong(say, "rate_wrong", rate=rate)
    _stay_outside({"-o": output, "--work": work}, folder, say)
    keep_apart({"-o": output}, [today_, mapping, today_mapping, policy, *(kept_in(model) if model else ())], lang)
    document = _policy(policy, lang)
    given = _model(model, lang)
    try:
        renames = mappings.load(mapping) if mapping else None
        list_renames = mappings.load(today_mapping, today.TARGETS) if today_mapping else None
        chosen = today.read(today_, list_renames, complete=complete)
        with terminal.progress(folder.name) as advance:
            read = extracts.read_folder(folder, renames, advance)
        ledger = arrange(read, chosen)
        setting = Setting(rate or 0.0, "selective", policies.parse(document), seed)
        shadow = Shadow(
            ledger, _identities(ledger, setting, given, settings(store, keys), lang), setting, rate=rate, model=given
        )
        _run(shadow, work, "synthetic" if read.synthetic else "twin", document, say)
        made = pilot(shadow, read, chosen, document)
        options = {"--mapping": mapping, "--today-mapping": today_mapping, "--policy": policy, "-m": model}
        spoken = terminal.language()
        told = page.render(
            made, "es" if spoken == "es" else "en", _again(today_, folder, complete, rate, seed, options, spoken)
        )
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_bytes(told)
    except rows.UnreadableError as wrong:
        code = "list_no_identifier" if wrong.code == "pilot_today_no_identifier" else "list_not_a_table"
        _wrong(say, "list_unusable", why=say(code))
    except HistoryError as wrong:
        _wrong(say, wrong.code, **wrong.fields)
    except mappings.MappingError as wrong:
        terminal.fail(escape(say.of(wrong.text)), where=escape(str(mapping or today_mapping)))
    except OSError as wrong:
        common = Sentences("aforo.cli", lang)
        terminal.fail(escape(common("file_unusable", why=wrong)), to_do=common("screen_to_do"))
    _last_words(made, output, say, json=json)


def _run(shadow: Shadow, work: Path | None, origin: journal.ShadowOrigin, document: bytes, say: Sentences) -> None:
    """Decide the nights that are left; with a folder to work in, keep each night's choice before the next is read."""
    nights = len(shadow.ledger.history.periods)
    with ExitStack() as stack:
        log = None
        if work is not None:
            work.mkdir(parents=True, exist_ok=True)
            if not saved.restore(work, shadow):
                terminal.err.print(say("anew", work=work), markup=False)
            elif shadow.done:
                terminal.err.print(say("resumed", nights=shadow.done), markup=False)
            where = settings(str(work / "pilot.sqlite"), str(work / "pilot-keys.sqlite"))
            with refusals(where.store):
                log = stack.enter_context(open_log(where))
        with terminal.progress(say("progress"), nights) as advance:
            advance(shadow.done)
            while shadow.done < nights:
                shadow.step()
                if work is not None and log is not None:
                    journal.record(log, work, shadow, origin, document)
                    saved.save(work, shadow)
                advance(1)


def _identities(
    ledger: Ledger, setting: Setting, model: artefacts.ModelFolder | None, where: Settings, lang: str
) -> Identities:
    """Hashes of who is named: under the model's keys, else under one of the run's own."""
    if model is None:
        return identities_of(ledger.history.table, setting.key("identities"))
    with closing(open_keys(where.keys)) as key_store:
        if model.manifest.keys not in ("", key_store.identity_mark()):
            common = Sentences("aforo.cli", lang)
            told = common("model_foreign", model=model.manifest.artefacts[:12], keys=shown(where.keys))
            terminal.fail(escape(told), to_do=common("model_foreign_to_do"))
        table = ledger.history.table
        return {kind: key_store.identity_hashes(kind, table[f"{kind}_id"].to_list()) for kind in ENTITY_KINDS}


def _policy(path: Path | None, lang: str) -> bytes:
    common = Sentences("aforo.cli", lang)
    try:
        document = path.read_bytes() if path else policies.default_document()
        policies.parse(document)
    except policies.PolicyError as error:
        terminal.fail(escape(common("policy_unusable", why=error.text)), to_do=common("screen_to_do"))
    except OSError as error:
        terminal.fail(escape(common("policy_unusable", why=error)), to_do=common("screen_to_do"))
    return document


def _model(path: Path | None, lang: str) -> artefacts.ModelFolder | None:
    if path is None:
        return None
    common = Sentences("aforo.cli", lang)
    try:
        return artefacts.load(path)
    except artefacts.DamagedArtefactError as error:
        terminal.fail(escape(common("model_unusable", why=error.text)), to_do=common("model_unusable_to_do"))
    except OSError as error:
        terminal.fail(escape(common("model_unusable", why=error)), to_do=common("model_unusable_to_do"))


def _stay_outside(written: Mapping[str, Path | None], folder: Path, say: Sentences) -> None:
    """Leave with an error where anything would be written among the extracts."""
    for option, path in written.items():
        if path is not None and path.resolve().is_relative_to(folder.resolve()):
            _wrong(say, "inside", option=option)


def _again(
    today_: Path,
    folder: Path,
    complete: bool,
    rate: float | None,
    seed: int,
    options: Mapping[str, Path | None],
    language: str,
) -> str:
    """The command that makes the report again, by the names of the files and not by where they are."""
    parts = ["aforo pilot", f"--today {today_.name}", f"--extracts {folder.resolve().name}"]
    parts += ["--today-complete"] if complete else []
    parts += [f"{option} {path.name}" for option, path in options.items() if path is not None]
    parts += [f"--rate {rate:g}"] if rate is not None else []
    parts += [f"--seed {seed}"] if seed else []
    return " ".join([*parts, f"--lang {language}"])


def _last_words(made: Pilot, output: Path, say: Sentences, *, json: bool) -> None:
    refused = sum(each.refused for each in made.quality)
    if json:
        terminal.emit(with_refused(made, made.refused))
    else:
        done = say(
            "done", report=output, nights=whole(made.nights), crossings=whole(made.workload.crossings),
            theirs=whole(made.workload.theirs), ours=whole(made.workload.ours), both=whole(made.square.both.crossings),
        )  # fmt: skip
        terminal.out.print(done, markup=False)
        terminal.out.print(say("found_so", found=whole(made.kept.found), kept=whole(made.kept.kept)), markup=False)
        show_refused(made.refused, say)
    if made.refused:
        told = say("refused_so", refused=whole(refused), rows=whole(made.today.refused), unread=whole(len(made.unread)))
        terminal.err.print(told, markup=False)
        raise typer.Exit(terminal.FOUND)


def _wrong(say: Sentences, code: str, **fields: object) -> NoReturn:
    terminal.fail(escape(say(code, **fields)), to_do=say(f"{code}_do", **fields))
