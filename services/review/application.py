"""Review of the steps assigned to the agencies of one instance."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from services.review.domain.examination import Examination
from services.review.policies import whenever
from shared.events.fact import Message
from shared.runtime.application import Application
from shared.runtime.batch import Batch, Log


class Examinations(Application):
    def __init__(self, log: Log, source: str, agencies: Iterable[str]) -> None:
        """`source` names the instance, e.g. "review.410185-grain"."""
        super().__init__(log)
        self.name = source
        self.agencies = frozenset(agencies)

    def expects(self, message: Message) -> UUID:
        return Examination.id_of(message.subject, str(message.data.get("step")))

    def whenever(self, message: Message, batch: Batch) -> None:
        whenever(message, self.agencies, batch)
