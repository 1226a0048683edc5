"""After an erasure no file of the store holds the plain text, the log verifies, decisions replay, statistics stay."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from journeys import Post, decisions, file, payloads, table_of, truck
from typer.testing import CliRunner

from aforo.bootstrap import save_state
from aforo.cli import complete_app
from aforo.domain.event import Filed, Quarantined
from aforo.exams.outcomes import Report
from aforo.flow.projection import NodeState
from aforo.flow.quarantine import quarantine
from aforo.flow.replay import decisions_of, replay
from aforo.flow.reports import report
from aforo.intake import declarations

DRIVER, DRIVER_NAME = "LIC-TX-48151623", "Xiomara Quetzalcóatl-Ibáñez"
TRACTOR, IMPORTER_NAME = "PLATE-9QZK77", "Zacarías Peñaflor"


def forms(text: str) -> dict[str, bytes]:
    """How a text may lie in a file."""
    plain = text.encode()
    # Of the three ways in which base64 may cut the text, the characters that follow from the text alone.
    shifted = [
        base64.b64encode(b"\0" * skip + plain)[-(-8 * skip // 6) : 8 * (skip + len(plain)) // 6] for skip in range(3)
    ]
    made = {
        "utf-8": plain,
        "utf-16-le": text.encode("utf-16-le"),
        "utf-16-be": text.encode("utf-16-be"),
        "hex": plain.hex().encode(),
        "HEX": plain.hex().upper().encode(),
        "json": json.dumps(text)[1:-1].encode(),
        "latin-1": text.encode("latin-1", "replace"),
    }
    return made | {f"base64+{skip}": part for skip, part in enumerate(shifted)}


def found_in(folder: Path, text: str) -> list[str]:
    contents = {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
    assert contents
    return [
        f"{path.name}: {form}"
        for path, content in contents.items()
        for form, raw in forms(text).items()
        if raw in content
    ]


def run(post: Post, *arguments: str) -> tuple[int, str]:
    made = CliRunner().invoke(
        complete_app(), [*arguments, "--store", post.store], env={"LANG": "C", "LC_ALL": "C", "COLUMNS": "200"}
    )
    assert made.exception is None or isinstance(made.exception, SystemExit), made.exception
    return made.exit_code, made.output


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    for form, raw in forms(DRIVER_NAME).items():
        (tmp_path / "f").write_bytes(b"xx" + raw + b"yy")
        assert any(each.endswith(form) for each in found_in(tmp_path, DRIVER_NAME)), form


@pytest.fixture
def busy(post: Post) -> Post:
    """A post where the person has filed, amended, been refused, contradicted, passed and examined."""
    own = {
        "driver_id": DRIVER,
        "driver_name": DRIVER_NAME,
        "tractor_id": TRACTOR,
        "importer_id": "IM-ZP",
        "importer_name": IMPORTER_NAME,
    }
    with post.node() as node:
        file(node, truck("a", **own), truck("a2", amends="a", action="replace", **own, remark=f"driver {DRIVER_NAME}"))
        file(node, truck("b", **own | {"driver_id": None}), truck("other"))
        bad = [truck("c", **own, hs6="12"), truck("d", **own, filed_at="soon"), truck("a", **own, value_usd=1.0)]
        import polars as pl

        for batch in declarations.read_bytes(pl.DataFrame(bad[:2]).write_csv().encode()):
            assert quarantine(batch.refused, node, "declarations") == 2
        from aforo.flow.journey import screen
        from aforo.flow.quarantine import contradictions

        table = table_of(pl.DataFrame(bad[2:]))
        rows = screen(table, node, "declarations").filings.contradicted
        assert quarantine(contradictions(table, rows), node, "declarations") == 1
        report([Report(1, "a", None, True, True, "people", None, None)], node)
        save_state(node)
    return post


def test_erased_people_are_nowhere_and_all_else_stays(busy: Post) -> None:
    with busy.node() as node:
        memory, made = node.memory.dump(), decisions(node.log)
        (filed,) = [
            s.payload for s in node.log.stream("crossing/b") if isinstance(s.payload, Filed)
        ]  # fmt: skip
        assert filed.sealed is not None
        plate = int(node.keys.identity_hashes("tractor", [TRACTOR])[0])
        assert node.keys.open([plate], filed.sealed["tractor_id"]) == TRACTOR.encode()
    for kind, value in (
        ("driver", DRIVER), ("driver_name", DRIVER_NAME), ("tractor", TRACTOR), ("importer", "IM-ZP"),
    ):  # fmt: skip
        code, text = run(
            busy, "erase", "--kind", kind, "--value", value, "--ground", "a request of 2024-03-20", "--json"
        )
        assert code == 0, text
    for text in (DRIVER, DRIVER_NAME, TRACTOR, IMPORTER_NAME):
        assert found_in(busy.folder, text) == []
    assert run(busy, "log", "verify")[0] == 0
    code, told = run(busy, "replay", "--all", "--json")
    assert (code, json.loads(told)["different"]) == (0, [])
    with busy.node() as node:
        assert node.memory.dump() == memory
        assert decisions(node.log) == made
        for stored in node.log.read(types=[Quarantined.TYPE]):
            kept = stored.payload
            assert isinstance(kept, Quarantined)
            assert node.keys.open([int(person, 16) for person in kept.persons], kept.sealed) is None
        for stored in node.log.stream("crossing/a"):
            if isinstance(filing := stored.payload, Filed):
                assert filing.sealed is not None
                for column, person in (("driver_name", "driver"), ("importer_name", "importer")):
                    key = int(node.keys.identity_hashes(person, [DRIVER if person == "driver" else "IM-ZP"])[0])
                    assert node.keys.open([key], filing.sealed[column]) is None
        # Made again from the log alone, the memory is what it was.
        node.log.projections.drop(f"node/{node.force.hash}/{NodeState.version}")
    with busy.node() as node:
        assert node.memory.dump() == memory


def test_before_any_erasure_nothing_personal_lies_open_either(busy: Post) -> None:
    for text in (DRIVER, DRIVER_NAME, TRACTOR, IMPORTER_NAME):
        assert found_in(busy.folder, text) == []


PRIVATE = [
    "PEPJ800101AB9", "PEPJ800102HDFRRN09", "123-45-6789", "123-45-6788AB",
    "pepk800101ab9", "PEPL-800101-AB9", "PEPM 800101 ab9", "ÑEPN800101AB9", "ＰＥＰＯ800101AB9",
    "pepj-800103-hdfrrn-09", "223456789", "323 45 6789", "423.45.6789", "523\u201145\u20116789", "623-45-6789a",
]  # fmt: skip
COMPANIES = [
    "PEP800101AB9", "pep-800101-ab9", "12-3456789", "12-3456789AB", "12-3456789ab", "240215-00001", "IMP-1",
    "123-45-678", "1234567890", "12345678",
]  # fmt: skip


def test_identifiers_that_are_a_persons_own_are_sealed_and_those_of_companies_are_not(post: Post) -> None:
    rows = [truck(f"p{i}", importer_id=own, broker_id=own) for i, own in enumerate(PRIVATE)]
    rows += [truck(f"c{i}", importer_id=own, exporter_id=own) for i, own in enumerate(COMPANIES)]
    with post.node() as node:
        lines = file(node, rows)
        assert file(node, rows) == lines
        filed = payloads(node.log.read(types=[Filed.TYPE]), Filed)
        named = [each.declaration.get("importer_id") for each in filed]
        assert named == [None] * len(PRIVATE) + COMPANIES
        assert all(node.keys.identity_hashes("importer", [own])[0] for own in PRIVATE)
        (live, price) = node.memory.dump(), node.price
        made = [each for group in decisions_of(node.log) for each in replay(group, node.log, node.force.code)]
        assert not any(each.differences for each in made)
    with post.node() as node:
        assert (node.memory.dump(), node.price) == (live, price)
        sealed = filed[0].sealed
        assert sealed is not None
        key = int(node.keys.identity_hashes("importer", [PRIVATE[0]])[0])
        assert node.keys.open([key], sealed["importer_id"]) == PRIVATE[0].encode()
    for own in PRIVATE:
        assert found_in(post.folder, own) == []
    assert found_in(post.folder, COMPANIES[0])
    assert run(post, "erase", "--kind", "importer", "--value", PRIVATE[0], "--ground", "asked")[0] == 0
    with post.node() as node:
        assert node.keys.open([key], sealed["importer_id"]) is None


def test_a_description_is_free_text_and_lies_open_nowhere(post: Post) -> None:
    """It is sealed under everybody that the declaration names: the erasure of any one of them closes it."""
    said = f"household goods of {DRIVER_NAME}"
    with post.node() as node:
        file(node, truck("a", description=said, driver_id=DRIVER, carrier_name="Transportes"), truck("b"))
        (filed,) = [s.payload for s in node.log.stream("crossing/a") if isinstance(s.payload, Filed)]
        assert "description" not in filed.declaration
        assert filed.sealed is not None
        named = {"driver": DRIVER, "tractor": "TR-a", "carrier": "CA-1"}
        persons = [int(node.keys.identity_hashes(kind, [value])[0]) for kind, value in named.items()]
        assert node.keys.open(persons, filed.sealed["description"]) == said.encode()
        assert file(node, truck("a", description=said, driver_id=DRIVER, carrier_name="Transportes"))
        save_state(node)
    assert found_in(post.folder, DRIVER_NAME) == []
    assert found_in(post.folder, "household goods") == []
    assert run(post, "erase", "--kind", "tractor", "--value", "tr a", "--ground", "asked")[0] == 0
    with post.node() as node:
        assert node.keys.open(persons, filed.sealed["description"]) is None
        made = [each for group in decisions_of(node.log) for each in replay(group, node.log, node.force.code)]
        assert not any(each.differences for each in made)


def test_the_erased_may_file_again_and_an_unknown_person_is_told(busy: Post) -> None:
    assert run(busy, "erase", "--kind", "driver", "--value", DRIVER, "--ground", "asked")[0] == 0
    assert run(busy, "erase", "--kind", "driver", "--value", DRIVER, "--ground", "asked")[0] == 1
    assert run(busy, "erase", "--kind", "driver", "--value", "NOBODY", "--ground", "asked")[0] == 1
    assert run(busy, "erase", "--kind", "shoe-size", "--value", "44", "--ground", "asked")[0] == 2
    with busy.node() as node:
        file(node, truck("z", driver_id=DRIVER, driver_name=DRIVER_NAME))
        (again,) = file(node, truck("z", driver_id=DRIVER, driver_name=DRIVER_NAME))
        assert again.declaration_id == "z"
        made = [each for group in decisions_of(node.log) for each in replay(group, node.log, node.force.code)]
        assert not any(each.differences for each in made)
