"""What this process and the one that reads blocks for it take of the machine."""

from __future__ import annotations

import multiprocessing
import os
import time
from pathlib import Path


def resident() -> float:
    """Megabytes in memory."""
    total = 0
    for own in (os.getpid(), *(each.pid for each in multiprocessing.active_children())):
        lines = Path(f"/proc/{own}/status").read_text().splitlines()
        fields = dict(line.split(":", 1) for line in lines if ":" in line)
        total += int(fields["VmRSS"].split()[0])
    return total / 1024


def used() -> float:
    """Processor seconds until now."""
    total = time.process_time()
    for each in multiprocessing.active_children():
        fields = Path(f"/proc/{each.pid}/stat").read_text().rpartition(")")[2].split()
        total += sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")
    return total
