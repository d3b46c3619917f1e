"""The whole system on one machine, from nothing but pip packages, until Ctrl-C."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from threading import Thread
from types import MappingProxyType
from typing import Annotated, Any

import typer
from aiokafka.errors import KafkaError
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from services.catalog.loader import CatalogueInvalid
from services.gateway.bootstrap import NobodyMaySignIn, must_be_complete
from services.gateway.people import Personas
from shared.runtime.settings import Settings
from tongban.child import Child, NotReady
from tongban.embedded.broker import Broker
from tongban.embedded.ports import free_port, is_free, promise
from tongban.embedded.postgres import DataDirectoryInUse, OutOfReach, Postgres
from tongban.embedded.secret import remembered_secret
from tongban.here import METRICS, announced
from tongban.instances import instances
from tongban.processes import Processes, Stage, ready
from tongban.topics import WrongPartitions, city_topics, make_topics

ROOT = Path(__file__).parents[1]

# The memory-only broker pays for every partition whenever it looks for news.
EMBEDDED_BROKER: Mapping[str, Any] = {
    "broker": "embedded",
    "partitions": 1,
    "addressed_partitions": 1,
    "fetch_wait_ms": 100,
    "personas": True,  # on a broker of its own it is there for trying out
}


class PortTaken(RuntimeError):
    """Somebody else listens where people are to come in."""


REFUSALS = (
    NotReady,
    PortTaken,
    DataDirectoryInUse,
    OutOfReach,
    WrongPartitions,
    CatalogueInvalid,
    NobodyMaySignIn,
)
"""What keeps us from starting, each in words that say what to do."""


def up(
    data: Annotated[
        Path, typer.Option(envvar="TONGBAN_DATA", help="Where everything is kept")
    ] = Path("var"),
    kafka: Annotated[
        str, typer.Option(envvar="TONGBAN_KAFKA", help="host:port; else the bundled")
    ] = "",
    postgres: Annotated[
        str, typer.Option(envvar="TONGBAN_POSTGRES", help="URI; else the bundled")
    ] = "",
    workers: Annotated[
        int,
        typer.Option(min=1, max=8, help="Processes of each service; needs --kafka"),
    ] = 1,
) -> None:
    """Run the whole system on this machine, until Ctrl-C."""
    if workers > 1 and not kafka:
        raise typer.BadParameter("the bundled broker has one process of each service")
    try:
        run_everything(data, kafka, postgres, workers=workers)
    except (*REFUSALS, OSError, ValidationError) as refused:
        typer.echo(str(refused), err=True)
        raise typer.Exit(1) from None


def run_everything(
    data: Path,
    kafka: str,
    postgres: str,
    given: Mapping[str, Any] = MappingProxyType({}),
    meanwhile: Callable[[Settings], bool] | None = None,
    workers: int = 1,
) -> None:
    """Run until SIGINT or SIGTERM; raises one of REFUSALS if that can't be.

    The bundled broker and PostgreSQL stand in for those not named; `given` settings go
    before all others. What is to be done `meanwhile` begins when all is ready, and
    says whether to go on after it.
    """
    console = Console()
    with ExitStack() as held:
        starting = held.enter_context(console.status("正在启动… Starting…"))
        stages: list[Stage] = []
        if not postgres:
            server = Postgres(data)
            held.callback(server.stop)
            stages.append(Stage([server.prepare()]))
            postgres = server.uri
        broker = None if kafka else Broker(data)
        settings = (
            settings_for(data, broker.address, postgres, EMBEDDED_BROKER)
            if broker
            else settings_for(data, kafka, postgres, {})
        )
        settings = settings.model_copy(update=dict(given))
        must_be_complete(settings)
        if not is_free(settings.port):
            raise PortTaken(f"port {settings.port} is taken: choose TONGBAN_PORT")
        promise(settings.port)
        stages.append(
            Stage(
                [broker.child] if broker else [],
                then=lambda: _topics(settings),
                is_ground=True,
            )
        )
        stages += services(settings, workers)
        _say_where_metrics_are(settings, stages)

        def welcome() -> None:
            starting.stop()
            _welcome(console, settings)
            if meanwhile:
                Thread(target=_aside, args=(meanwhile, settings), daemon=True).start()

        held.enter_context(announced(settings))
        Processes(stages, lambda said: console.print(said, markup=False)).run(welcome)


def _aside(meanwhile: Callable[[Settings], bool], settings: Settings) -> None:
    goes_on = False
    try:
        goes_on = meanwhile(settings)
    finally:
        if not goes_on:
            os.kill(os.getpid(), signal.SIGINT)


def services(settings: Settings, workers: int = 1) -> list[Stage]:
    """Every service of the city; the gateway last, when there are others to answer."""
    behind = [_service(settings, "catalog")]
    for number in range(1, workers + 1):
        again = f"-{number}" if number > 1 else ""
        behind += [
            _service(settings, "intake", f"intake{again}"),
            *(
                _service(settings, "review", f"{one.source}{again}", one.arguments)
                for one in instances()
            ),
            _service(settings, "credentials", f"credentials{again}"),
            _service(settings, "monitoring", f"monitoring{again}"),
        ]
    gateway = _service(settings, "gateway")
    gateway.is_ready = ready(settings.port)
    return [Stage(behind), Stage([gateway])]


def _service(
    settings: Settings, module: str, name: str = "", arguments: Sequence[str] = ()
) -> Child:
    own = settings.model_copy(
        update={"metrics_port": free_port(), "instance": name or module}
    )
    return Child(
        name or module,
        [sys.executable, "-m", f"services.{module}", *arguments],
        settings.data / "log" / f"{name or module}.log",
        ready(own.metrics_port),
        env={f"TONGBAN_{key.upper()}": str(value) for key, value in own},
        cwd=ROOT,
    )


def _say_where_metrics_are(settings: Settings, stages: Sequence[Stage]) -> None:
    """Write the targets down as Prometheus reads them (file_sd_configs)."""
    targets = [
        {
            "targets": [f"127.0.0.1:{child.env['TONGBAN_METRICS_PORT']}"],
            "labels": {"service": child.name},
        }
        for stage in stages
        for child in stage.children
        if "TONGBAN_METRICS_PORT" in child.env
    ]
    (settings.data / METRICS).write_text(json.dumps(targets, indent=1))


def settings_for(
    data: Path, kafka: str, postgres: str, suitable: Mapping[str, Any]
) -> Settings:
    """What the environment says goes before what is suitable."""
    data = data.resolve()
    data.mkdir(parents=True, exist_ok=True)
    said = Settings(kafka=kafka, postgres=postgres, data=data)
    secret = {"secret": remembered_secret(data / "secret")}
    missing = {
        name: value
        for name, value in {**secret, **suitable}.items()
        if name not in said.model_fields_set
        and not (name == "personas" and said.oidc_issuer)
    }
    return said.model_copy(update=missing)


def _topics(settings: Settings) -> None:
    try:
        asyncio.run(make_topics(settings, city_topics(settings)))
    except (KafkaError, OSError) as away:
        raise NotReady(f"{settings.kafka}: {away}") from away


def _welcome(console: Console, settings: Settings) -> None:
    console.print(f"\n[bold]通办 Tongban[/]  http://127.0.0.1:{settings.port}/\n")
    if settings.personas:
        people = Table("登录身份 Sign in as", "", "")
        for persona in Personas.load().all:
            said = persona.description
            people.add_row(persona.name, said.zh, said.en)
        console.print(people)
    console.print(f"\n数据 Data  {settings.data}\n日志 Logs  {settings.data / 'log'}")
    console.print(f"指标 Metrics  {settings.data / METRICS}")
    console.print("按 Ctrl-C 全部停止 Ctrl-C stops everything\n")
