"""The cases of one front desk."""

from __future__ import annotations

from services.intake.policies import whenever
from shared.events.fact import Message
from shared.runtime.application import Application as Base
from shared.runtime.batch import Batch, Log


class Applications(Base):
    """Hears for one desk; a city may run one for every region."""

    def __init__(self, log: Log, desk: str = "intake") -> None:
        super().__init__(log)
        self.name = self.desk = desk

    def whenever(self, message: Message, batch: Batch) -> None:
        whenever(message, batch)
