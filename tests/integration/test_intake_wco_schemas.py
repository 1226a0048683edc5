"""Our outlines of the WCO Data Model against the published schemas, where these are at hand: the same verdict on
messages that are changed at random."""

from __future__ import annotations

import copy
import random
from pathlib import Path

import pytest
from lxml import etree

from aforo.intake import xml
from aforo.intake.wco import conformity, schemas, structure

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "manifests" / "wco"
XSD = FOLDER / "xsd"
SAMPLES = Path(__file__).resolve().parents[1] / "samples" / "intake" / "wco"
pytestmark = pytest.mark.skipif(not XSD.is_dir(), reason="the published schemas are not at hand (../shared/data)")

D, R = f"{{{structure.DECLARATION}}}", f"{{{structure.RESPONSE}}}"
TEXTS = (
    *(
        "",
        " ",
        "9",
        "13",
        "INV",
        "COR",
        "x",
        "ñ",
        "X" * 36,
        "X" * 600,
        "a\nb",
        "\n",
        "-1",
        "+1.50",
        "1.",
        ".5",
        ".",
        "1e3",
    ),
    *("00001", "123456", "1234567890123456", "12345678901234567", "1.1234", "1.1230000", "0.0000001", "GB", "gb", "G1"),
    *("20240101", "20240101000000Z", "20240101000000+01", "20240101000000", "19991231", "٣", " 9 ", "a  b", "\u00a0"),
)
ATTRIBUTES = (
    *(("currencyID", each) for each in ("GBP", "gbp", "", "EURO")),
    *(("unitCode", each) for each in ("KGM", "", "KGM#G", "ABCDEF")),
    *(("formatCode", each) for each in ("102", "304", "203")),
    *(("languageID", each) for each in ("en", "e_n")),
    *(("schemeAgencyID", each) for each in ("6", "1234", "")),
    *(("listAgencyID", each) for each in ("6", "1234")),
    ("foo", "1"),
    ("schemeID", "1"),
    ("{http://www.w3.org/2001/XMLSchema-instance}nil", "true"),
    ("{http://www.w3.org/2001/XMLSchema-instance}schemaLocation", "a b"),
)


def messages() -> list[tuple[str, etree._Element]]:
    """Declarations, cancellations and answers of the samples, in the namespaces of the schemas."""
    found = []
    for path in [*sorted(FOLDER.glob("*.xml")), *sorted(SAMPLES.glob("*.xml"))]:
        root = xml.read(path.read_bytes())
        if isinstance(root, xml.Fault):
            continue
        for each in [root, *root]:
            name = xml.local(each)
            if name == "Declaration" and xml.namespace(each) == structure.DECLARATION:
                cancels = each.findtext(D + "TypeCode") == "INV"
                found.append(("cancellation" if cancels else "declaration", each))
            elif name == "Response":
                found.append(("response", named(each)))
    return found


def named(answer: etree._Element) -> etree._Element:
    """An answer without namespaces, in those of the schema."""
    answer = copy.deepcopy(answer)
    answer.tail = None
    for number, each in enumerate(answer.findall("{*}Declaration")):
        for inner in each.iter():
            inner.tag = (D if number else R) + xml.local(inner)
    for each in answer.iter():
        each.tag = each.tag if each.tag.startswith("{") else R + each.tag
        if xml.local(each) == "DateTimeString":
            each.tag = f"{{{structure.DATES[structure.RESPONSE]}}}DateTimeString"
    return answer


def change(draw: random.Random, root: etree._Element) -> None:
    """One change of a message, of which most are defects."""
    elements = list(root.iter())
    one, other = draw.choice(elements), draw.choice(elements)
    kind = draw.randrange(8)
    if kind == 0 and one is not root:
        one.getparent().remove(one)
    elif kind == 1 and one is not root:
        one.addnext(copy.deepcopy(one))
    elif kind == 2 and one is not root and one not in other.iterancestors() and one is not other:
        other.append(copy.deepcopy(one))
    elif kind == 3 and not len(one):
        one.text = draw.choice(TEXTS)
    elif kind == 4:
        one.attrib.clear()
        if draw.random() < 0.7:
            one.set(*draw.choice(ATTRIBUTES))
    elif kind == 5:
        one.text = draw.choice(("x", " ", None))
    elif kind == 6:
        one.tag = draw.choice((one.tag, "x", D + "Agent", R + "ID", other.tag))
    elif one.getparent() is not None and (before := one.getprevious()) is not None:
        one.addnext(before)


def ours(outline: str, element: etree._Element) -> list[str]:
    node = structure.structure(outline, xml.local(element), xml.namespace(element))
    assert node is not None
    faults = conformity.read(element, node, "x").faults
    return [fault.code for fault in faults if fault.gravity == "refusal"]  # the schemas know of no warnings


@pytest.mark.parametrize("seed", range(3))
def test_the_outlines_and_the_schemas_give_the_same_verdict(seed: int) -> None:
    draw = random.Random(seed)
    seen = messages()
    assert {outline for outline, _ in seen} >= {"declaration", "response"}
    verdicts = {True: 0, False: 0}
    for outline, element in seen:
        for _ in range(25):
            changed = copy.deepcopy(element)
            changed.tail = None
            for _ in range(draw.randint(1, 2)):
                change(draw, changed)
            if changed.tag != element.tag:
                continue
            text = etree.tostring(changed)
            again = xml.read(text)
            assert not isinstance(again, xml.Fault)
            theirs = schemas.faults(again, outline, XSD)
            mine = ours(outline, again)
            assert bool(mine) == bool(theirs), (outline, mine, theirs, text.decode())
            verdicts[bool(mine)] += 1
    assert min(verdicts.values()) > 60


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.xml")), ids=lambda path: path.name)
def test_what_the_schemas_accept_the_outlines_accept(path: Path) -> None:
    root = xml.read(path.read_bytes())
    if isinstance(root, xml.Fault):
        pytest.skip("not well-formed")
    for each in root:
        if xml.namespace(each) == structure.DECLARATION and xml.local(each) == "Declaration":
            assert schemas.faults(each, "declaration", XSD) == []
            assert ours("declaration", each) == []
