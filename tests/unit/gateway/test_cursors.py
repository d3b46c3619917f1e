from __future__ import annotations

import base64
import json

import pytest

from services.gateway.views.rows import NotACursor, cursor_at, place_of, whole


def written(*parts: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()


def test_a_place_is_found_again() -> None:
    assert place_of(cursor_at([7, "粮食"]), whole, str) == [7, "粮食"]


@pytest.mark.parametrize(
    "cursor",
    [
        "?",
        written(1),
        written(1, "a", "b"),
        written("x", "a"),
        written(2**62, "a"),
        written(1, "a\0"),
        written(1, "\ud800"),
    ],
)
def test_a_place_nobody_gave_is_none(cursor: str) -> None:
    with pytest.raises(NotACursor):
        place_of(cursor, whole, str)
