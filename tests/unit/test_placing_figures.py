"""The document of figures that placing rests on: it ships whole, and what is wrong is said where it is wrong."""

from __future__ import annotations

import pytest

from aforo.domain.figure import ASSUMED, figures
from aforo.ports import shipped as ships
from aforo.twin import border, placing_figures
from aforo.twin.placing_figures import PlacingError, parse, shipped_document
from aforo.twin.placing_sites import border_of, sites_of
from aforo.twin.scenario import called


def changed(old: str, new: str) -> bytes:
    document = shipped_document().decode("utf-8")
    assert document.count(old) >= 1
    return document.replace(old, new, 1).encode("utf-8")


def test_every_figure_that_ships_has_a_source_and_most_are_assumed() -> None:
    own = placing_figures.shipped()
    places = dict(figures(own))
    assert {place for place, figure in places.items() if not figure.source} == set()
    assert {each.source for each in places.values()} - set(own.sources) == {ASSUMED}
    assert set(own.sources) <= {each.source for each in places.values()}
    assert places["kind[secondary].per_hour"].source == "scanners"


@pytest.mark.parametrize(
    ("old", "new", "code", "place"),
    [
        ("low = 0.5\nhigh = 1.0", "low = 0.8\nhigh = 1.0", "placing_range", "reached"),
        ("low = 0.22\nhigh = 0.32", "low = 0.1\nhigh = 0.2", "placing_range", "scanned_today"),
        ("low = 0.5\nhigh = 1.5", "low = 1.2\nhigh = 1.5", "placing_range", "standing"),
        ("low = 0.5\nhigh = 1.0", "low = 0.0\nhigh = 1.0", "placing_no_throughput", "availability"),
        ("share = 0.85", "share = 1.0", "placing_use", "use"),
        ('id = "portal"', 'id = "secondary"', "placing_kind_twice", "kind"),
        ("[0.05, 0.15], ", "[0.05, 0.02], ", "placing_curve", "ranking.curve"),
        ("[1.0, 1.0]]", "[1.0, 0.9]]", "placing_curve", "ranking.curve"),
        ("[0.5, 0.75], [1.0, 1.0]]", "[0.4, 0.75], [0.3, 0.8], [1.0, 1.0]]", "placing_curve", "ranking.curve"),
        ('source = "bts-years"', 'source = "hearsay"', "placing_source", "volume: hearsay"),
        ('threat = "contraband"', 'threat = "weather"', "placing_not_valid", "finds.threat"),
        ("[volume]", "[tides]\nhigh = 1\n[volume]", "placing_not_valid", "tides"),
        ("strength = 10.0", "strength = nan", "placing_not_finite", "choosing.strength"),
        ("[volume]", "[volume", "placing_not_toml", "TOML"),
    ],
)
def test_what_is_wrong_is_said_where_it_is_wrong(old: str, new: str, code: str, place: str) -> None:
    with pytest.raises(PlacingError) as refused:
        parse(changed(old, new))
    assert refused.value.code == code
    assert place in refused.value.text.en
    assert place in refused.value.text.es


def test_a_document_of_any_size_is_not_read() -> None:
    with pytest.raises(PlacingError) as refused:
        parse(b"#" * 300_000)
    assert refused.value.code == "placing_too_large"


def test_room_and_what_going_there_costs_are_those_of_the_bridge() -> None:
    own = parse(
        changed("[diverting]", '[diverting]\n"2601/douglas" = { share = 0.1, source = "assumed" }').replace(
            b"[room]", b'[room]\n"2304/colombia" = { count = 2, source = "assumed" }'
        )
    )
    kind = own.kind("secondary")
    assert kind is not None
    bridges = called("all", ships.directory())
    sites = sites_of(bridges, border.shipped().counts, own, kind)
    assert {name: float(share) for name, share in zip(sites.ids, sites.diverting, strict=True) if share} == {
        "2601/douglas": 0.1
    }
    assert int(sites.room[sites.ids.index("2304/colombia")]) == 2
    assert int(sites.room[sites.ids.index("2304/world-trade")]) > 1_000
    # What is said of bridges beside those asked for is left alone.
    laredo = called("Laredo", ships.directory())
    whole, at = border_of(border.shipped(), laredo, own, kind)
    assert {whole.ids[each] for each in at} == {"2304/colombia", "2304/world-trade"}
    assert float(whole.only(at).diverting.max()) == 0.0


@pytest.mark.parametrize(
    ("table", "name", "nearest"),
    [
        ("room", "Colombia", "2304/colombia"),
        ("room", "2304/columbia", "2304/colombia"),
        ("diverting", "2403/colombia", "2304/colombia"),
        ("diverting", "2507/calexico_east", "2507/calexico-east"),
        ("diverting", "2304/world/trade", "2304/world-trade"),
    ],
)
def test_a_bridge_that_there_is_none_of_is_told_with_the_nearest(table: str, name: str, nearest: str) -> None:
    figure = "count = 2" if table == "room" else "share = 0.2"
    slip = parse(changed(f"[{table}]", f'[{table}]\n"{name}" = {{ {figure}, source = "assumed" }}'))
    kind = slip.kind("secondary")
    assert kind is not None
    for asked in ("all", "2507"):
        with pytest.raises(PlacingError) as refused:
            border_of(border.shipped(), called(asked, ships.directory()), slip, kind)
        assert refused.value.code == "placing_bridge"
        for words in (refused.value.text.en, refused.value.text.es):
            assert f"{table}.{name}" in words
            assert nearest in words


def test_bridges_that_were_not_counted_are_left_out_beside_those_asked_for_and_refused_among_them() -> None:
    own = placing_figures.shipped()
    kind = own.kind("secondary")
    assert kind is not None
    counts = {code: months for code, months in border.shipped().counts.items() if code != "2304"}
    without = border.Border(ships.directory(), counts)
    sites, at = border_of(without, called("2507", ships.directory()), own, kind)
    assert sites.count == 22
    assert [sites.ids[each] for each in at] == ["2507/calexico-east"]
    with pytest.raises(PlacingError, match="Laredo") as refused:
        border_of(without, called("all", ships.directory()), own, kind)
    assert refused.value.code == "placing_no_count"
