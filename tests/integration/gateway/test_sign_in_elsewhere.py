"""Signing in by the city's identity service, and what may go wrong with it."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import ECKey

from services.gateway.app import create_app
from services.gateway.bootstrap import Stores, gateway
from services.gateway.pages.site import Site
from shared.runtime.settings import Settings
from tests.integration.gateway.browser import Browser
from tests.integration.gateway.conftest import NOWHERE
from tests.integration.gateway.provider import (
    CLIENT,
    IdentityProvider,
    identity_provider,
)

pytestmark = pytest.mark.filterwarnings(
    "ignore::authlib.deprecate.AuthlibDeprecationWarning"  # it likes httpx2 better
)


def browser(settings: Settings, kept: Stores, issuer: str) -> Browser:
    """Return the browser of somebody who can sign in only at this provider."""
    elsewhere = {
        "personas": False,
        "oidc_issuer": issuer,
        "oidc_client_id": CLIENT,
        "oidc_client_secret": "a secret of ours",
    }
    made = gateway(settings.model_copy(update=elsewhere), kept)
    return Browser(
        transport=httpx.ASGITransport(app=create_app(made.parts, Site())),
        base_url="http://tongban",
        headers={"Accept": "text/html"},
    )


async def go(visitor: Browser, provider: IdentityProvider) -> str:
    """Go to the provider; return the address it sends one back to."""
    sent = await visitor.get("/sign-in/elsewhere")
    asked = parse_qs(urlsplit(sent.headers["location"]).query)
    [provider.nonce] = asked["nonce"]
    return f"/sign-in/back?code=x&state={asked['state'][0]}"


async def test_whom_the_provider_vouches_for_is_signed_in(
    settings: Settings, kept: Stores
) -> None:
    with identity_provider() as provider:
        async with browser(settings, kept, provider.issuer) as visitor:
            back = await visitor.get(await go(visitor, provider))
            page = await visitor.see("/help")

    assert (back.status_code, back.headers["location"]) == (303, "/")
    assert "李敏" in page


async def test_whoever_signs_with_another_key_is_not_believed(
    settings: Settings, kept: Stores
) -> None:
    with identity_provider() as provider:
        provider.signing = ECKey.generate_key("P-256")
        async with browser(settings, kept, provider.issuer) as visitor:
            await visitor.see(await go(visitor, provider), 403)
            page = await visitor.see("/help")

    assert "李敏" not in page


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh", "统一身份认证暂时连不上"),
        ("en", "The city&#39;s identity service cannot be reached"),
    ],
)
async def test_a_provider_that_is_away_is_said_to_be(
    settings: Settings, kept: Stores, language: str, words: str
) -> None:
    async with browser(settings, kept, f"http://{NOWHERE}") as visitor:
        page = await visitor.see(f"/sign-in/elsewhere?lang={language}", 503)

    assert words in page


async def test_a_provider_may_go_away_while_somebody_is_there(
    settings: Settings, kept: Stores
) -> None:
    with identity_provider() as provider:
        visitor = browser(settings, kept, provider.issuer)
        back = await go(visitor, provider)
    answer = await visitor.get(back)
    await visitor.aclose()

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "30"
