"""Corridors, fences and limits as documents, and their geometry against the plain sums that it must equal."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest
import shapely
from driven import ROAD, circle

from aforo.custody import corridor, fences, limits, road
from aforo.custody.cause import CAUSE_KINDS, CauseKind
from aforo.custody.document import RoadError
from aforo.custody.fences import Circle, Fence, Fences
from aforo.custody.ground import metres
from aforo.custody.plane import Plane

SHIPPED = corridor.example().decode()
FENCE = """
id = "fences"
version = "1"
[[fence]]
id = "square"
name = "A square"
use = "forbidden"
source = "assumed"
ring = [[26.0, -100.0], [26.0, -99.9], [26.1, -99.9], [26.1, -100.0]]
"""


def swapped(old: str, new: str, text: str = SHIPPED) -> bytes:
    assert old in text
    return text.replace(old, new, 1).encode()


def test_what_ships_is_read_and_says_that_it_is_assumed() -> None:
    made = corridor.read(corridor.example())
    assert made.zone == "America/Monterrey"
    assert made.line.source == made.half_width.source == "assumed"
    assert 200_000 < road.read(corridor.example()).length < 250_000
    assert "assumed" in {each.source for each in limits.shipped().saves.kind.values()}


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (b"x" * 1_000_001, "road_too_large"),
        (b"id = ", "road_not_toml"),
        (b"\xff", "road_not_toml"),
        (swapped("metres = 1500", "metres = nan"), "road_not_plain"),
        (b"a = " + b"[" * 60 + b"]" * 60, "road_not_plain"),
        (b"a = " + b"[" * 20_000 + b"]" * 20_000, "road_not_toml"),
        (swapped("metres = 1500", "metres = -1"), "road_not_valid"),
        (swapped("half_width", "halfwidth"), "road_not_valid"),
        (swapped("[25.7000, -100.3000]", "[95.0, -100.3]"), "road_not_valid"),
        (swapped('source = "assumed"', 'source = "survey"'), "road_source_unknown"),
        (swapped("[line]", '[sources]\nassumed = "x"\n\n[line]'), "road_source_reserved"),
        (swapped("America/Monterrey", "America/Nowhere"), "road_zone"),
        (swapped("[25.7000, -100.3000]", "[25.7000, -130.3000]"), "road_too_wide"),
        (swapped("[25.7750, -100.2050]", "[25.7000, -100.3000]"), "road_point_twice"),
        (swapped("until_km = 58", "until_km = 41"), "road_dead_zone"),
        (swapped("from_km = 118", "from_km = 500"), "road_dead_zone"),
        (swapped('id = "vallecillo"', 'id = "mamulique"'), "road_id_twice"),
        (swapped('id = "sabinas"', 'id = "cienega"'), "road_id_twice"),
    ],
)
def test_a_corridor_that_cannot_be_says_where_and_what_to_do(document: bytes, code: str) -> None:
    with pytest.raises(RoadError) as raised:
        corridor.read(document)
    assert raised.value.code == code
    assert raised.value.text.en != raised.value.text.es


def test_limits_name_every_kind_and_a_night() -> None:
    text = (limits.resources.files("aforo.custody") / "alerts.toml").read_text(encoding="utf-8")
    for old, new, code in (
        ("until_hour = { hour = 5", "until_hour = { hour = 22", "road_limits_night"),
        ('dwell = { share = 0.1, halves = 240, source = "assumed" }\n', "", "road_limits_saves"),
        ("hour = 22", "hour = 24", "road_not_valid"),
    ):
        with pytest.raises(RoadError) as raised:
            limits.read(swapped(old, new, text))
        assert raised.value.code == code


@pytest.mark.parametrize(("kind", "was"), [("geofence_watched", "geofence_left"), ("missing", "silent")])
def test_limits_of_before_a_kind_had_one_of_its_own_stand(kind: CauseKind, was: CauseKind) -> None:
    shipped = limits.shipped_document().decode()
    (own,) = [line for line in shipped.splitlines(keepends=True) if line.startswith(kind)]
    read = limits.read(shipped.replace(own, "").encode())
    assert kind not in read.saves.kind
    assert read.saves.of(kind) == read.saves.of(was)
    assert read.saves.of("dwell") == read.saves.kind["dwell"]


def test_the_reference_names_every_field_and_kind(repository: Path) -> None:
    page = (repository / "docs" / "reference" / "roads.md").read_text(encoding="utf-8")
    kinds = (corridor.Corridor, corridor.DeadZone, corridor.Stop, Fence)
    names = {field.encode_name for kind in kinds for field in msgspec.structs.fields(kind)} - {"sources"}
    assert {name for name in names if name not in page} == set()
    assert {kind for kind in CAUSE_KINDS if f"`{kind}`" not in page} == set()


def test_a_fence_that_cannot_be_stops_no_other() -> None:
    bad = {
        "road_not_valid": 'id = "a"\nname = "a"\nuse = "closed"\nsource = "assumed"\n',
        "road_source_unknown": 'id = "b"\nname = "b"\nuse = "watched"\nsource = "map"\n',
        "road_fence_shape": 'id = "c"\nname = "c"\nuse = "watched"\nsource = "assumed"\n',
        "road_fence_ring": 'id = "d"\nname = "d"\nuse = "watched"\nsource = "assumed"\n'
        "ring = [[26.0, -100.0], [26.1, -99.9], [26.1, -100.0], [26.0, -99.9]]\n",
        "road_id_twice": FENCE.split("[[fence]]\n")[1],
    }
    document = FENCE + "".join(f"[[fence]]\n{each}" for each in bad.values())
    made, problems = fences.read(document.encode())
    assert [each.name for each in made.fences] == ["A square"]
    assert [(each.record, each.code) for each in problems] == list(zip(range(2, 7), bad, strict=True))
    with pytest.raises(RoadError):
        fences.read(b"fence = 1")


def test_positions_in_fences_are_those_of_each_fence_asked_by_itself() -> None:
    """Rings and circles over each other, some large, some far away; positions on corners and edges among them."""
    rng = np.random.default_rng(5)
    made = [
        Fence(id="far", name="far", use="watched", source="assumed", circle=Circle(lat=19.4, lon=-99.1, metres=9e4))
    ]
    for number in range(120):
        lat, lon = 26 + rng.normal(0, 0.3), -100 + rng.normal(0, 0.3)
        if number % 2:
            made.append(circle(f"c{number}", rng.uniform(0, ROAD.length), rng.uniform(100, 30_000)))
        else:
            turns = np.linspace(0, 2 * np.pi, 9)[:-1]
            far = rng.uniform(0.01, 0.3, 8)
            ring = tuple(zip((lat + far * np.sin(turns)).tolist(), (lon + far * np.cos(turns)).tolist(), strict=True))
            made.append(Fence(id=f"r{number}", name="r", use="watched", source="assumed", ring=ring))
    square = ((26.0, -100.0), (26.0, -99.5), (26.5, -99.5), (26.5, -100.0))
    made.append(Fence(id="square", name="square", use="watched", source="assumed", ring=square))
    lat = np.concatenate((rng.uniform(25, 27.6, 3_000), [26.0, 26.0, 26.25, 26.5, 19.4, -40.0])) * 1e7
    lon = np.concatenate((rng.uniform(-101, -99, 3_000), [-100.0, -99.7, -99.5, -100.0, -99.1, 100.0])) * 1e7
    latitude, longitude = np.rint(lat).astype(np.int32), np.rint(lon).astype(np.int32)
    row, fence = Fences(tuple(made)).inside(latitude, longitude)
    expected = []
    for number, each in enumerate(made):
        if each.circle is not None:
            middle = round(each.circle.lat * 1e7), round(each.circle.lon * 1e7)
            inside = metres(latitude, longitude, *middle) <= each.circle.metres
        else:
            ring = [(round(b * 1e7) / 1e7, round(a * 1e7) / 1e7) for a, b in each.ring]
            inside = shapely.intersects_xy(shapely.Polygon(ring), longitude / 1e7, latitude / 1e7)
        expected += [(place, number) for place in np.flatnonzero(inside).tolist()]
    assert list(zip(row.tolist(), fence.tolist(), strict=True)) == sorted(expected)
    assert {row_ for row_, number in expected if number == len(made) - 1} >= set(range(3_000, 3_004))
    assert [len(each) for each in Fences().inside(latitude, longitude)] == [0, 0]


def test_how_far_off_a_road_is_the_least_distance_to_its_line() -> None:
    rng = np.random.default_rng(6)
    along = rng.uniform(-0.02, 1.02, 2_000) * ROAD.length
    points = np.array([ROAD.at(float(each)) for each in along])
    latitude = (points[:, 0] + rng.normal(0, 200_000, 2_000)).astype(np.int32)
    longitude = (points[:, 1] + rng.normal(0, 200_000, 2_000)).astype(np.int32)
    plane = Plane(round((-1_003_000_000 - 995_360_000) / 2))
    line = shapely.LineString(np.column_stack(plane.of(*(np.array(ROAD.corridor.line.points).T * 1e7))))
    away = shapely.distance(line, shapely.points(*plane.of(latitude, longitude)))
    found = ROAD.beyond(latitude, longitude)
    np.testing.assert_allclose(found, np.maximum(away - 1_500, 0), atol=1e-6)
    assert 200 < np.count_nonzero(found) < 1_800
    np.testing.assert_allclose(ROAD.along(latitude, longitude)[0], away, atol=1e-6)


def test_metres_along_a_road_grow_from_one_end_to_the_other() -> None:
    asked = np.linspace(0, ROAD.length, 50)
    points = np.array([ROAD.at(float(each)) for each in asked])
    away, along = ROAD.along(points[:, 0].astype(np.int32), points[:, 1].astype(np.int32))
    assert away.max() < 0.1
    np.testing.assert_allclose(along, asked, atol=0.1)


def test_the_plane_agrees_with_the_distance_on_the_ground() -> None:
    """Two kilometres across the road, at both its ends: what is stated of the error holds."""
    plane = Plane(-999_000_000)
    for lat, lon in ((257_000_000, -1_003_000_000), (275_970_000, -995_360_000)):
        for north, east in ((180_000, 0), (0, 200_000), (130_000, 140_000), (-130_000, 140_000)):
            x, y = plane.of([lat, lat + north], [lon, lon + east])
            true = metres(np.array([lat]), np.array([lon]), lat + north, lon + east)[0]
            assert np.hypot(x[1] - x[0], y[1] - y[0]) == pytest.approx(true, rel=0.004)
    assert plane.back(*map(float, plane.of(260_000_000, -1_001_234_567))) == (260_000_000, -1_001_234_567)
