"""`aforo alerts` as a person or a machine runs it: what is listed, done, measured and refused."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING

from alerted import held
from journeys import NOW, file, truck
from typer.testing import CliRunner

from aforo.answers import response
from aforo.cli.commands import complete
from aforo.log.accounts import Accounts

if TYPE_CHECKING:
    from journeys import Post


def test_the_commands(post: Post) -> None:
    with held(post) as node:
        file(node, truck("A"))
    app, run = complete(), CliRunner()

    def call(*arguments: str, exits: int = 0) -> str:
        done = run.invoke(app, ["alerts", *arguments, "--store", post.store])
        assert done.exit_code == exits, done.output
        return done.output

    # The clock of the commands is the machine's: years have passed, so all is overdue.
    (group,) = json.loads(call("list", "--json", exits=1))["trucks"]
    own = group["alerts"][0]["alert_id"]
    assert group["alerts"][0]["phase"] == "overdue"
    assert "OVERDUE" in call("list", exits=1)
    assert "VENCIDA" in call("list", "--lang", "es", exits=1)
    assert "escalated 1" in call("tick")
    assert json.loads(call("tick", "--json"))["escalated"] == 0
    assert own in call("acknowledge", own, "--by", "luz")
    assert json.loads(call("list", "--json", "--owner", "luz"))["total"] == 1
    # Whom the API would not take is not taken here either: who is unknown, may answer none, or is let in no more.
    refused = call("assign", own, "--to", "ana", "--by", "luz", exits=1)
    assert "Nobody of that name answers alerts here" in refused
    assert "aforo accounts add" in refused
    with closing(Accounts(post.settings.keys)) as people:
        for name, role in (("ana", "officer"), ("eva", "auditor"), ("leo", "officer")):
            made = people.add(name, name, role, (), "en", NOW)
        people.disable(made.id, NOW)
    for name in ("nobody", "eva", "leo"):
        assert "ana" in call("assign", own, "--to", name, "--by", "luz", exits=1)
    assert "Nadie con ese nombre" in call("assign", own, "--to", "leo", "--lang", "es", exits=1)
    assert "officer" not in call("assign", own, "--to", "ana", "--by", "luz")
    call("escalate", own, "--reason", "Two at once.", exits=1)
    call("snooze", own, "--minutes", "5", "--reason", "Later.", exits=1)
    call("close", own, "--reason", "Examined.", "--by", "ana")
    assert json.loads(call("list", "--json"))["total"] == 0
    assert json.loads(call("list", "--json", "--all"))["trucks"][0]["alerts"][0]["closed_by"] == "ana"
    assert "life_safety_hold" in call("measures")
    assert json.loads(call("measures", "--json"))[0]["respond"]["known"] == 1
    assert "life_safety_hold" in call("rules")
    call("close", "nothing", "--reason", "x", exits=2)
    bad = post.folder / "bad.toml"
    bad.write_text("name = 1")
    call("rules", str(bad), exits=2)
    good = post.folder / "good.toml"
    good.write_bytes(response.shipped().replace(b'version = "1"', b'version = "2"'))
    assert json.loads(call("rules", str(good), "--json"))["rules"]["version"] == "2"
