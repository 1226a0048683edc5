"""One word for one thing in Spanish: what the customs of Mexico call it, in every catalogue of the product."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
#: The catalogue of the pages of help has a table a command; those of sentences are flat.
HELP = REPOSITORY / "src/aforo/cli/help.es.toml"
CATALOGUES = sorted([*REPOSITORY.glob("web/messages/*.es.toml"), *REPOSITORY.glob("src/aforo/**/*messages.es.toml")])

#: By what is meant: the word that the product has for it, and other words that it therefore has not.
WORDS = {
    "the lane of most trucks": ("carril ordinario", r"carril(es)? (normal|est[aá]ndar)(es)?"),
    "a scan": ("inspección no intrusiva", r"escane(o|os|ar|ada|ado)\b"),
    "an examination": ("reconocimiento", r"\bex[aá]men(es)?\b"),
    "primary": ("primera inspección", r"(inspección|revisión) primaria|primera revisión"),
    "truck-hours": ("horas de camión", r"horas?-camión|camión-horas?"),
    "secondary": (
        "revisión secundaria",
        r"(inspección|examen|reconocimiento) secundari[ao]|reconocimiento (manual|a mano)|^secundaria$",
    ),
    "a joint examination": ("reconocimiento conjunto", r"(inspección|revisión) conjunta"),
    "an officer": ("oficial", r"\bagentes?\b(?! aduanal)"),
    "a tractor": ("tractocamión", r"\btractor(es)?\b"),
    "a portal": ("pórtico", r"\bportal(es)?\b"),
    "a hold for lives": ("retención para proteger la vida", r"seguridad de la vida"),
    "the edge of a port": ("puesto local", r"\bbordes?\b"),
    "a dock": ("andén", r"\bmuelles?\b"),
    "what a witness does": ("refrendar", r"\bcofirm"),
    "a checkpoint": ("cabecera firmada", r"\bpuntos? de control\b"),
    "the key store": ("almacén de llaves", r"almac[eé]n(es)? de claves"),
    "jammed": ("señal bloqueada", r"\binterf(er|ir|ier)\w*"),
    # Those of seals, of tracking and of scanners are documents, and what a server writes is another again.
    "the log": ("registro", r"(?<!su )\bbitácoras?\b(?! de (candados|rastreo|(los )?escáneres))"),
    "a seal": ("candado", r"\bprecintos?\b|\bsello (estaba|está|roto|puesto|retirado)"),
}
#: Codes that several catalogues have, and the one word for each.
SAID = {
    "lane_standard": r"(?i)ordinarios?",
    "threat_contraband": r"(?i)contrabando",
    "threat_misdeclaration": r"(?i)decl(aración|\.) falsa",
    "resource_dock": r"(?i)andén",
    "resource_joint": r"(?i)andén conjunto",
}
#: The tables of words that all pages have in common, by the beginning of their codes; `lane` is of lane classes.
COMMON = re.compile(r"(threat_(contraband|people|theft|misdeclaration)|lane_(standard|fast|empty|hazmat))")


def sentences() -> list[tuple[str, str, str]]:
    found = []
    for path in CATALOGUES:
        for code, text in tomllib.loads(path.read_text(encoding="utf-8")).items():
            found.append((path.relative_to(REPOSITORY).as_posix(), code, text))
    for command, table in tomllib.loads(HELP.read_text(encoding="utf-8")).items():
        # Between backticks stands what is typed, which is the same in every language.
        found += [("help", f"{command} {key}", re.sub(r"`[^`]*`", "", text)) for key, text in table.items()]
    return found


@pytest.mark.parametrize("meant", WORDS)
def test_one_thing_has_one_word(meant: str) -> None:
    word, others = WORDS[meant]
    otherwise = [(path, code, text) for path, code, text in sentences() if re.search(others, text, re.IGNORECASE)]
    assert otherwise == [], f"{meant}: {word}"


def test_a_code_that_several_catalogues_have_says_the_same() -> None:
    assert len(CATALOGUES) > 40
    told = [(path, code, text) for path, code, text in sentences() if code in SAID]
    assert {code for _, code, _ in told} == SAID.keys()
    assert [each for each in told if not re.fullmatch(SAID[each[1]], each[2])] == []


def test_what_pages_have_in_common_stands_in_one_catalogue_of_the_console() -> None:
    found = {(path, code) for path, code, _ in sentences() if path.startswith("web/") and COMMON.fullmatch(code)}
    assert {path for path, _ in found} == {"web/messages/cases.es.toml"}
    assert len(found) == 8
