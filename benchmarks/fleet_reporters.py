"""Logs that several people keep, in their own words and their own time, against a second calculator.

    python benchmarks/fleet_reporters.py [--logs 400]

Each log has some scanners and three or four reporters whose reports interleave: one says `down` again before they say
`up`, others say `up` in between, maintenance begins within an outage and is never ended, rows are told twice and out of
order. Causes are words of the log's own, some with a meaning that is given, some without; times have offsets, or none:
then they are of a zone that is given, or of the port's. `fleet_truth` reckons the same log from the rules of the field;
interruptions, hours, hours by cause, availability by scanner and month and credits have to agree exactly. The same logs
by the first version of the rule show that it matters. SYNTHETIC throughout.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

from fleet_truth import CAUSES, CONTRACT, Truth, truth

from aforo.domain.clock import microseconds, system_clock
from aforo.fleet import contract
from aforo.fleet.interruption_rule import interruption_rules
from aforo.fleet.report import FleetFound, report
from aforo.fleet.target import Targets
from aforo.flow.fleet_log import record_of, scans_of
from aforo.intake import scanner_columns
from aforo.intake.scanner_terms import ScannerTerms

START, END = datetime(2023, 1, 1, tzinfo=UTC), datetime(2024, 7, 1, tzinfo=UTC)
ZONES = {"2304": "America/Chicago", "2501": "America/Los_Angeles", "2604": "America/Phoenix"}
MEANING = {"hydraulic leak": "parts", "no power at the site": "power", "PM per plan": "planned", "Obra civil": "site"}
UNKNOWN = ("ver bitácora", "tube; again", 'called "Ana"', "???", "SE FUE LA LUZ, " * 8)
REPORTERS = ("port", "supplier", "operations", "")
COLUMNS = "scanner_id,event,at,cause,reporter,port,kind,contract_id,planned"


class Log:
    """A log and how it is to be read: `zone` of times without an offset, None where they are of the ports."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)
        self.zone = self._dice.choice((None, "America/Chicago", "America/Tijuana"))
        self._bare = self._dice.choice((0.0, 0.3, 1.0))
        self._taken: set[tuple[str, int]] = set()
        rows = [row for number in range(self._dice.randrange(2, 7)) for row in self._scanner(f"S-{number}")]
        rows += self._dice.sample(rows, len(rows) // 8)
        self._dice.shuffle(rows)
        self.text = "\n".join([COLUMNS, *rows]) + "\n"

    def _scanner(self, name: str) -> list[str]:
        dice = self._dice
        port = dice.choice(tuple(ZONES))
        began = START - timedelta(days=dice.randrange(-60, 400))
        # The row that puts it into service says where it stands.
        rows = [self._row(name, "commissioned", began, port, place=port, more=("HE", "C-1"))]
        if dice.random() < 0.2:
            rows.append(self._row(name, "retired", END - timedelta(days=dice.randrange(10, 300)), port))
        at = began - timedelta(days=5)
        while (at := at + timedelta(minutes=dice.randrange(1, 60 * 24 * 40))) < END + timedelta(days=20):
            # An episode: several people report, in whatever order.
            for _ in range(dice.randrange(1, 9)):
                at += timedelta(minutes=dice.randrange(1, dice.choice((90, 1_500, 9_000))))
                event = dice.choice(
                    ("down", "down", "up", "up", "down", "up", "responded", "maintenance_start", "maintenance_end")
                )
                rows.append(self._row(name, event, at, port, dice.choice(REPORTERS), self._cause()))
            if dice.random() < 0.7:
                at += timedelta(minutes=dice.randrange(1, 3_000))
                rows.append(self._row(name, "up", at, port, dice.choice(REPORTERS)))
        return rows

    def _cause(self) -> str:
        return self._dice.choice(("", "", *CAUSES, *MEANING, *UNKNOWN))

    def _row(
        self, name: str, event: str, at: datetime, port: str, reporter: str = "", cause: str = "", *, place: str = "",
        more: tuple[str, str] = ("", ""),
    ) -> str:  # fmt: skip
        dice = self._dice
        minute = int(at.timestamp()) // 60
        # The rules of the field say nothing of two reports of one minute.
        while (name, minute) in self._taken:
            minute += 1
        self._taken.add((name, minute))
        at = datetime.fromtimestamp(minute * 60, UTC)
        local = at.astimezone(ZoneInfo(self.zone or ZONES[port]))
        bare = local.replace(tzinfo=None)
        unique = all(bare.replace(tzinfo=local.tzinfo, fold=fold).astimezone(UTC) == at for fold in (0, 1))
        if unique and dice.random() < self._bare:
            written = bare.isoformat(dice.choice("T "), dice.choice(("minutes", "seconds")))
        else:
            written = at.astimezone(timezone(timedelta(hours=dice.choice((-8, -6, 0, 2))))).isoformat()
        if reporter and dice.random() < 0.2:
            reporter = reporter.upper()
        planned = dice.choice(("", "", "", "0", "1")) if event in ("down", "maintenance_start") else ""
        quoted = '"' + cause.replace('"', '""') + '"' if cause else ""
        return ",".join((name, event, written, quoted, reporter, place, *more, planned))


def found_in(log: Log, version: int) -> FleetFound:
    """What the product says of a log, by a version of the rule."""
    terms = ScannerTerms({text.casefold(): cause for text, cause in MEANING.items()}, log.zone)
    read = scanner_columns.read(io.BytesIO(log.text.encode()), system_clock(), terms=terms)
    assert not read.problems, read.problems[:3]
    agreed = [contract.parse(CONTRACT.encode())]
    made, record = scans_of(read), record_of(read)
    span = microseconds(START), microseconds(END)
    return report(record, made, agreed, Targets(version=1), *span, rule=interruption_rules()[version])


def differences(found: FleetFound, true: Truth) -> list[str]:
    """Which figures differ."""
    own = found.contracts[0]
    reached = {(each.scanner, each.month): each.availability for each in own.months}
    owed: dict[tuple[str, str], int] = {}
    for line in own.lines:
        key = (line.scanner or "", line.month)
        owed[key] = owed.get(key, 0) + line.cents
    pairs = {
        "interruptions": (found.all.interruptions, true.interruptions),
        "hours": (round(found.all.down * 60), true.down),
        "service": (round(found.all.service * 60), true.service),
        "causes": ({cause: round(hours * 60) for cause, hours in found.all.hours.items()}, true.by_cause),
        "availability": (
            {key: None if value is None else round(value, 12) for key, value in reached.items()},
            {key: round(value, 12) for key, value in true.availability.items()},
        ),
        "credits": (owed, true.owed),
    }
    return [name for name, (ours, theirs) in pairs.items() if ours != theirs]


def of_log(log: Log) -> Truth:
    """What the second calculator says of a log."""
    return truth(log.text, START, END, log.zone, ZONES, {text.casefold(): cause for text, cause in MEANING.items()})


def by_command(log: Log, folder: Path) -> tuple[float, int]:
    """Hours down and cents owed as the command says them."""
    file, agreed = folder / "log.csv", folder / "c-1.toml"
    file.write_text(log.text, encoding="utf-8")
    agreed.write_text(CONTRACT, encoding="utf-8")
    options = [option for text, cause in MEANING.items() for option in ("--cause", f"{text}={cause}")]
    if log.zone is not None:
        options += ["--zone", log.zone]
    done = subprocess.run(
        [sys.executable, "-m", "aforo.cli", "fleet", "report", str(file), "--contracts", str(agreed), "--json",
         "--from", START.isoformat(), "--until", END.isoformat(), *options],
        capture_output=True, check=True,
    )  # fmt: skip
    told = json.loads(done.stdout)["report"]
    return told["all"]["down"], told["contracts"][0]["owed_cents"]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--logs", type=int, default=400)
    asked = parser.parse_args()
    exact = first = hours = by_first = rows = 0.0
    for seed in range(asked.logs):
        log = Log(seed)
        true = of_log(log)
        wrong = differences(found_in(log, 2), true)
        exact += not wrong
        if wrong:
            print(f"log {seed}: differs in {', '.join(wrong)}")
        old = found_in(log, 1)
        first += not differences(old, true)
        hours, by_first, rows = hours + true.down / 60, by_first + old.all.down, rows + log.text.count("\n") - 1
    print(f"SYNTHETIC: {asked.logs} logs, {rows:,.0f} rows; interruptions, hours by cause, availability and credits")
    print(f"exact by the second version of the rule: {exact:.0f} of {asked.logs}; by the first: {first:.0f}")
    print(f"hours down: {hours:,.0f}; by the first version {by_first:,.0f}")
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(3):
            log = Log(seed)
            true = of_log(log)
            down, owed = by_command(log, Path(folder))
            same = round(down * 60) == true.down and owed == sum(true.owed.values())
            print(f"log {seed} by the command: {'the same' if same else 'DIFFERS'}")


if __name__ == "__main__":
    main()
