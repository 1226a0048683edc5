"""The tables of the Carta Porte against SAT's own XSDs, where these are at hand: the same verdict on any document.

Documents are made from the tables, then spoilt: attributes left out, added, or given other values; elements left out,
repeated, put elsewhere. Codes of long catalogues are outside: the tables know their form alone.
"""

from __future__ import annotations

import copy
import re
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from lxml import etree

from aforo.intake import xml
from aforo.intake.carta_porte import facets, schema, xsd
from aforo.intake.carta_porte.nodes import Found

VERSIONS = ("20", "30", "31")
CATALOGUE = "catCartaPorte"
#: Documents are long to shrink, and the assertion shows the one that differs.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
INSTANCE = f"{{{schema.INSTANCE}}}"
#: Values on the edges of one type or another.
EDGES = (
    *(
        "",
        " ",
        "|",
        "a|b",
        "x",
        "  dos  espacios ",
        "tab\ttab",
        "línea\nlínea",
        "Sí",
        " Sí",
        "No",
        "si",
        "Origen ",
        "ñ" * 7,
    ),
    *("0", "-1", "+1", "1.", ".5", "01", "1.0", "1.0000000", "0.001", "0.0010", "0.0001", "0.01", "99999", "99999.01"),
    *("2147483647", "2147483648", "1e3", "NaN", "1,5", "١", "0.0000001", "000000000000000001.5", "3.14159265"),
    *("2026-02-28", "2026-02-30", "2024-02-29", "2026-2-3", "1899-01-01", "2026-01-01Z"),
    *(
        "2026-02-28T23:59:59",
        "2026-02-30T00:00:00",
        "2026-02-28T24:00:00",
        "2026-02-28T10:00:00Z",
        "2009-01-01T00:00:00",
    ),
    *("12AB3C", "12-AB3", "12 AB3", "(12AB)", "12.AB", "12!AB", "AB12", "ABCD1234", "2021", "1899", "99"),
    *("AAA010101AAA", "aaa010101aaa", "AAAA010101AAA", "A&Ñ010131000", "AAA011301AAA", " AAA010101AAA"),
    *(
        "OR000001",
        "DE000001",
        "OR00001",
        "IMO1234567",
        "26  24  3420  6000001",
        "26 24 3420 6000001",
        "30/40/30cm",
        "3/4/5",
    ),
    *(
        "CCC00000-0000-0000-0000-000000000000",
        "00000000-0000-0000-0000-000000000000",
        "MEX",
        "mex",
        "ZZZ",
        "QQQ",
        "XA-BCD",
    ),
    *(
        "85015101",
        "8501510100",
        "850151010",
        "TPAF01",
        "TPAF99",
        "T3S2",
        "123456",
        "1|3456",
        "a" * 1001,
        "a" * 254,
        "a" * 255,
    ),
)


@pytest.fixture(scope="module")
def folder(shared_data: Path) -> Path:
    found = shared_data / "manifests" / "carta_porte"
    if not (found / "CartaPorte31.xsd").is_file():
        pytest.skip("SAT's XSDs are absent: no manifests/carta_porte in ../shared/data")
    return found


@cache
def codes(folder: Path) -> dict[str, list[str]]:
    """The catalogues by the names of their types."""
    tree = etree.parse(str(folder / "catCartaPorte.xsd"))
    space = {"xs": "http://www.w3.org/2001/XMLSchema"}
    return {
        f"{CATALOGUE}:{each.get('name')}": [
            str(code) for code in each.xpath(".//xs:enumeration/@value", namespaces=space)
        ]
        for each in tree.iterfind("xs:simpleType", space)
    }


def is_long(kind: str) -> bool:
    return kind.startswith(CATALOGUE) and not schema.types()[kind].values


def values(kind: str, listed: dict[str, list[str]]) -> st.SearchStrategy[str]:
    """Values of a type."""
    if is_long(kind):
        return st.sampled_from(listed[kind][:50])
    of_type = facets.named(kind, schema.types())
    if of_type.values:
        return st.sampled_from(of_type.values)
    if of_type.base in ("decimal", "integer") and "year" not in kind:
        whole = st.integers(max(1, int(float(of_type.least or 0))), 90_000)
        if of_type.base == "integer":
            return whole.map(str)
        return st.tuples(whole, st.integers(0, 99)).map(lambda pair: f"{pair[0]}.{pair[1]:02}")
    if of_type.base == "datetime":
        return st.sampled_from(["2026-03-02T08:00:00", "2010-12-31T23:59:59"])
    if of_type.base == "date":
        return st.sampled_from(["2026-03-02", "1999-12-31"])
    if kind.startswith(("text_", "tdCFDI:t_D", "tdCFDI:t_N", "tdCFDI:t_Ref", "code_", "raw_")):
        least, most = of_type.shortest, min(of_type.longest or 40, of_type.shortest + 12)
        return st.text("abcXYZ019-áñ&<\"'", min_size=least, max_size=most)
    return st.from_regex(re.compile(of_type.pattern.replace(r"[^(?!.*)\s-]", "[A-Z0-9]"), re.ASCII), fullmatch=True)


@st.composite
def documents(draw: st.DrawFn, version: str, listed: dict[str, list[str]]) -> etree._Element:
    """A document that the tables of a version allow."""
    name = f"carta_porte_{version}"
    table = schema.entries(name)
    space = f"http://www.sat.gob.mx/CartaPorte{version}"

    def made(path: str) -> etree._Element:
        entry = table[path]
        element = etree.Element(f"{{{space}}}{path.rsplit('/', 1)[-1]}")
        for label, kind in entry.attributes.items():
            if not kind.endswith("?") or draw(st.integers(0, 3)) == 0:
                element.set(label, draw(values(kind.removesuffix("?"), listed)))
        for child in entry.children:
            label, occurs = child.split(" ")
            least, most = occurs.split("..")
            top = max(int(least), 1) if most == "*" else min(int(most), int(least) + 1)
            for _ in range(draw(st.integers(int(least), top))):
                element.append(made(f"{path}/{label}"))
        return element

    return made("CartaPorte")


@st.composite
def spoilt(draw: st.DrawFn, version: str, listed: dict[str, list[str]]) -> etree._Element:
    """Such a document with up to two changes."""
    root = draw(documents(version, listed))
    for _ in range(draw(st.integers(0, 2))):
        element = draw(st.sampled_from(list(root.iter())))
        names = sorted(str(each) for each in element.attrib)
        change = draw(st.integers(0, 7))
        if change <= 2 and names:
            name = draw(st.sampled_from(names))
            element.set(name, draw(st.sampled_from([each for each in EDGES if "Placa" not in name or "-" not in each])))
        elif change == 3 and names:
            del element.attrib[draw(st.sampled_from(names))]
        elif change == 4:
            element.set(draw(st.sampled_from(["Placa", "Version", "Otro", f"{INSTANCE}schemaLocation"])), "a b")
        elif change == 5 and element is not root:
            parent = element.getparent()
            assert parent is not None
            twin = copy.deepcopy(element)
            parent.insert(draw(st.integers(0, len(parent))), twin)
        elif change == 6 and element is not root:
            parent = element.getparent()
            assert parent is not None
            parent.remove(element)
        elif change == 7:
            element.text = draw(st.sampled_from([" ", "texto"]))
    return root


#: Of libxml2's messages, the element and the attribute.
WHERE = re.compile(r"Element '(?:\{[^}]*\})?([^']+)'(?:, attribute '(?:\{[^}]*\})?([^']+)')?")


def by_xsd(folder: Path, version: str, root: etree._Element) -> list[str]:
    """SAT's errors, without those of codes of long catalogues."""
    compiled = xsd.compiled(folder, f"carta_porte_{version}")
    assert compiled is not None
    if compiled.validate(root):
        return []
    long = {
        (path.rsplit("/", 1)[-1], label)
        for path, entry in schema.entries(f"carta_porte_{version}").items()
        for label, kind in entry.attributes.items()
        if is_long(kind.removesuffix("?"))
    }
    messages = [entry.message for entry in compiled.error_log]  # type: ignore[attr-defined]
    return [text for text in messages if (where := WHERE.search(text)) is None or where.groups() not in long]


def by_tables(version: str, root: etree._Element) -> list[Found]:
    found: list[Found] = []
    schema.read(root, schema.schema(f"carta_porte_{version}"), found)
    long = {
        (path.rsplit("/", 1)[-1], label)
        for path, entry in schema.entries(f"carta_porte_{version}").items()
        for label, kind in entry.attributes.items()
        if is_long(kind.removesuffix("?"))
    }
    missing = "cp_attribute_missing"
    return [each for each in found if each.fault.code == missing or (each.node.name, each.fault.name) not in long]


def again(root: etree._Element) -> etree._Element:
    """The document as it is read from bytes."""
    read = xml.read(etree.tostring(root, encoding="utf-8"))
    assert isinstance(read, etree._Element)
    return read


@pytest.mark.parametrize("version", VERSIONS)
@settings(max_examples=20, phases=PHASES, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_the_tables_allow_the_xsd_allows(folder: Path, version: str, data: st.DataObject) -> None:
    root = again(data.draw(documents(version, codes(folder))))
    assert by_xsd(folder, version, root) == []
    assert by_tables(version, root) == []


@pytest.mark.parametrize("version", VERSIONS)
@settings(max_examples=100, phases=PHASES, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_the_tables_and_the_xsd_agree(folder: Path, version: str, data: st.DataObject) -> None:
    root = again(data.draw(spoilt(version, codes(folder))))
    official, ours = by_xsd(folder, version, root), by_tables(version, root)
    assert bool(official) == bool(ours), (official, [each.fault for each in ours], etree.tostring(root).decode())


def complete(version: str, listed: dict[str, list[str]]) -> etree._Element:
    """A document with every element and every attribute, each with the first edge or code that its type allows."""
    table = schema.entries(f"carta_porte_{version}")

    def made(path: str) -> etree._Element:
        element = etree.Element(f"{{http://www.sat.gob.mx/CartaPorte{version}}}{path.rsplit('/', 1)[-1]}")
        for label, named in table[path].attributes.items():
            kind = named.removesuffix("?")
            look = facets.check(facets.named(kind, schema.types()))
            of_list = listed.get(kind, []) or facets.named(kind, schema.types()).values
            element.set(label, next(each for each in (*of_list, *EDGES) if each.strip() == each and look(each) is None))
        for child in table[path].children:
            label, occurs = child.split(" ")
            for _ in range(max(1, int(occurs.split("..")[0]))):
                element.append(made(f"{path}/{label}"))
        return element

    return made("CartaPorte")


def local(element: etree._Element) -> str:
    return str(element.tag).rsplit("}", 1)[-1]


#: By the names of element and attribute, which is what the XSD tells of one that is wrong: its type, and where it is.
Named = dict[tuple[str, str], tuple[str, etree._Element]]


def of_each_type(version: str, root: etree._Element) -> list[Named]:
    """An attribute of each type that the tables know whole, in rounds: those of a round have names of their own."""
    seen: set[str] = set()
    rounds: list[Named] = []
    for element in root.iter():
        path = "/".join(local(each) for each in (*reversed(list(element.iterancestors())), element))
        for label, named in schema.entries(f"carta_porte_{version}")[path].attributes.items():
            kind, name = named.removesuffix("?"), (local(element), label)
            if kind in seen or is_long(kind):
                continue
            seen.add(kind)
            if all(name in each for each in rounds):
                rounds.append({})
            next(each for each in rounds if name not in each)[name] = kind, element
    assert len(seen) > 40
    return rounds


@pytest.mark.parametrize("version", VERSIONS)
def test_each_type_agrees_on_every_edge(folder: Path, version: str) -> None:
    """One attribute of each type is given each of the edges: those of a round at once, since the XSD tells every
    attribute that is wrong, and to read a document is dear."""
    root = complete(version, codes(folder))
    assert by_xsd(folder, version, again(root)) == []
    assert by_tables(version, again(root)) == []
    differ = []
    for attributes in of_each_type(version, root):
        right = {name: str(element.get(name[1])) for name, (_, element) in attributes.items()}
        for edge in EDGES:
            # libxml2 reads past the hyphen that ends the class, which SAT's pattern excludes
            given = {
                name: right[name] if kind == "plate" and "-" in edge else edge for name, (kind, _) in attributes.items()
            }
            for name, (_, element) in attributes.items():
                element.set(name[1], given[name])
            told = by_xsd(folder, version, again(root))
            official = {where.groups() for text in told if (where := WHERE.search(text))}
            assert official <= attributes.keys()
            for name, (kind, _) in attributes.items():
                of_type = facets.named(kind, schema.types())
                # As a parser hands it on: tabs and line breaks in an attribute are spaces.
                value = given[name].replace("\t", " ").replace("\n", " ")
                ours = facets.check(of_type)(value if of_type.keeps_spaces else facets.collapsed(value))
                if (name in official) != bool(ours):
                    differ.append((kind, edge, told, ours))
        for name, (_, element) in attributes.items():
            element.set(name[1], right[name])
    assert differ == []


def test_the_short_catalogues_are_sats(folder: Path) -> None:
    ours = {name: each.values for name, each in schema.types().items() if name.startswith(CATALOGUE) and each.values}
    assert ours
    assert {name: tuple(codes(folder)[name]) for name in ours} == ours


def test_every_code_of_a_long_catalogue_has_the_form_of_the_tables(folder: Path) -> None:
    for name, of_type in schema.types().items():
        if is_long(name):
            look = facets.check(of_type)
            assert [code for code in codes(folder)[name] if look(code)] == [], name
