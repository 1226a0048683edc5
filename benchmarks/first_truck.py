"""From a fresh clone to the first live truck on a screen, and from a restart.

    python benchmarks/first_truck.py [--restarts 5] [--no-clone]

This checkout's commit is cloned into a folder of its own, and `make demo` runs there with no cache at hand: not of
Python packages, of Node packages nor of compiled loops (what is downloaded comes from the index that the machine is set
up for). A browser waits for the server and opens the queue of a port as a newcomer does; told are the seconds from the
clone's begin to the first row that is drawn. Then the server is killed and started anew, several times: seconds to the
first row in a page that is opened anew, and until a page that stayed open hears the stream again. `--no-clone` measures
the restarts alone, in this checkout. Synthetic.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).resolve().parents[1]
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
BRIDGE = "world-trade"
#: What the page says of its stream.
STANDS = "[role=status]:has-text('{}')"
#: Whatever keeps something for the next time keeps it in a folder of its own.
CACHES = (
    "UV_CACHE_DIR",
    "PIP_CACHE_DIR",
    "npm_config_cache",
    "NUMBA_CACHE_DIR",
    "XDG_CACHE_HOME",
    "PYTHONPYCACHEPREFIX",
)
LIMIT_S = 600.0


def free_port() -> int:
    """A port on which nothing listens, and which the system gives to nobody who connects: one that is asked again and
    again whether it answers would at last be connected with itself."""
    for port in range(20_000, 30_000):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    sys.exit("no port is free")


def started(command: list[str], where: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """A process with a group of its own, so that all it starts can be killed with it."""
    return subprocess.Popen(command, cwd=where, env=environment, start_new_session=True,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip


def killed(process: subprocess.Popen[bytes], port: int) -> None:
    """End a process and all it started, at once, and wait until nothing answers at its port any more: what `make`
    started outlives it by a moment, and would be taken for the server that is started next."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for _ in range(500):
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
        except OSError:
            return
        time.sleep(0.01)
    sys.exit(f"what listens on port {port} was killed, and answers still")


def listens(port: int, process: subprocess.Popen[bytes], until: float) -> None:
    """Wait until a port answers."""
    while time.monotonic() < until:
        if process.poll() is not None:
            sys.exit(f"it ended with {process.returncode} before anything was served")
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    sys.exit("nothing was served in time")


def queue_of(browser: Browser, address: str) -> Page:
    """A page of a browser that keeps nothing, with the first truck of a port drawn."""
    page = browser.new_context(viewport={"width": 1366, "height": 768}).new_page()
    page.set_default_timeout(LIMIT_S * 1_000)
    page.goto(f"{address}/console/enter/supervisor")
    page.wait_for_url(lambda url: "/enter/" not in url)
    page.goto(f"{address}/console/port/{BRIDGE}")
    page.wait_for_selector("tr[data-crossing]")
    return page


def cold(browser: Browser, place: Path, port: int) -> float:
    """Seconds from the beginning of a clone to the first truck on the screen, with nothing kept from before."""
    environment = os.environ | {name: str(place / "caches" / name) for name in CACHES}
    began = time.monotonic()
    subprocess.run(["git", "clone", "--quiet", str(HERE), str(place / "clone")], check=True)
    arguments = f"ARGS=--no-browser --folder {place / 'demo'} --port {port}"
    process = started(["make", "demo", arguments], place / "clone", environment)
    try:
        listens(port, process, began + LIMIT_S)
        page = queue_of(browser, f"http://127.0.0.1:{port}")
        took = time.monotonic() - began
        page.context.close()
    finally:
        killed(process, port)
    return took


def again(browser: Browser, folder: Path, port: int, restarts: int) -> tuple[list[float], list[float]]:
    """Seconds of each restart: to the first truck in a page opened anew, and until a page that stayed is live again."""
    command = [sys.executable, "-m", "aforo", "demo", "--no-browser", "--folder", str(folder), "--port", str(port)]
    address = f"http://127.0.0.1:{port}"
    process = started(command, HERE, dict(os.environ))
    anew, stayed = [], []
    try:
        listens(port, process, time.monotonic() + LIMIT_S)
        open_page = queue_of(browser, address)
        for _ in range(restarts):
            time.sleep(5.0)
            killed(process, port)
            open_page.wait_for_selector(STANDS.format("No connection"))
            began = time.monotonic()
            process = started(command, HERE, dict(os.environ))
            listens(port, process, began + LIMIT_S)
            page = queue_of(browser, address)
            anew.append(time.monotonic() - began)
            open_page.wait_for_selector(STANDS.format("Live"))
            stayed.append(time.monotonic() - began)
            page.context.close()
    finally:
        killed(process, port)
    return anew, stayed


def told(name: str, seconds: list[float]) -> str:
    """A line of the median and each figure."""
    return f"{name}: median {statistics.median(seconds):.1f} s of {', '.join(f'{each:.1f}' for each in seconds)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--restarts", type=int, default=5)
    parser.add_argument("--no-clone", action="store_true")
    asked = parser.parse_args()
    print(f"SYNTHETIC. {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} when it began", flush=True)
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        sys.exit("Chromium is missing")
    with tempfile.TemporaryDirectory(prefix="first-truck-") as own, sync_playwright() as playwright:
        place, port = Path(own), free_port()
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        if not asked.no_clone:
            print(
                f"fresh clone, no cache, to the first truck on the screen: {cold(browser, place, port):.1f} s",
                flush=True,
            )
        anew, stayed = again(browser, place / "demo", port, asked.restarts)
        print(told("restart, a page opened anew", anew))
        print(told("restart, a page that stayed open", stayed))
        browser.close()


if __name__ == "__main__":
    main()
