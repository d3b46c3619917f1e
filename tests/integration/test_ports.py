"""Ports for those who will listen later: none is given out twice."""

from __future__ import annotations

import socket

import pytest

from tongban.embedded import ports


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> range:
    """Leave only four ports to choose from, of nobody else's, and nothing promised."""
    few = range(ports.OURS.start - 10, ports.OURS.start - 6)
    monkeypatch.setattr(ports, "OURS", few)
    monkeypatch.setattr(ports, "TRIES", len(few))
    monkeypatch.setattr(ports, "_promised", set())
    return few


def test_no_port_is_given_out_twice_or_while_it_is_promised_or_taken(few: range):
    ports.promise(few[0])
    with socket.socket() as somebody:
        somebody.bind((ports.HOST, few[1]))
        somebody.listen()
        given = {ports.free_port(), ports.free_port()}

        assert given == {few[2], few[3]}
        with pytest.raises(OSError, match="no free port"):
            ports.free_port()


def test_a_preferred_port_is_had_again(few: range):
    assert ports.free_port(few[0]) == few[0]
    assert ports.free_port(few[0]) == few[0]
