"""A teller of clocks, monitoring in its own process, and a supervisor's ear."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from services.intake.messages import clock_id
from shared.events.clocks import ClockFact, ClockHandedOver, ClockStarted, ClockStopped
from shared.events.monitoring import CardIssued
from shared.runtime import wire
from shared.runtime.clock import Warp
from shared.runtime.log import PostgresLog
from shared.runtime.relay import Relay
from shared.runtime.settings import Settings
from tests import controls
from tests.teller import Teller, tell
from tongban.embedded.ports import free_port
from tongban.topics import Topic, make_topics

ALERTS = f"tongban.alerts.{controls.DENGFENG}"
TOPICS = [Topic("tongban.clocks", 2), Topic(ALERTS, 1)]
WITHIN = 60.0


class City:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.teller = Teller(PostgresLog(settings.database("tongban_intake")))
        self.relay: asyncio.Task[None] | None = None
        self.workers: list[Worker] = []

    async def open(self) -> None:
        await self.forget_topics()
        await make_topics(self.settings, TOPICS)
        relay = Relay(self.settings, self.teller, "intake", tell)
        self.relay = asyncio.create_task(relay.run())

    async def close(self) -> None:
        if self.relay:
            self.relay.cancel()
            await asyncio.gather(self.relay, return_exceptions=True)
        for worker in self.workers:
            await worker.stop()
        self.teller.log.close()

    # What happens in it.

    def set_clock(self, warp: Warp) -> None:
        self.settings = self.settings.model_copy(update={"clock": str(warp)})

    def tell(self, *facts: ClockFact) -> None:
        self.teller.say(*facts)

    def start_clock(self, case: UUID, warn: datetime, promise: datetime) -> None:
        self.tell(
            ClockStarted(
                clock_id=clock_id(case),
                application_id=case,
                kind="case",
                number="11410185990001028Y400010300100020160104000001",
                item_name=controls.text("粮食收购许可证核发", "Grain purchase licence"),
                region=controls.DENGFENG,
                agency=controls.DENGFENG_GRAIN,
                started_at=datetime(2016, 1, 4, tzinfo=UTC),
                warn_at=warn,
                promised_due_at=promise,
                statutory_due_at=None,
            )
        )

    def stop_clock(self, case: UUID, at: datetime) -> None:
        self.tell(
            ClockStopped(clock_id=clock_id(case), application_id=case, stopped_at=at)
        )

    def hand_over(self, case: UUID, agency: str, at: datetime) -> None:
        self.tell(
            ClockHandedOver(
                clock_id=clock_id(case),
                application_id=case,
                agency=agency,
                handed_over_at=at,
            )
        )

    # Monitoring.

    async def start_monitoring(self) -> None:
        """Start a process of it, beside those there are, and wait until it hears."""
        worker = Worker(self.settings, free_port())
        self.workers.append(worker)
        async with asyncio.timeout(WITHIN):
            while not await asyncio.to_thread(worker.is_healthy):
                assert worker.is_alive, self.said()
                await asyncio.sleep(0.1)

    def kill_monitoring(self) -> None:
        """Kill the process that was started first of those that live."""
        next(worker for worker in self.workers if worker.is_alive).kill()

    async def metrics(self) -> str:
        return await asyncio.to_thread(self.workers[-1].metrics)

    def said(self) -> str:
        return (self.settings.data / "monitoring.log").read_text()

    # The broker.

    async def empty_broker(self) -> None:
        await self.forget_topics()
        await make_topics(self.settings, TOPICS)

    async def forget_topics(self) -> None:
        admin = AIOKafkaAdminClient(**wire.client(self.settings, "tests"))
        await admin.start()
        try:
            ours = [n for n in await admin.list_topics() if n.startswith("tongban.")]
            if ours:
                await admin.delete_topics(ours)
                while set(ours) & set(await admin.list_topics()):
                    await asyncio.sleep(0.1)
        finally:
            await admin.close()

    async def cards(self, count: int, or_more: bool = False) -> list[CardIssued]:
        """Return what supervisors are told, once it is so many cards and no more."""
        ear = AIOKafkaConsumer(
            **wire.client(self.settings, "tests"), auto_offset_reset="earliest"
        )
        ear.assign([TopicPartition(ALERTS, 0)])
        await ear.start()
        told: dict[UUID, CardIssued] = {}
        try:
            async with asyncio.timeout(WITHIN):
                while len(told) < count:
                    told |= _cards(await ear.getmany(timeout_ms=200))
            for _ in range(0 if or_more else 3):
                told |= _cards(await ear.getmany(timeout_ms=500))
        finally:
            await ear.stop()
        assert len(told) == count or or_more
        return list(told.values())


class Worker:
    """One process of monitoring."""

    def __init__(self, settings: Settings, port: int) -> None:
        self._port = port
        said = dict(settings) | {"metrics_port": port}
        told = {f"TONGBAN_{name.upper()}": str(value) for name, value in said.items()}
        settings.data.mkdir(parents=True, exist_ok=True)
        with Path(settings.data / "monitoring.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "services.monitoring"],
                env=os.environ | told,
                stdout=log,
                stderr=log,
            )

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def is_healthy(self) -> bool:
        try:
            return bool(self._get("ready"))
        except OSError:
            return False

    def metrics(self) -> str:
        return self._get("metrics").decode()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    async def stop(self) -> None:
        if self.is_alive:
            self._process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(self._process.wait, 10) == 0

    def _get(self, path: str) -> bytes:
        url = f"http://127.0.0.1:{self._port}/{path}"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                body: bytes = answer.read()
                return body
        except urllib.error.HTTPError as error:
            error.close()  # an OSError of its own
            raise


def _cards(polled: object) -> dict[UUID, CardIssued]:
    assert isinstance(polled, dict)
    messages = [wire.read(r) for records in polled.values() for r in records]
    facts = [(m.id, m.fact()) for m in messages]
    return {id: fact for id, fact in facts if isinstance(fact, CardIssued)}
