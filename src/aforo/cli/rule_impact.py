"""`aforo rules impact`: what a draft would have changed on history, before it is activated."""

from __future__ import annotations

import math
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np
import polars as pl
import typer
from rich.markup import escape
from rich.table import Table

from aforo.bootstrap import in_force as in_force_of
from aforo.cli import terminal
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import Store, log_if_there, refusals
from aforo.cli.refused_rows import leave_refused, show_refused, with_refused
from aforo.domain.declaration import ENTITY_KINDS
from aforo.domain.input_refusal import RefusedRows, RefusedTally
from aforo.domain.table import LABEL_SCHEMA
from aforo.domain.text import Text, catalogue
from aforo.domain.threat import THREATS
from aforo.domain.units import MICRO, Int64Array
from aforo.flow.crossings import name_crossings
from aforo.flow.selection import ThreatLine
from aforo.intake import declarations
from aforo.intake import mapping as mappings
from aforo.log.artefacts import ArtefactChangedError, ArtefactMissingError
from aforo.log.keys import KeyStore
from aforo.log.store import StoreMissingError
from aforo.measures.intervals import Interval
from aforo.risk import artefacts as risk_artefacts
from aforo.risk.columns import crossing_keys
from aforo.risk.rules import RuleDocument, RuleError, RuleSet, parse
from aforo.risk.rules.condition import PACKAGE
from aforo.risk.rules.impact import Impact
from aforo.risk.rules.impact import impact as impact_of
from aforo.risk.rules.recorded import RecordedRules
from aforo.routing import policy as policies
from aforo.routing.policy import Policy, PolicyError
from aforo.settings import Settings, settings
from aforo.trials.drafts import Judge, by_log_odds, by_model, history_with, unscored


@dataclass(frozen=True)
class InForce:
    """What the draft is compared with: the rules and the policy in force, and the store they are in force in (None:
    those that ship with the product).
    """

    rules: RuleSet
    policy: Policy
    store: str | None


class _Line(msgspec.Struct):
    """What is needed of a selection's line."""

    declaration_id: str
    threats: dict[str, ThreatLine]


def impact(
    draft: Annotated[Path, typer.Argument(metavar="draft", help="A document with one rule, TOML or JSON.")],
    history: Annotated[Path, typer.Argument(metavar="history", help="A history of declarations.")],
    model: Annotated[
        Path | None, typer.Option("--model", "-m", help="Score the history with this model and its memory.")
    ] = None,
    selections: Annotated[
        Path | None, typer.Option(help="Take the scores of this selection (NDJSON), as a backtest writes it.")
    ] = None,
    rate: Annotated[float, typer.Option(min=0.0, max=1.0, help="The share of crossings that is examined.")] = 0.05,
    label: Annotated[str | None, typer.Option(help="The column that is the outcome.")] = None,
    mapping: Annotated[Path | None, typer.Option(help="A TOML document that renames the history's columns.")] = None,
    store: Store = None,
    keys: Annotated[
        str | None, typer.Option(help="The key store of the log, with which the model's memory was made as well.")
    ] = None,
    language: LanguageOption = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Say on how many crossings a draft would have fired, what it would have added and removed, found and missed.

    The history is judged with the rules and the policy that are in force in the log now (those that ship, where there
    is none), and again with the draft beside them, in place of another version of it. The draft is valid at all times
    here. What was not examined counts as unknown, and what was weighs by the inverse of its propensity where the
    history has one. Exit 1 where rows of the history could not be read: the figures lack them.
    """
    say = Sentences(PACKAGE, language)
    rule = _draft(draft, say)
    places = settings(store, keys)
    in_force = _in_force(places, say)
    try:
        table, labels, refused = _read(history, mapping, label)
        if table.height == 0:
            terminal.fail(say("history_bad"), where=escape(str(history)))
        judged = _judge(table, in_force.policy, model, selections, places.keys, say)
    except (mappings.MappingError, risk_artefacts.DamagedArtefactError) as wrong:
        terminal.fail(escape(say.of(wrong.text)), to_do=say("no_file_do"))
    except OSError as wrong:
        terminal.fail(say("no_file"), where=escape(str(wrong)), to_do=say("no_file_do"))
    made = impact_of(rule.code, history_with(rule, table, labels, in_force.rules, judged, datetime.now(UTC)), rate)
    made = msgspec.structs.replace(made, words=(*made.words, _against(in_force)))
    if as_json:
        terminal.emit(with_refused(made, refused))
        leave_refused(refused)
        return
    _show(made, say)
    show_refused(refused, say)
    if model is not None:
        terminal.out.print(say("model_seen"), markup=False)
    leave_refused(refused)


def _in_force(places: Settings, say: Sentences) -> InForce:
    """The rules and the policy of the log's active artefact set; those that ship where there is no log."""
    with refusals(places.store):
        try:
            with log_if_there(places.store, places.keys) as log:
                rules = RecordedRules(log).in_force()
                names = in_force_of(log)
                document = policies.default_document() if names is None else log.artefacts.get(names.policy)
                shown = log.database.shown
            return InForce(rules, policies.parse(document), shown)
        except StoreMissingError:
            return InForce(RuleSet.default(), policies.parse(policies.default_document()), None)
        except (RuleError, PolicyError) as wrong:
            terminal.fail(escape(say("in_force_unusable", why=wrong.text)), to_do=say("in_force_unusable_do"))
        except (ArtefactMissingError, ArtefactChangedError, msgspec.MsgspecError) as wrong:
            terminal.fail(escape(say("in_force_unusable", why=wrong)), to_do=say("in_force_unusable_do"))


def _against(in_force: InForce) -> Text:
    told = {"rules": len(in_force.rules.active), "policy": f"{in_force.policy.name} {in_force.policy.version}"}
    if in_force.store is None:
        return catalogue(PACKAGE).say("impact_against_shipped", **told)
    return catalogue(PACKAGE).say("impact_against", store=in_force.store, **told)


def _draft(draft: Path, say: Sentences) -> RuleDocument:
    try:
        rules = parse(draft.read_bytes(), draft.name)
    except OSError as wrong:
        terminal.fail(say("no_file"), where=escape(f"{draft}: {wrong.strerror}"), to_do=say("no_file_do"))
    except RuleError as wrong:
        terminal.fail(escape(say.of(wrong.text)), where=escape(str(draft)), to_do=say("rule_do"))
    if len(rules) != 1:
        terminal.fail(say("one_rule", rules=len(rules)), where=escape(str(draft)))
    return rules[0]


def _read(
    history: Path, mapping: Path | None, label: str | None
) -> tuple[pl.DataFrame, pl.DataFrame, tuple[RefusedRows, ...]]:
    """The history's table and labels (all null where the file has none), in order of filing; and its refused rows."""
    tables, labels, tally = [], [], RefusedTally("history", history.name)
    rules = None if mapping is None else mappings.load(mapping)
    with terminal.progress(history.name) as advance:
        for batch in declarations.read(history, mapping=rules, label=label):
            tables.append(batch.table)
            tally.add(len(batch.refused), batch.refusal_reasons)
            nothing = pl.DataFrame(schema=LABEL_SCHEMA).clear(batch.table.height)
            labels.append(nothing if batch.labels is None else batch.labels)
            advance(batch.records)
    table, told = pl.concat(tables), pl.concat(labels)
    order = np.argsort(table["filed_at"].to_physical().to_numpy(), kind="stable")
    return table[order], told[order], tally.refused


def _judge(
    table: pl.DataFrame, policy: Policy, model: Path | None, selections: Path | None, keys: str, say: Sentences
) -> Judge:
    """How the history is judged: by recorded scores where there are some, else by a model, else not at all."""
    if selections is not None:
        return by_log_odds(table, _recorded_log_odds(table, selections, say), policy)
    if model is None:
        return unscored(table)
    folder = risk_artefacts.load(model)
    with closing(KeyStore(keys)) as key_store:
        identities = {kind: key_store.identity_hashes(kind, table[f"{kind}_id"].to_list()) for kind in ENTITY_KINDS}
    with terminal.progress(model.name):
        crossing = crossing_keys(name_crossings(table, lambda _: {}))
        features = folder.memory().features(table, identities, crossing)
    return by_model(table, features, folder.artefacts, policy)


def _recorded_log_odds(table: pl.DataFrame, selections: Path, say: Sentences) -> Int64Array:
    """The log-odds of the time by declaration and threat, without what rules added to them. A threat of which a line
    says nothing is as good as excluded.
    """
    place = {name: row for row, name in enumerate(table["declaration_id"].to_list())}
    log_odds = np.full((table.height, len(THREATS)), _micro_log_odds(0.0), dtype=np.int64)
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
                by_rules = sum(round(e.log_odds * MICRO) for e in told.evidence if e.source == "rule")
                log_odds[row, k] = _micro_log_odds(told.probability) - by_rules
            advance(1)
    if not seen.all():
        terminal.fail(
            say("selections_missing", missing=int((~seen).sum()), rows=table.height), where=escape(str(selections))
        )
    return log_odds


def _micro_log_odds(probability: float) -> int:
    """The log-odds in millionths of a probability, which is told to a billionth."""
    inside = min(max(probability, 1e-9), 1.0 - 1e-9)
    return round(MICRO * (math.log(inside) - math.log1p(-inside)))


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
            table.add_row(escape(group.group) or "–", *cells)
        terminal.show(table)
