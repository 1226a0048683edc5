"""What persons do with alerts, and what time does where they do nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from alerted import held, hit, only, said
from journeys import NOW, Post, file, truck

from aforo.answers.alert import Alert, phase
from aforo.flow import alert_acts
from aforo.flow.alert_acts import AlertRefusedError, UnknownAlertError
from aforo.flow.alert_watch import Watch
from aforo.flow.alerts import Alerts


def test_what_nobody_acknowledges_goes_up_the_ladder_and_stays_on_its_top(post: Post) -> None:
    with held(post) as node:
        file(node, truck("A"))
        watch = Watch(node.log)
        assert watch.look().escalated == 0
        post.clock.move(minutes=2)
        assert watch.look().escalated == 1
        alert = only(watch.alerts)
        assert (alert.role, alert.level, alert.due) == ("supervisor", 1, NOW + timedelta(minutes=4))
        post.clock.move(minutes=60)
        assert watch.look().escalated == 0
        assert phase(only(watch.alerts), post.clock()) == "overdue"


def test_an_acknowledgement_stops_the_ladder_until_the_time_to_respond(post: Post) -> None:
    with held(post) as node:
        file(node, truck("A"))
        watch = Watch(node.log)
        own = only(watch.alerts).alert_id
        alert = alert_acts.acknowledge(watch.alerts, own, "luz")
        assert (alert.owner, alert.due) == ("luz", NOW + timedelta(minutes=15))
        assert alert_acts.acknowledge(watch.alerts, own, "luz").version == alert.version
        with pytest.raises(AlertRefusedError, match="alert_acknowledged_already"):
            alert_acts.acknowledge(watch.alerts, own, "ana")
        post.clock.move(minutes=14)
        assert watch.look().escalated == 0
        post.clock.move(minutes=1)
        assert watch.look().escalated == 1
        assert only(watch.alerts).owner is None


def test_a_snooze_ends_by_itself_and_what_may_cost_a_life_has_none(post: Post) -> None:
    with held(post) as node:
        file(node, truck("A"))
        said(node.log, hit(), "screening/00000000000000ff")
        watch = Watch(node.log)
        assert watch.look().raised == 1
        by_kind = {alert.kind: alert.alert_id for alert in watch.alerts.open()}
        alerts, own = watch.alerts, by_kind["screening_hit"]
        with pytest.raises(AlertRefusedError, match="alert_snooze_refused"):
            alert_acts.snooze(alerts, by_kind["life_safety_hold"], 1, "Later.", "luz")
        with pytest.raises(AlertRefusedError, match="alert_snooze_long"):
            alert_acts.snooze(alerts, own, 61, "Later.", "luz")
        with pytest.raises(AlertRefusedError, match="alert_names_person"):
            alert_acts.snooze(alerts, own, 30, "Driver DR-A is late.", "luz")
        alert = alert_acts.snooze(alerts, own, 30, "The truck is not here yet.", "luz")
        assert phase(alert, post.clock()) == "snoozed"
        post.clock.move(minutes=30)
        woken = alerts.find(own)
        assert woken is not None
        assert phase(woken, post.clock()) == "waiting"
        assert alert_acts.snooze(alerts, own, 30, "Still not.", "luz").snoozes == 2
        post.clock.move(minutes=30)
        with pytest.raises(AlertRefusedError, match="alert_snooze_refused"):
            alert_acts.snooze(alerts, own, 1, "Still not.", "luz")
        post.clock.move(minutes=15)
        watch.look()
        late = alerts.find(own)
        assert late is not None
        assert late.level == 1


def test_what_is_new_ends_a_snooze(post: Post) -> None:
    with post.node() as node:
        file(node, truck("A"))
        said(node.log, hit("1"), "screening/00000000000000ff")
        watch = Watch(node.log)
        watch.look()
        alert_acts.snooze(watch.alerts, only(watch.alerts).alert_id, 60, "Later.", "luz")
        said(node.log, hit("2"), "screening/00000000000000ff")
        watch.look()
        alert = only(watch.alerts)
        assert (len(alert.causes), phase(alert, post.clock())) == (2, "waiting")
        assert alert.due == NOW + timedelta(minutes=15)


def test_what_joins_unseen_stays_open_when_the_alert_is_closed(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    with held(post) as node:
        file(node, truck("A"))
        alerts = Alerts(node.log)
        own = only(alerts)
        real = alerts.find

        def slow(alert_id: str) -> Alert | None:
            seen = real(alert_id)
            if len(Alerts(node.log).open()[0].causes) == 1:
                file(node, truck("A2", crossing_id="A", tractor_id="TR-A"))
            return seen

        monkeypatch.setattr(alerts, "find", slow)
        alert_acts.close(alerts, own.alert_id, "Examined.", "luz")
        left = only(Alerts(node.log))
        assert left.alert_id != own.alert_id
        assert len(left.causes) == 1
        assert alert_acts.acknowledge(Alerts(node.log), left.alert_id, "luz").owner == "luz"


def test_acts_on_what_is_closed_or_unknown_are_refused(post: Post) -> None:
    with held(post) as node:
        file(node, truck("A"))
        alerts = Alerts(node.log)
        own = only(alerts).alert_id
        with pytest.raises(AlertRefusedError, match="alert_needs_reason"):
            alert_acts.close(alerts, own, " ", "luz")
        with pytest.raises(AlertRefusedError, match="alert_needs_name"):
            alert_acts.assign(alerts, own, "a\nb", "luz")
        assert alert_acts.close(alerts, own, "Examined.", "luz", "mistaken").ending == "mistaken"
        for act in (
            lambda: alert_acts.acknowledge(alerts, own, "luz"),
            lambda: alert_acts.close(alerts, own, "Again.", "luz"),
            lambda: alert_acts.snooze(alerts, own, 1, "Later.", "luz"),
        ):
            with pytest.raises(AlertRefusedError, match="alert_closed_already"):
                act()
        with pytest.raises(UnknownAlertError):
            alert_acts.close(alerts, "nothing", "x", "luz")
