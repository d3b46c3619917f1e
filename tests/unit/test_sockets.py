"""No test of this level can reach anybody, by whatever way it tries."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

import psycopg
import pytest
from aiokafka import AIOKafkaConsumer


def connects() -> None:
    with socket.socket() as opened:
        opened.connect(("127.0.0.1", 9))


def listens() -> None:
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))


def looks_up() -> None:
    socket.create_connection(("example.org", 80))


def asks_postgres() -> None:
    psycopg.connect("host=127.0.0.1 port=9")


@pytest.mark.parametrize("way", [connects, listens, looks_up, asks_postgres])
def test_it_is_told_so(way: Callable[[], None]):
    with pytest.raises(pytest.fail.Exception, match="no sockets"):
        way()


async def test_a_client_of_kafka_does_not_take_it_for_a_broker_that_is_away():
    consumer = AIOKafkaConsumer(bootstrap_servers="127.0.0.1:9")

    with pytest.raises(pytest.fail.Exception, match="no sockets"):
        await consumer.start()
    await consumer.stop()


async def test_an_event_loop_still_wakes_itself():
    assert await asyncio.to_thread(lambda: 7) == 7
