"""Proves that the wheel is the whole product: builds it by the guide's steps and uses it where nothing else is.

    .venv/bin/python scripts/wheel_check.py [--root TARGET]

Clones the committed state, runs `make console`, builds the wheel, and installs it with `locks/server.txt` into an
environment that holds nothing else: on this machine, or with --root (root rights and debootstrap needed) in a new bare
Debian at TARGET. Then it starts a sandbox from that installation, files the first truck of
`docs/guide/first-filing.md`, and opens the console in Chromium. Prints how long each step took; exits with 1 where one
fails.
"""

import argparse
import contextlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import bare_root
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
GUIDE = ROOT / "docs" / "guide" / "first-filing.md"
#: How long the sandbox may take to listen on a busy machine.
START_S = 240


@contextlib.contextmanager
def step(name: str) -> Iterator[None]:
    """Prints how long a step took."""
    started = time.monotonic()
    yield
    print(f"{name:45} {time.monotonic() - started:7.1f} s", flush=True)


def run(*command: object) -> None:
    """Runs a command; its output is shown where it fails, which ends the program."""
    words = [str(part) for part in command]
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        sys.exit(f"{shlex.join(words)}: exit {done.returncode}\n{done.stdout}")


def build(clone: Path, tools: Path) -> Path:
    """The wheel of a clone of the committed state, by the steps of `docs/guide/running.md`."""
    run("git", "clone", "--quiet", ROOT, clone)
    run("make", "--directory", clone, "console", f"PYTHON={sys.executable}")
    run(
        tools / "bin" / "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--wheel-dir",
        clone / "dist",
        clone,
    )
    return next((clone / "dist").glob("aforo-*.whl"))


def environment(folder: Path) -> dict[str, str]:
    """What the installed product sees: its own folder as home, and no trace of a checkout."""
    kept = {name: value for name, value in os.environ.items() if bare_root.PASSED.fullmatch(name)}
    return kept | {"HOME": str(folder), "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}


class Place:
    """Where the wheel is installed: `files` is that folder seen from here, `path` seen from inside."""

    def __init__(self, files: Path, root: Path | None = None) -> None:
        self.files, self._root = files, root
        self.path = files if root is None else Path("/") / files.relative_to(root)

    def command(self, *parts: object) -> list[str]:
        """A command line that runs in the place."""
        words = [str(part) for part in parts]
        if self._root is None:
            return words
        root, inner = shlex.quote(str(self._root)), shlex.join(words)
        user = f"--userspec={bare_root.USER}:{bare_root.USER}"
        mounts = f"mount -t proc proc {root}/proc && mount -t tmpfs tmpfs {root}/dev/shm && chmod 1777 {root}/dev/shm"
        return ["unshare", "--mount", "/bin/sh", "-c", f"{mounts} && exec chroot {user} {root} {inner}"]

    def run(self, *parts: object) -> str:
        """What a command prints in the place. Exits where it fails."""
        command = self.command(*parts)
        done = subprocess.run(command, env=environment(self.path), capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"{shlex.join(map(str, parts))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout.strip()


def install(place: Place, wheel: Path) -> Path:
    """Installs the wheel and what the lock names; the `aforo` command, as seen inside."""
    for file in (wheel, ROOT / "locks" / "server.txt"):
        shutil.copy(file, place.files)
    python = sys.executable if place.path == place.files else "python3"
    place.run(python, "-m", "venv", place.path / "venv")
    pip = (place.path / "venv" / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    place.run(*pip, "--require-hashes", "--only-binary", ":all:", "-r", place.path / "server.txt")
    place.run(*pip, "--no-deps", "--no-index", place.path / wheel.name)
    return place.path / "venv" / "bin" / "aforo"


@contextlib.contextmanager
def sandbox(place: Place, aforo: Path) -> Iterator[dict[str, str]]:
    """The settings of a sandbox that runs meanwhile, as its file `environment` has them."""
    command = place.command(aforo, "sandbox", place.path / "sandbox")
    with subprocess.Popen(
        command, env=environment(place.path), stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
    ) as node:
        try:
            written, until = place.files / "sandbox" / "environment", time.monotonic() + START_S
            while not written.exists() or not listens(said := settings(written)):
                if node.poll() is not None or time.monotonic() > until:
                    sys.exit("the sandbox did not start")
                time.sleep(0.5)
            yield said
        finally:
            subprocess.run(["pkill", "-INT", "-f", f"{aforo} sandbox"], check=False)


def settings(file: Path) -> dict[str, str]:
    """The variables that a shell file exports."""
    pairs = re.findall(r"^(?:export )?(\w+)=(.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    return {name: " ".join(shlex.split(value)) for name, value in pairs}


def listens(said: dict[str, str]) -> bool:
    """Whether the node answers."""
    try:
        with urllib.request.urlopen(f"{said['AFORO_URL']}/healthz", timeout=5) as answer:
            return bool(answer.status == 200)
    except (OSError, KeyError):
        return False


def first_filing(said: dict[str, str]) -> str:
    """Files the first truck of the guide; the status that the node answers."""
    text = GUIDE.read_text(encoding="utf-8")
    body = text.partition("<<'END'\n")[2].partition("END\n")[0]
    headers = {"Authorization": f"Bearer {said['AFORO_TOKEN']}", "Idempotency-Key": "trip-1"}
    request = urllib.request.Request(f"{said['AFORO_URL']}/v1/filings", body.encode(), headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return str(json.load(answer)["status"])


def console(said: dict[str, str]) -> str:
    """Opens the console in Chromium; the words of its first heading or label. Exits on an error of a script."""
    with sync_playwright() as playwright:
        program = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-quic"])
        page = browser.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{said['AFORO_URL']}/console", wait_until="networkidle")
        page.wait_for_selector("main, form", timeout=30_000)
        shown = page.inner_text("body").strip()
        browser.close()
    if errors or not shown:
        sys.exit(f"the console does not open: {errors or 'an empty page'}")
    return " · ".join(shown.split("\n")[:3])


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--root", type=Path, help="make a bare Debian in this folder, which must not exist")
    parser.add_argument("--suite", default="trixie")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="aforo-wheel-") as folder:
        clone = Path(folder) / "clone"
        with step("the wheel is built from a clean clone"):
            wheel = build(clone, Path(sys.prefix))
        root = arguments.root and arguments.root.resolve()
        files = Path(folder) / "bare"
        if root:
            with step("a bare Debian is made"):
                bare_root.make_root(root, arguments.suite)
                bare_root.check_bare(root)
            files = root / "home" / bare_root.USER / "aforo"
        files.mkdir()
        place = Place(files, root)
        if root:
            run("chroot", root, "chown", f"{bare_root.USER}:{bare_root.USER}", place.path)
        with step("the wheel is installed"):
            aforo = install(place, wheel)
        commit = bare_root.printed("git", "-C", str(ROOT), "rev-parse", "HEAD")
        version = place.run(aforo, "--version")
        if commit[:12] not in version:
            sys.exit(f"aforo --version says {version!r}; the commit is {commit}")
        looks = json.loads(place.run(aforo, "doctor", "--json"))
        if {look["what"]: look["state"] for look in looks}.get("console") != "ok":
            sys.exit(f"the doctor finds no console: {looks}")
        started = time.monotonic()
        with sandbox(place, aforo) as said:
            print(f"{'the sandbox listens':45} {time.monotonic() - started:7.1f} s", flush=True)
            with step("the first filing is answered"):
                status = first_filing(said)
            if status != "accepted":
                sys.exit(f"the first filing is answered {status!r}")
            with step("the console opens in Chromium"):
                shown = console(said)
    print(f"aforo {version}: the first filing is accepted; the console shows: {shown}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
