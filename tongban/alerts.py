"""Cards as supervisors are told them: each once, in words or as JSON."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from datetime import datetime
from typing import Annotated, NamedTuple

import typer
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from rich.console import Console
from rich.text import Text

from shared.events.fact import Message
from shared.events.monitoring import CardIssued, CardRevoked
from shared.runtime import wire
from shared.runtime.clock import SHANGHAI
from shared.runtime.hearing import Channel, Ledger
from shared.runtime.settings import Settings
from tongban import here

LONGEST_PAUSE = 5.0  # seconds between tries while Kafka is away
LOOK_AGAIN = 500  # ms

# Shape, word and colour say the same, so that no one of them is needed.
SEVERITIES = {
    "warning": ("△ 预警 Warning", "bold blue"),
    "yellow": ("◆ 黄牌 Yellow ", "bold black on yellow"),
    "red": ("■ 红牌 Red    ", "bold white on red"),
}

Card = CardIssued | CardRevoked
Say = Callable[[Card], None]


class Away(Exception):
    """Kafka can't be asked, or knows nothing of such a region."""


def alerts(
    region: Annotated[
        list[str], typer.Option(help="code of a region, e.g. 410185; may be repeated")
    ],
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="go on until Ctrl-C")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="one JSON object a line")
    ] = False,
    kafka: Annotated[
        str,
        typer.Option(
            envvar="TONGBAN_KAFKA", help="host:port of a broker; else the one here"
        ),
    ] = "",
) -> None:
    """Show the cards (预警、黄牌、红牌) issued or revoked in a region, each once."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # we say what matters
    settings = Settings(kafka=kafka, postgres="") if kafka else here.settings()
    say = _as_json if as_json else _in_words(Console())
    try:
        asyncio.run(tell(settings, region, follow, say))
    except Away as away:
        typer.echo(str(away), err=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(0) from None


def _as_json(card: Card) -> None:
    typer.echo(card.model_dump_json())


def _in_words(console: Console) -> Say:
    def say(card: Card) -> None:
        word, style = SEVERITIES[card.severity]
        if isinstance(card, CardRevoked):
            at = card.revoked_at.astimezone(SHANGHAI)
            console.print(
                f" ○ 撤销 Revoked   {at:%Y-%m-%d %H:%M}  {card.agency}  "
                f"{word.strip()}  {card.number}",
                soft_wrap=True,
            )
            return
        due = card.due_at.astimezone(SHANGHAI)
        line = Text.assemble(
            (f" {word} ", style),
            f" {due:%Y-%m-%d %H:%M}  {card.agency}  ",
            (f"{card.item_name.zh} {card.item_name.en}", "bold"),
            f"  {card.number}",
        )
        console.print(line, soft_wrap=True)

    return say


async def tell(settings: Settings, regions: list[str], follow: bool, say: Say) -> None:
    """Say each card once: those there are, oldest first, then those that come.

    Raises Away, unless it follows; then it waits until Kafka is back.
    """
    ledger = Ledger()
    pause = 0.2
    while True:
        try:
            async for card in _cards(settings, regions, ledger, follow):
                say(card)
                pause = 0.2
            return
        except (KafkaError, OSError) as away:
            if not follow:
                raise Away(f"{settings.kafka}: {away}") from away
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)


async def _cards(
    settings: Settings, regions: list[str], ledger: Ledger, follow: bool
) -> AsyncIterator[Card]:
    consumer = AIOKafkaConsumer(
        **wire.client(settings, "tongban.alerts"),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=settings.fetch_wait_ms,
    )
    async with wire.running(consumer):
        consumer.assign(await _partitions(consumer, regions))
        heard = _Heard(consumer, ledger, {})
        for card in sorted(await _backlog(heard), key=_told_at):
            yield card
        while follow:
            for card in await _fresh(heard):
                yield card


class _Heard(NamedTuple):
    """What this connection has heard, and how far it was when it last went back."""

    consumer: AIOKafkaConsumer
    ledger: Ledger
    went_back: dict[TopicPartition, int]


def _told_at(card: Card) -> datetime:
    return card.issued_at if isinstance(card, CardIssued) else card.revoked_at


async def _partitions(
    consumer: AIOKafkaConsumer, regions: list[str]
) -> list[TopicPartition]:
    # What the broker has by now; asking for one topic by name might make it.
    cluster = await consumer._client.fetch_all_metadata()
    parts = []
    for topic in (f"tongban.alerts.{region}" for region in regions):
        numbers = cluster.partitions_for_topic(topic)
        if not numbers:
            raise KafkaError(f"没有这个主题 there is no topic {topic}")
        parts += [TopicPartition(topic, number) for number in sorted(numbers)]
    return parts


async def _backlog(heard: _Heard) -> list[Card]:
    consumer = heard.consumer
    ends = await consumer.end_offsets(list(consumer.assignment()))
    cards: list[Card] = []
    while True:
        news = await _fresh(heard)
        cards += news
        # A broker may count its last batch by the first message in it.
        behind = [p for p, end in ends.items() if await consumer.position(p) < end]
        if not news and not behind:
            return cards


async def _fresh(heard: _Heard) -> list[Card]:
    """Return what has come and was not seen before; go back if some was missed.

    A broker that has lost its log is told it again, and offsets mean nothing then:
    positions say what has been seen. What lies out of place comes again in its place.
    """
    consumer, ledger, went_back = heard
    cards = []
    for part, records in (await consumer.getmany(timeout_ms=LOOK_AGAIN)).items():
        for message in _readable(records):
            channel = Channel(message.source, part.topic, part.partition)
            fresh, gap = ledger.fresh({channel: [message]})
            if gap and (at := await consumer.position(part)) > went_back.get(part, 0):
                went_back[part] = at
                await consumer.seek_to_beginning(part)
                break
            ledger.advance(ledger.moves(fresh), ())
            card = message.fact()
            if fresh and isinstance(card, CardIssued | CardRevoked):
                cards.append(card)
    return cards


def _readable(records: Iterable[wire.Record]) -> Iterator[Message]:
    for record in records:
        try:
            yield wire.read(record)
        except wire.Unreadable as wrong:
            typer.echo(str(wrong), err=True)
