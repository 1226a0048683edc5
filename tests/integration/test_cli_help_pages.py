"""Every page of help: names of values, one name of an output, examples that parse, and Spanish for all of it."""

from __future__ import annotations

import io
import re
import shlex
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import redirect_stdout
from functools import cache
from typing import Any

import pytest
import typer
from rich.cells import cell_len
from typer.testing import CliRunner

from aforo.cli import commands, complete_app, help_pages, terminal
from aforo.cli.help_pages import examples, key_of, spanish, value_name


@cache
def tree() -> dict[str, Any]:
    """Every command and group, by the words that call it; the whole application is `aforo`."""
    return dict(walk(typer.main.get_command(complete_app()), ()))


def walk(command: Any, words: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    yield " ".join(words) or "aforo", command
    for name, child in getattr(command, "commands", {}).items():
        yield from walk(child, (*words, name))


def leaves() -> list[str]:
    return [path for path, command in tree().items() if not hasattr(command, "commands")]


def parameters() -> list[tuple[str, Any]]:
    """Every option and argument with the command that has it."""
    return [(path, parameter) for path, command in tree().items() for parameter in command.params]


@cache
def page(path: str, language: str, columns: int = 200) -> str:
    """The help of a command, as it is printed."""
    words = [] if path == "aforo" else path.split()
    told = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(told):
        patch.setenv("COLUMNS", str(columns))
        line = ["--lang", language, *words, "--help"]
        tree()["aforo"].main(line, prog_name="aforo", standalone_mode=False)
    terminal.expect("")
    return told.getvalue()


@pytest.fixture
def in_spanish() -> Iterator[None]:
    terminal.expect("es")
    yield
    terminal.expect("")


def test_the_tree_is_walked_as_a_whole() -> None:
    assert set(commands.COMMANDS) < set(tree())
    assert len(leaves()) > 150


def test_the_names_of_values_are_in_lower_case_and_none_is_the_word_of_a_type() -> None:
    raised = [(path, each.name) for path, each in parameters() if each.metavar and each.metavar != each.metavar.lower()]
    assert raised == []
    for path in tree():
        for line in page(path, "en").splitlines():
            if found := re.match(
                r"│ (?:\* +)?(?:--\S+ +)?(?:-\w +)?([A-Z]{2,}\b|<(?:str|bool|int|float|path)\b)", line
            ):
                pytest.fail(f"{path}: {found[0]}")
            assert "[OPTIONS]" not in line, path


def test_an_error_names_a_value_as_the_page_does() -> None:
    for language, name, usage, word in (
        ("en", "file", "[options] {file}...", "file is missing"),
        ("es", "archivo", "[opciones] {archivo}...", "Falta archivo"),
    ):
        done = CliRunner().invoke(complete_app(), ["--lang", language, "check"], env={"COLUMNS": "100"})
        assert done.exit_code == 2
        assert usage in done.output
        assert word in done.output
        assert f"{name} " in page("check", language)


def test_an_output_has_one_name_everywhere() -> None:
    written = [(path, set(each.opts)) for path, each in parameters() if {"-o", "--out", "--output"} & set(each.opts)]
    assert len(written) > 20
    assert [each for each in written if each[1] != {"-o", "--out"}] == []


def test_the_former_name_of_an_output_still_works_and_no_page_has_it(tmp_path: Any) -> None:
    for words in (["--output", "a.csv"], ["--output=a.csv"], ["--out", "a.csv"], ["-o", "a.csv"]):
        (tmp_path / "a.csv").unlink(missing_ok=True)
        line = [sys.executable, "-m", "aforo", "world", *words, "--weeks", "1", "--rows-per-week", "50"]
        done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, timeout=120)
        assert (done.returncode, (tmp_path / "a.csv").is_file()) == (0, True), done.stderr
    assert not re.search(r"--output\b", "".join(page(path, "en") for path in tree()))


@pytest.mark.parametrize("path", leaves())
def test_a_command_has_examples_and_its_own_parser_takes_them(path: str) -> None:
    found = examples().get(path, [])
    assert 1 <= len(found) <= 3
    for each in found:
        assert set(each) <= {"run", "en", "es"}
        assert ("en" in each) == ("es" in each), each
        assert len(each["run"]) <= help_pages.WIDEST - 4, each["run"]
        # The shell's part of the line, `> FILE` or `< FILE`, is none of the command's.
        words = shlex.split(re.sub(r" [<>] \S+$", "", each["run"]))
        assert words[: 1 + len(path.split())] == ["aforo", *path.split()]
        terminal.expect("")
        command, rest = tree()[path], words[1 + len(path.split()) :]
        # Makes every value of the line, and runs nothing.
        with command.make_context(path, rest, parent=typer.Context(tree()["aforo"], info_name="aforo")) as context:
            assert not context.args
        assert each["run"] in page(path, "en")
        if "en" in each:
            assert f"# {each['en']}" in page(path, "en")
            assert f"# {each['es']}" in page(path, "es")
            assert max(len(each["en"]), len(each["es"])) <= help_pages.WIDEST - 6


def test_an_example_that_the_parser_refuses_is_seen() -> None:
    for wrong in (["--nope"], ["a", "--kind", "nothing"], ["a", "b", "c"]):
        with pytest.raises(typer.BadParameter.__mro__[1]):
            tree()["seal register"].make_context("seal register", wrong)


def test_examples_are_of_commands() -> None:
    assert set(examples()) <= set(tree())
    runs = Counter(each["run"] for found in examples().values() for each in found)
    assert [run for run, count in runs.items() if count > 1] == []
    assert [run for run in runs if not run.startswith("aforo ") or run.split()[1] not in commands.COMMANDS] == []


def test_every_command_option_and_argument_has_spanish(in_spanish: None) -> None:
    lacking = [path for path in tree() if path != "aforo" and not spanish().get(path, {}).get("help", "").strip()]
    lacking += [
        f"{path} {key_of(each)}"
        for path, each in parameters()
        if not (help_pages.translation(path, each) or "").strip()
    ]
    assert lacking == []


def test_no_spanish_is_of_nothing() -> None:
    shared = {each.help for _, each in parameters()} | {"Show this message and exit."}
    stale = [sentence for sentence in spanish()["shared"] if sentence not in shared]
    for path, own in spanish().items():
        if path in ("values", "shared"):
            continue
        keys = {key_of(each): each.help for each in tree()[path].params} if path in tree() else {}
        stale += [f"{path} {key}" for key in own if key not in keys and (key != "help" or path not in tree())]
        # What is shared is said once.
        stale += [f"{path} {key}: shared" for key in own if keys.get(key) in spanish()["shared"]]
    assert stale == []


def test_the_names_of_values_have_spanish_and_none_is_of_nothing() -> None:
    names = spanish()["values"]
    shown = {"options", "command", "args"}
    terminal.expect("en")
    for path, command in tree().items():
        for each in help_pages.localised(command, typer.Context(command, info_name=path), path).params:
            shown |= set(help_pages.WORD.findall(each.metavar or ""))
    assert shown - set(names) == set()
    assert set(names) - shown == set()
    terminal.expect("es")
    assert all(value_name(value_name(name)) == value_name(name) == names[name] for name in names)
    terminal.expect("")


@pytest.mark.parametrize("language", ["en", "es"])
def test_no_word_of_a_page_is_cut(language: str) -> None:
    cut = []
    for path, command in tree().items():
        words = set(page(path, language).replace("│", " ").split())
        terminal.expect(language)
        told = help_pages.localised(command, typer.Context(command, info_name=path), path)
        for sentence in (told.help, *(each.help for each in told.params)):
            cut += [(path, word) for word in (sentence or "").split() if word not in words]
    terminal.expect("")
    assert cut == []


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_page_is_narrow_enough_and_in_one_language(language: str) -> None:
    known = {each.help for _, each in parameters()} | {command.help for command in tree().values()}
    sentences = {each.split("\n")[0] for each in known if each and len(each.split("\n")[0]) < 60}
    for path in tree():
        for columns in (80, 200):
            told = page(path, language, columns)
            assert max(cell_len(line) for line in told.splitlines()) <= min(columns, 100), path
        one_line = " ".join(told.replace("│", " ").split())
        if language == "es":
            assert "Uso:" in told
            english = [each for each in sentences if f" {each} " in f" {one_line} "]
            assert english == [], path
        assert ("Ejemplos" in told) == (language == "es" and path in examples())
        assert ("─ Examples ─" in told) == (language == "en" and path in examples())


def test_catalogues_of_help_are_read_for_help_alone(tmp_path: Any) -> None:
    program = (
        "import sys; from aforo.cli import main, help_pages\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(help_pages.examples.cache_info().misses, help_pages.spanish.cache_info().misses)"
    )
    for words, read in (
        (["lists", "show", "--lang", "es", "--lists", str(tmp_path)], "0 0"),
        (["--lang", "es", "lists", "--help"], "1 1"),
        (["lists", "show", "--help"], "1 0"),
    ):
        run = [sys.executable, "-c", program, *words]
        done = subprocess.run(run, capture_output=True, text=True, timeout=120, env={"PATH": "/usr/bin"})
        assert done.stdout.splitlines()[-1] == read, (words, done.stderr)


def test_a_page_is_not_wider_where_it_is_piped() -> None:
    for language in ("en", "es"):
        run = [sys.executable, "-m", "aforo", "--help", "--lang", language]
        done = subprocess.run(run, capture_output=True, text=True, timeout=120, env={"PATH": "/usr/bin"})
        assert max(cell_len(line) for line in done.stdout.splitlines()) == 100
