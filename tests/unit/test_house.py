"""What holds for the whole repository: sizes, names, no trace of the machine it was written on, arrows that hold."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCES = sorted((REPOSITORY / "src" / "aforo").rglob("*.py"))
LONGEST = 400
VAGUE_NAMES = {"util", "utils", "helper", "helpers", "common", "misc"}

#: A folder of somebody's machine.
MACHINE_PATHS = re.compile(r"(?<![\w.~])/(?:work|tmp|root|home/\w+|Users/\w+|private/var)/")
INDEX_ADDRESSES = re.compile(r"pypi\.org|pythonhosted\.org|npmjs\.(org|com)|deb\.debian\.org|/simple/")


def kept_files() -> list[Path]:
    """The text files that the repository keeps: tracked ones, or all but ignored folders where git is absent."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=REPOSITORY, check=True, capture_output=True, text=True
        ).stdout.split("\0")
        paths = [REPOSITORY / name for name in listed if name]
    except (FileNotFoundError, subprocess.CalledProcessError):
        folders = (".ci", "benchmarks", "docs", "locks", "scripts", "src", "tests")
        paths = [path for folder in folders for path in (REPOSITORY / folder).rglob("*") if path.is_file()]
        paths += [path for path in REPOSITORY.iterdir() if path.is_file()]
    return [path for path in paths if path.is_file() and b"\0" not in path.read_bytes()[:4096]]


def test_no_module_is_longer_than_one_noun_needs() -> None:
    long = {
        path.relative_to(REPOSITORY).as_posix(): count
        for path in SOURCES
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST
    }
    assert long == {}


def test_no_module_has_a_vague_name() -> None:
    assert [path for path in SOURCES if VAGUE_NAMES & {path.stem, path.parent.name}] == []


def test_every_room_says_what_it_is() -> None:
    for init in sorted((REPOSITORY / "src" / "aforo").glob("*/__init__.py")):
        text = init.read_text(encoding="utf-8")
        assert text.startswith('"""'), init
        assert "TBD" not in text, init


def mentions(pattern: re.Pattern[str]) -> list[str]:
    """Where the kept files, this one apart, match a pattern."""
    found = []
    for path in kept_files():
        match = pattern.search(path.read_text(encoding="utf-8", errors="replace"))
        if match and path != Path(__file__).resolve():
            found.append(f"{path.relative_to(REPOSITORY)}: {match.group()}")
    return found


def test_nothing_names_a_folder_of_a_machine() -> None:
    assert mentions(MACHINE_PATHS) == []


def test_nothing_names_the_address_of_a_package_index() -> None:
    assert mentions(INDEX_ADDRESSES) == []


def test_the_locks_name_no_address_and_every_file_has_a_hash() -> None:
    locks = sorted((REPOSITORY / "locks").glob("*.txt"))
    assert {"base.txt", "dev.txt", "docs.txt", "bench.txt", "uv.txt"} <= {lock.name for lock in locks}
    for lock in locks:
        text = lock.read_text(encoding="utf-8")
        assert "://" not in text, lock.name
        assert "index-url" not in text, lock.name
        assert "find-links" not in text, lock.name
        requirements = re.split(r"\\?\n(?! )", text.strip())
        assert all(re.match(r"[\w.-]+==\S+", entry) and "--hash=sha256:" in entry for entry in requirements), lock.name


def test_the_locks_agree_on_versions() -> None:
    pinned: dict[str, list[set[str]]] = {}
    for lock in sorted((REPOSITORY / "locks").glob("*.txt")):
        versions: dict[str, set[str]] = {}
        for name, version in re.findall(r"^([\w.-]+)==(\S+)", lock.read_text(encoding="utf-8"), re.MULTILINE):
            versions.setdefault(name, set()).add(version)
        for name, found in versions.items():
            pinned.setdefault(name, []).append(found)
    assert {name: found for name, found in pinned.items() if any(versions != found[0] for versions in found)} == {}


def test_the_locks_hold_what_the_project_asks_for() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"]
    base = [*project["project"]["dependencies"], *groups["build"]]
    extras = project["project"]["optional-dependencies"]
    postgres, otel = extras["postgres"], extras["otel"]
    asked = {
        "base": base,
        "dev": [*base, *postgres, *otel, *groups["dev"]],
        "server": [*base, *postgres, *otel],
        "docs": [*base, *groups["docs"]],
        "bench": [*base, *postgres, *groups["bench"]],
        "uv": groups["installer"],
    }
    for lock, requirements in asked.items():
        text = (REPOSITORY / "locks" / f"{lock}.txt").read_text(encoding="utf-8")
        pinned: dict[str, list[str]] = {}
        for name, version in re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE):
            pinned.setdefault(name, []).append(version)
        for requirement in map(Requirement, requirements):
            versions = pinned.get(requirement.name.lower().replace("_", "-"), [])
            assert versions, f"{requirement} is not in locks/{lock}.txt: run `make lock`"
            assert all(requirement.specifier.contains(version) for version in versions), f"{requirement}: {versions}"


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run([program, "--no-cache", "--no-logo"], cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def copied_house(tmp_path: Path) -> Path:
    """The sources and the contracts, to be spoilt."""
    shutil.copytree(REPOSITORY / "src" / "aforo", tmp_path / "aforo", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(REPOSITORY / "pyproject.toml", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("domain/text.py", "import aforo.flow", "arrows go one way"),
        ("risk/__init__.py", "import aforo.routing", "arrows go one way"),
        ("measures/__init__.py", "import socket", "do no I/O"),
        ("flow/__init__.py", "import sqlalchemy", "SQL stays in the log"),
        ("log/__init__.py", "import rich", "speaks to the terminal"),
    ],
)
def test_an_arrow_that_points_the_wrong_way_is_found(copied_house: Path, module: str, line: str, contract: str) -> None:
    path = copied_house / "aforo" / module
    path.write_text(f"{path.read_text(encoding='utf-8')}\n{line}\n", encoding="utf-8")
    done = lint_imports(copied_house)
    assert done.returncode != 0
    broken = [row for row in done.stdout.splitlines() if row.endswith("BROKEN")]
    assert [row for row in broken if contract in row], done.stdout


def test_the_arrows_hold() -> None:
    assert lint_imports(REPOSITORY).returncode == 0


def test_every_benchmark_is_in_the_index_of_benchmarks() -> None:
    index = (REPOSITORY / "benchmarks" / "README.md").read_text(encoding="utf-8")
    programs = [path.stem for path in (REPOSITORY / "benchmarks").glob("*.py")]
    assert [name for name in programs if f"`{name}`" not in index] == []
