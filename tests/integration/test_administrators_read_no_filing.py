"""An administrator runs the node and reads nothing that was filed, by whatever route."""

from __future__ import annotations

import json

import pytest
from listening import Listening
from test_api_access import FILED_VALUE, answered, operations
from test_api_access import served as served

from aforo.api.audit import WITHOUT_FILINGS
from aforo.domain.event import Filed
from aforo.log.sequencer import sequence

#: What the filings of the node hold, as an answer would have it.
CANARIES = ("CANARYMINE", "CANARYTHEIRS", str(FILED_VALUE), "DR-MINE", "TR-MINE")


@pytest.mark.parametrize("own", [True, False], ids=["own", "other"])
def test_no_answer_to_an_administrator_has_what_was_filed(served: Listening, own: bool) -> None:
    client, asked = served.as_("administrator"), 0
    for method, path, operation in operations(served):
        answer = answered(served, client, method, path, operation, own, "administrator")
        asked += answer.status_code == 200
        assert not [each for each in CANARIES if each in answer.text], operation
    assert asked > 20  # it is asked what an administrator is answered


def test_the_audit_of_an_administrator_has_no_filing_and_that_of_an_auditor_has(served: Listening) -> None:
    sequence(served.log)
    stream = {"stream": "crossing/MINE"}
    filed = next(each.event for each in served.log.stream("crossing/MINE") if each.event.type == Filed.TYPE)
    auditor, administrator = served.as_("auditor"), served.as_("administrator")
    assert "CANARYMINE" in auditor.get("/v1/audit/events", params=stream).text  # else nothing could be found
    assert auditor.get(f"/v1/audit/events/{filed.event_id}/proof").status_code == 200
    assert administrator.get("/v1/audit/events", params=stream).json()["events"] == []
    assert administrator.get("/v1/audit/events", params={"type": Filed.TYPE}).status_code == 403
    assert administrator.get(f"/v1/audit/events/{filed.event_id}/proof").status_code == 404
    assert administrator.get("/v1/log/tile/entries/000.p/1").status_code == 403
    assert administrator.get("/v1/audit/checkpoint").status_code == 200
    # What happened to credentials and documents it reads, and proves.
    shown = [each["event"] for each in administrator.get("/v1/audit/events", params={"limit": 1000}).json()["events"]]
    assert shown
    assert {each["type"] for each in shown} <= WITHOUT_FILINGS
    assert "CANARY" not in json.dumps(shown)
    assert administrator.get(f"/v1/audit/events/{shown[0]['event_id']}/proof").status_code == 200
