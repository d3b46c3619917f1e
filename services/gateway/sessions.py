"""Signed proof of who is signed in: in a cookie for pages, as a bearer for callers."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass

from itsdangerous import BadSignature, URLSafeTimedSerializer

from services.gateway.people import People
from services.gateway.standing import Person

COOKIE = "tongban"
LIFETIME = 8 * 3600  # seconds: a working day
REMEMBERED = 10_000  # tokens that need not be proved again
SHORTEST_SECRET = 16
CSRF_FIELD = "csrf_token"
CSRF_HEADER = "X-CSRF-Token"


class SecretMissing(RuntimeError):
    """TONGBAN_SECRET must be set to 16 characters or more that nobody can guess."""


@dataclass(frozen=True)
class Session:
    """A signed-in person, and the token that their own forms carry."""

    person: Person
    csrf_token: str


class Sessions:
    def __init__(self, secret: str, people: People) -> None:
        if len(secret) < SHORTEST_SECRET:
            raise SecretMissing(SecretMissing.__doc__)
        self._secret = secret.encode()
        self.oidc_secret = hashlib.sha256(b"oidc" + self._secret).hexdigest()
        self._people = people
        self._proved: OrderedDict[str, tuple[str, str, float]] = OrderedDict()
        self._signer = URLSafeTimedSerializer(secret, salt="tongban.session")

    def begin(self, person: Person) -> str:
        """Return a token that proves who this is, for LIFETIME seconds."""
        return str(self._signer.dumps([person.id, secrets.token_urlsafe(12)]))

    def session(self, token: str | None) -> Session | None:
        """Return whose token this is; None if it is forged, old, or nobody's."""
        if not token:
            return None
        known = self._read(token)
        if known is None:
            return None
        person_id, nonce, _ = known
        person = self._people.find(person_id)
        return Session(person, self._csrf(nonce)) if person else None

    def person_id(self, token: str | None) -> str | None:
        """Return whom a token names without asking who they are: for rate limits."""
        known = self._read(token or "")
        return known[0] if known else None

    def _read(self, token: str) -> tuple[str, str, float] | None:
        """Return person, nonce and when it ends; what was proved is remembered."""
        known = self._proved.get(token)
        if known is None:
            try:
                said, at = self._signer.loads(
                    token, max_age=LIFETIME, return_timestamp=True
                )
                known = (str(said[0]), str(said[1]), at.timestamp() + LIFETIME)
            except (BadSignature, ValueError, TypeError, IndexError):
                return None
            while len(self._proved) >= REMEMBERED:
                self._proved.popitem(last=False)
            self._proved[token] = known
        return known if time.time() <= known[2] else None

    def _csrf(self, nonce: str) -> str:
        return hmac.new(self._secret, nonce.encode(), hashlib.sha256).hexdigest()


def is_same(given: str | None, expected: str) -> bool:
    """Compare tokens without telling by the time it takes how much was right."""
    return hmac.compare_digest((given or "").encode(), expected.encode())
