"""The bundled PostgreSQL and broker, for real."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from tests.integration.children import a_directory, is_gone, python, wait_until
from tongban.embedded.broker import Broker
from tongban.embedded.ports import answers
from tongban.embedded.postgres import DataDirectoryInUse, OutOfReach, Postgres

HOLDS_BOTH = """
import sys, time
from pathlib import Path
from tongban.embedded.broker import Broker
from tongban.embedded.postgres import Postgres
data = Path(sys.argv[1])
with Postgres(data) as uri, Broker(data) as address:
    print(uri, address, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def data() -> Iterator[Path]:
    with a_directory() as directory:
        yield directory


def keep(uri: str, word: str) -> list[str]:
    """Store a word and return all there are."""
    with psycopg.connect(uri) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (word text)")
        connection.execute("INSERT INTO kept VALUES (%s)", (word,))
        return [word for (word,) in connection.execute("SELECT word FROM kept")]


class TestPostgres:
    def test_keeps_what_was_committed_and_its_address(self, data: Path) -> None:
        with Postgres(data) as first:
            keep(first, "办件")
        with Postgres(data) as second:
            assert keep(second, "证照") == ["办件", "证照"]
        assert second == first

    def test_writes_to_disk_before_it_says_committed(self, data: Path) -> None:
        with Postgres(data) as uri, psycopg.connect(uri) as connection:
            settings: dict[str, str] = dict(
                connection.execute("SELECT name, setting FROM pg_settings").fetchall()
            )
        assert settings["fsync"] == settings["synchronous_commit"] == "on"
        assert settings["listen_addresses"] == "127.0.0.1"
        assert settings["max_connections"] == "200"

    def test_asks_for_the_password(self, data: Path) -> None:
        with Postgres(data) as uri:
            stranger = uri.replace(uri.split(":")[2].split("@")[0], "guessed")
            with pytest.raises(psycopg.OperationalError, match="password"):
                psycopg.connect(stranger)
        assert (data / "postgres.uri").stat().st_mode & 0o077 == 0

    def test_moves_when_somebody_has_taken_its_port(self, data: Path) -> None:
        with Postgres(data) as first:
            pass
        port = int(first.split(":")[3].split("/")[0])
        with Broker(data, port), Postgres(data) as second:
            assert second != first
            assert keep(second, "办件") == ["办件"]

    def test_serves_one_tongban_at_a_time(self, data: Path) -> None:
        with Postgres(data) as uri:
            with pytest.raises(DataDirectoryInUse):
                Postgres(data).start()
            assert keep(uri, "办件") == ["办件"]

    def test_starts_again_after_being_killed(self, data: Path) -> None:
        postgres = Postgres(data)
        server = postgres.prepare()
        server.start()
        server.wait_until_ready()
        keep(postgres.uri, "办件")
        os.kill(server.pid, signal.SIGKILL)
        postgres.stop()
        with Postgres(data) as uri:
            assert keep(uri, "证照") == ["办件", "证照"]

    def test_is_not_misled_by_a_process_that_has_its_old_number(
        self, data: Path
    ) -> None:
        with Postgres(data) as uri:
            keep(uri, "办件")
        pid_file = data / "postgres" / "postmaster.pid"
        pid_file.write_text(f"{os.getpid()}\n{data}\n1\n1\n\n\n1 1\n")
        with Postgres(data) as uri:
            assert keep(uri, "证照") == ["办件", "证照"]

    @pytest.mark.skipif(os.geteuid() == 0, reason="needs an ordinary user")
    def test_runs_as_an_ordinary_user(self, data: Path) -> None:
        with Postgres(data):
            assert (data / "postgres").stat().st_uid == os.geteuid()

    @pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
    def test_is_lent_to_another_user_by_root(self, data: Path) -> None:
        with Postgres(data):
            assert (data / "postgres").stat().st_uid != 0
            assert data.stat().st_uid == 0

    @pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
    def test_names_the_directory_that_its_user_may_not_enter(self, data: Path) -> None:
        with pytest.raises(OutOfReach, match=f"chmod o\\+x {data}, or"):
            Postgres(data / "inner").start()


class TestBroker:
    async def test_is_empty_again_on_the_same_port(self, data: Path) -> None:
        broker = Broker(data)
        for _ in range(2):
            with broker as address:
                admin = AIOKafkaAdminClient(bootstrap_servers=address)
                await admin.start()
                assert await admin.list_topics() == []
                await admin.create_topics([NewTopic("tongban.intake", 2, 1)])
                assert await admin.list_topics() == ["tongban.intake"]
                await admin.close()
        assert not answers(broker.port)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the children")
def test_both_end_when_their_parent_is_killed(data: Path) -> None:
    for _ in range(2):
        parent = python(HOLDS_BOTH, str(data))
        assert parent.stdout is not None
        uri, address = parent.stdout.readline().split()
        words = keep(uri, "办件")
        broker_port = int(address.split(":")[1])
        postmaster = (data / "postgres" / "postmaster.pid").read_text().split()[0]
        assert answers(broker_port)
        parent.kill()
        parent.communicate()
        wait_until(lambda port=broker_port: not answers(port))  # type: ignore[misc]
        wait_until(lambda pid=int(postmaster): is_gone(pid))  # type: ignore[misc]
    assert words == ["办件", "办件"]
    log = (data / "log" / "postgres.log").read_text()
    assert log.count("database system is shut down\n") == 2
    assert "not properly shut down" not in log
