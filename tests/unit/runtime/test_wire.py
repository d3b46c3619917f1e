from __future__ import annotations

from dataclasses import dataclass

import pytest

from shared.runtime import wire
from tests import controls


@dataclass
class Received:
    topic: str
    value: bytes
    headers: list[tuple[str, bytes]]


def test_a_message_comes_out_as_it_went_in():
    message = controls.told(controls.grain_licence(), 3, "catalog")

    received = Received(message.topic, wire.value(message), wire.headers(message))

    assert wire.read(received) == message


def test_a_source_is_not_believed_on_anothers_topic():
    message = controls.told(controls.grain_licence(), 3, "catalog")
    received = Received("tongban.intake", wire.value(message), wire.headers(message))

    with pytest.raises(wire.Unreadable, match="catalog may not tell"):
        wire.read(received)


def test_what_is_no_message_says_what_is_wrong_with_it():
    with pytest.raises(wire.Unreadable, match="ce_type"):
        wire.read(Received("tongban.intake", b"{}", []))


@pytest.mark.parametrize(
    "place",
    [
        {"position": 0},
        {"position": 2**63},
        {"position": 3, "previous": 3},
        {"position": 3, "previous": -1},
    ],
)
def test_a_place_that_no_log_has_is_not_believed(place):
    message = controls.told(controls.grain_licence(), 3, "catalog")
    forged = message.model_copy(update=place)
    received = Received(forged.topic, wire.value(forged), wire.headers(forged))

    with pytest.raises(wire.Unreadable, match="no place in any log"):
        wire.read(received)
