"""A party contests, a person answers by a deadline, and what is withdrawn leaves the memory and teaches nothing."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from journeys import Post, file, truck
from typer.testing import CliRunner

from aforo.cli import complete_app
from aforo.domain.event import ChallengeAnswered, Challenged, Examined
from aforo.exams.challenge import DAYS, ChallengeRefusedError, Enclosed
from aforo.exams.outcomes import Report
from aforo.flow.challenge import NothingContestedError, answer, challenges, contest, opened
from aforo.flow.node import Node
from aforo.flow.questions import Asking
from aforo.flow.reports import report
from aforo.log.erasure import erase_identity
from aforo.log.sequencer import sequence
from aforo.log.verify import verify

SCALE = Enclosed("scale.pdf", b"%PDF the scale's last calibration")


def found(node: Node, own: str) -> None:
    told = report([Report(1, own, None, True, True, "contraband", None, None)], node)
    assert told.examinations == 1, told.problems


def test_a_withdrawn_outcome_leaves_the_memory_as_if_it_had_never_been(post: Post) -> None:
    with post.node() as node:
        file(node, truck("a"))
        file(node, truck("b"))
    before = memory(post)
    with post.node() as node:
        found(node, "a")
        made = contest(node.log, "a", "carrier", "Nothing was found in that trailer.", [SCALE])
        assert memory(post) != before
        told = answer(node.log, made.challenge, "upheld", "Ana", "The report was of another trailer.")
        assert (told.withdrawn, told.relearn, told.crossing) == (True, True, made.crossing)
    assert memory(post) == before
    with post.log() as log:
        (examined, withdrawn) = (s.payload for s in log.read(types=[Examined.TYPE]))
        assert isinstance(withdrawn, Examined)
        assert isinstance(examined, Examined)
        assert (examined.outcome.violation, withdrawn.outcome.violation) == (True, None)
        assert challenges(Asking(log)) == []
        assert [each.answer.verdict for each in challenges(Asking(log), answered=True) if each.answer] == ["upheld"]
        sequence(log)
        assert verify(log.database, log.keys.signing.verifiers(log.origin)[0]).good


def memory(post: Post) -> bytes:
    with post.node() as node:
        return node.memory.dump()


def test_a_dismissed_challenge_changes_nothing_but_is_on_record(post: Post) -> None:
    with post.node() as node:
        file(node, truck("a"))
        found(node, "a")
        before = node.memory.dump()
        made = contest(node.log, "a", "importer", "The goods were declared.")
        told = answer(node.log, made.challenge, "dismissed", "Ana", "They were not in the declaration.")
        assert (told.withdrawn, told.relearn) == (False, False)
    with post.node() as node:
        assert node.memory.dump() == before
        (said,) = (s.payload for s in node.log.read(types=[ChallengeAnswered.TYPE]))
        assert said == ChallengeAnswered(made.challenge, "dismissed", "They were not in the declaration.")


def test_a_decision_can_be_contested_and_has_nothing_to_withdraw(post: Post) -> None:
    with post.node() as node:
        (line,) = file(node, truck("a"))
        made = contest(node.log, line.decision, "driver", "I am examined every week.")
        assert made.about == line.decision
        assert made.due - made.filed_at == timedelta(days=DAYS)
        assert answer(node.log, made.challenge, "upheld", "Ana", "The order was lifted.").withdrawn is False


def test_what_is_said_is_sealed_and_an_erasure_closes_it(post: Post) -> None:
    with post.node() as node:
        file(node, truck("a"))
        made = contest(node.log, "a", "driver", "Ask for Perla Quintero.", [SCALE])
        # A filing that names other persons comes behind it.
        file(node, truck("a2", amends="a", action="replace", driver_id="SYNDR-OTHER"))
        assert opened(node.log, made.challenge) == ("Ask for Perla Quintero.", [("scale.pdf", SCALE.body)])
        (stored,) = node.log.read(types=[Challenged.TYPE])
        assert b"Perla" not in stored.body
        assert b"scale.pdf" not in stored.body
        erase_identity(node.log, "driver", truck("a")["driver_id"], "request 7", actor="test")
        assert opened(node.log, made.challenge) == (None, [(None, None)])


def test_the_same_challenge_again_is_the_one_that_stands(post: Post) -> None:
    with post.node() as node:
        file(node, truck("a"))
        first = contest(node.log, "a", "carrier", "It is wrong.")
        assert contest(node.log, "a", "carrier", " It is wrong. ") == first
        assert contest(node.log, "a", "carrier", "It is very wrong.").challenge != first.challenge
        assert len(challenges(node.asking)) == 2


def test_what_cannot_be_contested_or_answered_is_refused(post: Post) -> None:
    def code_of(error: pytest.ExceptionInfo[ChallengeRefusedError]) -> str:
        return error.value.code

    with post.node() as node:
        file(node, truck("a"))
        log = node.log
        for arguments, code in (
            (("a", "seal", "It is wrong."), "challenge_unknown_party"),
            (("a", "carrier", " "), "challenge_needs_statement"),
            (("a", "carrier", "x" * 10_001), "challenge_statement_long"),
            (("a", "carrier", "x", [SCALE] * 6), "challenge_documents_many"),
            (("a", "carrier", "x", [Enclosed("a", b"x" * 262_145)]), "challenge_document_large"),
        ):
            with pytest.raises(ChallengeRefusedError) as error:
                contest(log, *arguments)
            assert code_of(error) == code
        file(node, truck("nobody", broker_id=None))
        with pytest.raises(ChallengeRefusedError) as error:
            contest(log, "nobody", "broker", "It is wrong.")
        assert code_of(error) == "challenge_not_a_party"
        with pytest.raises(NothingContestedError):
            contest(log, "unheard of", "carrier", "It is wrong.")
        made = contest(log, "a", "carrier", "It is wrong.")
        for officer, reason, code in (
            (" ", "No.", "challenge_needs_officer"),
            ("Ana", " ", "challenge_needs_reason"),
            ("Ana", f"The driver {truck('a')['driver_id']} was wrong.", "challenge_names_person"),
        ):
            with pytest.raises(ChallengeRefusedError) as error:
                answer(log, made.challenge, "dismissed", officer, reason)
            assert code_of(error) == code
        answer(log, made.challenge, "dismissed", "Ana", "No.")
        with pytest.raises(ChallengeRefusedError) as error:
            answer(log, made.challenge, "upheld", "Ana", "Yes.")
        assert code_of(error) == "challenge_answered_already"
        with pytest.raises(NothingContestedError):
            answer(log, "no challenge", "upheld", "Ana", "Yes.")


def test_the_commands_take_in_list_show_and_answer(post: Post, tmp_path: Path) -> None:
    with post.node() as node:
        file(node, truck("a"))
        found(node, "a")
    run, app = CliRunner(), complete_app()
    place = ["--store", post.store]
    (tmp_path / "scale.pdf").write_bytes(SCALE.body)
    filed = run.invoke(
        app,
        ["challenge", "file", "a", "--party", "carrier", "--statement", "Nothing was found.", "--document",
         str(tmp_path / "scale.pdf"), "--json", *place],
    )  # fmt: skip
    assert filed.exit_code == 0, filed.output
    own = json.loads(filed.output)["challenge"]
    listed = run.invoke(app, ["challenge", "list", "--lang", "es", *place])
    assert listed.exit_code == 0
    assert own in listed.output
    assert "el transportista" in listed.output
    shown = run.invoke(app, ["challenge", "show", own, "--save", str(tmp_path / "saved"), *place])
    assert "Nothing was found." in shown.output
    assert (tmp_path / "saved" / "1.bin").read_bytes() == SCALE.body
    done = run.invoke(
        app, ["challenge", "answer", own, "--verdict", "upheld", "--reason", "Another trailer.", "--by", "Ana", *place]
    )
    assert done.exit_code == 0, done.output
    assert "withdrawn" in done.output
    assert "no challenge waits" in run.invoke(app, ["challenge", "list", *place]).output
    again = run.invoke(app, ["challenge", "answer", own, "--verdict", "upheld", "--reason", "x", "--by", "Ana", *place])
    assert again.exit_code == 1


def test_an_overdue_challenge_is_an_alarm(post: Post) -> None:
    with post.node() as node:
        file(node, truck("a"))
        contest(node.log, "a", "carrier", "It is wrong.")
    listed = CliRunner().invoke(complete_app(), ["challenge", "list", "--store", post.store])
    # The post's clock stands long before today's.
    assert listed.exit_code == 1
    assert "OVERDUE" in listed.output
