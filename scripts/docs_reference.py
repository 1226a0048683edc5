"""The pages of the reference that are made from the code: commands, events, documents, tables, sentences."""

import inspect
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import typer.main

from aforo.cli import complete_app
from aforo.cli.help_pages import examples
from aforo.domain import declaration, event, table
from aforo.risk.rules import condition, document
from aforo.routing import policy

REFERENCE = Path(__file__).resolve().parent.parent / "docs" / "reference"
SOURCES = Path(__file__).resolve().parent.parent / "src" / "aforo"
NOTE = "*Made from the code by `scripts/docs_reference.py`.*"


def cell(value: object) -> str:
    """A value as the content of one cell of a Markdown table."""
    return str(value).replace("|", "\\|").replace("\n", " ").strip()


def rows(header: tuple[str, ...], body: list[tuple[object, ...]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    lines += ["| " + " | ".join(cell(value) for value in row) + " |" for row in body]
    return "\n".join(lines)


def prose(documented: object) -> str:
    return inspect.cleandoc(getattr(documented, "__doc__", None) or "")


def type_name(annotation: Any) -> str:
    """A type as a reader writes it."""
    if isinstance(annotation, type) and not getattr(annotation, "__args__", None):
        return annotation.__name__
    return str(annotation).replace("typing.", "").replace("aforo.domain.", "").replace("datetime.", "")


def walk(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every command that does something, with the words that call it."""
    children = getattr(command, "commands", {})
    if not children:
        yield path, command
    for name, child in children.items():
        yield from walk(child, f"{path} {name}")


def default_of(parameter: Any) -> str:
    default = parameter.default
    if default is None or default is False or default == () or callable(default) or parameter.required:
        return ""
    return f"`{default}`"


def commands() -> str:
    """Every command with its arguments and options, as `--help` tells them."""
    parts = ["# Commands", NOTE, "Exit 0: done. Exit 1: a finding, or a check that failed. Exit 2: wrong use."]
    for path, command in walk(typer.main.get_command(complete_app()), "aforo"):
        words = []
        body: list[tuple[object, ...]] = []
        for parameter in command.params:
            if parameter.name == "help" or getattr(parameter, "hidden", False):
                continue
            argument = parameter.param_type_name == "argument"
            shown = (parameter.metavar or parameter.name) if argument else ", ".join(parameter.opts)
            if argument:
                words.append(
                    (f"{{{shown}}}" if parameter.required else f"[{shown}]") + ("…" if parameter.nargs == -1 else "")
                )
            need = "required" if parameter.required else default_of(parameter)
            body.append((f"`{shown}`", getattr(parameter, "help", None) or "", need))
        parts.append(f"## `{path}`")
        parts.append("```text\n" + " ".join([path, *words, "[options]"]) + "\n```")
        parts.append(inspect.cleandoc(command.help or "").replace("\f", ""))
        if body:
            parts.append(rows(("argument or option", "what it is", "default"), body))
        lines = []
        for example in examples()[path.removeprefix("aforo ")]:
            lines += [f"# {example['en']}"] if "en" in example else []
            lines.append(example["run"])
        parts.append("```sh\n" + "\n".join(lines) + "\n```")
    return "\n\n".join(parts)


def fields(struct: type[msgspec.Struct]) -> str:
    """The fields of a frozen type: name, type, whether it may be absent."""
    return rows(
        ("field", "type", ""),
        [
            (f"`{field.encode_name}`", f"`{type_name(field.type)}`", "" if field.required else "may be absent")
            for field in msgspec.structs.fields(struct)
        ],
    )


def events() -> str:
    """The envelope and every payload."""
    parts = ["# Events", NOTE, prose(event), "## The envelope", prose(event.Event), fields(event.Event)]
    for name, payload in sorted(event.PAYLOADS.items()):
        parts += [f"## `{name}`", f"Schema {payload.SCHEMA}. {prose(payload)}"]
        if msgspec.structs.fields(payload):
            parts.append(fields(payload))
    return "\n\n".join(parts)


def declaration_table() -> str:
    """The columns of the declaration table, and which of them are personal."""

    def columns(schema: dict[str, Any]) -> str:
        return rows(
            ("column", "type", "personal"),
            [
                (f"`{name}`", kind, f"sealed under the {whose}'s key" if whose else "")
                for name, kind in schema.items()
                for whose in [declaration.PERSONAL_FIELDS.get(name, "")]
            ],
        )

    return "\n\n".join(
        [
            "# The declaration table",
            NOTE,
            prose(declaration.Declaration),
            prose(table),
            columns(table.DECLARATION_SCHEMA),
            "Values that a code list closes: "
            f"`trade_programme` is one of {', '.join(f'`{name}`' for name in declaration.TRADE_PROGRAMMES)}; "
            f"`lane` is one of {', '.join(f'`{name}`' for name in declaration.LANES)}.",
            "## What a history adds",
            "Never a feature: these are known only after the event.",
            columns(table.LABEL_SCHEMA),
        ]
    )


def policy_document() -> str:
    """Every figure of the policy document that ships, with its source."""
    default = policy.parse(policy.default_document())
    return "\n\n".join(
        [
            "# The policy document",
            NOTE,
            prose(policy),
            prose(policy.Policy),
            f"Figures of the document that ships (`{default.name}`, version {default.version}):",
            rows(
                ("figure", "value", "source"),
                [(f"`{path}`", value, source) for path, value, source in policy.figures(default)],
            ),
            "## The document",
            "```toml\n" + policy.default_document().decode("utf-8").strip() + "\n```",
        ]
    )


def rule_documents() -> str:
    """What a rule document holds, what a condition may name, and the rules that ship."""
    parts = ["# Rule documents", NOTE, prose(document), prose(document.RuleDocument), fields(document.RuleDocument)]
    parts += ["## A band", prose(document.Band), fields(document.Band)]
    names: list[tuple[object, ...]] = [(f"`{name}`", kind) for name, kind in condition.FIELDS.items()]
    functions = ", ".join(f"`{name}`" for name in sorted(condition.FUNCTIONS))
    parts += ["## What a condition may name", rows(("field", "type"), names), f"Functions: {functions}."]
    parts.append("## The rules that ship")
    for rule in document.default_rules():
        parts += [
            f"### {rule.id}",
            f"`{rule.condition}`",
            f"{rule.reason.en} *{rule.reason.es}*",
            f"Source: {rule.source}",
        ]
    return "\n\n".join(parts)


def messages() -> str:
    """Every sentence of the catalogues in both languages."""
    parts = ["# Sentences", NOTE, "Every code with what it says in English and in Spanish; `{…}` is filled in."]
    for path in sorted(SOURCES.rglob("messages.en.toml")):
        english = tomllib.loads(path.read_text(encoding="utf-8"))
        spanish = tomllib.loads(path.with_name("messages.es.toml").read_text(encoding="utf-8"))
        parts.append(f"## {path.parent.relative_to(SOURCES).as_posix()}")
        parts.append(
            rows(("code", "English", "español"), [(f"`{code}`", english[code], spanish[code]) for code in english])
        )
    return "\n\n".join(parts)


#: Page → what writes it.
PAGES: dict[str, Callable[[], str]] = {
    "commands.md": commands,
    "declaration-table.md": declaration_table,
    "events.md": events,
    "messages.md": messages,
    "policy.md": policy_document,
    "rules.md": rule_documents,
}

#: Pages that guides link to: they are in the repository too, so that a reader of a clone finds them. A test holds them
#: to the code; this program writes them anew.
COMMITTED = ("declaration-table.md", "rules.md")


def main() -> None:
    """Writes the committed pages."""
    for name in COMMITTED:
        (REFERENCE / name).write_text(PAGES[name]().rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
