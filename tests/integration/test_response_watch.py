"""The watch over responses: an alert of theft or people starts one, once; what is late goes up."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sealed import YARD, drive, opened
from sealed_scene import Scene

from aforo.answers.road_response import RoadResponse
from aforo.custody.retention import shipped
from aforo.domain.alert import AlertEscalated
from aforo.domain.clock import microseconds
from aforo.domain.reading import Readings
from aforo.domain.response import ResponseLate, ResponseStarted
from aforo.domain.trip import Discharged, TripOpened
from aforo.flow import alert_acts, response_acts, trip_acts
from aforo.flow.alert_rules import in_force
from aforo.flow.alerts import Alerts, Raise, events_of
from aforo.flow.custody import Custody, CustodyRefusedError, UnknownTripError
from aforo.flow.response_acts import Desk, ResponseRefusedError
from aforo.flow.response_documents import put_contacts, put_plan
from aforo.flow.response_watch import Responding
from aforo.flow.responses import Responses, UnknownResponseError
from aforo.flow.responses_shown import listed, ordered, shown, stages, times
from aforo.flow.retention import erase_due
from aforo.log.store import Log


class Road(Scene):
    """A trip whose alerts are answered."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.responding = Responding(Custody(self.log))
        self.begun = self.now

    def at(self, minutes: float, heard: Readings | None = None) -> None:
        super().at(minutes, heard)
        self.responding.look()
        self.alerts.look()

    def part(self, first: int, last: int) -> Readings:
        return drive(31, start=self.start, began=self.start)[first:last]

    def breach(self) -> RoadResponse:
        """The seal is opened on the road, and that is heard in the twentieth minute."""
        self.at(19, opened(self.part(0, 10), 4, 6))
        self.at(20)
        (response,) = Responses(Custody(self.log)).open()
        return response

    def desk(self, actor: str = "luz") -> Desk:
        return Desk(Responses(Custody(self.log)), Alerts(self.log), actor)

    def one(self) -> RoadResponse:
        (response,) = Responses(Custody(self.log)).all()
        return response

    def after(self, minutes: float) -> None:
        """So many minutes after the sealing by the clock alone."""
        self.now = self.begun + timedelta(minutes=minutes)


@pytest.fixture
def road(tmp_path: Path) -> Road:
    return Road(tmp_path)


def started(log: Log) -> list[ResponseStarted]:
    return [
        each.payload for each in log.read(types=(ResponseStarted.TYPE,)) if isinstance(each.payload, ResponseStarted)
    ]


def test_a_breach_starts_a_response_once_whoever_looks(road: Road) -> None:
    response = road.breach()
    assert (response.kind, response.trip, response.owned_at) == ("theft", "T1", None)
    (said,) = started(road.log)
    (alert,) = Alerts(road.log).open()
    assert said.alert == alert.alert_id == response.response
    assert said.raised_at == alert.raised_at
    assert (said.own_by, said.contact_by) == (alert.due, alert.raised_at + timedelta(minutes=10))
    told = shown(Custody(road.log), Alerts(road.log), response)
    assert told.fix_then is not None
    assert microseconds(told.fix_then.at) == int(road.part(9, 10)["at"][0])
    # Another watch begins with the first event, a third goes on where the first was saved: nothing is said twice.
    assert Responding(Custody(road.log)).look().started == 0
    road.responding.save()
    assert Responding(Custody(road.log)).look().started == 0
    assert len(started(road.log)) == 1


def test_what_does_not_concern_theft_or_people_starts_nothing(road: Road) -> None:
    road.at(9, road.part(0, 5))
    road.at(30)
    assert [each.kind for each in Alerts(road.log).open()] == ["custody_silent"]
    assert Responses(Custody(road.log)).all() == []


def test_signs_of_people_start_a_response_that_comes_first_with_time_and_heat(road: Road) -> None:
    road.breach()
    hot = road.part(10, 15)
    hot["heat"] = [3_100, 3_900, 4_400, 4_350, 4_300]
    road.at(29, hot)
    response_acts.signs(road.log, "T1", ("call", "heat"), "km 80", actor="luz", origin="live")
    road.at(30)
    responses = Responses(Custody(road.log))
    people, theft = ordered(responses.open(), road.now)
    assert (people.kind, theft.kind) == ("people", "theft")
    assert people.due("scene") == people.started_at + timedelta(minutes=20)
    told = shown(Custody(road.log), Alerts(road.log), people)
    assert told.row.sealed_since == road.begun
    assert told.heat is not None
    assert told.hottest is not None
    assert (told.heat.celsius, told.hottest.celsius, told.heat.grade) == (43.0, 44.0, "device")
    assert microseconds(told.heat.at) == int(hot["at"][-1])
    assert told.fix is not None
    assert microseconds(told.fix.at) == int(hot["at"][-1])
    assert [each.phone for each in told.authority_lines] == ["911", "088"]
    assert told.carrier_lines == []
    assert told.steps[0].code == "emergency"
    assert told.endings == ["people_alive", "people_dead", "nobody", "false", "handed_over"]


def test_without_a_sensor_and_without_a_position_nothing_is_made_up(road: Road) -> None:
    lost = opened(road.part(0, 10), 4, 6)
    lost["fix"] = False
    road.at(19, lost)
    road.at(20)
    told = shown(Custody(road.log), Alerts(road.log), road.one())
    assert (told.heat, told.hottest, told.fix, told.fix_then, told.yards) == (None, None, None, None, [])
    assert len(told.authority_lines) == 2, "it is not guessed in which country the truck is"


def test_signs_on_a_trip_that_is_over_or_unknown_are_refused(road: Road) -> None:
    with pytest.raises(UnknownTripError):
        response_acts.signs(road.log, "T9", ("call",), "", actor="luz", origin="live")
    with pytest.raises(CustodyRefusedError):
        response_acts.signs(road.log, "T1", (), "", actor="luz", origin="live")
    trip_acts.discharge(road.custody, "T1", Discharged("customs"), actor="tester", origin="live")
    with pytest.raises(CustodyRefusedError):
        response_acts.signs(road.log, "T1", ("call",), "", actor="luz", origin="live")


def announce(road: Road, trip: str, carrier: str) -> None:
    """A carrier announces a trip for the crossing of the hold."""
    said = TripOpened("export", carrier, road.begun + timedelta(hours=5), "X-1")
    trip_acts.open_own(road.custody, trip, said, actor="tester", origin="live")


def hold(road: Road) -> None:
    own = Raise("life_safety_hold", "crossing/X-1", "D", road.now, "decision", 1)
    road.log.append(events_of([own], in_force(road.log), road.now, "node", "live"))


def lines(road: Road) -> list[str]:
    """Whose lines are shown."""
    return [each.contact for each in shown(Custody(road.log), Alerts(road.log), road.one()).carrier_lines]


def other_trips(road: Road) -> list[str]:
    return shown(Custody(road.log), Alerts(road.log), road.one()).other_trips


def test_a_further_breach_joins_and_what_joined_unseen_goes_on(road: Road) -> None:
    response = road.breach()
    desk = road.desk()
    seen = desk.responses.find(response.response)
    road.at(21)
    cause = road.log.stream("trip/T1")[-1].event.event_id
    again = Raise("custody_broken", "trip/T1", "another", road.now, cause, 9)
    road.log.append(events_of([again], in_force(road.log), road.now, "node", "live"))
    road.responding.look()
    joined = desk.responses.find(response.response)
    assert (len(seen.causes), len(joined.causes)) == (1, 2)
    assert desk.responses.find(joined.causes[1].alert).response == response.response
    response_acts.end(desk, response.response, "saved")
    assert Responses(Custody(road.log)).open() == []
    assert Alerts(road.log).open() == []


def test_an_end_that_had_not_seen_the_last_cause_leaves_that_one(road: Road) -> None:
    response = road.breach()
    cause = road.log.stream("trip/T1")[-1].event.event_id
    again = Raise("custody_broken", "trip/T1", "another", road.now, cause, 9)
    road.log.append(events_of([again], in_force(road.log), road.now, "node", "live"))
    # Whoever ends it had not seen what the watch begins only now.
    response_acts.end(road.desk(), response.response, "saved")
    road.responding.look()
    (left,) = Responses(Custody(road.log)).open()
    assert left.response != response.response
    (alert,) = Alerts(road.log).open()
    assert [each.event_id for each in alert.causes] == [left.response]


def test_who_takes_the_alert_owns_the_response_and_the_other_way_round(road: Road) -> None:
    response = road.breach()
    (alert,) = Alerts(road.log).open()
    alert_acts.acknowledge(Alerts(road.log), alert.alert_id, "eva")
    road.responding.look()
    assert road.one().owner == "eva"
    assert road.one().owned_at == road.now
    response_acts.own(road.desk("luz"), response.response, taken_from="eva")
    (alert,) = Alerts(road.log).open()
    assert (road.one().owner, alert.owner) == ("luz", "luz")
    response_acts.own(road.desk("luz"), response.response, "ana")
    (alert,) = Alerts(road.log).open()
    assert (road.one().owner, alert.owner) == ("ana", "ana")


def test_nobody_takes_over_from_another_without_saying_from_whom(road: Road) -> None:
    response = road.breach().response
    response_acts.own(road.desk("luz"), response)
    for owner in (None, "ana"):
        for taken_from in (None, "eva"):
            with pytest.raises(ResponseRefusedError, match="response_taken"):
                response_acts.own(road.desk("ana"), response, owner, taken_from)
    (alert,) = Alerts(road.log).open()
    assert (road.one().owner, alert.owner) == ("luz", "luz")
    response_acts.own(road.desk("luz"), response)
    response_acts.own(road.desk("ana"), response, taken_from="luz")
    response_acts.own(road.desk("ana"), response, "eva")
    (alert,) = Alerts(road.log).open()
    assert (road.one().owner, alert.owner) == ("eva", "eva")


def test_what_is_late_is_said_once_and_sends_its_alert_up_in_one_transaction(road: Road) -> None:
    response = road.breach()
    response_acts.own(road.desk(), response.response)
    road.at(31)
    late = [each.payload for each in road.log.stream(f"response/{response.response}", types=(ResponseLate.TYPE,))]
    assert late == [ResponseLate("contact", response.due("contact"))]
    (alert,) = [each for each in Alerts(road.log).open() if each.kind == "custody_broken"]
    assert (alert.level, alert.role) == (1, "supervisor")
    ups = road.log.stream(f"alert/{alert.alert_id}", types=(AlertEscalated.TYPE,))
    assert len(ups) == 1
    Responding(Custody(road.log)).look()
    assert len(road.log.stream(f"response/{response.response}", types=(ResponseLate.TYPE,))) == 1
    assert [(each.stage, each.late) for each in stages(road.one(), road.now)] == [
        ("own", False), ("contact", True), ("scene", False),
    ]  # fmt: skip


def test_a_whole_response_with_its_times(road: Road) -> None:
    response = road.breach()
    desk, own = road.desk(), response.response
    put_contacts(road.log, CONTACTS, "luz")
    road.after(21)
    response_acts.own(desk, own)
    response_acts.step(desk, own, "life", "done")
    response_acts.step(desk, own, "yard", "not_possible")
    response_acts.step(desk, own, "yard", "done")
    road.after(22)
    response_acts.contact(desk, own, "carrier", "abcd-dispatch", "no_answer")
    assert road.one().contacted_at is None
    road.after(23)
    response_acts.contact(desk, own, "authority", "emergency-911", "reached")
    response_acts.contact(desk, own, "yard", "", "reached")
    road.after(40)
    response_acts.arrive(desk, own, "Guardia Nacional", road.begun + timedelta(minutes=38))
    told = shown(Custody(road.log), Alerts(road.log), desk.responses.find(own))
    assert [each.contact for each in told.carrier_lines] == ["abcd-dispatch"]
    (yard,) = told.yards
    assert (yard.contact, yard.named_by, yard.phone) == ("apodaca", "contacts", "+52 81 5550 0100")
    assert 0 < yard.metres < 30_000
    assert {each.code: each.outcome for each in told.steps if each.outcome} == {"life": "done", "yard": "done"}
    assert told.row.discharged_at is None
    trip_acts.discharge(Custody(road.log), "T1", Discharged("customs"), actor="tester", origin="live")
    (over,) = listed(Custody(road.log), [desk.responses.find(own)], road.now, 9)
    assert over.discharged_at == road.now
    response_acts.end(desk, own, "saved")
    (took,) = times(Responses(Custody(road.log)).all())
    raised = response.started_at
    assert (took.own.median_s, took.contact.median_s, took.scene.median_s) == (
        (road.begun + timedelta(minutes=21) - raised).total_seconds(),
        (road.begun + timedelta(minutes=23) - raised).total_seconds(),
        (road.begun + timedelta(minutes=38) - raised).total_seconds(),
    )
    with pytest.raises(ResponseRefusedError, match="response_over"):
        response_acts.step(desk, own, "life", "done")
    assert Alerts(road.log).open() == []
    assert shown(Custody(road.log), Alerts(road.log), road.one()).endings == []


def test_what_makes_no_sense_is_refused(road: Road) -> None:
    response = road.breach()
    desk, own = road.desk(), response.response
    for refused, act in {
        "response_step_unknown": lambda: response_acts.step(desk, own, "nothing", "done"),
        "response_contact_unknown": lambda: response_acts.contact(desk, own, "carrier", "emergency-911", "reached"),
        "response_arrived_when": lambda: response_acts.arrive(desk, own, "GN", road.now + timedelta(hours=1)),
        "response_needs_name": lambda: response_acts.arrive(desk, own, " \n"),
        "response_ending": lambda: response_acts.end(desk, own, "nobody"),
        "response_handed_to": lambda: response_acts.end(desk, own, "handed_over"),
        "response_people_none": lambda: response_acts.end(desk, own, "saved", people=3),
        "response_dead": lambda: response_acts.end(desk, own, "people_dead", people=3, dead=4),
        "response_people_many": lambda: response_acts.end(desk, own, "people_alive", people=0),
    }.items():
        with pytest.raises(ResponseRefusedError, match=refused):
            act()
    with pytest.raises(UnknownResponseError):
        response_acts.own(desk, "nothing")


def test_a_response_goes_by_the_plan_by_which_it_began(road: Road) -> None:
    response = road.breach()
    put_plan(road.log, PLAN, "luz")
    told = shown(Custody(road.log), Alerts(road.log), response)
    assert len(told.steps) == 8
    response_acts.end(road.desk(), response.response, "false")
    response_acts.signs(road.log, "T1", ("sounds",), "", actor="luz", origin="live")
    road.at(25)
    (anew,) = Responses(Custody(road.log)).open()
    assert [each.code for each in shown(Custody(road.log), Alerts(road.log), anew).steps] == ["only"]
    assert anew.due("contact") == anew.started_at + timedelta(minutes=7)


def test_reports_of_people_in_one_load_are_bounded(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(response_acts, "MOST_SIGNS", 2)
    for _ in range(2):
        response_acts.signs(road.log, "T1", ("call",), "", actor="luz", origin="live")
    with pytest.raises(CustodyRefusedError, match="people_signs_many"):
        response_acts.signs(road.log, "T1", ("call",), "", actor="luz", origin="live")
    road.at(1)
    assert [each.kind for each in Responses(Custody(road.log)).open()] == ["people"]


def test_a_response_about_a_trip_that_was_erased_is_listed_without_its_words(road: Road) -> None:
    response = road.breach()
    response_acts.end(road.desk(), response.response, "saved")
    trip_acts.discharge(road.custody, "T1", Discharged("customs"), actor="luz", origin="live")
    road.now = road.begun.replace(year=road.begun.year + 6)
    erase_due(road.log, shipped(), road.now, "Five years are over.", actor="tester")
    responses = Responses(Custody(road.log))
    (told,) = listed(responses.custody, responses.all(), road.now, 10)
    assert (told.trip, told.carrier, told.sealed_since, told.ending) == ("T1", "", None, "saved")


CONTACTS = f"""name = "norte"
version = "1"
[[carrier]]
carrier = "abcd"
[[carrier.line]]
id = "abcd-dispatch"
name = {{ en = "Dispatch", es = "Despacho" }}
phone = "+52 81 5550 0199"
source = "assumed"
[[yard]]
id = "apodaca"
name = "Apodaca yard"
lat = {YARD.latitude / 1e7}
lon = {YARD.longitude / 1e7}
radius = {{ metres = 500, source = "assumed" }}
phone = "+52 81 5550 0100"
source = "assumed"
""".encode()
OTHERS = b"""
[[carrier]]
carrier = "evil"
[[carrier.line]]
id = "evil-dispatch"
name = { en = "Dispatch", es = "Despacho" }
phone = "+52 81 5550 0666"
source = "assumed"
"""
_ANSWER = """contact = { minutes = 7, source = "assumed" }
scene = { minutes = 9, source = "assumed" }
[[KIND.step]]
code = "only"
source = "assumed"
say = { en = "Call.", es = "Llame." }
"""
PLAN = "\n".join(
    ['name = "own"', 'version = "1"', *(f"[{kind}]\n{_ANSWER.replace('KIND', kind)}" for kind in ("theft", "people"))]
).encode()
