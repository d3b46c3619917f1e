"""The credentials of the city."""

from __future__ import annotations

from services.credentials.policies import whenever
from shared.events.fact import Message
from shared.runtime.application import Application, Batch


class Credentials(Application):
    name = "credentials"

    def whenever(self, message: Message, batch: Batch) -> None:
        whenever(message, batch)
