"""Which TCP ports of this machine are free."""

from __future__ import annotations

import random
import socket

HOST = "127.0.0.1"
# Below those that systems hand out for outgoing connections, which come and go.
OURS = range(20_000, 30_000)
TRIES = 100


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: a port whose last connections linger is free all the same.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def free_port(preferred: int = 0) -> int:
    """The preferred port if nobody has it, else any other."""
    if preferred and is_free(preferred):
        return preferred
    for port in random.sample(OURS, TRIES):
        if is_free(port):
            return port
    raise OSError(f"no free port found between {OURS.start} and {OURS.stop}")


def answers(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True
