"""The help page is complete, grouped and quick, and the parser speaks the reader's language."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest
from typer.testing import CliRunner

from aforo.cli import commands, complete_app
from aforo.domain.text import catalogue


def shown(*arguments: str) -> tuple[int, str]:
    """The exit code and what a command line prints, in one line."""
    run = [sys.executable, "-m", "aforo", *arguments]
    done = subprocess.run(run, capture_output=True, text=True, timeout=120, env={"COLUMNS": "200", "PATH": "/usr/bin"})
    return done.returncode, " ".join((done.stdout + done.stderr).split())


@pytest.mark.parametrize(("language", "index"), [("en", 0), ("es", 1)])
def test_the_help_page_names_every_command_under_its_panel(language: str, index: int) -> None:
    code, page = shown("--help", "--lang", language)
    assert code == 0
    place = -1
    for panel, names in commands.PANELS.items():
        title = catalogue("aforo.cli").template(f"help_panel_{panel}")
        place = page.index(f"─ {(title.en, title.es)[index]} ─", place + 1)
        for name in names:
            sentence = catalogue("aforo.cli").template(f"help_{name}")
            place = page.index(f"│ {name} {(sentence.en, sentence.es)[index].split()[0]}", place + 1)


def test_every_module_of_a_command_is_on_the_help_page() -> None:
    registered = {each.name for each in complete_app().registered_commands}
    registered |= {each.name or each.typer_instance.info.name for each in complete_app().registered_groups}
    assert registered == set(commands.COMMANDS)
    assert len(commands.COMMANDS) == len(set(commands.COMMANDS))
    assert all(hasattr(import_module(f"aforo.cli.{name}"), "register") for name in commands.COMMANDS)


def test_the_help_page_imports_no_command() -> None:
    program = (
        "import sys; sys.argv = ['aforo', '--help']\n"
        "from aforo.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print([name for name in sys.modules if name in ('numpy', 'polars', 'numba', 'sqlalchemy', 'aforo.cli.serve')])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.strip().endswith("[]")


@pytest.mark.parametrize(
    ("line", "en", "es"),
    [
        (["chekc"], "No such command: chekc. Did you mean 'check'?", "No existe la orden chekc. ¿Quiso decir 'check'?"),
        (["xyzzy"], "No such command: xyzzy.", "No existe la orden xyzzy."),
        (["replay", "--nope"], "No such option: --nope", "No existe la opción --nope"),
        (["replay", "--stor", "x"], "--stor. Did you mean", "--stor. ¿Quiso decir"),
        (["replay", "--store"], "--store needs a value", "--store necesita un valor"),
        (["replay", "--json=3"], "--json takes no value", "--json no admite un valor"),
        (["doctor", "a", "b"], "Unexpected words: a b", "Sobran palabras: a b"),
    ],
)
def test_what_is_wrong_with_a_command_line_is_said_in_the_readers_language(line: list[str], en: str, es: str) -> None:
    for stated, sentence, usage, help_ in (("en", en, "Usage:", "for help"), ("es", es, "Uso:", "para ver la ayuda")):
        # The language counts wherever it is stated, and before what is wrong is met.
        done = CliRunner().invoke(complete_app(), ["--lang", stated, *line], env={"COLUMNS": "200"})
        said = " ".join(done.output.split())
        assert (done.exit_code, sentence in said) == (2, True), said
        if line == ["chekc"]:
            assert usage in said
            assert help_ in said


def test_a_command_speaks_the_language_stated_before_it() -> None:
    for line in (["--lang", "es", "replay"], ["replay", "--lang", "es"]):
        done = CliRunner().invoke(complete_app(), line, env={"LANG": "C", "LC_ALL": "C"})
        assert done.exit_code == 2
        assert "decisi" in done.output
