"""The work of a sweep: figures equal to plain replications to the bit, and what is shared by cells done once."""

from __future__ import annotations

import msgspec
import pytest

from aforo.routing.choice import POLICIES
from aforo.twin import border, kept_policy, sweeping
from aforo.twin import scenario as scenarios
from aforo.twin.applied import sites_of
from aforo.twin.cells import cells_of
from aforo.twin.recalled import Recalled
from aforo.twin.replication import policies_of, replicated, seed_of
from aforo.twin.scenario import Scenario, ScenarioError
from aforo.twin.sweep_points import Design, overs, points_of
from aforo.twin.sweeping import Made, Setting

BORDER = border.shipped()
#: A change of every kind, some of which move trucks to other bridges.
SCENARIO = """
name = "swept"
title = { en = "swept", es = "barrido" }
ports = ["Ysleta", "El Paso", "Santa Teresa", "Tornillo", "Rio Grande City", "Roma"]
first = 2024-03-01
days = 3
replications = 2
policy = "priced"
sources = ["assumed"]
[[before]]
kind = "two_examinations"
mean_minutes = 20.0
sd_minutes = 10.0
[[change]]
kind = "turned_away"
at = ["Ysleta"]
share = 0.4
low = 0.2
high = 0.6
since = 2024-03-02T00:00:00
until = 2024-03-04T00:00:00
alternatives = ["Santa Teresa", "Tornillo"]
[[change]]
kind = "scanners_added"
at = ["Ysleta", "Santa Teresa"]
number = 3
[[change]]
kind = "capacity_lost"
at = ["El Paso"]
place = "booths"
share = 0.3
since = 2024-03-02T06:00:00
until = 2024-03-03T00:00:00
[[change]]
kind = "scheme"
at = ["El Paso"]
trucks_a_day = 5
threat = "contraband"
[[change]]
kind = "inspections"
at = ["Tornillo"]
places = 5
mean_minutes = 20.0
sd_minutes = 5.0
since = 2024-03-02T06:00:00
until = 2024-03-02T20:00:00
[[change]]
kind = "demand"
at = ["Roma"]
factor = 1.5
foreseen = true
[[change]]
kind = "availability"
at = ["Rio Grande City"]
share = 0.9
[[change]]
kind = "booths_added"
at = ["Roma"]
[[change]]
kind = "lane_opened"
at = ["Rio Grande City"]
share = 0.2
[[change]]
kind = "joint_examination"
at = ["Santa Teresa"]
docks = 1
mean_minutes = 70.0
sd_minutes = 30.0
[[change]]
kind = "yard_opened"
at = ["Tornillo"]
units = 1
places = 20
mean_minutes = 1.0
sd_minutes = 0.5
[[change]]
kind = "plan"
at = ["El Paso"]
docks = 3
"""


class Held(dict[str, bytes]):
    """A shelf in memory."""

    def put(self, key: str, content: bytes) -> None:
        self[key] = content


@pytest.fixture(autouse=True)
def nothing_recalled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "_outcomes", Recalled(10**9))
    monkeypatch.setattr(sweeping, "_policies", Recalled(10**9))


def tried(document: str = SCENARIO) -> Scenario:
    return scenarios.parse(document.encode(), BORDER.ports)


def scenarios_of(scenario: Scenario, kind: str, points: int, *over: str) -> dict[str, Scenario]:
    design = Design(kind, overs(over), points, 3)  # type: ignore[arg-type]
    cells = cells_of(scenario, design.fields, points_of(design), BORDER.ports)
    return {cell.key(BORDER.counts): cell.scenario for cell in cells}


def done(cells: dict[str, Scenario], setting: Setting) -> tuple[dict[tuple[str, int], dict[str, float]], list[Made]]:
    plans, solvings = sweeping.planned(cells, BORDER)
    made = [sweeping.solved(setting, each) for each in solvings]
    made += [sweeping.run(setting, piece) for piece in sweeping.pieces(plans, {}, 1e5)]
    return {(key, number): figures for each in made for key, number, figures in each.years}, made


def test_a_swept_border_year_is_a_plain_one_to_the_bit() -> None:
    over = ("change.0.share=0.3..0.5", "change.1.number=1..3", "change.2.share=0.1..0.9", "policy=priced,clearance")
    cells = scenarios_of(tried(), "sobol", 4, *over)
    found, made = done(cells, Setting(BORDER, Held(), ""))
    assert set(found) == {(key, number) for key in cells for number in range(2)}
    # Rio Grande City and Roma are what no cell changes but by the policy.
    assert sum(each.found for each in made) >= 2 * 2 * 2
    for key, scenario in cells.items():
        policies = policies_of(scenario, BORDER)
        for number in range(2):
            # Of floats `repr` is exact, and says the same of two NaN.
            assert repr(found[key, number]) == repr(replicated(scenario, BORDER, number, policies).whole)


def test_only_what_a_cell_changes_is_solved_and_run_again() -> None:
    cells = scenarios_of(tried(), "grid", 0, "change.2.share=0.1,0.2,0.3")  # booths of El Paso, not foreseen
    _, made = done(cells, Setting(BORDER, Held(), ""))
    bridges = len(tried().bridges(BORDER.ports))
    assert sum(each.solved for each in made) == bridges
    assert sum(each.run for each in made) == 2 * (bridges + 2)
    assert sum(each.found for each in made) == 2 * 2 * (bridges - 1)


def test_trucks_that_are_moved_make_the_other_bridge_another_one() -> None:
    one, other = scenarios_of(tried(), "grid", 0, "change.0.share=0.3,0.5").values()
    seed = seed_of(one, 0)
    differ = {
        site.bridge.id
        for site, its in zip(sites_of(one, BORDER, seed), sites_of(other, BORDER, seed), strict=True)
        if site.key(one, seed) != its.key(other, seed)
    }
    assert differ == {"ysleta", "santa-teresa", "tornillo"}


@pytest.mark.parametrize(
    "changed",
    ["seed = 2", "days = 4", "first = 2024-03-08", "[traffic]\nlottery = 0.006"],
)
def test_whatever_a_bridge_is_made_of_makes_it_another_one(changed: str) -> None:
    name = changed.split(" ")[0]
    lines = [line for line in SCENARIO.splitlines() if not line.startswith(f"{name} =")]
    other = tried("\n".join([changed, *lines]) if name != "[traffic]\nlottery" else f"{SCENARIO}\n{changed}")
    own = tried()
    keys = [
        [site.key(each, seed_of(each, 0)) for site in sites_of(each, BORDER, seed_of(each, 0))] for each in (own, other)
    ]
    assert not set(keys[0]) & set(keys[1])
    # And the policy, which knows the same of it.
    plans = [sweeping.planned({"cell": each}, BORDER)[0][0] for each in (own, other)]
    assert not set(plans[0].policies) & set(plans[1].policies)


@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_is_kept_to_the_bit(name: str) -> None:
    scenario = msgspec.structs.replace(tried(), policy=name)
    for policy in policies_of(scenario, BORDER).values():
        content = kept_policy.written(policy)
        again = kept_policy.read(content)
        assert again is not None
        assert (again.code, again.sees_list) == (policy.code, policy.sees_list)
        for one, other in ((policy.params, again.params), (policy.books, again.books)):
            assert (one is None) == (other is None)
            if one is not None and other is not None:
                assert one.shape == other.shape
                assert one.tobytes() == other.tobytes()
        for at in (0, 40, len(content) - 1):
            assert kept_policy.read(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]) is None
        assert kept_policy.read(content[:-3]) is None
    assert kept_policy.read(b"") is None


def test_a_damaged_shelf_is_solved_anew() -> None:
    cells = scenarios_of(tried(), "grid", 0, "change.2.share=0.1")
    shelf = Held()
    found, _ = done(cells, Setting(BORDER, shelf, ""))
    good = dict(shelf)
    for key in shelf:
        shelf[key] = shelf[key][:100]
    sweeping._policies._held.clear()
    sweeping._outcomes._held.clear()
    again, made = done(cells, Setting(BORDER, shelf, ""))
    assert repr(again) == repr(found)
    assert sum(each.solved for each in made) == len(good)
    assert shelf == good


def test_pieces_are_all_that_is_left_once_and_rows_stay_whole() -> None:
    cells = scenarios_of(tried(), "saltelli", 8, "change.0.share=0.3..0.5", "change.2.share=0.1..0.9")
    plans, _ = sweeping.planned(cells, BORDER)
    kept = {plans[3].key: [0], plans[5].key: [0, 1, 7]}
    pieces = list(sweeping.pieces(plans, kept, 1e9, 4))
    left = [(piece.number, plan.key) for piece in pieces for plan in piece.cells]
    assert len(left) == len(set(left)) == 2 * len(plans) - 3
    assert [number for number, _ in left] == sorted(number for number, _ in left)
    assert {len(piece.cells) for piece in list(sweeping.pieces(plans, {}, 1e9, 4))} == {4}
    assert max(len(piece.cells) for piece in sweeping.pieces(plans, {}, 10.0)) < len(plans) / 8


def test_what_was_used_longest_ago_is_forgotten_first() -> None:
    recalled = Recalled[str](10)
    recalled.put("a", "a", 4)
    recalled.put("b", "b", 4)
    assert recalled.get("a") == "a"
    recalled.put("c", "c", 4)
    assert [recalled.get(key) for key in "abc"] == ["a", None, "c"]
    recalled.put("d", "d", 11)
    assert [recalled.get(key) for key in "acd"] == ["a", "c", None]


def test_what_a_worker_raises_comes_over_whole() -> None:
    import pickle

    wrong = ScenarioError("scenario_does_not_fit", place="change[0]", why="7")
    again = pickle.loads(pickle.dumps(wrong))
    assert (again.code, again.place, again.text) == (wrong.code, wrong.place, wrong.text)
