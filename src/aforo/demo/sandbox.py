"""A sandbox: the folder of a node for carriers' engineers, with a log, keys and a model of its own, all synthetic.

It is the product with documents of its own in force: a policy by which nothing is examined for its value or by lot, and
rules that order an examination for goods of a few codes. So an answer depends on what was sent, and nothing in the flow
knows of sandboxes.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path

from msgspec.structs import replace

from aforo.answers import Grounds, shipped
from aforo.bootstrap import open_node
from aforo.demo import scene, school
from aforo.demo.scene import Scale
from aforo.domain.credential import command_credential
from aforo.domain.role import Role
from aforo.flow import briefing
from aforo.flow.custody import Custody
from aforo.flow.node import Node
from aforo.log import passwords
from aforo.log.accounts import Accounts
from aforo.log.store import Log
from aforo.log.tokens import Tokens
from aforo.risk.rules import parse
from aforo.risk.rules.recorded import RecordedRules
from aforo.settings import Settings, as_url

#: Who acts in the log of a sandbox, and who approves its rules.
ACTOR, APPROVER = "sandbox", "sandbox approver"
#: The carriers that a sandbox makes tokens for: made up, and good in a sandbox alone.
CARRIER, OTHER_CARRIER = "SBXC", "SBXD"
#: Their RFCs, since the formats of Mexico know a carrier by nothing else.
CARRIER_RFC, OTHER_CARRIER_RFC = "SBX010101AB1", "SBX020202CD2"
#: The file that a shell reads: where the sandbox listens, and its tokens.
ENVIRONMENT = "environment"

#: The least rate there is: with the sandbox's policy it examines nothing.
_RATE = 0.0001
_SEED = 7
#: Enough to learn anything at all from; no answer depends on it.
_SCALE = Scale(weeks=2, crossings_per_week=50, prevalence=0.1, examined_share=1.0)
_NOTICE = "NOTICE.txt"
_SAYS = "An Aforo sandbox: everything in this folder is synthetic. It may be removed at any time.\n"
_TOKENS: tuple[tuple[str, str, Role, tuple[str, ...]], ...] = (
    ("AFORO_TOKEN", "Sandbox carrier", "carrier", (CARRIER, CARRIER_RFC)),
    ("AFORO_OTHER", "Sandbox other carrier", "carrier", (OTHER_CARRIER, OTHER_CARRIER_RFC)),
    ("AFORO_OFFICER", "Sandbox officer's system", "officer", ()),
    ("AFORO_REGISTRY", "Sandbox registry of seals", "supervisor", ()),
)


#: Who may sign in to the console of a sandbox: the variable that has the password, the name to sign in by, the name
#: shown, and what that one acts as.
_PEOPLE: tuple[tuple[str, str, str, Role, tuple[str, ...]], ...] = (
    ("AFORO_CARRIER_PASSWORD", "carrier", "Sandbox carrier", "carrier", (CARRIER, CARRIER_RFC)),
    ("AFORO_OFFICER_PASSWORD", "officer", "Sandbox officer", "officer", ()),
)


class NoSandboxError(Exception):
    """The folder holds something else."""


@dataclass(frozen=True)
class Sandbox:
    """A folder that is ready: `new` says whether it was made now."""

    folder: Path
    where: Settings
    model: Path
    new: bool

    def node(self, log: Log, custody: Custody | None = None) -> Node:
        """The node of its log, with the custody that somebody keeps up beside it; all that is recorded there is marked
        as synthetic, whoever records it."""
        log.marks = "synthetic"
        return open_node(
            log, self.model, _RATE, policy(), origin="synthetic", actor=ACTOR, law=law(), custody=custody
        )  # fmt: skip


def law() -> Grounds:
    """The document of grounds of a sandbox: the United States', and every answer by it says that it is synthetic."""
    return replace(shipped("US"), synthetic=True)


def policy() -> bytes:
    """The policy document of a sandbox."""
    return (resources.files("aforo.demo") / "sandbox_policy.toml").read_bytes()


def prepare(folder: Path) -> Sandbox:
    """The sandbox of a folder, made where there is none yet, in about a second. Raises NoSandboxError, OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    notice = folder / _NOTICE
    new = not any(folder.iterdir())
    if new:
        notice.write_text(_SAYS, encoding="utf-8")
    elif not notice.is_file() or notice.read_text(encoding="utf-8") != _SAYS:
        raise NoSandboxError(str(folder))
    where = Settings(as_url(str(folder / "log.sqlite")), as_url(str(folder / "log-keys.sqlite")))
    model = folder / "model"
    if not model.is_dir():
        draft = folder / "model.draft"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir()
        history = scene.draw(draft, _SEED, _SCALE).history
        school.learn(history, draft / "model", where, lambda _: None)
        # Its history's traffic and values would plan a control sample, and set a price: a sandbox has neither.
        (draft / "model" / briefing.FILE).unlink()
        (draft / "model").rename(model)
        shutil.rmtree(draft)
    return Sandbox(folder, where, model, new)


def activate_rules(log: Log) -> None:
    """Have the sandbox's rules in force, as any rule comes into force: registered, in shadow, approved by another."""
    recorded = RecordedRules(log, origin="synthetic")
    text = (resources.files("aforo.demo") / "sandbox_rules.toml").read_bytes()
    for rule in parse(text, "sandbox_rules.toml"):
        if recorded.add(rule, ACTOR):
            recorded.promote(rule.id, rule.version, "shadow", APPROVER)
            recorded.promote(rule.id, rule.version, "active", APPROVER)


def keep_environment(sandbox: Sandbox, address: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Path:
    """Write the file that a shell reads; the tokens that it had are kept for as long as they hold, and so are the
    passwords of who may sign in to the console. Its path."""
    path = sandbox.folder / ENVIRONMENT
    before = dict(line.removeprefix("export ").partition("=")[::2] for line in _lines(path))
    lines = [f"export AFORO_URL={address}"]
    with closing(Tokens(sandbox.where.keys)) as tokens:
        for name, whose, role, carriers in _TOKENS:
            text = before.get(name, "")
            token = tokens.find(text) if text else None
            if token is None or not token.holds(now()):
                text, _ = tokens.issue(whose, role, carriers, now(), now() + timedelta(days=365), command_credential())
            lines.append(f"export {name}={text}")
    with closing(Accounts(sandbox.where.keys)) as accounts:
        for name, login, shown, role, codes in _PEOPLE:
            password, found = before.get(name, ""), accounts.by_login(login)
            if found is None:
                found = accounts.add(login, shown, role, codes, "en", now())
            if not passwords.matches(password, accounts.password_of(found.id)):
                password = secrets.token_urlsafe(15)
                accounts.keep_password(found.id, passwords.hashed(password))
            lines.append(f"export {name}={password}")
    draft = path.with_suffix(".part")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
        stream.write("\n".join(lines) + "\n")
    draft.replace(path)
    return path


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
