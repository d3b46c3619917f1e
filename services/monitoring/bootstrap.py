"""The only place that chooses what monitoring stands on."""

from __future__ import annotations

import asyncio

from services.monitoring.application import Cards
from services.monitoring.heard import Heard
from services.monitoring.hearing import Hearing
from services.monitoring.messages import tell
from services.monitoring.projections import Agenda, ClocksView
from services.monitoring.source import Source
from services.monitoring.streams import Streams
from services.monitoring.watch import Watch
from shared.runtime.health import Health
from shared.runtime.log import PostgresLog
from shared.runtime.relay import Relay
from shared.runtime.service import show, until_stopped
from shared.runtime.settings import Settings
from shared.runtime.views import Views

SOURCE = "monitoring"


async def run(settings: Settings) -> None:
    """Hear clocks, issue cards and tell them, until told to stop."""
    view = ClocksView(settings.partitions)
    log = PostgresLog(settings.database("tongban_monitoring"), [view.SCHEMA])
    cards = Cards(log)
    agenda = Agenda(log.pool)
    source = Source(settings)
    heard = Heard(source)
    watch = Watch(agenda, cards, heard)
    views = Views(log.pool, [view])
    loop = asyncio.get_running_loop()
    views.committed = lambda _: _call_soon(loop, watch)
    hearing = Hearing(views, agenda, source, heard)
    streams = Streams(settings, source, hearing, heard)
    relay = Relay(settings, cards, SOURCE, tell)

    def lacking() -> list[str]:
        ready = {
            "listening": heard.is_assigned,
            "storing": hearing.is_storing,
            "telling": relay.is_ready,
        }
        return [what for what, is_there in ready.items() if not is_there]

    pulses = [hearing.pulse, watch.pulse, relay.pulse]
    stop = show(settings, Health(pulses, lacking))
    try:
        await until_stopped([streams.run(), watch.run(), relay.run()])
    finally:
        stop()
        log.close()


def _call_soon(loop: asyncio.AbstractEventLoop, watch: Watch) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(watch.wake)
