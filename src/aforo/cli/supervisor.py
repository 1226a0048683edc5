"""What a supervisor of services (systemd) is told: that the server is ready, and that it stops."""

from __future__ import annotations

import os
import socket


def tell(state: str) -> None:
    """Send `READY=1` or `STOPPING=1` to the socket that NOTIFY_SOCKET names (sd_notify); nothing where none does, or
    where nobody listens there: a service works without being asked how it is."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sending:
            sending.connect("\0" + address[1:] if address[0] == "@" else address)
            sending.send(state.encode())
    except OSError:
        return
