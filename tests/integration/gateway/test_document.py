"""The API answers as its document says, whatever it is sent."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.integration.gateway.conftest import Town

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
WHO = ("person:fengshou", "officer:dengfeng-window", "supervisor:zhengzhou")
EXAMPLES = 12  # of each operation


class Served(threading.Thread):
    """The town on a real port, in a thread of its own."""

    def __init__(self, town: Town) -> None:
        super().__init__(daemon=True)
        self._town = town
        self.server = uvicorn.Server(
            uvicorn.Config(town.app, port=0, log_config=None, http="httptools")
        )

    def run(self) -> None:
        asyncio.run(self._run())

    async def _run(self) -> None:
        writer = asyncio.create_task(self._town.made.parts.requests.run())
        await self.server._serve()
        writer.cancel()
        await asyncio.gather(writer, return_exceptions=True)

    @property
    def url(self) -> str:
        [listening] = self.server.servers
        return f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"


@pytest.fixture
def url(town: Town) -> Iterator[str]:
    served = Served(town)
    served.start()
    while not served.server.started:
        served.join(0.05)
    yield served.url
    served.server.should_exit = True
    served.join(10)


@pytest.mark.parametrize("persona", WHO)
def test_nothing_is_answered_that_the_document_does_not_say(
    url: str, persona: str
) -> None:
    schema = schemathesis.openapi.from_url(f"{url}/api/v1/openapi.json")
    answer = httpx.post(f"{url}/api/v1/session", json={"persona": persona})
    headers = {"Authorization": f"Bearer {answer.json()['token']}"}
    operations = [
        found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)
    ]

    for operation in operations:
        if operation.path.startswith("/live/"):
            continue  # never ends

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(operation.as_strategy())
        def answers_as_documented(case: schemathesis.Case[Any]) -> None:
            case.call_and_validate(checks=CHECKS, headers=headers)

        answers_as_documented()

    assert len(operations) > 30
