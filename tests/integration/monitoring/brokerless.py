"""Monitoring without a broker: what it is told goes in, and stays in PostgreSQL."""

from __future__ import annotations

from datetime import datetime

from psycopg.conninfo import make_conninfo

from services.monitoring.application import Cards
from services.monitoring.messages import tell
from services.monitoring.projections import Agenda, ClocksView
from shared.events.clocks import ClockFact
from shared.events.fact import Message
from shared.events.monitoring import CardRevoked
from shared.runtime.hearing import Channel
from shared.runtime.log import PostgresLog
from shared.runtime.relay import news
from shared.runtime.views import Views
from tests import controls

CHANNEL = Channel("intake", "tongban.clocks", 0)


class Monitoring:
    def __init__(self, uri: str) -> None:
        view = ClocksView(partitions=1)
        self.log = PostgresLog(
            make_conninfo(uri, dbname="tongban_monitoring"), [view.SCHEMA]
        )
        self.views = Views(self.log.pool, [view])
        self.agenda = Agenda(self.log.pool)
        self.cards = Cards(self.log)
        self.told: list[Message] = []

    def tell(self, *facts: ClockFact) -> None:
        for fact in facts:
            previous = len(self.told)
            message = controls.told(fact, previous + 1)
            self.told.append(message.model_copy(update={"previous": previous}))

    def hear(self, since: int = 0, to: int | None = None) -> None:
        self.views.hear({CHANNEL: self.told[since:to]})

    def locks_awaited(self) -> int:
        with self.log.pool.connection() as connection:
            [count] = connection.execute(
                "SELECT count(*) FROM pg_locks WHERE NOT granted"
            ).fetchone() or (0,)
            return int(count)

    def look(self, now: datetime) -> int:
        """Return how many cards there are once everything due has been decided."""
        while self.agenda.decide({0: now}, self.cards.issue, self.cards.revoke):
            continue
        return self.log.max_notification_id() or 0

    def revoked(self) -> list[str]:
        """Return the severities of the cards that were taken back."""
        _, told = news(self.cards, "monitoring", tell, after=0)
        facts = [message.fact() for message in told]
        return [fact.severity for fact in facts if isinstance(fact, CardRevoked)]
