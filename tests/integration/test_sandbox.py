"""The sandbox by its own guide: its blocks are run as they stand, with bash against a real server, and every row of the
table of inputs is sent."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from test_docs import missing_line

from aforo.answers import Reference, received
from aforo.answers.render import document, page, plain
from aforo.demo import sandbox as sandboxes
from aforo.demo.sandbox import NoSandboxError, prepare
from aforo.flow.subscriptions import carrier_hashes, subscribe, unsubscribe
from aforo.log.keys import KeyStore
from aforo.log.store import Log
from aforo.routing import policy as policies

REPOSITORY = Path(__file__).resolve().parents[2]
GUIDE = REPOSITORY / "docs" / "guide" / "first-filing.md"
TABLE = REPOSITORY / "docs" / "reference" / "sandbox.md"
RUNS_ON = "<!-- it runs on -->"
SECONDS = 600


@dataclass
class Block:
    """A block of commands, or a program, with the lines that are shown to follow; `runs_on` for what does not end."""

    line: int
    language: str
    code: str
    shown: list[str]
    runs_on: bool = False


def blocks(text: str) -> list[Block]:
    """The blocks of a page that are run, in order."""
    found: list[Block] = []
    last = 0
    for match in re.finditer(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        language, body = match.groups()
        if language in ("sh", "python"):
            found.append(Block(text.count("\n", 0, match.start()) + 1, language, body, []))
        else:
            found[-1].shown += [line for line in body.splitlines() if line.strip() and line.strip() != "…"]
            found[-1].runs_on |= RUNS_ON in text[last : match.start()]
        last = match.end()
    return found


def environment(home: Path) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AFORO_", "XDG_"))}
    path = f"{Path(sys.executable).parent}{os.pathsep}{clean['PATH']}"
    return clean | {"HOME": str(home), "NO_COLOR": "1", "COLUMNS": "200", "LANG": "C.UTF-8", "PATH": path,
                    "PYTHONIOENCODING": "utf-8", "no_proxy": "127.0.0.1"}  # fmt: skip


@contextmanager
def running(code: str, folder: Path) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """A server that a page starts, once it has said that it listens; and what it said."""
    process = subprocess.Popen(
        ["bash", "-c", f"exec {code.strip()}"],
        cwd=folder, env=environment(folder), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        said: list[str] = []
        for line in process.stdout:
            said.append(line.rstrip())
            if "Listening" in line or "Escuchando" in line:
                break
        assert process.poll() is None, said
        yield process, said
    finally:
        process.kill()
        process.wait(30)
        process.stdout.close()


def test_a_first_filing_works_as_the_guide_says(tmp_path: Path) -> None:
    if shutil.which("curl") is None or shutil.which("bash") is None:
        pytest.skip("the guide is for bash and curl, and one of them is absent")
    first, *others = blocks(GUIDE.read_text(encoding="utf-8"))
    assert first.runs_on
    assert len(others) > 8
    with running(first.code, tmp_path) as (server, said):
        assert missing_line(first.shown, "\n".join(said)) is None, said
        # One shell from block to block, as a reader has it.
        script = ["set -e -o pipefail"]
        for block in others:
            code = block.code if block.language == "sh" else f"python3 <<'PYTHON'\n{block.code}PYTHON\n"
            script += [f"printf '\\n=== {block.line}\\n'", code]
        done = subprocess.run(
            ["bash", "-c", "\n".join(script)],
            cwd=tmp_path, env=environment(tmp_path), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=SECONDS, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout
        parts = re.split(r"^=== (\d+)\n", done.stdout, flags=re.MULTILINE)
        printed = dict(zip(map(int, parts[1::2]), parts[2::2], strict=True))
        for block in others:
            missing = missing_line(block.shown, printed[block.line].replace("\r", ""))
            assert missing is None, f"line {block.line}: not printed: {missing}\n{printed[block.line]}"
        server.send_signal(signal.SIGTERM)
        assert server.wait(60) == 0
    with closing(KeyStore(tmp_path / "my-sandbox" / "log-keys.sqlite")) as keys:
        store = f"sqlite:///{tmp_path / 'my-sandbox' / 'log.sqlite'}"
        with Log.open(store, keys) as log:
            marks = {each.event.type: each.event.origin for each in log.read()}
    assert {kind for kind, origin in marks.items() if origin != "synthetic"} <= {"log.key"}, marks


def rows() -> list[tuple[int, str, str, str, str]]:
    """The rows of the tables of inputs: line, request, headers, body, answer."""
    found = []
    for number, line in enumerate(TABLE.read_text(encoding="utf-8").splitlines(), 1):
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) == 4 and re.match(r"`(GET|POST|PUT|DELETE) ", cells[0]):
            found.append((number, cells[0], cells[1], cells[2], cells[3]))
    return found


def spans(cell: str) -> list[str]:
    return re.findall(r"`([^`]*)`", cell)


def body_of(cell: str) -> bytes:
    if not cell:
        return b""
    (text,) = spans(cell)
    text = text.replace("$TOMORROW", f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}")
    many = re.match(r"(\d+) ×", cell)
    return "\n".join([text] * int(many[1]) if many else [text]).encode()


def variables(path: Path) -> dict[str, str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    named = (line.removeprefix("export ").partition("=") for line in lines)
    return {name: value for name, _, value in named}


def test_every_row_of_the_table_of_inputs_is_answered_as_it_says(tmp_path: Path) -> None:
    wrong: list[str] = []
    tried = rows()
    assert len(tried) > 45
    with running("aforo sandbox box", tmp_path):
        known = variables(tmp_path / "box" / "environment")
        with httpx.Client(base_url=known["AFORO_URL"], timeout=60, trust_env=False) as client:
            for line, request, headers, body, answer in tried:
                method, path = spans(request)[0].split(" ")
                sent = {"Authorization": f"Bearer {known['AFORO_TOKEN']}"}
                for header in spans(headers):
                    name, _, value = header.partition(":")
                    sent[name] = re.sub(r"\$(\w+)", lambda match: known[match[1]], value.strip())
                response = client.request(method, path, headers=sent, content=body_of(body))
                told = f"{response.headers}\n{response.text}"
                lacking = [each for each in spans(answer) if each not in told]
                if response.status_code != int(answer.split()[0]) or lacking:
                    wrong.append(f"line {line}: {response.status_code} {response.text[:500]}, lacks {lacking}")
                is_json = "json" in response.headers["content-type"]
                marked = response.json().get("synthetic") if is_json else "Accept: text/" in headers
                if response.headers.get("aforo-origin") != "synthetic" or not marked:
                    wrong.append(f"line {line}: does not say that it is synthetic")
    assert not wrong, "\n".join(wrong)


def test_a_carta_porte_is_filed_under_the_carriers_rfc(tmp_path: Path) -> None:
    sample = REPOSITORY / "tests" / "samples" / "intake" / "carta_porte" / "export_31.xml"
    body = sample.read_text(encoding="utf-8").replace("TNC980512QX4", sandboxes.CARRIER_RFC)
    body = body.replace("2026-03-02T", f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%d}T")
    with running("aforo sandbox box", tmp_path):
        known = variables(tmp_path / "box" / "environment")
        sent = {"Authorization": f"Bearer {known['AFORO_TOKEN']}"}
        with httpx.Client(base_url=known["AFORO_URL"], headers=sent, timeout=60, trust_env=False) as client:
            answer = client.post("/v1/filings", content=body.encode())
    assert (answer.status_code, answer.json()["status"]) == (200, "accepted")


def test_every_problem_that_a_carrier_may_meet_is_in_the_table() -> None:
    import tomllib

    text = TABLE.read_text(encoding="utf-8")
    source = (REPOSITORY / "src" / "aforo" / "api" / "messages.en.toml").read_text(encoding="utf-8")
    codes = {name.removeprefix("problem_") for name in tomllib.loads(source) if name.startswith("problem_")}
    officers = {"order_bad", "override_refused", "second_bad", "alert_bad", "alert_refused", "hit_refused", "no_lists",
                "not_proved", "nothing_decided", "rule_refused", "dock_refused", "handover_refused", "incident_refused",
                "no_planner", "plan_refused", "policy_refused", "response_refused", "road_refused",
                "fleet_document_refused"}  # fmt: skip
    edges = {"edge_refused", "no_bundle"}  # no carrier has a token of an edge
    auditors = {"no_tile", "entry_too_large"}  # nor one of an auditor
    # Of sessions, of who administers a node, and of a console that was not built: a token meets none of them.
    sessions = {
        "session_ended", "csrf", "sign_in_slowed", "second_over", "second_password_first",
        "second_by_account", "second_by_command", "password_first",
        "password_poor", "password_same", "passkey_bad", "passkey_host", "passkey_vouched",
        "oidc_failed", "oidc_unreachable", "oidc_no_role", "oidc_name_taken", "needs_token", "token_enough",
        "token_not_own", "token_name_held", "account_name_held",
        "account_codes", "account_own", "account_taken", "account_vouched", "name_reserved",
        "token_codes", "backup_no_folder", "backup_under_way", "console_not_built",
    }  # fmt: skip
    # What cannot be read is no message; `still_working` is `busy` after half a minute; `refused` has rows of codes;
    # `device_too_often` is met by a device that sends a day's readings twice.
    others = {"bad_request", "still_working", "refused", "device_too_often"}
    met = codes - officers - edges - auditors - sessions - others
    assert {code for code in met if f"problem:{code}`" not in text} == set()


def test_a_carrier_signs_in_to_the_console_of_a_sandbox(tmp_path: Path) -> None:
    with running("aforo sandbox box", tmp_path):
        known = variables(tmp_path / "box" / "environment")
        with httpx.Client(base_url=known["AFORO_URL"], timeout=60, trust_env=False) as client:
            said = {"name": "carrier", "password": known["AFORO_CARRIER_PASSWORD"]}
            who = client.post("/v1/session", json=said).json()
            assert (who["role"], who["carriers"][0], who["synthetic"]) == ("carrier", sandboxes.CARRIER, True)
            assert client.get("/v1/filings").json()["filings"] == []


def test_a_sandbox_is_used_again_with_the_tokens_that_it_had(tmp_path: Path) -> None:
    (tmp_path / "box").mkdir()
    first = prepare(tmp_path / "box")
    before = variables(sandboxes.keep_environment(first, "http://127.0.0.1:1"))
    again = prepare(tmp_path / "box")
    after = variables(sandboxes.keep_environment(again, "http://127.0.0.1:2"))
    assert (first.new, again.new) == (True, False)
    assert {**before, "AFORO_URL": ""} == {**after, "AFORO_URL": ""}
    assert (tmp_path / "box" / "environment").stat().st_mode & 0o077 == 0


def test_a_sandbox_that_was_cut_while_it_was_made_is_made_whole(tmp_path: Path) -> None:
    box = prepare(tmp_path / "box")
    shutil.rmtree(box.model)
    (box.folder / "model.draft" / "model").mkdir(parents=True)
    assert prepare(box.folder).model.is_dir()
    assert not (box.folder / "model.draft").exists()


def test_a_folder_that_holds_something_else_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "log.sqlite").write_text("something of mine")
    with pytest.raises(NoSandboxError):
        prepare(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["log.sqlite"]


def test_the_sandboxes_policy_is_one() -> None:
    own = policies.parse(sandboxes.policy())
    assert own.name == "sandbox"
    shipped = policies.parse(policies.default_document())
    assert own.stated == {"custody": shipped.stated["custody"]}, "a seal is the evidence that it is anywhere"


def test_two_sandboxes_listen_side_by_side_and_say_where_to_machines(tmp_path: Path) -> None:
    with running("aforo sandbox one", tmp_path), running("aforo sandbox two --lang es", tmp_path) as (_, said):
        assert "SINTÉTICO" in said[0].upper()
        addresses = {variables(tmp_path / each / "environment")["AFORO_URL"] for each in ("one", "two")}
        assert len(addresses) == 2
        for address in addresses:
            assert httpx.get(f"{address}/readyz", trust_env=False, timeout=60).json()["synthetic"]
        port = next(iter(addresses)).rpartition(":")[2]
        taken = subprocess.run(
            ["aforo", "sandbox", "three", "--port", port], cwd=tmp_path, env=environment(tmp_path), timeout=SECONDS,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert taken.returncode == 2
        assert "in use" in taken.stderr


def test_a_sandbox_says_what_it_does_before_it_loads_what_is_slow(tmp_path: Path) -> None:
    heavy = ("aforo.cli.sandbox_serving", "aforo.flow.node", "numba", "polars", "litestar")
    code = f"import sys; from aforo.cli import sandbox\nprint([name for name in {heavy} if name in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert loaded.stdout.strip() == "[]"
    with running("aforo sandbox box", tmp_path) as (_, said):
        assert "up to a minute" in said[0]
        assert [line.split(" ")[0] for line in said] == ["Starting", "Making", "Opening", "SANDBOX:", "Listening"]


def test_an_answer_of_a_sandbox_says_in_every_form_that_it_is_synthetic() -> None:
    answer = received(Reference.to(["D-1"]), datetime(2026, 3, 2, tzinfo=UTC), sandboxes.law())
    assert b'"synthetic":true' in document.render(answer)
    for form in (page.render(answer).decode(), plain.render(answer)):
        assert "SYNTHETIC" in form
        assert "SINTÉTICO" in form


def test_no_event_of_a_sandbox_says_that_it_is_live_whoever_records_it(tmp_path: Path) -> None:
    made = prepare(tmp_path / "sandbox")
    with closing(KeyStore(made.where.keys)) as keys, Log.open(made.where.store, keys, synchronous="OFF") as log:
        node = made.node(log)
        own, _ = subscribe("webhook", "https://hooks.example/x", [sandboxes.CARRIER], node, "tester")
        assert unsubscribe(own, carrier_hashes([sandboxes.CARRIER], keys), log, "tester")
        marks = {each.event.type: each.event.origin for each in log.read()}
    assert {"subscription.begun", "subscription.ended"} <= marks.keys()
    assert set(marks.values()) == {"synthetic"}
