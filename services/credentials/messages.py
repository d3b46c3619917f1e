"""Which of our events we tell, to whom, and in what words."""

from __future__ import annotations

from collections.abc import Iterator

from services.credentials.domain.credential import Credential
from shared.events.credentials import CredentialFaceMade, CredentialIssued
from shared.events.fact import Fact
from shared.runtime.aggregate import Aggregate


def tell(event: Aggregate.Event) -> Iterator[Fact]:
    if isinstance(event, Credential.Issued):
        said = {**vars(event), "credential_id": event.originator_id}
        holder = event.holder
        yield CredentialIssued.model_validate(said)
        yield CredentialFaceMade.model_validate(
            said
            | {
                "holder_name": holder["name"],
                "holder_code": holder["code"],
                "holder_user_id": holder["user_id"],
            }
        )
