"""One relay of a source tells; another takes over, even from one that was stopped."""

from __future__ import annotations

import asyncio
import threading

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from shared.runtime import relay, turn
from shared.runtime.health import Pulse
from shared.runtime.log import PostgresLog
from shared.runtime.relay import Relay
from shared.runtime.settings import Settings
from shared.runtime.told import Told
from shared.runtime.turn import RELAYING, Turn
from tests import controls
from tests.system import System, forget_topics, wait_until
from tests.teller import Teller, tell
from tongban.topics import Topic, make_topics


async def test_a_second_one_stands_by_until_the_first_has_ended(postgres: str):
    first, second = Turn(postgres, Pulse("telling")), Turn(postgres, Pulse("telling"))
    told: list[str] = []

    async def take(who: Turn, name: str, until: asyncio.Event) -> None:
        async with who.taken():
            told.append(name)
            await until.wait()

    end, never = asyncio.Event(), asyncio.Event()
    one = asyncio.create_task(take(first, "first", end))
    while not told:
        await asyncio.sleep(0.01)
    other = asyncio.create_task(take(second, "second", never))
    while not second.is_awaited:
        await asyncio.sleep(0.01)
    assert told == ["first"]

    end.set()
    await one
    async with asyncio.timeout(20):
        while told != ["first", "second"]:
            await asyncio.sleep(0.05)
    other.cancel()
    await asyncio.gather(other, return_exceptions=True)


async def test_the_turn_is_taken_from_one_that_gives_no_sign_of_life(
    postgres: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(turn, "SILENT", 1.0)
    with psycopg.connect(postgres, autocommit=True) as stopped:
        stopped.execute("SELECT pg_advisory_lock(%s)", (RELAYING,))
        async with asyncio.timeout(20), Turn(postgres, Pulse("telling")).taken():
            with pytest.raises(psycopg.OperationalError):
                stopped.execute("SELECT 1")


async def test_one_that_lives_keeps_its_turn(
    postgres: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(turn, "BEAT", 0.2)
    monkeypatch.setattr(turn, "SILENT", 1.0)
    async with Turn(postgres, Pulse("telling")).taken() as held:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3), Turn(postgres, Pulse("telling")).taken():
                pass
        held.check()


def noted(log: PostgresLog) -> tuple[object, ...]:
    with log.pool.connection() as connection:
        return connection.execute(
            "SELECT relayed.position, told.position FROM relayed, told"
        ).fetchone() or (None, None)


def take_away(log: PostgresLog) -> None:
    """End the session that holds the turn, as one that stands by would."""
    with log.pool.connection() as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_locks WHERE granted"
            " AND locktype = 'advisory' AND objid = %s AND database ="
            " (SELECT oid FROM pg_database WHERE datname = current_database())",
            (RELAYING,),
        )


@pytest.mark.parametrize("broker", ["embedded"], indirect=True)
async def test_one_that_slept_while_another_told_does_not_note_its_old_place(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    await forget_topics(settings)
    await make_topics(settings, [Topic("tongban.catalog", 1)])
    log = System(settings).log("catalog")
    teller = Teller(log)
    slow, quick = (Relay(settings, teller, "catalog", tell) for _ in range(2))
    has_read, wakes = threading.Event(), threading.Event()

    def news(application, source, say, after):
        found = relay_news(application, source, say, after)
        if found[1] and not has_read.is_set():
            has_read.set()
            wakes.wait(60)
        return found

    relay_news = relay.news
    monkeypatch.setattr(relay, "news", news)
    monkeypatch.setattr(turn, "BEAT", 0.1)
    teller.say(controls.january_2016())
    first = asyncio.create_task(slow.run())
    await wait_until(has_read.is_set)
    teller.say(controls.grain_licence())
    take_away(log)
    second = asyncio.create_task(quick.run())
    await wait_until(lambda: noted(log) == (2, 2))

    wakes.set()
    await wait_until(lambda: slow._turn.is_awaited)

    assert slow.told.position == 1
    assert noted(log) == (2, 2)
    for each in first, second:
        each.cancel()
    await asyncio.gather(first, second, return_exceptions=True)
    log.close()


async def test_one_whose_turn_is_gone_writes_nothing(postgres: str):
    log = PostgresLog(make_conninfo(postgres, dbname="tongban_turn"))
    slow, quick = Told(log, "catalog"), Told(log, "catalog")
    part = slow.part_of(controls.told(controls.january_2016(), 1, "catalog"), [0])
    async with Turn(log.conninfo, Pulse("telling")).taken() as lost:
        slow.position, slow.ends = 1, {part: (1, 0)}
        await slow.note(lost)
        take_away(log)
        async with Turn(log.conninfo, Pulse("telling")).taken() as held:
            quick.position, quick.ends = 2, {part: (2, 1)}
            await quick.note(held)
            slow.position = 3
            for late in slow.note, slow.forget:
                with pytest.raises(psycopg.OperationalError):
                    await late(lost)

            assert noted(log) == (2, 2)
            await quick.forget(held)
            assert noted(log) == (None, None)
    log.close()
