"""Theft as somebody reports it: recorded once by its key, and a response with the plan's desk follows."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from test_response_watch import PLAN, Road

from aforo.custody.retention import shipped as retention_policy
from aforo.domain.response import ResponseOwned, TheftReported
from aforo.domain.trip import Discharged
from aforo.flow import response_acts, theft_reports, trip_acts
from aforo.flow.alerts import Alerts
from aforo.flow.custody import Custody, CustodyRefusedError, UnknownTripError
from aforo.flow.response_acts import ResponseRefusedError
from aforo.flow.response_documents import plan_in_force, put_plan
from aforo.flow.responses import Responses
from aforo.flow.responses_shown import shown
from aforo.flow.retention import erase_due


@pytest.fixture
def road(tmp_path: Path) -> Road:
    return Road(tmp_path)


def report(road: Road, words: str = "Two cars forced it off the road.", key: str = "", trip: str = "T1") -> None:
    theft_reports.report(road.log, trip, "driver", " km 80 ", words, actor="luz", origin="live", key=key)


def reported(road: Road) -> int:
    return len(road.log.stream("theft-reports/T1", types=(TheftReported.TYPE,)))


def test_what_somebody_reports_starts_a_response_with_their_words(road: Road) -> None:
    report(road, "Two cars\n forced it  off the road.")
    road.at(1)
    (alert,) = Alerts(road.log).open()
    assert (alert.kind, alert.subject, alert.role) == ("theft_reported", "trip/T1", "officer")
    response = road.one()
    assert (response.kind, response.trip, response.response) == ("theft", "T1", alert.alert_id)
    told = shown(Custody(road.log), Alerts(road.log), response)
    ((said,),) = [each.reports for each in told.alerts]
    assert (said.told_by, said.where, said.words, said.by) == (
        "driver", "km 80", "Two cars forced it off the road.", "luz",
    )  # fmt: skip
    assert [each.phone for each in told.authority_lines] == ["911", "088"]
    response_acts.end(road.desk(), response.response, "saved")
    assert Alerts(road.log).open() == []


def test_a_report_under_a_key_is_recorded_once_and_says_one_thing(road: Road) -> None:
    for _ in range(2):
        report(road, key="call-1")
    assert reported(road) == 1
    with pytest.raises(CustodyRefusedError, match="theft_key_reused"):
        report(road, "Something else.", key="call-1")
    report(road, key="call-2")
    report(road)
    assert reported(road) == 3
    road.at(1)
    assert len(road.one().causes) == 3


def test_what_cannot_be_reported_is_refused(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnknownTripError):
        report(road, trip="T9")
    monkeypatch.setattr(theft_reports, "MOST_REPORTS", 1)
    report(road, key="a")
    with pytest.raises(CustodyRefusedError, match="theft_reports_many"):
        report(road, key="b")
    trip_acts.discharge(road.custody, "T1", Discharged("customs"), actor="tester", origin="live")
    with pytest.raises(CustodyRefusedError, match="trip_over"):
        report(road, key="c")


def test_a_response_is_the_plan_s_desk_s_until_somebody_takes_it_over(road: Road) -> None:
    report(road)
    road.at(1)
    desk = plan_in_force(road.log)[0].theft.owner
    assert desk is not None
    response = road.one()
    assert (response.owner, response.owned_at, response.next_due()) == (desk, None, ("own", response.due("own")))
    assert not shown(Custody(road.log), Alerts(road.log), response).row.taken
    # The clock runs: nobody has it yet.
    road.at(4)
    assert road.one().late == ("own",)
    # And anybody takes it, without a word on whom from.
    response_acts.own(road.desk("eva"), response.response)
    assert (road.one().owner, road.one().owned_at) == ("eva", road.now)
    assert shown(Custody(road.log), Alerts(road.log), road.one()).row.taken
    with pytest.raises(ResponseRefusedError, match="response_taken"):
        response_acts.own(road.desk("luz"), response.response)


def test_whoever_is_on_duty_by_the_plan_takes_it_over_by_that_name(road: Road) -> None:
    put_plan(road.log, PLAN.replace(b"[theft]\n", b'[theft]\nowner = "luz"\n'), "eva")
    report(road)
    road.at(1)
    assert (road.one().owner, road.one().owned_at) == ("luz", None)
    response_acts.own(road.desk("luz"), road.one().response)
    assert road.one().owned_at == road.now
    response_acts.own(road.desk("luz"), road.one().response)
    assert len(road.log.stream(f"response/{road.one().response}", types=(ResponseOwned.TYPE,))) == 1


def test_a_plan_that_names_no_desk_leaves_it_to_whoever_takes_it(road: Road) -> None:
    put_plan(road.log, PLAN, "eva")
    report(road)
    road.at(1)
    assert (road.one().owner, road.one().owned_at) == (None, None)


def test_the_words_of_a_report_go_with_its_trip_and_the_response_stays(road: Road, tmp_path: Path) -> None:
    report(road, key="call-1")
    road.at(1)
    response_acts.end(road.desk("eva"), road.one().response, "lost")
    trip_acts.discharge(road.custody, "T1", Discharged("customs"), actor="eva", origin="live")
    (said,) = road.log.stream("theft-reports/T1")
    assert theft_reports.reports(road.log, "T1", {said.event.event_id}) != []
    road.now = road.begun.replace(year=road.begun.year + 6)
    erase_due(road.log, retention_policy(), road.now, "Five years are over.", actor="tester")
    assert theft_reports.reports(road.log, "T1", {said.event.event_id}) == []
    kept = b"".join(each.read_bytes() for each in tmp_path.glob("log.sqlite*"))
    assert b"forced it off" not in kept
    assert b"call-1" not in kept
    assert road.one().ending == "lost"


def test_what_goes_on_unseen_is_with_the_desk_again(road: Road) -> None:
    report(road)
    road.at(1)
    first = road.one()
    response_acts.own(road.desk("eva"), first.response)
    report(road, "They left it at km 90.")
    road.alerts.look()
    # Ended by who had not seen what the watch begins only now.
    response_acts.end(road.desk("eva"), first.response, "saved")
    road.now += timedelta(seconds=1)
    road.responding.look()
    (left,) = Responses(Custody(road.log)).open()
    assert (left.owner, left.owned_at) == (plan_in_force(road.log)[0].theft.owner, None)
