"""Unit and contract tests reach nobody: whatever opens a socket fails its test."""

from __future__ import annotations

import socket

import psycopg.generators
import pytest

OPENING = ("connect", "connect_ex", "bind", "sendto")


@pytest.fixture(autouse=True)
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every way out; the pair by which an event loop wakes itself is none."""
    for way in OPENING:
        monkeypatch.setattr(socket.socket, way, _refused)
    monkeypatch.setattr(socket, "getaddrinfo", _refused)
    # PostgreSQL's own library opens sockets that Python does not see.
    monkeypatch.setattr(psycopg.generators, "connect", _refused)


def _refused(*where: object, **how: object) -> None:
    # No Exception: nothing on the way may take it for a broker that is away.
    pytest.fail(f"unit and contract tests open no sockets: {where} {how}")
