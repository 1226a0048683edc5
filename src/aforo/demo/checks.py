"""What anyone can check of the day: the log verifies, every decision comes out again, and a changed letter is found."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import msgspec

from aforo.domain.text import Text
from aforo.flow.node import Node
from aforo.flow.replay import decisions_of, replay
from aforo.log.keys import KeyStore
from aforo.log.store import open_to_read
from aforo.log.verify import verify
from aforo.settings import Settings


class Verified(msgspec.Struct, frozen=True):
    """The log as verification reads it. `root` is the tree's, in hexadecimal; `findings` are what was changed."""

    origin: str
    leaves: int
    waiting: int
    checkpoints: int
    root: str
    key: str
    findings: tuple[Text, ...]

    @property
    def good(self) -> bool:
        return not self.findings


class Replays(msgspec.Struct, frozen=True):
    """Decisions made again with the code of today, and how many of them differ in any bit."""

    decisions: int
    different: int


class Tampering(msgspec.Struct, frozen=True):
    """One letter of one decision was changed in a copy of the log: what verification says of it."""

    decision: str
    was: str
    made: str
    findings: tuple[Text, ...]


def replay_all(node: Node) -> Replays:
    """Every decision of the log, made again."""
    count = different = 0
    for group in decisions_of(node.log):
        made = replay(group, node.log, node.force.code)
        count += len(made)
        different += sum(bool(each.differences) for each in made)
    return Replays(count, different)


def verified(settings: Settings) -> Verified:
    """Verify the log of a node that is closed, with what its key store witnessed."""
    database, origin = open_to_read(settings.store)
    with closing(database), closing(KeyStore(settings.keys)) as keys:
        first = keys.signing.first(origin)
        report = verify(database, first, witnessed=keys.signing.witnessed(origin))
    return Verified(
        report.origin,
        report.leaves,
        report.waiting,
        report.checkpoints,
        report.root,
        first.text,
        tuple(finding.reason for finding in report.findings),
    )


def tamper(settings: Settings, decision: str, body: bytes, folder: Path) -> Tampering:
    """Change one letter of a decision (`body` is its event as stored) in a copy of a closed SQLite log, and verify."""
    copy = folder / "changed-copy.sqlite"
    shutil.copyfile(settings.store.removeprefix("sqlite:///"), copy)
    was, made = b'"examination":"', b'"examinatiom":"'
    content = copy.read_bytes()
    # A long event runs over several pages of the file; its beginning lies in one piece, and holds the examination.
    place = content.find(was, content.index(body[: body.index(was)]))
    copy.write_bytes(content[:place] + made + content[place + len(was) :])
    found = verified(Settings(f"sqlite:///{copy}", settings.keys))
    copy.unlink()
    return Tampering(decision, was.decode(), made.decode(), found.findings)
