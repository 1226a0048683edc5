"""The program behind `make`: what it carries over from pip to uv, and what it says where a piece is missing."""

from __future__ import annotations

import importlib
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def dev(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """`scripts/dev.py`."""
    monkeypatch.syspath_prepend(REPOSITORY / "scripts")
    return importlib.import_module("dev")


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """`scripts/package_index.py`, with no index configured by the machine that runs the test."""
    monkeypatch.syspath_prepend(REPOSITORY / "scripts")
    module = importlib.import_module("package_index")
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "UV_FIND_LINKS", "UV_INSECURE_HOST", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    return module


def test_uv_is_told_the_index_that_only_pip_knows(index: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {
        "index-url": "https://index.example/a",
        "extra-index-url": "https://index.example/b\nhttps://index.example/c",
        "trusted-host": "index.example",
        "cert": "bundle.pem",
        "find-links": "no-such-folder https://index.example/wheels",
    }
    monkeypatch.setattr(index, "pip_settings", lambda python: settings)
    environment = index.uv_environment(sys.executable)
    assert environment["UV_DEFAULT_INDEX"] == "https://index.example/a"
    assert environment["UV_INDEX"] == "https://index.example/b https://index.example/c"
    assert environment["UV_INSECURE_HOST"] == "index.example"
    assert environment["SSL_CERT_FILE"] == "bundle.pem"
    assert environment["UV_FIND_LINKS"] == "https://index.example/wheels"
    assert "UV_FIND_LINKS" not in index.uv_environment(sys.executable, installing=False)


def test_what_uv_is_told_already_stays(index: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "pip_settings", lambda python: {"index-url": "https://index.example/a"})
    monkeypatch.setenv("UV_INDEX_URL", "https://index.example/own")
    environment = index.uv_environment(sys.executable)
    assert "UV_DEFAULT_INDEX" not in environment
    assert environment["UV_INDEX_URL"] == "https://index.example/own"


def test_pip_settings_are_read_in_pips_own_order(index: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = ":env:.cert='env.pem'\nglobal.cert='global.pem'\nglobal.index-url='https://index.example/g'\n"
    listed += "install.index-url='https://index.example/i'\nfreeze.timeout='10'\n"
    monkeypatch.setattr(index.subprocess, "run", lambda *a, **k: subprocess.CompletedProcess(a, 0, stdout=listed))
    assert index.pip_settings(sys.executable) == {"cert": "env.pem", "index-url": "https://index.example/i"}


def test_an_old_python_gets_one_sentence(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev.sys, "version_info", (3, 9, 2))
    with pytest.raises(dev.MissingPieceError, match=r"^Python 3\.9 is too old: 3\.11 or newer is needed \(.*\)\.$"):
        dev.check_python()


def test_a_python_without_venv_gets_one_sentence(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev.importlib.util, "find_spec", lambda name: None if name == "ensurepip" else object())
    with pytest.raises(dev.MissingPieceError, match=r"^Python \S+ lacks the `ensurepip` module: .*python3-venv`\)\.$"):
        dev.check_python()


def test_no_network_gets_one_sentence_and_another_failure_shows_its_output(
    dev: ModuleType, capfd: pytest.CaptureFixture[str]
) -> None:
    def failing(text: str) -> list[str]:
        return [sys.executable, "-c", f"import sys; print({text!r}); sys.exit(3)"]

    with pytest.raises(dev.MissingPieceError, match="index does not answer"):
        dev.install(*failing("NewConnectionError: [Errno -2] Name or service not known"))
    assert capfd.readouterr().err == ""
    with pytest.raises(subprocess.CalledProcessError):
        dev.install(*failing("hashes do not match"))
    assert "hashes do not match" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("said", "enough"),
    [
        ("v20.19.0", True),
        ("v20.18.3", False),
        ("v18.20.4", False),
        ("v22.11.0", False),
        ("v22.12.0", True),
        ("v24.1.0", True),
        ("nonsense", False),
        ("", False),
    ],
)
def test_a_node_that_is_too_old_does_not_build_the_console(
    dev: ModuleType, tmp_path: Path, said: str, enough: bool
) -> None:
    node = tmp_path / "node"
    node.write_text(f"#!/bin/sh\necho '{said}'\n")
    node.chmod(0o755)
    assert dev.new_enough(str(node)) == enough
    assert not dev.new_enough(None)


def test_the_products_own_modules_are_compiled_where_python_may_keep_nothing(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    package = tmp_path / "src" / "aforo"
    package.mkdir(parents=True)
    (package / "crossing.py").write_text("NAME = 'crossing'\n")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setattr(dev, "ROOT", tmp_path)
    monkeypatch.setattr(dev, "BIN", Path(sys.executable).parent)
    dev.compile_own()
    assert [each.name.split(".")[0] for each in (package / "__pycache__").iterdir()] == ["crossing"]


def test_what_runs_beside_another_fails_as_it_would_alone(dev: ModuleType, tmp_path: Path) -> None:
    made = tmp_path / "made"
    with dev.beside(sys.executable, "-c", f"open({str(made)!r}, 'w')"):
        pass
    assert made.exists()
    done: list[str] = []
    with (
        pytest.raises(subprocess.CalledProcessError) as failed,
        dev.beside(sys.executable, "-c", "raise SystemExit(3)"),
    ):
        done.append("the other")
    assert (failed.value.returncode, done) == (3, ["the other"])
    begun = time.monotonic()
    with (
        pytest.raises(ZeroDivisionError),
        dev.beside(sys.executable, "-c", "import time; time.sleep(600)"),
    ):
        raise ZeroDivisionError
    assert time.monotonic() - begun < 300.0
