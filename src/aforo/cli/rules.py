"""`aforo rules`: list, check, add, promote and roll back rules, and say what a draft would have changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from aforo.cli import rule_impact, terminal
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import AsJson, Keys, Store, log_if_there, refusals
from aforo.domain.event import Stage
from aforo.log.keys import KeyStore
from aforo.log.origin import origin_of
from aforo.log.store import Log, StoreMissingError
from aforo.risk.rules import Registry, RuleDocument, RuleError, default_rules, parse
from aforo.risk.rules.condition import PACKAGE
from aforo.risk.rules.recorded import RecordedRules
from aforo.settings import settings

FileArgument = Annotated[Path, typer.Argument(metavar="file", help="A rule document, TOML or JSON.")]


class Step(StrEnum):
    """The stages that a rule is promoted to."""

    shadow = "shadow"
    active = "active"


_STAGES: dict[Step, Stage] = {Step.shadow: "shadow", Step.active: "active"}


def register(app: typer.Typer) -> None:
    """Add the group of commands to `app`."""
    group = typer.Typer(no_args_is_help=True, help="Rules: versioned, tried in shadow, approved by a second person.")
    group.command("list")(list_rules)
    group.command("check")(check)
    group.command("add")(add)
    group.command("promote")(promote)
    group.command("rollback")(rollback)
    group.command("impact")(rule_impact.impact)
    app.add_typer(group, name="rules")


@contextmanager
def _recorded(store: str | None, keys: str | None) -> Iterator[RecordedRules]:
    """The rules of the log at `store`, which is made where there is none."""
    places = settings(store, keys)
    with refusals(places.store), closing(KeyStore(places.keys)) as key_store, Log.open(places.store, key_store) as log:
        log.marks = origin_of(log)
        yield RecordedRules(log)


def read_documents(file: Path, say: Sentences, code: int = terminal.WRONG_USE) -> tuple[RuleDocument, ...]:
    """The rules of a file; leaves with an error in words where it cannot be read (2) or holds a wrong rule (`code`)."""
    try:
        return parse(file.read_bytes(), file.name)
    except OSError as wrong:
        terminal.fail(say("no_file"), where=escape(f"{file}: {wrong.strerror}"), to_do=say("no_file_do"))
    except RuleError as wrong:
        terminal.fail(escape(say.of(wrong.text)), where=escape(str(file)), to_do=say("rule_do"), code=code)


def list_rules(store: Store = None, keys: Keys = None, language: LanguageOption = "", as_json: AsJson = False) -> None:
    """List every version of every rule with its stage; those that ship with the product are active at first."""
    say = Sentences(PACKAGE, language)
    places = settings(store, keys)
    with refusals(places.store):
        try:
            with log_if_there(places.store, places.keys) as log:
                recorded = RecordedRules(log)
                registry = recorded.registry()
                documents = {version.hash: recorded.document(version) for version in registry.versions.values()}
        except StoreMissingError:
            registry = Registry.of((), shipped=default_rules())
            documents = {rule.hash(): rule for rule in default_rules()}
    listed = [
        (version, registry.stage_of(version), documents[version.hash])
        for _, version in sorted(registry.versions.items())
    ]
    if as_json:
        terminal.emit([{"stage": stage, "hash": version.hash, "rule": rule} for version, stage, rule in listed])
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in ("rule", "stage", "author", "condition"):
        table.add_column(say(f"list_{column}"), no_wrap=column == "rule")
    for _, stage, rule in listed:
        table.add_row(escape(rule.code), say(f"stage_{stage}"), escape(rule.author), escape(rule.condition))
    terminal.show(table)


def check(file: FileArgument, language: LanguageOption = "", as_json: AsJson = False) -> None:
    """Check a rule document: its form, condition, bands and texts. Exit 1 where something is wrong."""
    say = Sentences(PACKAGE, language)
    rules = read_documents(file, say, terminal.FOUND)
    if as_json:
        terminal.emit([{"rule": rule.code, "hash": rule.hash()} for rule in rules])
        return
    codes = ", ".join(rule.code for rule in rules)
    terminal.out.print(say("check_good", file=str(file), codes=codes), markup=False)


def add(
    file: FileArgument,
    by: Annotated[str, typer.Option(help="Who registers it.")],
    store: Store = None,
    keys: Keys = None,
    language: LanguageOption = "",
    as_json: AsJson = False,
) -> None:
    """Register a rule document as a draft, in the log."""
    say = Sentences(PACKAGE, language)
    rules = read_documents(file, say)
    with _recorded(store, keys) as recorded:
        for rule in rules:
            try:
                new = recorded.add(rule, by)
            except RuleError as wrong:
                terminal.fail(escape(say.of(wrong.text)), where=escape(str(file)))
            if as_json:
                terminal.emit({"rule": rule.code, "hash": rule.hash(), "registered": new})
            else:
                terminal.out.print(say("added_rule" if new else "already_rule", rule=rule.code), markup=False)


def promote(
    rule: Annotated[str, typer.Argument(help="The rule's id, or id@version; without a version the last registered.")],
    to: Annotated[Step, typer.Option(help="The stage: shadow first, then active.")],
    by: Annotated[str, typer.Option(help="Who approves: not the author.")],
    store: Store = None,
    keys: Keys = None,
    language: LanguageOption = "",
    as_json: AsJson = False,
) -> None:
    """Let a rule run in shadow, or activate it. The approver is never the author."""
    _step(rule, _STAGES[to], by, store, keys, language, as_json)


def rollback(
    rule: Annotated[str, typer.Argument(help="The rule's id, or id@version; without a version the last registered.")],
    by: Annotated[str, typer.Option(help="Who rolls back.")],
    reason: Annotated[str, typer.Option(help="Why; recorded in clear.")],
    store: Store = None,
    keys: Keys = None,
    language: LanguageOption = "",
    as_json: AsJson = False,
) -> None:
    """Stop a rule; the version that it had replaced is active again."""
    _step(rule, "rolled_back", by, store, keys, language, as_json, reason)


def _step(
    rule: str,
    stage: Stage,
    by: str,
    store: str | None,
    keys: str | None,
    language: str,
    as_json: bool,
    reason: str = "",
) -> None:
    say = Sentences(PACKAGE, language)
    name, _, version = rule.partition("@")
    with _recorded(store, keys) as recorded:
        try:
            now = recorded.promote(name, version or None, stage, by, reason)
        except RuleError as wrong:
            terminal.fail(escape(say.of(wrong.text)))
    code = f"{now.rule}@{now.version}"
    if as_json:
        terminal.emit({"rule": code, "stage": now.stage, "hash": now.hash})
    else:
        terminal.out.print(say("promoted_rule", rule=code, stage=say(f"stage_{now.stage}")), markup=False)
        terminal.out.print(say("taken_up"), markup=False)
