"""One node of Apache Kafka for development and CI: `kafka.py start|stop --data DIR`."""

from __future__ import annotations

import argparse
import base64
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

HERE = Path(__file__).resolve().parent
LIBS = HERE / "libs"
FETCHED_WITHIN = 600.0
FORMATTED_WITHIN = 60.0
FREED_WITHIN = 5.0  # one that was killed may hold its port for a moment
LISTENING_WITHIN = 180.0
STOPPED_WITHIN = 30.0

PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
log.dirs={log_dirs}
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
log.retention.ms=-1
offsets.topic.num.partitions=8
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
"""

# A second door where everybody gives a name and may do only what an ACL grants. Who
# comes through the first, which stays on this machine, is the city itself.
GUARDED = """\
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port},\
SASL_PLAINTEXT://127.0.0.1:{guarded_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},\
SASL_PLAINTEXT://127.0.0.1:{guarded_port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,\
SASL_PLAINTEXT:SASL_PLAINTEXT
sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.sasl_plaintext.scram-sha-512.sasl.jaas.config=\
org.apache.kafka.common.security.scram.ScramLoginModule required;
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
"""

# A second door which clients are told to find at another port: where a proxy is.
BEHIND_A_PROXY = """\
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port},\
PROXIED://127.0.0.1:{door}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},PROXIED://127.0.0.1:{seen_at}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,\
PROXIED:PLAINTEXT
"""

# Nodes this process has started: they may outlive it, so nobody waits for them.
_OURS: dict[int, subprocess.Popen[bytes]] = {}


class KafkaFailed(RuntimeError):
    """It did not start; the message holds what it said."""


def start(
    data: Path,
    port: int = 9092,
    heap_mb: int = 768,
    guarded_port: int = 0,
    users: Mapping[str, str] = MappingProxyType({}),
    door: int = 0,
    seen_at: int = 0,
) -> str:
    """Returns host:port; what an earlier start stored in the directory is kept.

    Clients that come in by a second `door` are told that it is `seen_at` another port.

    With a guarded port, these users (and passwords) may sign in there by SCRAM; they
    may do nothing until an ACL says so. Users are made when a directory is first used.
    """
    data = data.resolve()
    if (pid := running(data)) is not None:
        raise KafkaFailed(f"already running in {data} as process {pid}")
    freed_by = time.monotonic() + FREED_WITHIN
    while _answers(port):
        if time.monotonic() > freed_by:
            raise KafkaFailed(f"port {port} is taken")
        time.sleep(0.1)
    fetch()
    data.mkdir(parents=True, exist_ok=True)
    properties = data / "server.properties"
    properties.write_text(
        (
            PROPERTIES + GUARDED * bool(guarded_port) + BEHIND_A_PROXY * bool(door)
        ).format(
            port=port,
            guarded_port=guarded_port,
            door=door,
            seen_at=seen_at,
            controller_port=_free_port(),
            log_dirs=data / "log",
        )
    )
    if not (data / "log" / "meta.properties").exists():
        _format(properties, users)
    with (data / "kafka.out").open("ab") as out:
        process = subprocess.Popen(
            [*_java(heap_mb), "kafka.Kafka", str(properties)],
            cwd=data,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _OURS[process.pid] = process
    (data / "kafka.pid").write_text(f"{process.pid}\n")
    deadline = time.monotonic() + LISTENING_WITHIN
    while not _answers(port):
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            said = (data / "kafka.out").read_text(errors="replace")
            raise KafkaFailed("\n".join(said.splitlines()[-20:]))
        time.sleep(0.1)
    return f"127.0.0.1:{port}"


def stop(data: Path, how: signal.Signals = signal.SIGTERM) -> None:
    """Waits until it is gone, and kills it if it takes too long."""
    data = data.resolve()
    pid = running(data)
    if pid is None:
        return
    os.kill(pid, how)
    deadline = time.monotonic() + STOPPED_WITHIN
    while running(data) is not None:
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)


def running(data: Path) -> int | None:
    """The id of the process that runs in this directory."""
    pid_file = data.resolve() / "kafka.pid"
    if not pid_file.exists():
        return None
    pid = int(pid_file.read_text())
    if pid in _OURS:
        _OURS[pid].poll()  # or it would stay behind as a zombie
    command = subprocess.run(
        ["ps", "-ww", "-o", "args=", "-p", str(pid)],
        capture_output=True,
        text=True,
        timeout=10,
        check=False,
    ).stdout
    return pid if str(data.resolve() / "server.properties") in command else None


def fetch(here: Path = HERE) -> None:
    """Copies what its pom.xml names to `libs`, once; begins anew if interrupted."""
    libs, unfinished = here / "libs", here / "libs.unfinished"
    command = ["mvn", "-q", "-B", "dependency:copy-dependencies"]
    with (here / "libs.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # who comes meanwhile finds it done
        if libs.exists():
            return
        subprocess.run(
            [*command, f"-DoutputDirectory={unfinished}"],
            cwd=here,
            check=True,
            timeout=FETCHED_WITHIN,
        )
        unfinished.rename(libs)


def _format(properties: Path, users: Mapping[str, str]) -> None:
    arguments = ["format", "--cluster-id", _cluster_id(), "--config", str(properties)]
    for user, password in users.items():
        made = f"SCRAM-SHA-512=[name={user},password={password}]"
        arguments += ["--add-scram", made]
    subprocess.run(
        [*_java(256), "kafka.tools.StorageTool", *arguments],
        check=True,
        stdout=subprocess.DEVNULL,
        timeout=FORMATTED_WITHIN,
    )


def _cluster_id() -> str:
    """As Kafka makes its own: a dash in front would look like an option."""
    while True:
        made = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not made.startswith("-"):
            return made


def _java(heap_mb: int) -> list[str]:
    return [
        "java",
        f"-Xmx{heap_mb}m",
        "-XX:+ExitOnOutOfMemoryError",
        "-Dlog4j2.level=WARN",
        "-cp",
        str(LIBS / "*"),
    ]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=("fetch", "start", "stop"))
    parser.add_argument("--data", type=Path, default=Path("var/kafka"))
    parser.add_argument("--port", type=int, default=9092)
    asked = parser.parse_args()
    try:
        match asked.command:
            case "fetch":
                fetch()
            case "start":
                print(start(asked.data, asked.port))
            case "stop":
                stop(asked.data)
    except KafkaFailed as failure:
        sys.exit(str(failure))


if __name__ == "__main__":
    main()
