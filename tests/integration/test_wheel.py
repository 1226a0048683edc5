"""The wheel holds the whole product: every module and every document, table and migration beside them."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

#: What Python and numba leave beside the sources.
LEFT_BEHIND = {".pyc", ".nbi", ".nbc"}


@pytest.fixture(scope="module")
def wheel(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=repository,
        check=True,
        capture_output=True,
    )
    [built] = folder.glob("*.whl")
    return zipfile.ZipFile(built)


def test_every_file_of_the_source_tree_is_in_the_wheel_unchanged(repository: Path, wheel: zipfile.ZipFile) -> None:
    source = repository / "src"
    expected = {
        path.relative_to(source).as_posix(): path.read_bytes()
        for path in source.rglob("*")
        if path.is_file() and path.suffix not in LEFT_BEHIND
    }
    found = {name: wheel.read(name) for name in wheel.namelist() if ".dist-info/" not in name}
    # The build writes it: `aforo --version` prints it.
    assert re.fullmatch(rb"([0-9a-f]{40})?\n", found.pop("aforo/commit")), (
        "a commit; nothing where there is no repository"
    )
    assert sorted(found) == sorted(expected)
    assert [name for name in expected if found[name] != expected[name]] == []


def test_the_wheel_carries_licence_and_command(wheel: zipfile.ZipFile) -> None:
    names = {name.split(".dist-info/")[1]: name for name in wheel.namelist() if ".dist-info/" in name}
    assert "Apache License" in wheel.read(names["licenses/LICENSE"]).decode()
    assert "aforo = aforo.cli:main" in wheel.read(names["entry_points.txt"]).decode()
    assert "Requires-Python: >=3.11" in wheel.read(names["METADATA"]).decode()
