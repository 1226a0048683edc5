"""Codes and texts of the product that pages show: each has its words in the console's catalogues, in both languages."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from aforo.api.access import actions, permitting
from aforo.custody.fact import FACT_CODES, STATES, Gap
from aforo.custody.yards import YardSource
from aforo.domain.declaration import Lane
from aforo.domain.reading import GRADES
from aforo.domain.response import PEOPLE_SIGNS, RESPONSE_KINDS, STAGES, Outcome, Party, ResponseEnding, StepOutcome
from aforo.domain.role import ROLES
from aforo.domain.trader import TradeProgramme
from aforo.domain.trip import REGIMES
from aforo.fleet import remarks
from aforo.measures.definition import Public, Unit, Way

REPOSITORY = Path(__file__).resolve().parents[2]
PRODUCT = REPOSITORY / "src" / "aforo"
#: What ships with figures or rules whose sources the pages of rules and of the policy show.
DOCUMENTS = [
    PRODUCT / "routing" / "policy.toml",
    PRODUCT / "risk" / "rules" / "default.toml",
    PRODUCT / "demo" / "sandbox_policy.toml",
    PRODUCT / "demo" / "sandbox_rules.toml",
]


def said(catalogue: str, lang: str) -> dict[str, str]:
    return tomllib.loads((REPOSITORY / "web" / "messages" / f"{catalogue}.{lang}.toml").read_text(encoding="utf-8"))


def sources(part: Any) -> Iterator[str]:
    """Every source that a document names, at any depth."""
    if isinstance(part, dict):
        own = part.get("source")
        yield from [own] if isinstance(own, str) else []
        for each in part.values():
            yield from sources(each)
    elif isinstance(part, list):
        for each in part:
            yield from sources(each)


@pytest.mark.parametrize("lang", ["en", "es"])
def test_every_action_of_the_policies_has_its_words(lang: str) -> None:
    words = {key: text for key, text in said("administration", lang).items() if key.startswith("action_")}
    assert {key.removeprefix("action_") for key in words} == set(actions())
    assert len(set(words.values())) == len(words)


@pytest.mark.parametrize("lang", ["en", "es"])
def test_every_way_of_intervals_unit_and_form_of_a_measure_has_its_words(lang: str) -> None:
    words = said("measures", lang)
    for prefix, codes in (("interval", get_args(Way)), ("unit", get_args(Unit)), ("public", get_args(Public))):
        assert [words[f"{prefix}_{each}"] for each in codes]


@pytest.mark.parametrize("lang", ["en", "es"])
def test_every_trade_programme_and_lane_has_its_words(lang: str) -> None:
    words = said("cases", lang)
    assert {f"programme_{each}" for each in get_args(TradeProgramme)} <= set(words)
    assert {f"lane_{each}" for each in get_args(Lane)} <= set(words)


@pytest.mark.parametrize("lang", ["en", "es"])
def test_every_state_grade_and_fact_of_custody_and_every_regime_has_its_words(lang: str) -> None:
    words, trip = said("custody", lang), said("trip", lang)
    assert {f"state_{each}" for each in STATES} == {key for key in words if key.startswith("state_")}
    assert {f"grade_{each}" for each in GRADES} <= set(words)
    assert {f"regime_{each}" for each in REGIMES} == {key for key in words if key.startswith("regime_")}
    assert {f"fact_{each}" for each in FACT_CODES} == {key for key in trip if key.startswith("fact_")}
    assert {f"gap_{each}" for each in get_args(Gap)} == {key for key in words if key.startswith("gap_")}


@pytest.mark.parametrize("lang", ["en", "es"])
def test_every_remark_on_the_fleet_has_its_words(lang: str) -> None:
    words = said("fleet", lang)
    assert {f"remark_{each}" for each in get_args(remarks.What)} == {key for key in words if key.startswith("remark_")}


@pytest.mark.parametrize("lang", ["en", "es"])
def test_every_part_of_a_response_has_its_words(lang: str) -> None:
    words, trip = said("response", lang), said("trip", lang)
    for family, codes in {
        "kind": RESPONSE_KINDS, "stage": (*STAGES, "alert"), "ending": get_args(ResponseEnding),
        "outcome": get_args(Outcome), "party": get_args(Party), "step": get_args(StepOutcome),
    }.items():  # fmt: skip
        assert {f"{family}_{each}" for each in codes} == {key for key in words if key.startswith(f"{family}_")}
    assert {f"yard_{each}" for each in get_args(YardSource)} <= set(words)
    assert {f"sign_{each}" for each in PEOPLE_SIGNS} == {key for key in trip if key.startswith("sign_")}


def test_the_guide_says_of_the_regimes_what_their_page_says() -> None:
    guide = (REPOSITORY / "docs" / "guide" / "trips.md").read_text(encoding="utf-8")
    told = said("regimes", "en")
    cells = {f"{part}_{each}": told[f"{part}_{each}"] for part in ("mx", "us", "end") for each in REGIMES}
    below = {each: told[each] for each in ("unread", "recorded", "alike")}
    assert [key for key, text in (cells | below).items() if text not in guide] == []
    unread = {key for key, text in cells.items() if "unread" in text}
    assert unread == {key for key, text in said("regimes", "es").items() if key in cells and "sin leer" in text}


def test_who_records_a_discharge_is_told_as_the_policies_have_it() -> None:
    """The consignee was said to discharge a domestic trip, and nobody has that role."""
    roles = {each for each in ROLES if permitting(each, "discharge_trip", own=True) is not None}
    for lang, officer in (("en", "officer"), ("es", "oficial")):
        words = re.findall(r"\w+", said("regimes", lang)["recorded"].replace(officer, "officer"))
        assert {each for each in ROLES if each in words} == roles, lang


@pytest.mark.parametrize("lang", ["en", "es"])
def test_every_fact_that_the_policy_weighs_has_its_words(lang: str) -> None:
    words = said("policy", lang)
    weighed = tomllib.loads(DOCUMENTS[0].read_text(encoding="utf-8"))["stated"]
    assert {f"part_{each}" for source, codes in weighed.items() for each in (source, *codes)} <= set(words)
    claimed = {"en": "(claimed, unsigned)", "es": "(afirmado, sin firma)"}[lang]
    for code in weighed["custody"]:
        assert words[f"part_{code}"].endswith(claimed) == code.endswith("_claimed")


def test_every_source_that_ships_has_its_words_by_its_beginning() -> None:
    shipped = {source for path in DOCUMENTS for source in sources(tomllib.loads(path.read_text(encoding="utf-8")))}
    whys = {re.sub(r"^assumed\b[;:,]?\s*", "", source) for source in shipped} - {""}
    assert len(whys) > 15
    words = {key: text for key, text in said("governed", "en").items() if key.startswith("from_")}
    assert words == {"from_" + "_".join(re.findall("[a-z0-9]+", why.lower())[:6]): why for why in whys}
    for lang in ("en", "es"):
        plain = {key.removeprefix("plain_") for key in said("governed", lang) if key.startswith("plain_")}
        assert plain <= {key.removeprefix("from_") for key in words}


def test_nobody_is_told_to_install_from_an_index_what_no_index_has() -> None:
    told = {path.name: path.read_text(encoding="utf-8") for path in (REPOSITORY / "web" / "src").rglob("*.tsx")}
    installs = {name: each for name, text in told.items() for each in re.findall(r"pip install (\S+)", text)}
    assert installs == {"sandbox.tsx": "./aforo-*.whl"}
