"""Signing in elsewhere: an OpenID provider says who somebody is and what they do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from json import JSONDecodeError
from typing import Any

from fastapi import Request, Response

from services.gateway.people import SignedIn
from services.gateway.standing import Person, Role
from shared.events.people import Applicant

CLAIMS = "tongban"  # the claim that holds roles, agencies, region and applicant


class ProviderAway(Exception):
    """The identity provider does not answer, or not as one: nobody can sign in now."""


class Provider:
    """The seam to one provider; what it vouches for becomes a Person."""

    def __init__(self, issuer: str, client: str, secret: str, people: SignedIn) -> None:
        # Only where there is a provider: it loads an HTTP client of its own.
        from authlib.integrations.starlette_client import OAuth

        self._people = people
        oauth = OAuth()
        oauth.register(
            "tongban",
            server_metadata_url=f"{issuer.rstrip('/')}/.well-known/openid-configuration",
            client_id=client,
            client_secret=secret,
            client_kwargs={
                "scope": "openid profile tongban",
                "code_challenge_method": "S256",
                "timeout": 10,
            },
        )
        self._client = oauth.create_client("tongban")

    async def ask(self, request: Request, back_to: str) -> Response:
        """Return the redirect to the provider. Raises ProviderAway."""
        with _answering():
            response: Response = await self._client.authorize_redirect(request, back_to)
        return response

    async def answered(self, request: Request) -> Person:
        """Return who came back.

        Raises ProviderAway, and for a forged answer authlib's or joserfc's error.
        """
        with _answering():
            token = await self._client.authorize_access_token(request)
        person = person_of(token["userinfo"])
        self._people.keep(person)
        return person


@contextmanager
def _answering() -> Iterator[None]:
    """Raise ProviderAway if the provider does not answer, or says what none would."""
    import httpx  # by then the provider has loaded it

    try:
        yield
    except (httpx.HTTPError, JSONDecodeError) as away:
        raise ProviderAway(repr(away)) from away


def person_of(claims: dict[str, Any]) -> Person:
    """Read the provider's claims; raises ValueError for roles that do not exist."""
    said = claims.get(CLAIMS, {})
    roles = frozenset(Role(role) for role in said.get("roles", [Role.APPLICANT]))
    applicant = said.get("applicant")
    return Person(
        id=f"oidc:{claims['sub']}",
        name=claims["name"],
        roles=roles,
        region=said.get("region"),
        agencies=frozenset(said.get("agencies", ())),
        applicant=Applicant(user_id=f"oidc:{claims['sub']}", **applicant)
        if applicant
        else None,
    )
