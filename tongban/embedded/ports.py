"""Which TCP ports of this machine are free."""

from __future__ import annotations

import random
import socket

HOST = "127.0.0.1"
# Below those that systems hand out for outgoing connections, which come and go.
OURS = range(20_000, 30_000)
TRIES = 100
_CHANCE = random.SystemRandom()  # other than that of whoever is started beside us

_promised: set[int] = set()  # to somebody of this process who may not listen yet


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
    """The preferred port if nobody has it, else one that was never given out here."""
    if preferred and is_free(preferred):
        promise(preferred)
        return preferred
    for port in _CHANCE.sample(OURS, TRIES):
        if port not in _promised and is_free(port):
            promise(port)
            return port
    raise OSError(f"no free port found between {OURS.start} and {OURS.stop}")


def promise(port: int) -> None:
    """Keep a port, on which somebody will listen later, from all who ask for any."""
    _promised.add(port)


def answers(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True
