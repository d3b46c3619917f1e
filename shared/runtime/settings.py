"""Everything that may differ from one installation to another."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from psycopg.conninfo import make_conninfo
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Read once, at the start, from TONGBAN_* in the environment."""

    model_config = SettingsConfigDict(env_prefix="TONGBAN_", frozen=True)

    kafka: str  # host:port of the broker
    postgres: str  # libpq URI of a server; each service has its own database in it
    data: Path = Path("var")
    clock: str = "real"  # see shared.runtime.clock

    broker: Literal["apache", "embedded"] = "apache"
    partitions: int = 12  # of a topic told to the world; fixed when it is made
    addressed_partitions: int = 3
    replication: int = 1
    fetch_wait_ms: int = 500  # how long the broker may hold an empty fetch
    poll_messages: int = 500  # at most so many messages become one transaction
    session_timeout_ms: int = 10_000
    instance: str = ""  # of all processes of a service, the one that bears this name

    kafka_security: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = (
        "PLAINTEXT"
    )
    kafka_user: str = ""
    kafka_password: str = ""
    kafka_ca: str = ""  # path of a CA bundle, for SSL

    metrics_port: int = 0  # 0: neither /metrics nor /health is served
    metrics_host: str = "127.0.0.1"  # where they are
    host: str = "127.0.0.1"
    port: int = 8000  # of the gateway
    tls: bool = False  # people reach the gateway by https (a proxy ends it)
    rate: float = 50.0  # requests a second that the gateway takes from one person
    burst: int = 200  # and how many at once
    secret: str = ""  # signs sessions; the gateway refuses to start without it
    personas: bool = False  # sign-in as demo people: for trying out only
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = ""

    def database(self, name: str) -> str:
        """Return the connection string of one service's own database."""
        return make_conninfo(self.postgres, dbname=name)
