from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from shared.runtime.settings import Settings
from tests.integration.monitoring.city import City


@pytest.fixture
async def city(settings: Settings) -> AsyncIterator[City]:
    city = City(settings)
    await city.open()
    yield city
    await city.close()
    assert "Traceback" not in city.said()
