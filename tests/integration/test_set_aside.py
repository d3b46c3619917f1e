"""Parked messages in a real database: listed, shown, replayed in order; and zombies."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import LiteralString

import pytest
from typer.testing import CliRunner

from services.intake.application import Applications
from shared.events.fact import Message
from shared.runtime import positions
from shared.runtime.batch import Batch
from shared.runtime.database import Cursor
from shared.runtime.hearing import Channel, Overtaken
from shared.runtime.log import PostgresLog
from shared.runtime.views import View, Views
from tests import controls
from tongban.__main__ import app

CATALOG = Channel("catalog", "tongban.catalog", 0)
DATABASE = "tongban_intake"


class Allergic(Applications):
    """Can't bear one message, until it is cured."""

    is_cured = False

    def whenever(self, message: Message, batch: Batch) -> None:
        if message.position == 2 and not self.is_cured:
            raise ZeroDivisionError("allergic to 2")
        super().whenever(message, batch)


class Positive(View):
    """Refused by the database itself, not by us, where a position is 2."""

    NAME = "test.positive"
    TABLES = ("small",)
    SCHEMA = """
        CREATE TABLE IF NOT EXISTS small (position bigint CHECK (position <> 2));
        CREATE TABLE IF NOT EXISTS every (position bigint);
    """

    def apply(self, cursor: Cursor, messages: Sequence[Message]) -> None:
        for message in messages:
            cursor.execute("INSERT INTO small VALUES (%s)", (message.position,))


class Indexed(View):
    """Refused where a word is too long for an index: as if the server were away."""

    NAME = "test.indexed"
    TABLES = ("words",)
    SCHEMA = Positive.SCHEMA + "CREATE TABLE IF NOT EXISTS words (word text UNIQUE);"

    def apply(self, cursor: Cursor, messages: Sequence[Message]) -> None:
        for message in messages:
            chance = random.Random(message.position)
            long = 5_000 if message.position == 2 else 1  # bytes no page can squeeze
            word = chance.randbytes(long).hex()
            cursor.execute("INSERT INTO words VALUES (%s)", (word,))


class Every(View):
    """Reads within the transaction, after the other has written."""

    NAME = "test.every"
    TABLES = ("every",)
    SCHEMA = ""

    def apply(self, cursor: Cursor, messages: Sequence[Message]) -> None:
        cursor.execute("SELECT count(*) FROM small")
        assert cursor.fetchone() is not None
        for message in messages:
            cursor.execute("INSERT INTO every VALUES (%s)", (message.position,))


@pytest.fixture
def log(postgres: str) -> Iterator[PostgresLog]:
    log = PostgresLog(f"{postgres.rsplit('/', 1)[0]}/{DATABASE}")
    yield log
    log.close()


def told() -> list[Message]:
    facts = [
        controls.january_2016(),
        controls.grain_licence(),
        controls.grain_licence(version=2),
        controls.grain_filing(),
    ]
    return [
        controls.told(fact, n, "catalog").model_copy(update={"previous": n - 1})
        for n, fact in enumerate(facts, 1)
    ]


def command(postgres: str, *words: str) -> str:
    env = {"TONGBAN_POSTGRES": postgres, "TONGBAN_KAFKA": "unused:1", "COLUMNS": "240"}
    result = CliRunner().invoke(app, ["parked", *words], env=env)
    assert result.exit_code == 0, result.output
    return result.output


def stored(log: PostgresLog) -> list[str]:
    return [n.topic for n in log.select_notifications(1, 100)]


def test_poison_is_parked_with_its_key_listed_and_replayed_in_order(
    log: PostgresLog, postgres: str
):
    intake = Allergic(log)
    intake.hear({CATALOG: told()})

    # The second version of the same item waits behind the first; the filing does not.
    assert stored(log) == ["intake.WorkingDays.Heard", "intake.Offer.Heard"]
    listed = command(postgres)
    assert "allergic to 2" in listed
    assert "behind an earlier message" in listed
    subject = str(told()[1].subject)
    assert "粮食收购许可证核发" in command(postgres, "--show", subject)
    assert intake.retry_set_aside() == 0

    intake.is_cured = True
    assert "2 to be tried again" in command(postgres, "--replay", subject)
    assert intake.retry_set_aside() == 2

    assert stored(log)[2:] == ["intake.Offer.Heard", "intake.Offer.Heard"]
    assert "Nothing is set aside" in command(postgres)


def test_what_the_database_refuses_stays_parked_however_often_it_is_replayed(
    log: PostgresLog, postgres: str
):
    intake = Applications(log)
    with log.pool.connection() as connection:
        connection.execute(
            "ALTER TABLE events ADD CONSTRAINT no_offers"
            " CHECK (topic <> 'intake.Offer.Heard')"
        )
    intake.hear({CATALOG: told()[:2]})

    command(postgres, "--replay", "all")
    assert intake.retry_set_aside() == 0
    [aside] = log.set_aside("intake")
    assert "no_offers" in aside.reason
    assert aside.tries == 2

    with log.pool.connection() as connection:
        connection.execute("ALTER TABLE events DROP CONSTRAINT no_offers")
    command(postgres, "--replay", "all")
    assert intake.retry_set_aside() == 1
    assert stored(log) == ["intake.WorkingDays.Heard", "intake.Offer.Heard"]


def test_a_zombie_stores_nothing_in_a_real_database(log: PostgresLog):
    awake, zombie = Applications(log), Applications(log)
    assert zombie.ledger.heard == {}
    awake.hear({CATALOG: told()[:2]})

    with pytest.raises(Overtaken):
        zombie.hear({CATALOG: told()[:3]})
    zombie.hear({CATALOG: told()[:3]})

    assert stored(log).count("intake.Offer.Heard") == 2
    with log.pool.connection() as connection, connection.cursor() as cursor:
        assert positions.read(cursor, "intake").heard == {CATALOG: 3}


def test_nothing_is_put_behind_a_message_that_another_instance_has_handled(
    log: PostgresLog,
):
    intake, elsewhere = Allergic(log), Applications(log)
    intake.hear({CATALOG: told()[:2]})
    with log.pool.connection() as connection, connection.cursor() as cursor:
        positions.ask_replay(cursor, "intake", None)
    assert elsewhere.retry_set_aside() == 1

    with pytest.raises(Overtaken):
        intake.hear({CATALOG: told()[:3]})  # it believes that the item is stopped
    intake.hear({CATALOG: told()[:3]})

    assert log.set_aside("intake") == []
    assert stored(log).count("intake.Offer.Heard") == 2


def test_poison_that_jsonb_does_not_take_is_parked_too(log: PostgresLog):
    poison = told()[1]
    words = poison.data["name"] | {"zh": "粮食\0收购"}
    poison = poison.model_copy(update={"data": poison.data | {"name": words}})
    intake = Allergic(log)

    intake.hear({CATALOG: [told()[0], poison]})

    [aside] = log.set_aside("intake")
    assert aside.message == poison


@pytest.mark.parametrize(
    ("view", "stored", "reason"),
    [
        (Positive(), "SELECT position FROM small", "CheckViolation"),
        (Indexed(), "SELECT word FROM words", "TooMuch"),
    ],
)
def test_a_view_whose_row_the_database_refuses_does_not_stop_the_others(
    postgres: str, view: View, stored: LiteralString, reason: str
):
    log = PostgresLog(f"{postgres.rsplit('/', 1)[0]}/{DATABASE}", [view.SCHEMA])
    views = Views(log.pool, [view, Every()])

    views.hear({CATALOG: told()})

    with log.pool.connection() as connection:
        rows = connection.execute(stored).fetchall()
        every = connection.execute("SELECT position FROM every ORDER BY 1").fetchall()
    assert len(rows) == 2  # of 1 and 4: 3 has the key of 2
    assert every == [(1,), (2,), (3,), (4,)]
    aside, behind = log.set_aside(view.NAME)
    assert (aside.message.position, behind.message.position) == (2, 3)
    assert reason in aside.reason
    log.close()
