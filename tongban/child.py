"""One child process: start it, wait until it is ready, stop it; it dies with us."""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

READY_WITHIN = 120.0
STOPPED_WITHIN = 10.0
_PR_SET_PDEATHSIG = 1


class NotReady(RuntimeError):
    """A child ended, or said nothing for too long, before it was ready."""


@dataclass
class Child:
    name: str
    argv: Sequence[str]
    log: Path
    is_ready: Callable[[], bool]
    env: Mapping[str, str] = field(default_factory=dict)
    """Added to our own environment."""
    user: str | None = None
    """Runs as this user; only root may ask for another than itself."""
    cwd: Path | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    orphan_signal: signal.Signals = signal.SIGKILL
    """What the kernel sends it when we die without a word (Linux)."""
    ready_within: float = READY_WITHIN
    stopped_within: float = STOPPED_WITHIN
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def pid(self) -> int:
        assert self._process is not None, f"{self.name} was never started"
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; minus the signal's number when a signal ended it."""
        assert self._process is not None, f"{self.name} was never started"
        return self._process.poll()

    def start(self) -> None:
        """Call from a thread that lives on: Linux takes the thread for the parent."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.argv,
                env={**os.environ, **self.env},
                cwd=self.cwd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C in a terminal is for us to hear and to pass on in order.
                start_new_session=True,
                # It only makes two system calls, prepared before the fork.
                preexec_fn=_dies_with(os.getpid(), self.orphan_signal),
                **run_as(self.user),
            )

    def wait_until_ready(self) -> None:
        """Raises NotReady, with the log's last lines, if it ends or takes too long."""
        deadline = time.monotonic() + self.ready_within
        while not self.is_ready():
            if self.exit_code is not None:
                raise NotReady(f"{self.name} ended with {self.exit_code}{self._said()}")
            if time.monotonic() > deadline:
                raise NotReady(
                    f"{self.name} is not ready after {self.ready_within:g} s"
                    f"{self._said()}"
                )
            time.sleep(0.02)

    def ask_to_stop(self) -> None:
        if self._process is not None and self.exit_code is None:
            self._process.send_signal(self.stop_signal)

    def stop(self) -> bool:
        """True when it stopped by itself, False when it had to be killed."""
        if self._process is None:
            return True
        self.ask_to_stop()
        try:
            self._process.wait(self.stopped_within)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            return False
        return True

    def _said(self, lines: int = 20) -> str:
        with self.log.open(errors="replace") as log:
            return f"; last lines of {self.log}:\n" + "".join(deque(log, lines))


def run_as(user: str | None) -> dict[str, Any]:
    """The empty list drops root's own groups."""
    if user is None:
        return {}
    entry = pwd.getpwnam(user)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _dies_with(parent: int, orphan_signal: signal.Signals) -> Callable[[], None]:
    """Elsewhere than on Linux nobody tells a child that its parent is gone."""
    if not sys.platform.startswith("linux"):
        return lambda: None
    libc = ctypes.CDLL(None, use_errno=True)

    def between_fork_and_exec() -> None:
        if libc.prctl(_PR_SET_PDEATHSIG, int(orphan_signal), 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
        if os.getppid() != parent:
            os.kill(os.getpid(), orphan_signal)

    return between_fork_and_exec
