"""The port page in a browser: seconds to its first rows, what it transfers, and how smoothly it draws a flood.

    python benchmarks/console_frames.py [--loads 5] [--trucks 300] [--seconds 10]

A server as users start it, with `--trucks` trucks filed for one bridge. Chromium (Debian's, without a screen) opens the
page `--loads` times, each with an empty cache: told are the milliseconds from the beginning of the navigation until the
first row of the queue is painted, and the bytes that came over the wire until rows and curves are there, compressed as
they come. Then the stream is replaced by sixty trucks a second (tests/browser/flood.js): frames a second and the
longest task of the page over `--seconds`. Needs the built console (`make console`) and Playwright.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from console_live import Client, filing
from http_served import Served, conditions, model_in
from playwright.sync_api import Browser, sync_playwright

FLOOD = Path(__file__).resolve().parents[1] / "tests" / "browser" / "flood.js"
BRIDGE = "world-trade"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync", "--no-first-run"]
ROW = ".port-queue tr[data-crossing]"


async def filled(served: Served, token: str, trucks: int) -> None:
    """Trucks that are expected at the bridge."""
    client, now = Client(served.port, token), time.time()
    lines = [filing(f"T{n:04}", BRIDGE, datetime.fromtimestamp(now - 10 * n, UTC)) for n in range(trucks)]
    await client.post("/v1/filings", b"\n".join(lines))


def loaded(browser: Browser, address: str, token: str) -> tuple[float, int]:
    """Milliseconds to the first rows, and the bytes until rows and curves were there."""
    context = browser.new_context(
        viewport={"width": 1366, "height": 768}, extra_http_headers={"Authorization": f"Bearer {token}"}
    )
    page = context.new_page()
    client = context.new_cdp_session(page)
    client.send("Network.enable")
    sizes: list[int] = []
    client.on("Network.dataReceived", lambda told: sizes.append(told["encodedDataLength"]))
    page.add_init_script(
        f"""new MutationObserver((_, own) => {{
              if (!document.querySelector({ROW!r})) return;
              own.disconnect();
              requestAnimationFrame(() => setTimeout(() => (window.firstRows = performance.now())));
            }}).observe(document, {{ childList: true, subtree: true }});"""
    )
    page.goto(f"{address}/console/port/{BRIDGE}")
    page.wait_for_function("() => window.firstRows")
    first = page.evaluate("window.firstRows")
    page.wait_for_timeout(2_000)
    context.close()
    return first, sum(sizes)


def flooded(browser: Browser, address: str, token: str, seconds: float) -> dict[str, float]:
    context = browser.new_context(
        viewport={"width": 1366, "height": 768}, extra_http_headers={"Authorization": f"Bearer {token}"}
    )
    context.add_init_script(FLOOD.read_text(encoding="utf-8"))
    page = context.new_page()
    page.goto(f"{address}/console/port/{BRIDGE}")
    page.locator('tr[data-crossing^="F"]').first.wait_for()
    page.wait_for_timeout(10_000)  # until as many go as come
    measured: dict[str, float] = page.evaluate("(time) => window.measure(time)", 1_000 * seconds)
    context.close()
    return measured


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--loads", type=int, default=5)
    parser.add_argument("--trucks", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=10.0)
    given = parser.parse_args()
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        raise SystemExit("Chromium is missing")
    print(conditions())
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        with Served(folder, model_in(folder)) as served:
            served.start()
            (token,) = served.tokens(1)
            asyncio.run(filled(served, token, given.trucks))
            address = f"http://127.0.0.1:{served.port}"
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
                every = [loaded(browser, address, token) for _ in range(given.loads)]
                first = [each for each, _ in every]
                print(
                    f"first rows: {first[0]:.0f} ms the first time, then {statistics.median(first[1:]):.0f} ms (median)"
                )
                print(f"transferred with {given.trucks} trucks: {max(size for _, size in every) / 1024:.1f} kB")
                seen = flooded(browser, address, token, given.seconds)
                print(f"60 trucks a second: {seen['frames']:.1f} frames/s, longest task {seen['longest']:.0f} ms")
                browser.close()


if __name__ == "__main__":
    main()
