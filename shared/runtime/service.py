"""A service at work: it listens, it tells, and it says how it is."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from shared.runtime import clock, telemetry
from shared.runtime.application import Application
from shared.runtime.health import Health
from shared.runtime.listener import Hearer, Listener
from shared.runtime.relay import Relay, Tell
from shared.runtime.settings import Settings

COLLECT_AFTER = 20_000, 20, 100  # objects; collections of the young; of the middle-aged


def prepare(service: str) -> Settings:
    """Read the settings, start the logs and choose the clock; done once, first."""
    settings = Settings()
    telemetry.start_logging(service)
    clock.set_clock(settings.clock)
    return settings


async def serve(
    settings: Settings,
    source: str,
    application: Application,
    tell: Tell,
    topics: Sequence[str],
    hearer: Hearer | None = None,
) -> None:
    """Listen to these topics (patterns) and relay the log, until SIGTERM or SIGINT."""
    relay = Relay(settings, application, source, tell)
    work: list[Coroutine[Any, Any, None]] = [relay.run()]
    pulses = [relay.pulse]
    listener = None
    if topics:
        listener = Listener(settings, source, topics, hearer or application)
        work.append(listener.run())
        pulses.append(listener.pulse)

    def lacking() -> list[str]:
        ready = {
            "listening": listener is None or listener.is_listening,
            "storing": listener is None or listener.is_storing,
            "telling": relay.is_ready,
        }
        return [what for what, is_there in ready.items() if not is_there]

    stop = show(settings, Health(pulses, lacking))
    try:
        await until_stopped(work)
    finally:
        stop()
        application.log.close()


def show(settings: Settings, health: Health) -> Callable[[], None]:
    """Serve metrics and health, if a port is set; return how to stop."""
    if not settings.metrics_port:
        return lambda: None
    return telemetry.serve(
        settings.metrics_host, settings.metrics_port, health, settings.data
    )


def settle() -> None:
    """Let the garbage collector pass over what is there now, for that stays.

    It stops everything to look through it, and people wait. Called once all is made.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


async def until_stopped(work: Sequence[Coroutine[Any, Any, None]]) -> None:
    """Run until SIGTERM, SIGINT, or until one of them fails; its error is raised."""
    settle()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    tasks = [asyncio.create_task(each) for each in work]
    waiter = asyncio.create_task(stopped.wait())
    done, _ = await asyncio.wait([*tasks, waiter], return_when=asyncio.FIRST_COMPLETED)
    for task in (*tasks, waiter):
        task.cancel()
    await asyncio.gather(*tasks, waiter, return_exceptions=True)
    for task in done:
        if not task.cancelled() and (failure := task.exception()):
            raise failure
