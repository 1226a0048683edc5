"""A port document is read, and what does not fit in it is told with its place."""

from __future__ import annotations

import csv
import random
from collections import Counter
from pathlib import Path
from typing import get_args

import msgspec
import numpy as np
import pytest

from aforo.domain.codes import schedule_d
from aforo.domain.figure import ASSUMED, Figure, figures
from aforo.ports import shipped
from aforo.ports.document import LANES, Contact, Duty, Part, PortDocument, ReaderPlace
from aforo.ports.reading import MOST_BYTES, PortError, parse, read
from aforo.ports.schedule import by_minute, units_at
from aforo.routing.choice import RESOURCES

GOOD = """
code = "2304"
name = "Laredo"
zone = "America/Chicago"
version = "1"
[sources]
seen = "Somebody who counted"
[[bridge]]
id = "one"
name = "Bridge One"
aliases = ["Uno"]
open = [{ days = ["mon", "tue"], from = "06:00", until = "24:00", source = "seen" }]
booths = { count = 3, source = "seen" }
[bridge.lanes.standard]
booths = [{ days = ["mon"], from = "06:00", until = "22:00", count = 2, source = "assumed" }]
[bridge.lanes.empty]
served_by = "standard"
[bridge.arrivals]
hourly = { weights = [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1], source = "assumed" }
weekday = { weights = [1, 1, 1, 1, 1, 0.5, 0.5], source = "assumed" }
[bridge.arrivals.lanes]
standard = { share = 0.8, source = "assumed" }
empty = { share = 0.2, source = "assumed" }
"""
#: A number that is nobody's: 555-0100 to 555-0199 are kept for fiction.
CALL = 'contact.telephone = {{ number = "+1 956 555 0100", source = "{}" }}\n'


def test_what_is_left_out_stays_unknown() -> None:
    port = parse(GOOD.encode())
    bridge = port.bridges[0]
    assert bridge.approach is None
    assert bridge.docks is None
    assert bridge.scanners == ()
    assert bridge.lanes["standard"].primary is None
    assert bridge.share is None
    assert port.bridge(" UNO ") is bridge
    assert port.bridge("dos") is None


@pytest.mark.parametrize(
    ("old", "new", "code", "place"),
    [
        ('zone = "America/Chicago"', 'zone = "Mars"', "port_zone", "zone"),
        ('zone = "America/Chicago"', 'zone = "UTC"', "port_zone_other", "zone"),
        ('source = "seen" }]', 'source = "nobody" }]', "source_unknown", "bridge[one].open[0].source"),
        ("seen = ", 'assumed = "me"\nseen = ', "source_reserved", "sources"),
        ("count = 3", "count = nan", "port_not_finite", "bridge[one].booths.count"),
        ("count = 3", "count = -1", "port_not_valid", "bridge[one].booths.count"),
        ("count = 3", 'count = "3"', "port_not_valid", "bridge[one].booths.count"),
        ('aliases = ["Uno"]', 'alias = ["Uno"]', "port_not_valid", "bridge[one]"),
        ('from = "06:00", until = "22:00"', 'from = "22:00", until = "06:00"', "window_backwards", "booths[0]"),
        ('from = "06:00", until = "22:00"', 'from = "06:00", until = "25:00"', "port_not_valid", "until"),
        ('["mon", "tue"]', '["mon", "mon"]', "window_day_twice", "open[0]"),
        ('days = ["mon"], from = "06:00"', 'days = ["wed"], from = "06:00"', "booths_while_closed", "standard"),
        ("count = 2", "count = 4", "booths_too_many", "booths"),
        ('served_by = "standard"', 'served_by = "fast"', "lane_served_by_none", "lanes.empty"),
        ("share = 0.2", "share = 0.3", "lane_shares", "arrivals.lanes"),
        ("empty = { share", "hazmat = { share", "lane_share_without_lane", "arrivals.lanes.hazmat"),
        ("[1, 1, 1, 1, 1, 0.5, 0.5]", "[0, 0, 0, 0, 0, 0, 0]", "shape_empty", "arrivals.weekday"),
        ("[1, 1, 1, 1, 1, 0.5, 0.5]", "[0, 0, 1, 0, 0, 0, 0]", "shape_closed", "arrivals"),
        ("[1, 1, 1, 1, 1, 0.5, 0.5]", "[1, 1]", "port_not_valid", "weekday.weights"),
        (
            "booths = { count = 3",
            CALL.format("assumed") + "booths = { count = 3",
            "telephone_assumed",
            "contact.telephone",
        ),
        ("booths = { count = 3", CALL.format("nobody") + "booths = { count = 3", "source_unknown", "contact.telephone"),
        ("[sources]", f"{CALL.format('assumed')}[sources]", "telephone_assumed", "contact.telephone"),
        ("[sources]", 'contact.desk = { name = "C", source = "me" }\n[sources]', "source_unknown", "contact.desk"),
        ("[sources]", CALL.format("seen").replace("+1", "call") + "[sources]", "port_not_valid", "telephone.number"),
    ],
)
def test_what_is_wrong_is_told_with_its_place_in_both_languages(old: str, new: str, code: str, place: str) -> None:
    assert old in GOOD
    _, found = read(GOOD.replace(old, new).encode())
    assert code in [each.code for each in found]
    first = next(each for each in found if each.code == code)
    assert place in first.place
    assert first.place in first.text.en
    assert first.place in first.text.es
    with pytest.raises(PortError) as wrong:
        parse(GOOD.replace(old, new).encode())
    assert wrong.value.text.en


@pytest.mark.parametrize(
    "document",
    [b"\xff\xfe", b"a = ", b"x = " + b"[" * 5_000 + b"]" * 5_000, b"#" * (MOST_BYTES + 1), b"", b"code = 2304"],
    ids=["no text", "no TOML", "deep", "large", "empty", "a number for a code"],
)
def test_a_hostile_document_is_refused_in_words(document: bytes) -> None:
    port, found = read(document)
    assert port is None
    assert found[0].text.en
    assert found[0].text.es


def test_a_damaged_document_is_told_and_never_raises() -> None:
    draw = random.Random(5)
    whole = shipped.documents()["2604"]
    for _ in range(150):
        damaged = bytearray(whole)
        for _ in range(draw.randint(1, 4)):
            place = draw.randrange(len(damaged))
            kind = draw.randrange(3)
            if kind == 0:
                damaged[place] = draw.randrange(256)
            elif kind == 1:
                del damaged[place : place + draw.randrange(40)]
            else:
                damaged[place:place] = draw.choice([b"nan", b"-1", b"\x00", b"[", b"99999999999999999999"])
        port, found = read(bytes(damaged))
        assert port is not None or found


def test_whom_a_driver_asks_is_the_bridges_own_else_the_ports() -> None:
    port = parse(GOOD.encode())
    assert port.contact_at(port.bridges[0]) == Contact()
    desk = 'contact.desk = { name = "Window 3", source = "assumed" }\n'
    shared = GOOD.replace("[sources]", f"{CALL.format('seen')}{desk}[sources]")
    port = parse(shared.encode())
    told = port.contact_at(port.bridges[0])
    assert told.desk is not None
    assert told.telephone is not None
    assert (told.desk.name, told.telephone.number) == ("Window 3", "+1 956 555 0100")
    own = 'contact.desk = { name = "Bridge One, window 1", source = "seen" }\n'
    port = parse(shared.replace("booths = { count = 3", f"{own}booths = {{ count = 3").encode())
    told = port.contact_at(port.bridges[0])
    assert told.desk is not None
    assert told.telephone is not None
    assert (told.desk.name, told.telephone.number) == ("Bridge One, window 1", "+1 956 555 0100")


def test_no_document_that_ships_has_a_number_to_call() -> None:
    # None is known that is published for drivers; one that were made up would be printed, and called.
    for port in shipped.ports():
        assert all(port.contact_at(bridge).telephone is None for bridge in port.bridges), port.name


def test_two_bridges_do_not_share_a_word() -> None:
    second = GOOD[GOOD.index("[[bridge]]") :].replace('"one"', '"two"').replace("Bridge One", "UNO")
    _, found = read((GOOD + second).encode())
    assert "bridge_name_twice" in [each.code for each in found]


def test_a_week_is_read_from_its_windows() -> None:
    booths = parse(GOOD.encode()).bridges[0].lanes["standard"].booths
    week = by_minute(booths)
    assert week.shape == (7, 1440)
    assert week[0, 359] == 0
    assert week[0, 360] == 2
    assert week[0, 1319] == 2
    assert week[0, 1320] == 0
    assert week[1:].sum() == 0
    assert units_at(booths, 0, 360) == 2
    assert units_at(booths, 1, 360) == 0


def test_the_shape_of_a_week_counts_by_open_minutes() -> None:
    shape = parse(GOOD.encode()).bridges[0].week_shape()
    assert shape is not None
    assert shape.sum() == pytest.approx(1.0)
    assert shape[0, :6].sum() == 0
    assert shape[2:].sum() == 0
    assert shape[0].sum() == pytest.approx(shape[1].sum())


@pytest.fixture(scope="module")
def ports() -> tuple[PortDocument, ...]:
    return shipped.ports()


def test_the_22_truck_ports_are_shipped_and_sound(ports: tuple[PortDocument, ...]) -> None:
    assert len(ports) == 22
    assert [port.code for port in ports] == sorted({port.code for port in ports})
    for port in ports:
        assert port.code in schedule_d()
        assert read(shipped.documents()[port.code])[1] == ()
    each = (bridge.names() for port in ports for bridge in port.bridges)
    words = Counter(word for names in each for word in set(map(str.casefold, names)))
    feeds = Counter(feed.port_number for port in ports for bridge in port.bridges for feed in bridge.waits)
    assert max(words.values()) == max(feeds.values()) == 1


def test_the_ports_are_those_that_trucks_crossed(shared_data: Path, ports: tuple[PortDocument, ...]) -> None:
    with (shared_data / "geo" / "us_mexico_truck_ports.csv").open(encoding="utf-8") as file:
        rows = {row["Port Code"]: row for row in csv.DictReader(file)}
    assert {port.code for port in ports} == set(rows)
    for port in ports:
        assert port.place is not None
        assert (port.place.lat, port.place.lon) == (float(rows[port.code]["lat"]), float(rows[port.code]["lon"]))


def test_what_nobody_publishes_is_assumed(ports: tuple[PortDocument, ...]) -> None:
    for port in ports:
        for place, figure in figures(port):
            private = ("approach", "scanners", "docks.units", "docks.service", "staff", "arrivals.hourly", "portals")
            if any(part in place for part in private) and place.endswith(("units", "approach", "hourly", "service")):
                assert figure.source == ASSUMED, (port.name, place)
            if ".staff." in place:
                assert figure.source == ASSUMED, (port.name, place)


def test_every_source_that_is_named_is_used(ports: tuple[PortDocument, ...]) -> None:
    for port in ports:
        used = {figure.source for _, figure in figures(port)}
        used |= {each.source for bridge in port.bridges for each in (*bridge.readers, *bridge.waits)}
        assert set(port.sources) <= used | {"ucp"}, port.name


def test_joint_docks_keep_the_published_hours(ports: tuple[PortDocument, ...]) -> None:
    by_id = {bridge.id: bridge for port in ports for bridge in port.bridges}
    assert {name for name, bridge in by_id.items() if bridge.joint} == {
        "mariposa", "douglas", "san-luis", "calexico-east", "rio-grande-city", "colombia", "otay-mesa", "ysleta",
        "tecate",
    }  # fmt: skip
    nogales, otay = by_id["mariposa"].joint, by_id["otay-mesa"].joint
    assert nogales is not None
    assert otay is not None
    assert np.flatnonzero(by_minute(nogales.open)[0])[[0, -1]].tolist() == [8 * 60, 18 * 60 - 1]
    assert np.flatnonzero(by_minute(nogales.open)[5])[[0, -1]].tolist() == [8 * 60, 16 * 60 - 1]
    assert np.flatnonzero(by_minute(otay.open)[4])[[0, -1]].tolist() == [6 * 60, 19 * 60 - 1]
    assert by_minute(otay.open)[5:].sum() == 0


def test_a_bridge_is_found_as_filers_write_it() -> None:
    found = shipped.bridge_called("world trade")
    assert found is not None
    assert (found[0].code, found[1].id) == ("2304", "world-trade")
    assert shipped.bridge_called("world trade", "2506") is None
    port = shipped.port_called("laredo")
    assert port is not None
    assert port is shipped.port_called("2304")


def test_lane_classes_and_duties_are_the_codes_of_the_choice(ports: tuple[PortDocument, ...]) -> None:
    assert LANES == ("fast", "standard", "empty", "hazmat")
    for port in ports:
        for bridge in port.bridges:
            assert set(bridge.staff) <= set(RESOURCES)


def test_the_reference_names_every_field(repository: Path) -> None:
    page = (repository / "docs" / "reference" / "port-documents.md").read_text(encoding="utf-8")
    own = (each for each in _below(Figure) if each.__module__.startswith("aforo.ports."))
    parts = (each for each in _below(Part) if each.__module__.startswith("aforo.ports."))
    kinds: list[type[msgspec.Struct]] = [PortDocument, *parts, *own, Figure]
    names = {field.encode_name for kind in kinds for field in msgspec.structs.fields(kind)}
    assert {name for name in names if f"`{name}`" not in page} == set()
    for codes in (LANES, get_args(ReaderPlace), get_args(Duty)):
        assert {code for code in codes if f"`{code}`" not in page} == set()


def _below(kind: type[msgspec.Struct]) -> list[type[msgspec.Struct]]:
    return [each for child in kind.__subclasses__() for each in (child, *_below(child))]


def test_all_that_is_wrong_is_told_at_once() -> None:
    wrong = GOOD
    for old, new in (
        ("booths = { count = 3", "booths = { count = nan"),
        ("count = 2", "count = -3"),
        ("aliases", "alias"),
        ("share = 0.2", "share = 0.35"),
        ('days = ["mon", "tue"]', 'days = ["mon", "moon"]'),
        ('zone = "America/Chicago"', 'zone = "Mars"'),
        ("weights = [1, 1, 1, 1, 1, 0.5, 0.5]", "weights = [1, 1, 1, 1, 1, 0.5]"),
        ('empty = { share = 0.35, source = "assumed"', 'empty = { share = 0.35, source = "nobody"'),
    ):
        assert old in wrong
        wrong = wrong.replace(old, new, 1)
    port, found = read(wrong.encode())
    assert port is None
    assert [(each.code, each.place) for each in found] == [
        ("port_not_finite", "bridge[one].booths.count"),
        ("port_not_valid", "bridge[one]"),
        ("port_not_valid", "bridge[one].open[0].days[1]"),
        ("port_not_valid", "bridge[one].lanes.standard.booths[0].count"),
        ("port_not_valid", "bridge[one].arrivals.weekday.weights"),
        ("port_zone", "zone"),
        ("source_unknown", "bridge[one].arrivals.lanes.empty.source"),
        ("lane_shares", "bridge[one].arrivals.lanes"),
    ]


def test_what_is_wrong_only_because_of_another_fault_is_not_told() -> None:
    for old, new, places in (
        ("share = 0.2", "share = -0.2", ["bridge[one].arrivals.lanes.empty.share"]),
        ("count = 2", "count = -2", ["bridge[one].lanes.standard.booths[0].count"]),
        ('until = "24:00"', 'until = "25:00"', ["bridge[one].open[0].until"]),
        ("seen = ", "seen = 7 #", ["sources.seen"]),
        ('id = "one"', "id = 1", ["bridge[0].id"]),
    ):
        port, found = read(GOOD.replace(old, new, 1).encode())
        assert port is None
        assert [each.place for each in found] == places


def test_every_field_that_is_missing_is_told() -> None:
    port, found = read(GOOD.replace('code = "2304"\nname = "Laredo"\n', "").replace('id = "one"\n', "").encode())
    assert port is None
    assert [each.text.en for each in found] == [
        "bridge[0]: `id` is missing: add it",
        "the document: `code` is missing: add it",
        "the document: `name` is missing: add it",
    ]
