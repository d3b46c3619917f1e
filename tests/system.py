"""Services at work against a real broker and real databases, each in its own tasks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from aiokafka.admin import AIOKafkaAdminClient

from services.intake.application import Applications
from services.intake.bootstrap import hears as intake_hears
from services.intake.messages import teller
from services.review.application import Examinations
from services.review.bootstrap import hears as review_hears
from services.review.messages import tell as tell_review
from shared.runtime import wire
from shared.runtime.application import Application
from shared.runtime.listener import Listener
from shared.runtime.log import PostgresLog
from shared.runtime.relay import Relay, Tell
from shared.runtime.settings import Settings

WITHIN = 45.0


class System:
    """What is running; `stop` one and `start` it again as an operator would."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.applications: dict[str, Application] = {}
        self.tasks: dict[str, list[asyncio.Task[None]]] = {}
        self.relays: dict[str, Relay] = {}
        self.listeners: dict[str, Listener] = {}

    def start(
        self, name: str, application: Application, say: Tell, topics: list[str]
    ) -> None:
        self.applications[name] = application
        self.relays[name] = Relay(self.settings, application, name, say)
        work = [self.relays[name].run()]
        if topics:
            self.listeners[name] = Listener(self.settings, name, topics, application)
            work.append(self.listeners[name].run())
        self.tasks[name] = [asyncio.create_task(each) for each in work]

    def check(self) -> None:
        """Raise what has ended a task that should run for ever."""
        for task in (task for tasks in self.tasks.values() for task in tasks):
            if task.done():
                task.result()

    async def stop(self, name: str) -> None:
        for task in self.tasks.pop(name):
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        self.applications.pop(name).log.close()

    def log(self, name: str) -> PostgresLog:
        return PostgresLog(
            self.settings.database(
                "tongban_" + name.translate(str.maketrans(".-", "__"))
            )
        )

    def start_intake(self) -> None:
        application = Applications(self.log("intake"))
        self.start("intake", application, teller("intake"), intake_hears("intake"))

    def start_review(self, agency: str) -> None:
        name = f"review.{agency}"
        application = Examinations(self.log(name), name, [agency])
        self.start(name, application, tell_review, review_hears([agency]))

    def events(self, name: str) -> list[str]:
        self.check()
        notifications = self.applications[name].log.select_notifications(1, 10_000)
        return [n.topic for n in notifications]


async def forget_topics(settings: Settings) -> None:
    admin = AIOKafkaAdminClient(**wire.client(settings, "tests"))
    await admin.start()
    try:
        names = [n for n in await admin.list_topics() if n.startswith("tongban.")]
        if names:
            await admin.delete_topics(names)
    finally:
        await admin.close()


async def wait_until(true: Callable[[], bool], within: float = WITHIN) -> None:
    async with asyncio.timeout(within):
        while not await asyncio.to_thread(true):
            await asyncio.sleep(0.05)


async def until(true: Callable[[], Awaitable[bool]], within: float = WITHIN) -> None:
    """Wait for something that is itself asked of a broker."""
    async with asyncio.timeout(within):
        while not await true():
            await asyncio.sleep(0.1)
