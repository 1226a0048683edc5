"""Every sentence exists in English and in Spanish, with the same fields."""

from __future__ import annotations

import re
import string
import tomllib
from pathlib import Path

import pytest

from aforo.domain.declaration import TRADE_PROGRAMMES
from aforo.domain.text import catalogue

PACKAGE = Path(__file__).resolve().parents[2] / "src" / "aforo"
ENGLISH = sorted(PACKAGE.rglob("messages.en.toml"))
SPANISH = sorted(PACKAGE.rglob("messages.es.toml"))


def fields(template: str) -> set[str]:
    """The names that a template wants filled in."""
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


def name(path: Path) -> str:
    return path.parent.relative_to(PACKAGE).as_posix()


def test_there_are_catalogues_and_each_has_both_languages() -> None:
    assert ENGLISH
    assert [path.parent for path in ENGLISH] == [path.parent for path in SPANISH]


@pytest.mark.parametrize("path", ENGLISH, ids=name)
def test_the_languages_agree(path: Path) -> None:
    english = tomllib.loads(path.read_text(encoding="utf-8"))
    spanish = tomllib.loads(path.with_name("messages.es.toml").read_text(encoding="utf-8"))
    assert english.keys() == spanish.keys()
    for code, template in english.items():
        assert isinstance(template, str), f"{code}: a catalogue is a flat table"
        assert isinstance(spanish[code], str), f"{code}: a catalogue is a flat table"
        assert template.strip(), code
        assert spanish[code].strip(), code
        assert fields(template) == fields(spanish[code]), code


@pytest.mark.parametrize("path", ENGLISH, ids=name)
def test_no_field_is_positional(path: Path) -> None:
    for code, template in tomllib.loads(path.read_text(encoding="utf-8")).items():
        assert all(field.isidentifier() for field in fields(template)), code


def test_a_programme_that_is_not_known_is_told_with_those_that_are() -> None:
    told = catalogue("aforo.intake").template("programme_unknown")
    for programme in TRADE_PROGRAMMES:
        assert programme in told.en
        assert programme in told.es


PAGES = sorted((PACKAGE.parents[1] / "web" / "messages").glob("*.en.toml"))


#: A number before a word in the plural: `{count} trucks`. After `of` there are always several.
COUNTED = re.compile(r"(?<!of )(?<!de )(?<!los )(?<!Los )(?<!All )\{(\w+)\} (?:[a-zá-ú]+ )?([a-zá-ú]{2,}s)\b")
#: Words in -s after a field that count nothing, or of which there is never a single one.
EVEN = {"is", "las", "más", "times", "veces", "minutos", "rests", "sees"}


def uneven(text: str) -> list[str]:
    """What a sentence counts in the plural alone."""
    return [f"{{{name}}} {word}" for name, word in COUNTED.findall(text) if word not in EVEN]


def test_a_sentence_that_counts_in_the_plural_alone_is_seen() -> None:
    assert uneven("{total} alerts, truck by truck") == ["{total} alerts"]
    assert uneven("{total} {total:alert|alerts}, truck by truck") == []


@pytest.mark.parametrize("lang", ["en", "es"])
def test_every_page_of_the_console_speaks_of_one_as_of_one(lang: str) -> None:
    found = []
    for path in PAGES:
        said = tomllib.loads(path.with_name(path.name.replace(".en.", f".{lang}.")).read_text(encoding="utf-8"))
        found += [f"{path.name} {key}: {each}" for key, text in said.items() for each in uneven(text)]
    assert found == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name.removesuffix(".en.toml"))
def test_every_page_of_the_console_speaks_both_languages(path: Path) -> None:
    english = tomllib.loads(path.read_text(encoding="utf-8"))
    spanish = tomllib.loads(path.with_name(path.name.replace(".en.", ".es.")).read_text(encoding="utf-8"))
    assert english.keys() == spanish.keys()
    for code, template in english.items():
        assert template.strip(), code
        assert spanish[code].strip(), code
        assert fields(template) == fields(spanish[code]), code


def test_every_page_of_the_console_has_a_catalogue_and_none_is_left_over() -> None:
    assert PAGES
    sources = "".join(path.read_text(encoding="utf-8") for path in (PACKAGE.parents[1] / "web" / "src").rglob("*.ts*"))
    for path in PAGES:
        assert f"messages/{path.name}" in sources, f"{path.name}: no page speaks it"
        assert f"messages/{path.name.replace('.en.', '.es.')}" in sources, f"{path.name}: Spanish is not spoken"
