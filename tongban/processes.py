"""The processes of one system: started in order, kept alive, stopped in reverse."""

from __future__ import annotations

import http.client
import json
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import FrameType

from tongban.child import Child, NotReady

LOOK_AGAIN = 0.2  # seconds between looks at the children
FIRST_PAUSE = 1.0  # before a child that died is started again
LONGEST_PAUSE = 30.0
FORGIVEN_AFTER = 60.0  # seconds of work after which earlier deaths don't count

AT_WORK = {"missing": ["current"]}  # it only has to catch up

Say = Callable[[str], None]


@dataclass
class Stage:
    """Children that start side by side, once every earlier stage is ready."""

    children: Sequence[Child]
    then: Callable[[], None] = lambda: None
    """Done whenever all of them have started and are ready."""
    is_ground: bool = False
    """When one of them dies, all later stages stop, and start again upon it."""


@dataclass
class _Luck:
    """How a child has fared, which decides how soon it is started again."""

    deaths: int = 0
    started_at: float = 0.0
    again_at: float | None = None
    is_ready: bool = False

    def rest(self) -> float:
        """Returns for how many seconds; longer after every death."""
        now = time.monotonic()
        if now - self.started_at > FORGIVEN_AFTER:
            self.deaths = 0
        self.deaths += 1
        pause = min(FIRST_PAUSE * 2.0 ** (self.deaths - 1), LONGEST_PAUSE)
        self.again_at = now + pause
        return pause


@dataclass
class Processes:
    stages: Sequence[Stage]
    say: Say
    _luck: dict[str, _Luck] = field(default_factory=dict, init=False)

    def run(self, once_ready: Callable[[], None] = lambda: None) -> None:
        """Returns after SIGINT, SIGTERM or SIGHUP; raises NotReady if it can't start.

        To be called in the main thread. All children are stopped at the end.
        """
        try:
            with _told_to_stop():
                self.start()
                once_ready()
                self.watch()
        finally:
            with _undisturbed():
                self.stop()

    def start(self) -> None:
        """Raises NotReady, with the log's last lines; what has started stays."""
        for stage in self.stages:
            self._start(stage)

    def watch(self) -> None:
        """Starts again whatever dies; never returns."""
        while True:
            self.look()
            time.sleep(LOOK_AGAIN)

    def look(self) -> None:
        """Looks at every child once."""
        for place, stage in enumerate(self.stages):
            for child in stage.children:
                luck = self._luck[child.name]
                if luck.again_at is not None:
                    if time.monotonic() >= luck.again_at:
                        self._start_one(child)
                elif child.exit_code is not None:
                    pause = luck.rest()
                    self.say(
                        f"{child.name} ended with {child.exit_code}; again in "
                        f"{pause:g} s (see {child.log})"
                    )
                    if stage.is_ground:
                        self._rebuild(place)
                        return
                elif not luck.is_ready and child.is_ready():
                    luck.is_ready = True
                    self.say(f"{child.name} is ready again")

    def stop(self) -> None:
        """In reverse order, the children of one stage side by side."""
        self._stop(self.stages)

    def _start(self, stage: Stage) -> None:
        for child in stage.children:
            self._start_one(child)
        for child in stage.children:
            child.wait_until_ready()
            self._luck[child.name].is_ready = True
            self.say(f"{child.name} is ready")
        stage.then()

    def _start_one(self, child: Child) -> None:
        luck = self._luck.setdefault(child.name, _Luck())
        luck.again_at, luck.is_ready = None, False
        luck.started_at = time.monotonic()
        child.start()

    def _rebuild(self, place: int) -> None:
        """The ground has gone: what stood on it must not meet the new one unasked."""
        stages = self.stages[place:]
        ground = [self._luck[child.name] for child in stages[0].children]
        while True:
            self._stop(stages)
            due = max(luck.again_at for luck in ground if luck.again_at is not None)
            time.sleep(max(0.0, due - time.monotonic()))
            try:
                self._revive(place)
                for stage in stages:
                    self._start(stage)
            except NotReady as failure:
                pause = max(luck.rest() for luck in ground)
                self.say(f"{failure}\nagain in {pause:g} s")
            else:
                return

    def _revive(self, place: int) -> None:
        """Start again what lies beneath and has died as well."""
        dead = [
            child
            for stage in self.stages[:place]
            for child in stage.children
            if child.exit_code is not None
        ]
        for child in dead:
            self.say(f"{child.name} ended with {child.exit_code}; again now")
            self._start_one(child)
        for child in dead:
            child.wait_until_ready()

    def _stop(self, stages: Sequence[Stage]) -> None:
        for stage in reversed(stages):
            for child in stage.children:
                child.ask_to_stop()
            for child in stage.children:
                if not child.stop():
                    self.say(f"{child.name} had to be killed")


def ready(port: int) -> Callable[[], bool]:
    """Whether what answers at http://127.0.0.1:<port>/ready is at work, even behind."""

    def ask() -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            connection.request("GET", "/ready")
            answer = connection.getresponse()
            said = answer.read()
            return answer.status == 200 or json.loads(said) == AT_WORK
        except (OSError, http.client.HTTPException, ValueError):
            return False
        finally:
            connection.close()

    return ask


_ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class _ToldToStop(BaseException):
    """Not an Exception: nothing on the way may take it for a failure."""


@contextmanager
def _told_to_stop() -> Iterator[None]:
    """A signal to end ends the block, quietly."""

    def stop(*_: object) -> None:
        raise _ToldToStop

    with suppress(_ToldToStop), _handled(stop):
        yield


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Stopping takes bounded time; an impatient second Ctrl-C would leave things."""
    with _handled(signal.SIG_IGN):
        yield


@contextmanager
def _handled(
    handler: signal.Handlers | Callable[[int, FrameType | None], None],
) -> Iterator[None]:
    before = {number: signal.signal(number, handler) for number in _ENDINGS}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)
