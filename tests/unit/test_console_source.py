"""The console's own source: nothing in it is left over, and the page of the design system shows every part."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path

import pytest

WEB = Path(__file__).resolve().parents[2] / "web"
SOURCES = {
    path.relative_to(WEB / "src").as_posix(): path.read_text(encoding="utf-8")
    for path in sorted((WEB / "src").rglob("*.ts*"))
    if "generated" not in path.parts
}
CATALOGUES = sorted((WEB / "messages").glob("*.en.toml"))
_EXPORT = re.compile(r"^export (?:async )?(?:const|let|function|class|interface|type) (\w+)", re.MULTILINE)
#: Keys that are put together where they are said: what comes before what is filled in, and what comes after.
_BEFORE, _AFTER = re.compile(r"`([\w-]+)\$\{"), re.compile(r"\}(_[\w-]+)`")
#: A family of keys, as the first thing that is told to what puts them together.
_FAMILY = re.compile(r"\w\('(\w+)', (?!\{)")
_KEY = re.compile(r"['\"`]([\w-]+)['\"`]")


def speakers(catalogue: str) -> str:
    """The sources that say a catalogue's sentences, in one text."""
    return "\n".join(text for text in SOURCES.values() if f"messages/{catalogue}.en.toml" in text)


def test_what_is_exported_is_used_elsewhere() -> None:
    unused = [
        f"{name}: {export}"
        for name, text in SOURCES.items()
        for export in _EXPORT.findall(text)
        if not any(re.search(rf"\b{export}\b", other) for own, other in SOURCES.items() if own != name)
    ]
    assert unused == []


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.name.removesuffix(".en.toml"))
def test_every_sentence_is_said(path: Path) -> None:
    name = path.name.removesuffix(".en.toml")
    # A part that is given the catalogue's voice says its sentences too: what is quoted anywhere may be such a key.
    text, everything = speakers(name), "\n".join(SOURCES.values())
    quoted = set(_KEY.findall(everything))
    quoted |= {each for pair in re.findall(r"\b(\w+):|\w\.(\w+)", text) for each in pair}
    begins = {*_BEFORE.findall(everything), *(f"{each}_" for each in _FAMILY.findall(everything))}
    ends = set(_AFTER.findall(text))
    unsaid = [
        key
        for key in tomllib.loads(path.read_text(encoding="utf-8"))
        if key not in quoted
        and not any(f"{key[: at + 1]}" in begins for at, letter in enumerate(key) if letter == "_")
        and not any(key.endswith(end) for end in ends)
    ]
    assert unsaid == []


def voices(name: str) -> dict[str, set[str]]:
    """By what says sentences in a source: the keys of the catalogue that it says, its own or another source's."""
    text, found = SOURCES[name], {}
    own = re.search(r"messages/([\w-]+)\.en\.toml", text)
    for voice in re.findall(r"^(?:export )?const (\w+) = catalogue\(", text, re.MULTILINE) if own else ():
        found[voice] = set(tomllib.loads((WEB / "messages" / f"{own[1]}.en.toml").read_text(encoding="utf-8")))
    if own and "say" in found and re.search(r"^export function word\(kind", text, re.MULTILINE):
        found["word"] = found["say"]
    if own and "word" in found and re.search(r"^export function called\(prefix", text, re.MULTILINE):
        found["called"] = found["titled"] = found["word"]
    return found


def heard(name: str) -> dict[str, set[str]]:
    """Those that a source says sentences with, with those that it takes from others."""
    found = voices(name)
    for taken, place in re.findall(r"^import \{([^}]*)\} from '(\.[^']*)'", SOURCES[name], re.MULTILINE):
        stem = os.path.normpath(Path(name).parent / place).replace(os.sep, "/")
        other = next((f"{stem}{end}" for end in (".ts", ".tsx") if f"{stem}{end}" in SOURCES), None)
        given = voices(other) if other else {}
        for each in (part.strip() for part in taken.split(",")):
            exported, _, here = each.partition(" as ")
            if exported in given:
                found[here or exported] = given[exported]
    return found


def unknown_to(name: str) -> list[str]:
    """What a source says by keys that are put together, where the catalogue has no key that begins like that."""
    said = re.findall(r"\b(\w+)\((?:`([\w-]+_)\$\{|'(\w+)', (?!\{))", SOURCES[name])
    known = heard(name)
    return [
        f"{name}: {voice} {begins}"
        for voice, made, family in said
        if voice in known
        and (made or voice != "say")
        and not any(key.startswith(begins := made or f"{family}_") for key in known[voice])
    ]


def test_what_is_said_by_keys_put_together_is_in_the_catalogue_that_says_it() -> None:
    told = {voice for name in SOURCES for voice in heard(name)}
    assert {"say", "word", "called", "titled"} <= told
    assert [each for name in SOURCES for each in unknown_to(name)] == []


def test_the_page_of_the_design_system_shows_every_part_and_is_linked() -> None:
    parts = {
        export
        for name, text in SOURCES.items()
        if name.startswith("design/")
        for export in re.findall(r"^export function ([A-Z]\w+)", text, re.MULTILINE)
    }
    assert len(parts) > 15
    page = SOURCES["pages/design/index.tsx"]
    assert sorted(part for part in parts if f"<{part}" not in page) == []
    assert any('to="/design"' in text for text in SOURCES.values())
