"""The credentials of the city."""

from __future__ import annotations

from uuid import UUID

from services.credentials.domain.credential import Credential
from services.credentials.policies import whenever
from shared.events.fact import Message
from shared.runtime.application import Application
from shared.runtime.batch import Batch


class Credentials(Application):
    name = "credentials"

    def expects(self, message: Message) -> UUID:
        kind = str(message.data.get("credential_type"))
        return Credential.create_id(message.subject, kind)

    def whenever(self, message: Message, batch: Batch) -> None:
        whenever(message, batch)
