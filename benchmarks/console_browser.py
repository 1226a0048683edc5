"""The console in a real browser while the whole border is live: first rows, bytes, frames, the server's work.

    python benchmarks/console_browser.py [--seconds 30] [--bridge world-trade] [--speeds 1 60]

`aforo demo --border` runs in processes of its own, as a newcomer starts it. First a browser that has nothing kept
opens the page of a port, by default that with the most trucks: told are the milliseconds from the navigation to the
first row of the queue that is drawn; the bytes that came over the wire until that instant, heads and all, with what
the stream had brought; and the same until the page has settled, with its curves and the rest of the rows. Then, at
each speed, for `--seconds`: frames a second (animation frames over the time), the longest task of the page's thread
and how many were over 100 ms, rows that the page had, the speed that was attained, and the processor time of the
server's process and of the world that plays to it, each as a share of one core. The browser draws without a graphics
card, on the same cores. Synthetic.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
#: Seconds for what has begun to come to rest.
SETTLE_S = 10.0
#: Milliseconds after the curves are there in which the rest of the rows comes.
SETTLED_MS = 2_000
#: How long trucks come sixty times as fast before the page is opened, so that the largest port is full.
FILL_S = 60.0
TICKS = os.sysconf("SC_CLK_TCK")
#: Counts frames and long tasks in the page.
WATCH = """() => {
  const seen = (window.__seen = { frames: 0, gaps: [], tasks: [], began: performance.now() });
  let last = performance.now();
  (function frame(now) {
    seen.frames += 1; seen.gaps.push(now - last); last = now; requestAnimationFrame(frame);
  })(last);
  new PerformanceObserver((list) => list.getEntries().forEach((each) => seen.tasks.push(each.duration)))
    .observe({ entryTypes: ['longtask'] });
}"""
RESET = "() => Object.assign(window.__seen, { frames: 0, gaps: [], tasks: [], began: performance.now() })"
TOLD = "() => ({ ...window.__seen, took: performance.now() - window.__seen.began })"


class Demo:
    """The demonstration, started anew in a folder of its own."""

    def __init__(self, folder: Path, options: list[str]) -> None:
        command = [sys.executable, "-m", "aforo", "demo", "--no-browser", "--json", "--folder", str(folder), *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self.process.stdout is not None
        self.said: dict[str, Any] = json.loads(self.process.stdout.readline())
        self.address: str = self.said["address"]

    def post(self, path: str, body: dict[str, Any]) -> None:
        headers = {"Authorization": f"Bearer {self.said['token']}", "Content-Type": "application/json"}
        asked = urllib.request.Request(self.address + path, json.dumps(body).encode(), headers, method="POST")
        urllib.request.urlopen(asked, timeout=30).read()

    def get(self, path: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.said['token']}"}
        asked = urllib.request.Request(self.address + path, headers=headers)
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return json.loads(answer.read())  # type: ignore[no-any-return]

    def seconds(self) -> tuple[float, float]:
        """Processor time of the server, and of the processes that it started."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return _cpu(self.process.pid), sum(_cpu(int(each)) for each in children)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(60)


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


class Wire:
    """What comes over the wire to a page: bytes, heads and all, by when they came (seconds of the browser's clock)."""

    def __init__(self, page: Page) -> None:
        self.came: list[tuple[float, int]] = []
        self.began = 0.0
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.requestWillBeSent", self._asked)
        session.on("Network.dataReceived", lambda event: self._add(event, event))
        session.on("Network.responseReceived", lambda event: self._add(event, event["response"]))

    def _asked(self, event: dict[str, Any]) -> None:
        self.began = self.began or float(event["timestamp"])

    def _add(self, event: dict[str, Any], told: dict[str, Any]) -> None:
        self.came.append((float(event["timestamp"]), int(told.get("encodedDataLength", 0))))

    def until(self, ms: float) -> int:
        """Bytes that came within so many milliseconds of the first request."""
        return sum(size for at, size in self.came if at <= self.began + ms / 1_000)


def largest(demo: Demo) -> tuple[str, int]:
    """The bridge with the most trucks on its board, and how many they are."""
    bridges = [each["bridge"] for each in demo.get("/v1/bridges")["bridges"]]
    boards = {bridge: len(demo.get(f"/v1/bridges/{bridge}/board")["rows"]) for bridge in bridges}
    return max(boards.items(), key=lambda each: each[1])


def opened(browser: Browser, demo: Demo, bridge: str) -> tuple[Page, float, int, int]:
    """A page of a port in a browser that keeps nothing: milliseconds to the first row, bytes until then, and bytes
    until it has settled."""
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    said = {"name": "supervisor", "password": demo.said["password"]}
    assert context.request.post(f"{demo.address}/v1/session", data=said, headers={"Origin": demo.address}).ok
    page = context.new_page()
    page.set_default_timeout(60_000)
    wire = Wire(page)
    page.add_init_script(
        "new MutationObserver((_, watch) => { if (document.querySelector('tr[data-crossing]')) {"
        " watch.disconnect(); requestAnimationFrame(() => { window.__first = performance.now(); }); } })"
        ".observe(document, { childList: true, subtree: true });"
    )
    page.goto(f"{demo.address}/console/port/{bridge}")
    page.wait_for_selector("tr[data-crossing]")
    page.wait_for_function("() => window.__first")  # until the frame that draws it, which is noted in the page
    page.locator(".chart canvas").first.wait_for()
    page.wait_for_timeout(SETTLED_MS)
    first = float(page.evaluate("window.__first"))
    return page, first, wire.until(first), wire.until(1e9)


def watched(page: Page, demo: Demo, seconds: float) -> str:
    """What was seen in so many seconds."""
    page.evaluate(RESET)
    began, before = time.monotonic(), demo.seconds()
    page.wait_for_timeout(seconds * 1_000)
    seen = page.evaluate(TOLD)
    took, after = time.monotonic() - began, demo.seconds()
    server, world = ((then - now) / took for then, now in zip(after, before, strict=True))
    clock = demo.get("/v1/demo/clock")
    gaps = sorted(seen["gaps"])
    tasks = seen["tasks"]
    return (
        f"{clock['attained']:7.1f}  {seen['frames'] / seen['took'] * 1_000:8.1f}  {gaps[int(len(gaps) * 0.99)]:8.1f}"
        f"  {max(tasks, default=0):8.0f}  {sum(each > 100 for each in tasks):6d}"
        f"  {page.evaluate('document.querySelectorAll(`tr[data-crossing]`).length'):5d}  {server:7.2f}  {world:6.2f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--bridge", help="left out, that with the most trucks")
    parser.add_argument("--fill", type=float, default=FILL_S, help="seconds in which trucks come sixty times as fast")
    parser.add_argument("--speeds", type=float, nargs="+", default=[1.0, 60.0])
    parser.add_argument("--opened", type=int, default=5, help="how often the page is opened anew")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="console-browser-") as folder, sync_playwright() as playwright:
        demo = Demo(Path(folder) / "demo", ["--border"])
        try:
            while not demo.get(f"/v1/bridges/{asked.bridge or 'world-trade'}/board")["rows"]:
                time.sleep(1.0)
            demo.post("/v1/demo/clock", {"speed": 60.0})
            time.sleep(asked.fill)
            demo.post("/v1/demo/clock", {"speed": 1.0})
            time.sleep(SETTLE_S)
            bridge, trucks = largest(demo)
            if asked.bridge:
                bridge, trucks = asked.bridge, len(demo.get(f"/v1/bridges/{asked.bridge}/board")["rows"])
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
            firsts = [opened(browser, demo, bridge) for _ in range(asked.opened)]
            for page, *_ in firsts[:-1]:
                page.context.close()
            ms, sizes = [each for _, each, _, _ in firsts], [each for _, _, each, _ in firsts]
            settled = [each for *_, each in firsts]
            load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
            print(f"Chromium {browser.version}, 1366 × 768, {os.cpu_count()} cores, load {load}")
            print(f"{bridge}, with {trucks} trucks on its board; SYNTHETIC traffic of the border")
            print(f"first rows: {statistics.median(ms):.0f} ms ({', '.join(f'{each:.0f}' for each in ms)})")
            print(f"transferred until then: {statistics.median(sizes) / 1_000:.1f} kB")
            print(f"transferred until it has settled: {statistics.median(settled) / 1_000:.1f} kB")
            page = firsts[-1][0]
            page.evaluate(WATCH)
            print("speed  attained  frames/s  p99 gap  longest  >100ms   rows   server   world")
            for speed in asked.speeds:
                demo.post("/v1/demo/clock", {"speed": speed})
                page.wait_for_timeout(SETTLE_S * 1_000)
                print(f"{speed:5.0f}  {watched(page, demo, asked.seconds)}", flush=True)
        finally:
            demo.stop()


if __name__ == "__main__":
    main()
