from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from shared.runtime.settings import Settings
from tests.integration.monitoring.brokerless import Monitoring
from tests.integration.monitoring.city import City


@pytest.fixture
async def city(settings: Settings) -> AsyncIterator[City]:
    city = City(settings)
    await city.open()
    yield city
    await city.close()
    assert "Traceback" not in city.said()


@pytest.fixture
def monitoring(postgres: str) -> Iterator[Monitoring]:
    monitoring = Monitoring(postgres)
    yield monitoring
    monitoring.log.close()
