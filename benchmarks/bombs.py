"""Files and requests that are made to exhaust whoever reads them: each must be answered in a second, in bounded memory.

    python benchmarks/bombs.py [--folder FOLDER]

- `check`: each file is judged as `aforo check` judges it, in a process apart: seconds of its processor time (a
  second, and 20 µs for each record), and what its memory grew by. None may be accepted, and each refusal must say why.
- `HTTP`: each request goes to `aforo serve` over a connection of its own: seconds until the answer or the cut, and
  what the server's memory grew by over all of them. Only 4xx with a problem, or a cut, will do.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import multiprocessing
import socket
import sys
import time
import zipfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from http_clients import declaration
from http_served import Served, conditions, model_in, workplace
from rich.console import Console
from rich.table import Table

from aforo.intake.verdict import check

#: What a body over HTTP may have; a bomb that is larger is refused for that, and tried as a file alone.
MOST_BYTES = 4 * 1024 * 1024
MOST_S, MOST_MB = 1.0, 600.0
#: A file may have any number of records, and each of them has its time.
RECORD_S = 20e-6
#: Requests that never end are cut when their time is over (`aforo.api.server.ARRIVES_S`).
CUT_S = 12.0
out = Console(width=140)
ISA = "ISA*00*          *00*          *02*QXFT           *ZZ*CUSTOMS        *260302*0915*^*00501*000000108*0*P*>~"


def _entities(levels: int = 9) -> str:
    declared = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, levels + 1))
    return f'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY l0 "lol">{declared}]><Declaration>&l{levels};</Declaration>'


def _external(system: str) -> str:
    return f'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "{system}">]><MetaData>&x;</MetaData>'


def _cfdi(within: str) -> str:
    return f'<cfdi:Comprobante xmlns:cfdi="http://www.sat.gob.mx/cfd/4" {within}</cfdi:Comprobante>'


def _zip(name: str, size: int) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, b"0" * size)
    return made.getvalue()


def _x12(segments: str, end: str = "IEA*1*000000108~") -> str:
    return f"{ISA}GS*AQ*QXFT*CUSTOMS*20260302*0915*1*X*005020~ST*309*0001~{segments}{end}"


def _with(**fields: str) -> bytes:
    """A declaration with a field of a text that JSON need not be able to say."""
    text = declaration().decode().rstrip("}")
    return (text + "".join(f', "{name}": {value}' for name, value in fields.items()) + "}").encode()


#: Bombs by name; what each holds is made when it is asked for, so that no more than one is in memory.
FILES: dict[str, Callable[[], str | bytes]] = {
    "xml: a billion laughs": _entities,
    "xml: a quadratic blow-up": lambda: (
        f'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "{"a" * 50_000}">]><Declaration>{"&a;" * 50_000}</Declaration>'
    ),
    "xml: a file as an entity": lambda: _external("file:///etc/passwd"),
    "xml: an address as an entity": lambda: _external("http://127.0.0.1:9/x"),
    "xml: a device as an entity": lambda: _external("file:///dev/zero"),
    "xml: an external document type": lambda: '<!DOCTYPE d SYSTEM "http://127.0.0.1:9/x.dtd"><MetaData/>',
    "xml: a parameter entity": lambda: '<!DOCTYPE d [<!ENTITY % p SYSTEM "file:///dev/zero"> %p;]><MetaData/>',
    "xml: a document type in UTF-16": lambda: _entities().encode("utf-16"),
    "xml: an inclusion": lambda: (
        '<MetaData xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="file:///dev/zero"/></MetaData>'
    ),
    "xml: nested 100,000 deep": lambda: "<MetaData>" * 100_000 + "</MetaData>" * 100_000,
    "xml: nested 300,000 deep, not closed": lambda: "<MetaData>" + "<a>" * 300_000,
    "xml: an attribute of 3 MB": lambda: _cfdi(f'Version="{"4" * 3_000_000}">'),
    "xml: 200,000 attributes": lambda: _cfdi(" ".join(f'a{n}="1"' for n in range(200_000)) + ">"),
    "xml: 100,000 namespaces": lambda: _cfdi(" ".join(f'xmlns:n{n}="u{n}"' for n in range(100_000)) + ">"),
    "xml: 300,000 elements": lambda: _cfdi('Version="4.0">' + "<a/>" * 300_000),
    "xml: a name of 3 MB": lambda: _cfdi('Version="4.0"><' + "a" * 3_000_000 + "/>"),
    "xml: a text of 3 MB": lambda: "<MetaData>" + "9" * 3_000_000 + "</MetaData>",
    "xml: a comment of 3 MB": lambda: "<!--" + "-a" * 1_500_000 + "--><MetaData/>",
    "xml: 300,000 instructions": lambda: "<?a b?>" * 300_000 + "<MetaData/>",
    "xml: an endless start tag": lambda: "<MetaData " + "a " * 1_500_000,
    "json: nested 100,000 deep": lambda: '{"declaration_id": ' + "[" * 100_000 + "]" * 100_000 + "}",
    "json: objects nested 100,000 deep": lambda: '{"declaration_id":' * 100_000 + "1" + "}" * 100_000,
    "json: nested 2,000,000 deep, not closed": lambda: '{"declaration_id": 1, "a": ' + "[" * 2_000_000,
    "json: trips nested 50,000 deep": lambda: '[{"data":"ACE_TRIP","tripNumber":' * 50_000,
    "json: a number of 3,000,000 digits": lambda: _with(value_usd="9" * 3_000_000),
    "json: a number of 1e999999999": lambda: _with(value_usd="1e999999999"),
    "json: a number of 4,301 digits": lambda: _with(packages="9" * 4_301),
    "json: a text of 3 MB": lambda: _with(description='"' + "x" * 3_000_000 + '"'),
    "json: a million escapes": lambda: _with(description='"' + "\\u0041" * 500_000 + '"'),
    "json: 200,000 fields": lambda: "{" + ",".join(f'"declaration_id{n}":1' for n in range(200_000)) + "}",
    "json: one field 300,000 times": lambda: "{" + ",".join(['"filed_at":1'] * 300_000) + "}",
    "json: an array of 1,000,000 declarations of nothing": lambda: '[{"declaration_id":1}' + ",{}" * 1_000_000 + "]",
    "json: 1,000,000 lines of nothing": lambda: '{"declaration_id":1}\n' + "{}\n" * 1_000_000,
    "json: 1,300,000 brackets side by side": lambda: '[{"declaration_id":1}' + ",[]" * 1_300_000 + "]",
    "x12: a million segments": lambda: _x12("N9*X~" * 700_000),
    "x12: 700,000 segments with places of their own": lambda: _x12("LX*1~" * 700_000),
    "x12: 100,000 sets": lambda: _x12("ST*309*1~SE*1*1~" * 100_000),
    "x12: 100,000 groups": lambda: ISA + "GS*AQ*A*B*20260302*0915*1*X*005020~GE*0*1~" * 80_000 + "IEA*1*000000108~",
    "x12: 30,000 interchanges": lambda: (ISA + "IEA*0*000000108~") * 30_000,
    "x12: one segment of 3 MB": lambda: _x12("N9*" + "X" * 3_000_000 + "~"),
    "x12: 3,000,000 elements": lambda: _x12("N9" + "*" * 3_000_000 + "~"),
    "x12: 3,000,000 components": lambda: _x12("N9*" + ">" * 3_000_000 + "~"),
    "x12: one character for all separators": lambda: ISA.replace("~", "*").replace(">", "*") + "GS*AQ*" * 500_000,
    "x12: a letter as separator": lambda: ISA.replace("*", "A") + "GSAAQA" * 500_000,
    "x12: line breaks as separators": lambda: ISA.replace("*", "\n").replace("~", "\r") + "\n\r" * 1_500_000,
    "csv: a million columns": lambda: "declaration_id," + ",".join(f"c{n}" for n in range(400_000)) + "\n",
    "csv: a record of a million fields": lambda: "declaration_id,filed_at\n" + "1," * 1_000_000 + "\n",
    "csv: a quote that never ends": lambda: 'declaration_id,filed_at\n"' + 'x,"",\n' * 500_000,
    "csv: 1,500,000 empty records": lambda: "declaration_id,filed_at\n" + ",\n" * 1_500_000,
    "csv: a field of 3 MB": lambda: "declaration_id,filed_at\n1," + "x" * 3_000_000 + "\n",
    "csv: a pedimento of 400,000 columns": lambda: "NÚM. PEDIMENTO," * 250_000 + "\n1\n",
    "csv: zeros": lambda: b"declaration_id\n" + b"\0" * 3_500_000,
    "zip: 1 GB of zeros": lambda: _zip("declarations.csv", 2**30),
    "gzip: 1 GB of zeros": lambda: gzip.compress(b"\0" * 2**28) * 4,
    "parquet: only its mark": lambda: b"PAR1" + b"\xff" * 100_000 + b"PAR1",
    "nothing but spaces": lambda: " " * 3_500_000,
    "nothing but byte order marks": lambda: b"\xef\xbb\xbf" * 1_000_000,
    "noise": lambda: bytes(n * 2_654_435_761 >> 13 & 255 for n in range(3_000_000)),
}


def content(name: str) -> bytes:
    """What a bomb holds."""
    made = FILES[name]()
    return made if isinstance(made, bytes) else made.encode()


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
    return Judged(
        said, seconds, grown, bool(codes) and seconds <= MOST_S + RECORD_S * verdict.records and grown <= MOST_MB
    )


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
        "gzip": whole(gzip.compress(b"\0" * 2**28), "Content-Encoding: gzip"),
        "gzip in gzip": whole(gzip.compress(gzip.compress(b"\0" * 2**28)), "Content-Encoding: gzip, gzip"),
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
    problem = b"application/problem+json" in read or b"Invalid HTTP request" in read
    status = int(read[9:12])
    return Judged(str(status), seconds, good=400 <= status < 500 and problem and seconds <= MOST_S)


def thrown(port: int, token: str) -> dict[str, Judged]:
    """What each bomb is answered, over a connection of its own."""
    found = {name: answered(port, sent) for name, sent in requests(token).items()}
    for name in FILES:
        body = content(name)
        if len(body) <= MOST_BYTES:
            found[f"file, {name}"] = answered(port, head(token, f"Content-Length: {len(body)}") + body)
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
        over_http = thrown(served.port, token)
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
