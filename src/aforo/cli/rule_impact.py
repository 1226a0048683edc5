"""`aforo rules impact`: what a draft would have changed on history, before it is activated."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np
import polars as pl
import typer
from rich.markup import escape
from rich.table import Table

from aforo.cli import terminal
from aforo.cli.language import LanguageOption, Sentences
from aforo.domain.declaration import ENTITY_KINDS
from aforo.domain.table import LABEL_SCHEMA
from aforo.domain.threat import THREATS
from aforo.domain.units import MICRO, Int64Array, any_of_ppb, probability_ppb, to_micro
from aforo.flow.crossings import name_crossings
from aforo.flow.selection import ThreatLine
from aforo.intake import declarations
from aforo.intake import mapping as mappings
from aforo.log.keys import KeyStore
from aforo.measures.groups import categories
from aforo.measures.intervals import Interval
from aforo.risk import artefacts as risk_artefacts
from aforo.risk.assess import assess
from aforo.risk.rules import RuleDocument, RuleError, RuleSet, parse
from aforo.risk.rules.condition import PACKAGE
from aforo.risk.rules.impact import History, Impact
from aforo.risk.rules.impact import impact as impact_of
from aforo.routing import policy as policies
from aforo.routing.decide import value_of
from aforo.settings import settings


class Scores(msgspec.Struct, frozen=True):
    """The history's log-odds by threat without the draft, and the probability before any rule, by declaration row."""

    log_odds: Int64Array
    before_rules_ppb: Int64Array


class _Line(msgspec.Struct):
    """What is needed of a selection's line."""

    declaration_id: str
    threats: dict[str, ThreatLine]


def impact(
    draft: Annotated[Path, typer.Argument(metavar="DRAFT", help="A document with one rule, TOML or JSON.")],
    history: Annotated[Path, typer.Argument(metavar="HISTORY", help="A history of declarations.")],
    model: Annotated[
        Path | None, typer.Option("--model", "-m", help="Score the history with this model and its memory.")
    ] = None,
    selections: Annotated[
        Path | None, typer.Option(help="Take the scores of this selection (NDJSON), as a backtest writes it.")
    ] = None,
    rate: Annotated[float, typer.Option(min=0.0, max=1.0, help="The share of crossings that is examined.")] = 0.05,
    label: Annotated[str | None, typer.Option(help="The column that is the outcome.")] = None,
    mapping: Annotated[Path | None, typer.Option(help="A TOML document that renames the history's columns.")] = None,
    keys: Annotated[str | None, typer.Option(help="The key store that the model's memory was made with.")] = None,
    language: LanguageOption = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Say on how many crossings a draft would have fired, what it would have added and removed, found and missed.

    The draft is valid at all times here. If another version of it was in force, its named contributions are replaced.
    """
    say = Sentences(PACKAGE, language)
    rule = _draft(draft, say)
    try:
        table, labels = _read(history, mapping, label)
        if table.height == 0:
            terminal.fail(say("history_bad"), where=escape(str(history)))
        scores = _scores(table, rule, model, selections, keys, say)
    except (OSError, mappings.MappingError, risk_artefacts.DamagedArtefactError) as wrong:
        terminal.fail(say("no_file"), where=escape(str(wrong)), to_do=say("no_file_do"))
    made = impact_of(rule.code, _by_crossing(table, labels, rule, scores), rate)
    if as_json:
        terminal.emit(made)
        return
    _show(made, say)
    if model is not None:
        terminal.out.print(say("model_seen"), markup=False)


def _draft(draft: Path, say: Sentences) -> RuleDocument:
    try:
        rules = parse(draft.read_bytes(), draft.name)
    except OSError as wrong:
        terminal.fail(say("no_file"), where=escape(f"{draft}: {wrong.strerror}"), to_do=say("no_file_do"))
    except RuleError as wrong:
        terminal.fail(escape(say.of(wrong.text)), where=escape(str(draft)), to_do=say("rule_do"))
    if len(rules) != 1:
        terminal.fail(say("one_rule", rules=len(rules)), where=escape(str(draft)))
    return msgspec.structs.replace(rules[0], valid_from=None, valid_until=None)


def _read(history: Path, mapping: Path | None, label: str | None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The history's table and labels (all null where the file has none), in order of filing."""
    tables, labels = [], []
    rules = None if mapping is None else mappings.load(mapping)
    with terminal.progress(history.name) as advance:
        for batch in declarations.read(history, mapping=rules, label=label):
            tables.append(batch.table)
            nothing = pl.DataFrame(schema=LABEL_SCHEMA).clear(batch.table.height)
            labels.append(nothing if batch.labels is None else batch.labels)
            advance(batch.records)
    table, told = pl.concat(tables), pl.concat(labels)
    order = table["filed_at"].arg_sort()
    return table[order], told[order]


def _scores(
    table: pl.DataFrame,
    rule: RuleDocument,
    model: Path | None,
    selections: Path | None,
    keys: str | None,
    say: Sentences,
) -> Scores | None:
    if selections is not None:
        return _selected_scores(table, rule, selections, say)
    if model is None:
        return None
    folder = risk_artefacts.load(model)
    key_store = KeyStore(settings(None, keys).keys)
    try:
        identities = {kind: key_store.identity_hashes(kind, table[f"{kind}_id"].to_list()) for kind in ENTITY_KINDS}
    finally:
        key_store.close()
    with terminal.progress(model.name):
        log_odds = assess(folder.memory().features(table, identities), folder.artefacts).log_odds
    return Scores(log_odds, any_of_ppb(probability_ppb(log_odds)))


def _selected_scores(table: pl.DataFrame, rule: RuleDocument, selections: Path, say: Sentences) -> Scores:
    """Scores as they were at the time: the recorded log-odds, without what another version of this rule added."""
    place = {name: row for row, name in enumerate(table["declaration_id"].to_list())}
    log_odds = np.zeros((table.height, len(THREATS)), dtype=np.int64)
    by_rules = np.zeros_like(log_odds)
    seen = np.zeros(table.height, dtype=np.bool_)
    decoder = msgspec.json.Decoder(_Line)
    with terminal.progress(selections.name, table.height) as advance, selections.open("rb") as stream:
        for number, text in enumerate(stream, start=1):
            try:
                line = decoder.decode(text)
            except (msgspec.DecodeError, msgspec.ValidationError):
                terminal.fail(say("selections_bad", line=number), where=escape(str(selections)))
            row = place.get(line.declaration_id)
            if row is None:
                continue
            seen[row] = True
            for k, threat in enumerate(THREATS):
                told = line.threats.get(threat)
                if told is None:
                    continue
                inside = min(max(told.probability, 1e-9), 1.0 - 1e-9)
                total = to_micro(np.array([np.log(inside) - np.log1p(-inside)]))[0]
                rules = [e for e in told.evidence if e.source.startswith("rule")]
                own = sum(round(e.log_odds * MICRO) for e in rules if e.code.partition("@")[0] == rule.id)
                by_rules[row, k] = sum(round(e.log_odds * MICRO) for e in rules) - own
                log_odds[row, k] = total - own
            advance(1)
    if not seen.all():
        terminal.fail(
            say("selections_missing", missing=int((~seen).sum()), rows=table.height), where=escape(str(selections))
        )
    return Scores(log_odds, any_of_ppb(probability_ppb(log_odds - by_rules)))


def _by_crossing(table: pl.DataFrame, labels: pl.DataFrame, rule: RuleDocument, scores: Scores | None) -> History:
    """The history by crossing: the highest value and any finding of its declarations speak for it."""
    instant: datetime = table["filed_at"][-1]
    no_score = np.zeros(table.height, dtype=np.int64)
    hits = RuleSet.compile([rule]).evaluate(table, scores.before_rules_ppb if scores else no_score, instant)
    names = name_crossings(table, lambda _: {})
    first: dict[str, int] = {}
    crossing = np.array([first.setdefault(name, len(first)) for name in names], dtype=np.int64)
    speaks = np.unique(crossing, return_index=True)[1]
    fired_rows = np.zeros(table.height, dtype=np.bool_)
    fired_rows[hits.fired_rows[rule.code]] = True

    def any_of(rows: np.typing.NDArray[np.bool_]) -> np.typing.NDArray[np.bool_]:
        return np.bincount(crossing, rows, len(first)) > 0

    def value(log_odds: Int64Array) -> Int64Array:
        policy = policies.parse(policies.default_document())
        programme = [policy.programme_micro(each) for each in table["trade_programme"].to_list()]
        worth = value_of(probability_ppb(log_odds), policy.harm_minutes(), np.array(programme, dtype=np.int64))
        highest = np.full(len(first), np.iinfo(np.int64).min, dtype=np.int64)
        np.maximum.at(highest, crossing, worth)
        return highest

    known = labels["outcome"].is_not_null().to_numpy()
    return History(
        fired=any_of(fired_rows),
        before=None if scores is None else value(scores.log_odds),
        after=None if scores is None else value(scores.log_odds + hits.log_odds()),
        mandatory_before=np.zeros(len(first), dtype=np.bool_),
        mandatory_after=any_of(hits.mandatory_rows()),
        known=any_of(known),
        violation=any_of(labels["outcome"].fill_null(False).to_numpy()),
        groups={
            "programme": categories(table["trade_programme"][speaks].to_list()),
            "origin": categories(table["origin"][speaks].to_list()),
        },
    )


def _range(interval: Interval | None) -> str:
    if interval is None or interval.value is None:
        return "–"
    return f"{100 * interval.value:.3g} % ({100 * interval.low:.3g}–{100 * interval.high:.3g})"


def _show(made: Impact, say: Sentences) -> None:
    for sentence in made.words:
        terminal.out.print(say.of(sentence), markup=False)
    if made.base_rate.value is not None:
        right = say("impact_fires_right", precision=_range(made.fired_precision), base=_range(made.base_rate))
        terminal.out.print(right, markup=False)
    scored = made.added is not None
    for name, groups in made.by.items():
        if not groups:
            continue
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        table.add_column(say(f"group_{name}"))
        for column in ("crossings", "fired", *(("added", "removed", "false") if scored else ())):
            table.add_column(say(f"group_{column}"), justify="right")
        for group in groups:
            changes = (
                f"{group.added:,}",
                f"{group.removed:,}",
                f"{_range(group.false_before)} → {_range(group.false_after)}",
            )
            cells = (f"{group.crossings:,}", _range(group.fired), *(changes if scored else ()))
            table.add_row(escape(group.group), *cells)
        terminal.out.print(table)
