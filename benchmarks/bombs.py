"""Files and requests that are made to exhaust whoever reads them: each must be answered in a second, in bounded memory.

    python benchmarks/bombs.py [--folder FOLDER]

- `check`: each file is judged as `aforo check` judges it, in a process apart: seconds of its processor time (a
  second, and 25 µs for each record of a table, 100 µs of a message), and what its memory grew by. None may be accepted,
  and each refusal must say why.
- `HTTP`: each request goes to `aforo serve` over a connection of its own: seconds until the answer or the cut (of a
  file, of the server's processor time), and what the server's memory grew by over all of them. Only 4xx with a
  problem, or a cut, will do.
"""

from __future__ import annotations

import argparse
import gzip
import json
import multiprocessing
import socket
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from bomb_files import FILES, content
from http_clients import declaration
from http_served import Served, conditions, model_in, workplace
from rich.console import Console
from rich.table import Table

from aforo.intake.verdict import check

#: What a body over HTTP may have; a bomb that is larger is refused for that, and tried as a file alone.
MOST_BYTES = 4 * 1024 * 1024
MOST_S, MOST_MB = 1.0, 600.0
#: A file may have any number of records, and each of them has its time.
RECORD_S, MESSAGE_RECORD_S = 25e-6, 100e-6
TABLES = ("declarations", "declarations_json")
#: Requests that never end are cut when their time is over (`aforo.api.server.ARRIVES_S`).
CUT_S = 12.0
out = Console(width=140)


@dataclass(frozen=True)
class Judged:
    """What became of a bomb: the verdict or status, seconds, and what memory grew by, in MB."""

    said: str
    seconds: float
    grown_mb: float = 0.0
    good: bool = True


def _memory_mb(name: str) -> float:
    return int(Path("/proc/self/status").read_text().split(f"{name}:")[1].split()[0]) / 1024


def judged(path: Path) -> Judged:
    """A file's verdict, as `aforo check` gives it."""
    Path("/proc/self/clear_refs").write_text("5")  # the peak of memory counts from here
    before, begun = _memory_mb("VmRSS"), time.process_time()
    verdict, _ = check(path)
    seconds, grown = time.process_time() - begun, _memory_mb("VmHWM") - before
    codes = {each.code for each in verdict.problems if each.gravity == "refusal"}
    said = f"{verdict.verdict}: {', '.join(sorted(codes)[:3]) or 'nothing'}"
    each_s = RECORD_S if verdict.format in TABLES else MESSAGE_RECORD_S
    in_time = seconds <= MOST_S + each_s * verdict.records
    return Judged(said, seconds, grown, bool(codes) and in_time and grown <= MOST_MB)


def checked(folder: Path, names: list[str]) -> dict[str, Judged]:
    """The verdict on each bomb, in a process apart, another one where it ended of one."""
    found = {}
    pool = _judges(folder)
    for name in names:
        path = folder / "bomb"
        path.write_bytes(content(name))
        try:
            found[name] = pool.submit(judged, path).result(60)
        except (BrokenProcessPool, TimeoutError) as error:
            found[name] = Judged(type(error).__name__, 0.0, good=False)
            pool.shutdown(wait=False, cancel_futures=True)
            pool = _judges(folder)
    pool.shutdown()
    return found


def _judges(folder: Path) -> ProcessPoolExecutor:
    pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))
    pool.submit(check, _small(folder)).result()  # what the first reading loads is no bomb's doing
    return pool


def _small(folder: Path) -> Path:
    path = folder / "small.csv"
    path.write_text("declaration_id,filed_at\n1,2026-03-02T07:15:00-06:00\n")
    return path


def head(token: str, *lines: str, path: str = "/v1/filings", method: str = "POST") -> bytes:
    """A request's line and headers."""
    every = [f"{method} {path} HTTP/1.1", "Host: x", f"Authorization: Bearer {token}", *lines, "", ""]
    return "\r\n".join(every).encode()


@cache
def _zeros(times: int) -> bytes:
    """256 MB of zeros, compressed so many times."""
    return gzip.compress(_zeros(times - 1) if times > 1 else b"\0" * 2**28)


def requests(token: str) -> dict[str, bytes]:
    """Requests that are bombs by their form; `TOKEN` of an officer. What never ends has no end here either."""
    small = declaration()
    deep = b'{"examination":' + b"[" * 100_000
    parts = b"--b\r\nContent-Disposition: form-data; name=x\r\n\r\n1\r\n" * 50_000

    def whole(body: bytes, *lines: str, path: str = "/v1/filings", method: str = "POST") -> bytes:
        return head(token, *lines, f"Content-Length: {len(body)}", path=path, method=method) + body

    return {
        "a header of 1 MB": head(token, "X: " + "x" * 1_000_000, "Content-Length: 2") + b"{}",
        "20,000 headers": head(token, *[f"X{n}: 1" for n in range(20_000)], "Content-Length: 2") + b"{}",
        "a path of 1 MB": head(token, path="/v1/filings/" + "x" * 1_000_000, method="GET"),
        "a name of 10,000 characters": head(token, path="/v1/filings/" + "x" * 10_000, method="GET"),
        "a path of 5,000 steps": head(token, path="/v1" + "/.." * 5_000, method="GET"),
        "3,000 parameters": head(token, path="/v1/crossings/X?" + "persons=1&" * 1_500, method="GET"),
        "a key of 10,000 characters": whole(small, "Idempotency-Key: " + "k" * 10_000),
        "a token of 10,000 characters": b"GET /v1/filings/X HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
        + b"x" * 10_000 + b"\r\n\r\n",
        "a body of 1 TB, as it says": head(token, "Content-Length: 1099511627776") + small,
        "a body of less than nothing": head(token, "Content-Length: -1") + small,
        "a length of 1,000 digits": head(token, "Content-Length: " + "9" * 1_000) + small,
        "two lengths": head(token, "Content-Length: 5", "Content-Length: 50") + small,
        "a length and chunks": head(token, "Content-Length: 5", "Transfer-Encoding: chunked") + b"0\r\n\r\n",
        "a chunk that is no number": head(token, "Transfer-Encoding: chunked") + b"zz\r\nxx\r\n",
        "a chunk of 2^70 bytes": head(token, "Transfer-Encoding: chunked") + b"4" + b"0" * 17 + b"\r\nxx",
        "6 MB in chunks": head(token, "Transfer-Encoding: chunked") + (b"10000\r\n" + b"x" * 65_536 + b"\r\n") * 96,
        "200,000 chunks of a byte": head(token, "Transfer-Encoding: chunked") + b"1\r\nx\r\n" * 200_000 + b"0\r\n\r\n",
        "a chunk's extension of 1 MB": head(token, "Transfer-Encoding: chunked") + b"1;" + b"x" * 1_000_000 + b"\r\n",
        "chunks without an end": head(token, "Transfer-Encoding: chunked") + b"1\r\n{\r\n",
        "trailers of 1 MB": head(token, "Transfer-Encoding: chunked") + b"0\r\n" + b"X: " + b"x" * 1_000_000,
        "gzip": whole(_zeros(1), "Content-Encoding: gzip"),
        "gzip in gzip": whole(_zeros(2), "Content-Encoding: gzip, gzip"),
        "an encoding nobody knows": whole(small, "Content-Encoding: x-bomb"),
        "50,000 parts": whole(parts, "Content-Type: multipart/form-data; boundary=b"),
        "an order nested 100,000 deep": whole(deep, path="/v1/crossings/X/override"),
        "an order of 3 MB": whole(
            json.dumps({"examination": "hold", "reason": "x" * 3_000_000}).encode(), path="/v1/crossings/X/override"
        ),
        "outcomes nested 100,000 deep": whole(b'{"crossing_id":' + b"[" * 100_000, path="/v1/outcomes"),
        "outcomes of 300,000 columns": whole(b"crossing_id," + b"c," * 300_000 + b"\n", path="/v1/outcomes"),
        "1,000,000 outcomes of nothing": whole(b"{}\n" * 1_000_000, path="/v1/outcomes"),
        "an outcome of a number of 3,000,000 digits": whole(
            b'{"crossing_id":"X","examined":' + b"9" * 3_000_000 + b"}", path="/v1/outcomes"
        ),
        "no HTTP": b"\x16\x03\x01" + b"\xff" * 100_000,
        "HTTP/9.9": b"GET /healthz HTTP/9.9\r\n\r\n",
        "a request line without an end": b"GET /" + b"x" * 1_000_000,
    }  # fmt: skip


def answered(port: int, sent: bytes, timeout: float = CUT_S) -> Judged:
    """What is answered to some bytes: the status, or that the connection was cut."""
    begun, read = time.perf_counter(), b""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout) as end:
        with suppress(BrokenPipeError, ConnectionResetError):
            end.sendall(sent)
        while piece := end.recv(65_536):
            read += piece
            at = read.find(b"\r\n\r\n")
            lengths = [line for line in read[:at].lower().split(b"\r\n") if line.startswith(b"content-length:")]
            if at >= 0 and (not lengths or len(read) >= at + 4 + int(lengths[0][15:])):
                break
    seconds = time.perf_counter() - begun
    if not read:
        return Judged("cut", seconds, good=seconds <= CUT_S)
    # X12 is answered in X12.
    told = (b"application/problem+json", b"application/edi-x12", b"Invalid HTTP request")
    problem = any(each in read for each in told)
    status = int(read[9:12])
    return Judged(str(status), seconds, good=400 <= status < 500 and problem and seconds <= MOST_S)


def thrown(served: Served, token: str) -> dict[str, Judged]:
    """What each bomb is answered, over a connection of its own; of a file the seconds are the server's."""
    found = {name: answered(served.port, sent) for name, sent in requests(token).items()}
    for name in FILES:
        body = content(name)
        if len(body) <= MOST_BYTES:
            before = served.processor_s()
            answer = answered(served.port, head(token, f"Content-Length: {len(body)}") + body)
            seconds = served.processor_s() - before
            good = (answer.good or answer.seconds > MOST_S) and answer.said[0] == "4" and seconds <= MOST_S
            found[f"file, {name}"] = replace(answer, seconds=seconds, good=good)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    with workplace(options.folder) as folder, Served(folder, model_in(folder)) as served:
        out.print(conditions())
        as_files = checked(folder, list(FILES))
        token = served.tokens(1)[0]
        served.start()
        answered(served.port, head(token, f"Content-Length: {len(small := declaration())}") + small)
        before = served.memory_mb()
        over_http = thrown(served, token)
        grown = served.memory_mb() - before
        alive = answered(served.port, head(token, f"Content-Length: {len(small := declaration())}") + small)
        served.stop()
    for title, found in (("aforo check", as_files), ("HTTP", over_http)):
        table = Table(title=title)
        for column in ("bomb", "answer", "s", "MB more", ""):
            table.add_column(column, justify="right" if column in ("s", "MB more") else "left")
        for name, each in found.items():
            table.add_row(name, each.said, f"{each.seconds:.2f}", f"{each.grown_mb:.0f}", "" if each.good else "NO")
        out.print(table)
    out.print(f"the server's memory: {before:.0f} MB before, {grown:.0f} MB more; a filing afterwards: {alive.said}")
    bad = sum(not each.good for found in (as_files, over_http) for each in found.values())
    return 0 if not bad and grown <= MOST_MB and alive.said == "200" else 1


if __name__ == "__main__":
    sys.exit(main())
