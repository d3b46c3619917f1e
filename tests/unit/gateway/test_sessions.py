from __future__ import annotations

import pytest

from services.gateway.people import Personas
from services.gateway.sessions import SecretMissing, Sessions

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
