"""Writes the OpenAPI document of the product to a file, without a node: `python scripts/openapi.py FILE`."""

from __future__ import annotations

import json
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from aforo.api import demo_clock, demo_people
from aforo.api.access import Access
from aforo.api.app import application
from aforo.api.desk import Desk
from aforo.api.front import Front
from aforo.demo.clock import PacedClock
from aforo.demo.outside.traders import BEGINS
from aforo.flow.node import Node
from aforo.log.tokens import Tokens


def _no_node() -> Node:
    raise RuntimeError("a description needs no node")


def main(target: Path) -> None:
    """Write the document; a file that says the same already is left alone."""
    with tempfile.TemporaryDirectory() as folder, closing(Tokens(Path(folder) / "keys.sqlite")) as tokens:
        # The console also knows what a demonstration has, and no other server.
        demo = demo_clock.routes(demo_clock.Stage(PacedClock(BEGINS), {}, {})) + demo_people.routes((), "")
        app = application(Front(Desk(_no_node), Access(tokens)), more=demo)
        text = json.dumps(app.openapi_schema.to_schema(), indent=1, sort_keys=True) + "\n"
    if not target.exists() or target.read_text(encoding="utf-8") != text:
        target.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
