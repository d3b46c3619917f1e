"""A TCP proxy that fails on purpose, between a service and what it stands on."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

CHUNK = 65_536  # bytes forwarded at once


@dataclass
class _Connection:
    """Both ends of one; once silent it takes what comes, and hands nothing on."""

    client: socket.socket
    server: socket.socket | None
    is_silent: bool = False

    def end(self) -> None:
        for one in (self.client, self.server):
            if one:
                _end(one)


@dataclass
class Proxy:
    """Forwards until told to fail.

    `drop_after`: what is sent with these bytes is delivered, but never answered.
    `silent_from`: what is sent with these bytes, or after, is taken and not delivered.
    `latency`: seconds that each piece takes, each way.
    `bandwidth`: bytes a second, as many as there are if 0.
    """

    to: tuple[str, int]
    drop_after: bytes = b""
    silent_from: bytes = b""
    latency: float = 0.0
    bandwidth: int = 0
    dropped: int = 0
    silenced: int = 0
    accepted: int = 0
    _is_silent: bool = False
    _connections: list[_Connection] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def accept(self) -> None:
        """Accept until closed."""
        while True:
            try:
                client, _ = self._listener.accept()
                server = None
                if not self._is_silent:
                    server = socket.create_connection(self.to, timeout=10)
                    server.settimeout(None)
            except (ConnectionRefusedError, TimeoutError):  # what is behind is away
                client.close()
                continue
            except OSError:
                return
            self.accepted += 1
            made = _Connection(client, server, is_silent=server is None)
            self._connections.append(made)
            self._start(made, client, server, True)
            if server:
                self._start(made, server, client, False)

    def close(self) -> None:
        _end(self._listener)
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """End every connection there is."""
        for one in list(self._connections):
            one.end()

    def fall_silent(self) -> None:
        """From now on take everything, deliver nothing, and end no connection."""
        self._is_silent = True
        for one in list(self._connections):
            one.is_silent = True

    def speak(self) -> None:
        """Serve those who connect anew; what has fallen silent stays so."""
        self._is_silent = False

    def _start(
        self,
        of: _Connection,
        source: socket.socket,
        sink: socket.socket | None,
        asks: bool,
    ) -> None:
        given = (of, source, sink, asks)
        threading.Thread(target=self._forward, args=given, daemon=True).start()

    def _forward(
        self,
        of: _Connection,
        source: socket.socket,
        sink: socket.socket | None,
        asks: bool,
    ) -> None:
        with suppress(OSError):
            while data := source.recv(CHUNK):
                if asks and self.silent_from and self.silent_from in data:
                    self.silenced += 1
                    self.silent_from = b""
                    of.is_silent = True
                is_last = asks and self.drop_after and self.drop_after in data
                if is_last:
                    self.dropped += 1
                    self.drop_after = b""
                    _end(source)
                self._hold(len(data))
                if sink and not of.is_silent:
                    sink.sendall(data)
        if not of.is_silent:  # neither learns that the other has gone
            of.end()

    def _hold(self, size: int) -> None:
        if self.latency or self.bandwidth:
            time.sleep(self.latency + (size / self.bandwidth if self.bandwidth else 0))


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
        for one in made._connections:
            one.client.close()
            if one.server:
                one.server.close()
