from __future__ import annotations

import time

import pytest

from services.gateway.people import Personas
from services.gateway.sessions import LIFETIME, SecretMissing, Sessions

SECRET = "a secret of the tests"


def sessions(secret: str = SECRET) -> Sessions:
    return Sessions(secret, Personas.load())


def test_a_session_names_its_person() -> None:
    known = Personas.load().find("person:fengshou")
    assert known is not None

    session = sessions().session(sessions().begin(known))

    assert session is not None
    assert session.person == known


def test_a_token_signed_with_another_secret_is_nobodys() -> None:
    known = Personas.load().find("person:fengshou")
    assert known is not None

    forged = sessions("another secret altogether").begin(known)

    assert sessions().session(forged) is None
    assert sessions().session("nonsense") is None
    assert sessions().session(None) is None


def test_two_sessions_of_one_person_have_different_form_tokens() -> None:
    known = Personas.load().find("person:fengshou")
    assert known is not None
    one, other = (sessions().session(sessions().begin(known)) for _ in range(2))

    assert one is not None
    assert other is not None
    assert one.csrf_token != other.csrf_token


def test_a_gateway_without_a_secret_does_not_start() -> None:
    with pytest.raises(SecretMissing, match="TONGBAN_SECRET"):
        sessions("short")


def test_a_token_that_was_proved_before_still_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = Personas.load().find("person:fengshou")
    assert known is not None
    at_work = sessions()
    token = at_work.begin(known)
    assert at_work.session(token)

    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + LIFETIME + 2)

    assert at_work.session(token) is None
    assert at_work.person_id(token) is None
