"""A TCP proxy that fails on purpose, between a service and what it stands on."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

CHUNK = 65_536  # bytes forwarded at once


@dataclass
class Proxy:
    """Forwards until told to fail.

    `drop_after`: what is sent with these bytes is delivered, but never answered.
    """

    to: tuple[str, int]
    drop_after: bytes = b""
    dropped: int = 0
    _sockets: list[socket.socket] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def accept(self) -> None:
        """Accept until closed."""
        while True:
            try:
                client, _ = self._listener.accept()
                server = socket.create_connection(self.to, timeout=10)
            except OSError:
                return
            server.settimeout(None)
            self._sockets += [client, server]
            for source, sink, asks in ((client, server, True), (server, client, False)):
                threading.Thread(
                    target=self._forward, args=(source, sink, asks), daemon=True
                ).start()

    def close(self) -> None:
        _end(self._listener)
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """End every connection there is."""
        for one in list(self._sockets):
            _end(one)

    def _forward(self, source: socket.socket, sink: socket.socket, asks: bool) -> None:
        with suppress(OSError):
            while data := source.recv(CHUNK):
                is_last = asks and self.drop_after and self.drop_after in data
                if is_last:
                    self.dropped += 1
                    self.drop_after = b""
                    _end(source)
                sink.sendall(data)
        _end(source)
        _end(sink)


def _end(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)


@contextmanager
def proxy(host: str, port: int) -> Iterator[Proxy]:
    """Run a proxy to an address for as long as the block lasts."""
    made = Proxy((host, port))
    thread = threading.Thread(target=made.accept, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.close()
        thread.join(5)
        for one in made._sockets:
            one.close()
