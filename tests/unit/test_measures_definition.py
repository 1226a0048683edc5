"""Measure documents: what is shipped is whole in both languages, and what cannot be computed is refused in words."""

from __future__ import annotations

from hashlib import sha256
from typing import get_args

import numpy as np
import pytest

from aforo.cli.language import Sentences
from aforo.domain.event import PAYLOADS
from aforo.measures.definition import Definition, DefinitionError, Definitions, Way, kept, parse
from aforo.measures.estimates import Quantity, times
from aforo.scoreboard.shipped import definitions

SHIPPED = list(definitions().documents.values())


def test_the_shipped_measures_are_those_of_the_scoreboard() -> None:
    assert [each.id for each in definitions().in_use()] == [
        "wait-to-primary", "crossing-time", "scan-rate", "examination-rate", "control-hit-rate", "targeted-hit-rate",
        "incidents",
        "time-to-owner",
        "time-to-contact",
        "time-to-scene",
        "release-time", "time-to-examination", "examination-time", "joint-examination-share",
        "trusted-examination-ratio", "conveyance-scan-rate", "scanner-availability", "scanner-utilisation",
        "reader-read-rate", "custody-continuity",
    ]  # fmt: skip


@pytest.mark.parametrize("document", SHIPPED, ids=lambda each: parse(each).id)
def test_a_document_says_all_of_a_measure_in_both_languages(document: bytes) -> None:
    own = parse(document)
    told = (own.name, own.definition, own.numerator_said, own.denominator_said, own.exclusions_said, own.standard)
    for text in told:
        assert text.en
        assert text.es
        assert text.en != text.es
    assert set(own.events) <= PAYLOADS.keys()
    assert len(own.hash) == 64


def test_nothing_that_tells_how_much_a_bridge_examines_is_public_by_bridge() -> None:
    by_bridge = {each.id for each in definitions().all() if each.public == "bridge_week"}
    assert by_bridge == {"wait-to-primary", "incidents"}


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b'numerator = ["scanned"]', b'numerator = ["x-rayed"]', "measure.mark"),
        (b'"crossing.examined"', b'"crossing.examine"', "measure.event"),
        (b'"crossing.examined"', b'"no.such.event"', "measure.event"),
        (b'interval = "clopper_pearson"', b'interval = "garwood"', "measure.interval"),
        (b'kind = "share"', b'kind = "times"', "measure.interval"),
        (b'unit = "share"', b'unit = "furlongs"', "measure.form"),
        (b"[name]", b"[nme]", "measure.form"),
        (b'unit = "share"', b'unit = "minutes"', "measure.unit"),
        (b'public = "border_quarter"', b'public = "bridge_week"', "measure.public"),
        # What was never tried is not public: by a mark above the line, below it, or of those in neither.
        (b'numerator = ["scanned"]', b'numerator = ["joint"]', "measure.public"),
        (b'numerator = ["scanned"]', b'numerator = ["by_order"]', "measure.public"),
        (b'denominator = ["arrived"]', b'denominator = ["arrived", "joint"]', "measure.public"),
        (b'denominator = ["arrived"]', b'denominator = ["drawn"]', "measure.public"),
        (b'numerator = ["scanned"]', b'numerator = ["scanned"]\nleft_out = ["joint"]', "measure.public"),
        (b'numerator = ["scanned"]', b'numerator = ["scanned"]\nprogrammes = ["oea"]', "measure.belongs"),
        (b'numerator = ["scanned"]', b'numerator = ["unbroken"]', "measure.mark"),
        (b"version = 1", b"version = 1\n#" + b"x" * 100_000, "measure.long"),
    ],
)
def test_what_cannot_be_computed_is_refused_in_words(old: bytes, new: bytes, code: str) -> None:
    (scan,) = [each for each in SHIPPED if parse(each).id == "scan-rate"]
    with pytest.raises(DefinitionError) as refused:
        parse(scan.replace(old, new))
    assert refused.value.code == code
    assert refused.value.text.es != refused.value.text.en


def test_an_event_that_no_log_has_is_refused_with_the_nearest_and_one_accepted_before_is_kept() -> None:
    (scan,) = [each for each in SHIPPED if parse(each).id == "scan-rate"]
    other = scan.replace(b'"crossing.examined"', b'"crossing.examine"')
    with pytest.raises(DefinitionError, match=r"crossing\.examined") as refused:
        parse(other)
    assert "crossing.examined" in refused.value.text.es
    assert kept(other).events == tuple(each.replace("examined", "examine") for each in parse(scan).events)


UNTRIED = [each for each in definitions().all() if each.public == "none"]


@pytest.mark.parametrize("measure", UNTRIED, ids=lambda each: each.id)
@pytest.mark.parametrize("public", [b"border_quarter", b"bridge_week"])
def test_no_document_of_what_is_not_published_can_say_that_it_is(measure: Definition, public: bytes) -> None:
    second = definitions().documents[measure.hash].replace(b'public = "none"', b'public = "' + public + b'"')
    second = second.replace(b"version = 1", b"version = 2")
    with pytest.raises(DefinitionError) as refused:
        parse(second)
    assert refused.value.code == "measure.public"
    # One that an earlier product accepted is there, by its own hash, and not published.
    own = Definitions((second,)).find(measure.id)
    assert (own.version, own.public, own.hash) == (2, "none", sha256(second).hexdigest())


def test_a_rate_of_what_was_tried_may_be_public_in_another_version() -> None:
    (scan,) = [each for each in SHIPPED if parse(each).id == "scan-rate"]
    for old, new in (
        (b'["arrived"]', b'["examined"]'),
        (b'["arrived"]', b'["arrived"]\nleft_out = ["drawn", "targeted"]'),
        (b'["scanned"]', b'["examined"]'),
    ):
        assert parse(scan.replace(old, new)).public == "border_quarter"


def test_a_version_is_there_once_and_what_is_unknown_is_named() -> None:
    with pytest.raises(DefinitionError, match="twice"):
        Definitions((SHIPPED[0], SHIPPED[0]))
    with pytest.raises(DefinitionError, match="no version 9"):
        definitions().find("scan-rate", 9)
    with pytest.raises(DefinitionError, match="wait-to-primary"):
        definitions().find("nothing")


def test_the_version_in_use_is_the_newest_unless_another_is_in_force() -> None:
    first = definitions().find("wait-to-primary", 1)
    assert definitions().find("wait-to-primary").version == 3
    older = definitions().using({"wait-to-primary": first.hash, "incidents": None})
    assert older.find("wait-to-primary") == first
    assert "incidents" not in {each.id for each in older.in_use()}
    with pytest.raises(DefinitionError, match="retired"):
        older.find("incidents")
    assert older.find("incidents", 1).version == 1


def test_every_time_in_use_has_limits_that_hold_where_times_are_few_and_skew() -> None:
    """At the times themselves they are wider than need be, and Student's hold a mean less often than they say."""
    assert {each.interval for each in definitions().in_use() if each.kind == "times"} == {"skewed"}


def test_every_way_has_its_words_in_the_report_and_every_quantity_too() -> None:
    for language in ("en", "es"):
        say = Sentences("aforo.scoreboard", language)
        for code in (*(f"way_{each}" for each in get_args(Way)), *(f"q_{each}" for each in get_args(Quantity))):
            assert say(f"report.{code}")


@pytest.mark.parametrize(
    ("measure", "version", "hash"),
    [
        ("wait-to-primary", 1, "0d01cbc36307d82e2471cc92b9bea5cdf3bd727ccc5ddc22cbd74209b616ad78"),
        ("crossing-time", 1, "7842ec19c11d23d10290897f927e6df88adac400efc71a2fe28a2d4df4cb064c"),
        ("time-to-owner", 1, "4c9e34f37e507281bccb7a0965ace15d5f511dbdad5e52c116ebb86c66e371ad"),
        ("time-to-contact", 1, "a3f8c61246ff43ddc8ec8e72f8d28041f67124544c5dcca283bd437cf3e946c4"),
        ("time-to-scene", 1, "2c1f8ff22d7747217b9fa0bc51f90188ba4769a7aa85924d443120864d108129"),
        ("wait-to-primary", 2, "5eb49224697627809054fd74b8f431219f61907d071f7543c5a3821ead4697a5"),
        ("crossing-time", 2, "d6fe8697c5888d6137a4343107572439df3a282756bb406c64302e9bb4bac2ba"),
        ("time-to-owner", 2, "9d357c9092bda11c79f2207fe34388f10392fe0f94a4ac445ee15136685ac688"),
        ("time-to-contact", 2, "73e0331ba0e5559746a1413ac933d274e822d6973572daf8470b0c1efbd6ede9"),
        ("time-to-scene", 2, "6f9b24879c9417f9e85877d50e7f3da927b62e26e91c5d2f215d5830e455f66f"),
        ("release-time", 1, "29ec8684f53dfcb0a81df3dc63b9bd9d73256b21d5f517fe28198680700a39ca"),
        ("time-to-examination", 1, "d74f48f1dea5b27df6717f3a9125e9651db3e7f294ee99b3075dbde0bcc52fd8"),
        ("scanner-availability", 1, "54ab477c78375294e78900340c1d471d8e55e6a0ba33d30a34b972358c21df8d"),
        ("scanner-utilisation", 1, "597646f56a6abdb61fdaeaf85e0080348609aac6e19b9189554c2f7a4d6df619"),
        ("conveyance-scan-rate", 1, "b16264bdcdd76d7971f8ca50f689bc7b0250b0054054e6c93174947017f28706"),
        ("examination-time", 1, "6e842a3d9023eac5eb1a30cb07aac67894b6233089a241873b19e133ab63c67c"),
    ],
)
def test_an_older_version_is_the_document_that_it_was(measure: str, version: int, hash: str) -> None:
    assert definitions().find(measure, version).hash == hash


@pytest.mark.parametrize("measure", ["time-to-owner", "time-to-contact", "time-to-scene"])
def test_limits_of_the_95th_percentile_of_a_hundred_responses_are_a_quarter_shorter_at_least(measure: str) -> None:
    drawn = np.floor(np.random.default_rng(1).gamma(2.0, 7.0, (200, 100)) + 0.5)

    def width(version: int) -> float:
        made = [times(definitions().find(measure, version), minutes) for minutes in drawn]
        p95 = [each for own in made for each in own.estimates if each.name == "p95"]
        return float(np.mean([(each.high or 0.0) - (each.low or 0.0) for each in p95]))

    assert width(2) < 0.75 * width(1)
