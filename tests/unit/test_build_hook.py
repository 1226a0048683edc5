"""A package without the console is not built, and one that is built says which commit it was made from."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The least of a checkout that the build backend takes."""
    for name in ("pyproject.toml", "README.md", "LICENSE", "scripts/build_hook.py", "src/aforo/__init__.py"):
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((ROOT / name).read_bytes())
    return tmp_path


def built(checkout: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel"]
    environment = {"PATH": "/usr/bin:/bin", "AFORO_COMMIT": "0123456789abcdef"}
    return subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)


def test_a_wheel_without_the_console_is_not_built(checkout: Path) -> None:
    done = built(checkout)
    assert done.returncode != 0
    assert "the console is not built" in done.stderr
    assert "make console" in done.stderr
    assert not list((checkout / "dist").glob("*.whl"))


def test_a_wheel_holds_the_console_and_its_commit(checkout: Path) -> None:
    assets = checkout / "src" / "aforo" / "console" / "assets"
    assets.mkdir(parents=True)
    (assets / "index.html").write_text("<!doctype html>", encoding="utf-8")
    done = built(checkout)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(next((checkout / "dist").glob("*.whl"))) as wheel:
        assert "aforo/console/assets/index.html" in wheel.namelist()
        assert wheel.read("aforo/commit").decode().strip() == "0123456789abcdef"


def test_the_changelog_begins_with_this_version_in_ten_lines() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    versions = re.split(r"^## \[", text, flags=re.MULTILINE)[1:]
    assert versions[0].startswith(f"{project['version']}]")
    for version in versions:
        assert len(re.findall(r"^\d+\. ", version, re.MULTILINE)) == 10, version.partition("]")[0]
