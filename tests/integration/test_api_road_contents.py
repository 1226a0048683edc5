"""What the documents of the roads and of responses say, over HTTP: in force since when, by whom, with their sources."""

from __future__ import annotations

import pytest
from fenced import FENCES
from journeys import Post
from listening import listening
from straight import NAME, corridor
from test_api_roads import put

from aforo.custody import limits, response_plan

MORE = """
[[dead_zone]]
id = "pass"
from_km = 40.0
until_km = 60.0
heard = { share = 0.3, source = "survey", note = "between mountains" }

[[stop]]
id = "inn"
name = "Inn"
lat = 26.0
lon = -100.0
radius = { metres = 300, source = "assumed" }
use = "yard"
longest = { minutes = 90, source = "assumed" }

[sources]
survey = "A drive of March 2026"
"""


def test_a_document_says_since_when_it_stands_and_by_whom(post: Post) -> None:
    with listening(post) as made:
        first = put(made, corridor())
        post.clock.move(minutes=5)
        second = put(made, corridor(version="2"))
        assert (first["version"], second["version"]) == ("1", "2")
        assert first["by"] == second["by"] == "supervisor"
        assert str(second["since"]) > str(first["since"])
        post.clock.move(minutes=5)
        answer = made.as_("supervisor", "eva").post(f"/v1/roads/corridor/{NAME}/rollback").json()
        (shown,) = answer["documents"]
        assert (shown["version"], shown["hash"], shown["by"]) == ("1", first["hash"], "eva")
        assert shown["since"] > str(second["since"]), "it stands anew since the one after it was taken back"


def test_what_a_corridor_says_is_laid_out_with_the_line_of_its_dead_zones(post: Post) -> None:
    with listening(post) as made:
        put(made, corridor(more=MORE))
        said = made.as_("analyst").get(f"/v1/corridors/{NAME}").json()
        assert (said["version"], said["half_width_m"], said["zone"]) == ("1", 2_000, "America/Monterrey")
        (zone,) = said["dead_zones"]
        assert (zone["from_km"], zone["until_km"], zone["heard"], zone["source"]) == (40.0, 60.0, 0.3, "survey")
        assert said["sources"] == {"survey": "A drive of March 2026"}
        # Straight from one end to the other, the points of the zone lie between those of the line.
        (south, _), (north, _) = zone["line"]
        first, last = said["line"][0][0], said["line"][1][0]
        assert first < south < north < last
        assert north - south == pytest.approx((last - first) * 20 / said["length_km"], rel=0.01)
        (stop,) = said["stops"]
        assert (stop["use"], stop["radius_m"], stop["longest_min"]) == ("yard", 300, 90.0)
        assert made.as_("officer").get("/v1/corridors/elsewhere").status_code == 404


def test_fences_of_all_documents_are_told_a_part_at_a_time(post: Post) -> None:
    with listening(post) as made:
        officer = made.as_("officer")
        assert officer.get("/v1/fences").json() == {"total": 0, "fences": []}
        put(made, FENCES.encode(), "fences")
        said = officer.get("/v1/fences").json()
        assert said["total"] == 5
        circle, ring, *_ = said["fences"]
        assert (circle["middle"], circle["radius_m"], circle["ring"]) == ([26.4, -100.3], 9_000, [])
        assert (ring["use"], ring["middle"]) == ("watched", None)
        assert sorted(ring["ring"]) == [[26.85, -99.9], [26.85, -99.6], [26.95, -99.9], [26.95, -99.6]]
        second = officer.get("/v1/fences", params={"skip": 1, "limit": 1}).json()
        assert (second["total"], second["fences"]) == (5, [ring])


def test_a_fence_says_of_which_document_it_is_and_who_stands_behind_it_there(post: Post) -> None:
    """Two documents may have a source of the same name, and mean another by it."""
    other = FENCES.replace('id = "yards"', 'id = "borders"').replace("of the state's", "of the other state's")
    with listening(post) as made:
        put(made, FENCES.encode(), "fences")
        put(made, other.encode(), "fences")
        told = made.as_("officer").get("/v1/fences").json()["fences"]
    said = [(each["document"], each["source"], each["published"]) for each in told if each["id"] == "scrapyard"]
    assert said == [
        ("borders", "police", "A list of the other state's police"),
        ("yards", "police", "A list of the state's police"),
    ]
    assert {each["published"] for each in told if each["source"] == "assumed"} == {""}


def test_the_limits_that_ship_stand_until_others_are_put(post: Post) -> None:
    with listening(post) as made:
        officer = made.as_("officer")
        shipped = officer.get("/v1/alert-limits").json()
        assert (shipped["name"], shipped["since"], shipped["by"]) == ("default", None, None)
        told = {each["place"]: each for each in shipped["figures"]}
        assert told["stop.lasts"] | {"note": ""} == {
            "place": "stop.lasts", "value": 20.0, "unit": "min", "source": "assumed", "note": "", "halves_min": None,
        }  # fmt: skip
        assert (told["night.from_hour"]["unit"], told["silence.fastest"]["unit"]) == ("hour", "km/h")
        assert told["saves.kind.jammed"]["halves_min"] == 20.0
        put(made, limits.shipped_document().replace(b'version = "1"', b'version = "2"'), "limits")
        own = officer.get("/v1/alert-limits").json()
        assert (own["version"], own["by"]) == ("2", "supervisor")
        assert own["figures"] == shipped["figures"]


def test_the_plan_and_the_contacts_say_whom_to_call_and_by_whom_they_were_put(post: Post) -> None:
    with listening(post) as made:
        officer = made.as_("officer")
        listed = officer.get("/v1/response-documents").json()
        assert (listed["plan"]["since"], listed["contacts"][0]["by"]) == (None, None)
        plan = officer.get("/v1/response-documents/plan").json()
        assert (plan["people"]["contact_min"], plan["people"]["contact_source"]) == (3.0, "assumed")
        first = plan["theft"]["steps"][0]
        assert first["say"].keys() == first["source"].keys() == {"en", "es"}
        body = {"toml": response_plan.shipped().decode() + "\n"}
        assert made.as_("supervisor", "eva").put("/v1/response-documents/plan", json=body).status_code == 200
        assert officer.get("/v1/response-documents").json()["plan"]["by"] == "eva"
        (book,) = officer.get("/v1/response-documents/contacts").json()["contacts"]
        assert (book["name"], book["carriers_total"], book["yards"]) == ("emergency", 0, [])
        national = next(each for each in book["authorities"] if each["line"]["phone"] == "088")
        assert national["areas"][0]["south"] == 14.5
