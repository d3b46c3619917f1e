"""Messages as CloudEvents on Kafka: the fact is the value, headers carry the rest."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import orjson
from aiokafka.errors import KafkaError

from shared.events.fact import Message
from shared.runtime.settings import Settings

STOPPED_WITHIN = 10.0  # seconds
ANSWERED_WITHIN = 15_000  # ms until a broker that does not answer is given up
HIGHEST = 2**63 - 1  # position that a log, or whoever remembers it, can hold


class Record(Protocol):
    """What a Kafka consumer returns."""

    @property
    def topic(self) -> str: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes]]: ...


class Unreadable(Exception):
    """This is no message of ours, or its source may not speak on this topic."""


def headers(message: Message, previous: int | None = None) -> list[tuple[str, bytes]]:
    """Return the headers; `previous` if the message does not know it itself yet."""
    said = {
        "ce_specversion": "1.0",
        "ce_id": message.id,
        "ce_type": f"{message.type}.v{message.version}",
        "ce_source": message.source,
        "ce_subject": message.subject,
        "ce_time": message.time.isoformat(),
        "content-type": "application/json",
        "position": message.position,
        "previous": message.previous if previous is None else previous,
        "actor": message.actor,
        "correlationid": message.correlation_id,
        "causationid": message.causation_id or "",
    }
    return [(name, str(value).encode()) for name, value in said.items()]


def value(message: Message) -> bytes:
    return orjson.dumps(message.data)


def read(record: Record) -> Message:
    """Read a message. Raises Unreadable, saying what is wrong with it."""
    try:
        said = {name: (content or b"").decode() for name, content in record.headers}
        kind, _, version = said["ce_type"].rpartition(".v")
        message = Message(
            id=UUID(said["ce_id"]),
            topic=record.topic,
            source=said["ce_source"],
            position=int(said["position"]),
            previous=int(said["previous"]),
            type=kind,
            version=int(version),
            subject=UUID(said["ce_subject"]),
            time=datetime.fromisoformat(said["ce_time"]),
            actor=said["actor"],
            correlation_id=UUID(said["correlationid"]),
            causation_id=UUID(said["causationid"]) if said["causationid"] else None,
            data=_data(record.value or b""),
        )
    except (KeyError, ValueError) as wrong:
        raise Unreadable(f"{record.topic}: {wrong!r}") from wrong
    if not 0 <= message.previous < message.position <= HIGHEST:
        raise Unreadable(f"{record.topic}: no place in any log")
    if not may_tell(message.source, record.topic, message.type):
        raise Unreadable(
            f"{message.source} may not tell {message.type} on {record.topic}"
        )
    return message


def _data(value: bytes) -> Any:
    """Raises ValueError for what is nested deeper than any fact of ours."""
    data = orjson.loads(value)
    if value.count(b"{") + value.count(b"[") > DEEPEST:
        left = [(data, 1)]
        while left:
            part, depth = left.pop()
            if depth > DEEPEST:
                raise ValueError("nested too deeply")
            inner = part.values() if isinstance(part, dict) else part
            if isinstance(inner, list) or isinstance(part, dict):
                left.extend((each, depth + 1) for each in inner)
    return data


DEEPEST = 50  # levels of lists and objects in a fact
CLOCKS, ALERTS = "tongban.clocks", "tongban.alerts."


def may_tell(source: str, topic: str, kind: str) -> bool:
    """Return whether this source may tell such a fact on this topic.

    A service tells its own facts on topics of its own; desks tell clocks too, those
    who are asked refuse, and only monitoring tells supervisors.
    """
    service, family = source.partition(".")[0], kind.partition(".")[0]
    if topic == CLOCKS:
        return service == "intake" and family == "clocks"
    if topic.startswith(ALERTS):
        return service == "monitoring" == family
    if family == "refusal":
        return service in ("intake", "review") and topic.startswith(
            f"tongban.{source}.for."
        )
    own = f"tongban.{source}"
    return family == service and (topic == own or topic.startswith(f"{own}.for."))


def client(settings: Settings, name: str) -> dict[str, Any]:
    """Return what every Kafka client of ours is told."""
    options: dict[str, Any] = {
        "bootstrap_servers": settings.kafka,
        "client_id": name,
        "security_protocol": settings.kafka_security,
        "request_timeout_ms": ANSWERED_WITHIN,
        "retry_backoff_ms": 100,
        "metadata_max_age_ms": 5_000,
    }
    if settings.kafka_security.startswith("SASL"):
        options |= {
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": settings.kafka_user,
            "sasl_plain_password": settings.kafka_password,
        }
    if settings.kafka_security.endswith("SSL"):
        options["ssl_context"] = ssl.create_default_context(
            cafile=settings.kafka_ca or None
        )
    return options


class Client(Protocol):
    """A Kafka consumer or producer."""

    async def start(self) -> None: ...
    async def stop(self) -> None: ...


@asynccontextmanager
async def running(client: Client) -> AsyncIterator[None]:
    """Start a client, and stop it when the block ends.

    Its start is not cut short by a cancellation, which would leave a connection open.
    """
    starting = asyncio.create_task(client.start())
    try:
        await asyncio.shield(starting)
        yield
    finally:
        await asyncio.wait([starting], timeout=STOPPED_WITHIN)
        with suppress(KafkaError, TimeoutError):
            await asyncio.wait_for(client.stop(), STOPPED_WITHIN)
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
