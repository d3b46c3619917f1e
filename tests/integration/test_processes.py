"""The keeping of processes, for real."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.integration.children import (
    a_child,
    a_directory,
    is_gone,
    python,
    wait_until,
)
from tongban import processes
from tongban.child import NotReady
from tongban.embedded.ports import free_port
from tongban.processes import Processes, Stage, ready

IGNORES_SIGTERM = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print('deaf', flush=True)
time.sleep(60)
"""
SERVES_HEALTH = """
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
class Health(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == '/ready' else 404)
        self.end_headers()
HTTPServer(('127.0.0.1', int(sys.argv[1])), Health).serve_forever()
"""
KEEPS_PROCESSES = """
import sys
from pathlib import Path
from tests.integration.children import a_child
from tongban.processes import Processes, Stage
data = Path(sys.argv[1])
stages = [Stage([a_child(data, 'one'), a_child(data, 'two')]),
          Stage([a_child(data, 'three')])]
say = lambda text: print(text, flush=True)
Processes(stages, say).run(lambda: say(
    ' '.join(str(c.pid) for s in stages for c in s.children)))
print('all stopped')
"""


@pytest.fixture
def data() -> Iterator[Path]:
    with a_directory() as directory:
        yield directory


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(processes, "LOOK_AGAIN", 0.02)


def look_until(kept: Processes, holds: Callable[[], bool]) -> None:
    def holds_now() -> bool:
        kept.look()
        return holds()

    wait_until(holds_now)


class TestProcesses:
    def test_waits_until_a_child_says_that_it_is_well(self, data: Path) -> None:
        port = free_port()
        child = a_child(data, "well", SERVES_HEALTH, str(port))
        child.is_ready = ready(port)
        said: list[str] = []
        kept = Processes([Stage([child])], said.append)
        kept.start()
        assert ready(port)()
        kept.stop()
        assert said == ["well is ready"]
        assert not ready(port)()

    def test_shows_what_a_child_said_that_could_not_start(self, data: Path) -> None:
        child = a_child(data, "wrong", "raise SystemExit('no such setting')")
        child.is_ready = lambda: False
        kept = Processes([Stage([child])], lambda _: None)
        with pytest.raises(NotReady, match=r"wrong ended with 1.*\nno such setting"):
            kept.run()

    def test_shows_what_a_child_said_that_takes_too_long(self, data: Path) -> None:
        child = a_child(data, "slow", IGNORES_SIGTERM)
        child.is_ready, child.ready_within = (lambda: False), 0.5
        child.stopped_within = 0.1
        kept = Processes([Stage([child])], lambda _: None)
        with pytest.raises(NotReady, match=r"slow is not ready after 0.5 s(.|\n)*deaf"):
            kept.run()
        assert child.exit_code == -signal.SIGKILL

    def test_starts_again_what_dies_and_says_so(self, data: Path) -> None:
        child = a_child(data, "mortal")
        said: list[str] = []
        kept = Processes([Stage([child])], said.append)
        kept.start()
        first = child.pid
        os.kill(first, signal.SIGKILL)
        look_until(kept, lambda: child.pid != first)
        look_until(kept, lambda: len(said) == 3)
        kept.stop()
        assert said[0] == "mortal is ready"
        assert said[1].startswith("mortal ended with -9; again in 0.05 s")
        assert said[2] == "mortal is ready again"

    def test_starts_what_keeps_dying_ever_more_slowly(self, data: Path) -> None:
        child = a_child(data, "hopeless", "raise SystemExit(3)")
        said: list[str] = []
        kept = Processes([Stage([child])], said.append)
        kept.start()
        look_until(kept, lambda: "again in 0.2 s" in said[-1])
        kept.stop()

    def test_builds_anew_what_stood_on_a_ground_that_died(self, data: Path) -> None:
        ground, tower = a_child(data, "ground"), a_child(data, "tower")
        below, done = a_child(data, "below"), []
        stages = [
            Stage([below]),
            Stage([ground], then=lambda: done.append(tower.pid), is_ground=True),
            Stage([tower]),
        ]
        tower.start()
        tower.stop()
        kept = Processes(stages, lambda _: None)
        kept.start()
        was = below.pid, ground.pid, tower.pid
        os.kill(ground.pid, signal.SIGKILL)
        look_until(kept, lambda: ground.pid != was[1])
        assert below.pid == was[0]
        assert tower.pid != was[2]
        assert done[1] == was[2], "the old tower went before the ground was laid"
        assert is_gone(was[2])
        kept.stop()

    @pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
    def test_stops_everything_when_told(
        self, data: Path, ending: signal.Signals
    ) -> None:
        parent = python(KEEPS_PROCESSES, str(data))
        assert parent.stdout is not None
        lines = [parent.stdout.readline() for _ in range(4)]
        pids = [int(pid) for pid in lines[3].split()]
        assert len(pids) == 3
        parent.send_signal(ending)
        rest, _ = parent.communicate(timeout=20)
        assert rest == "all stopped\n"
        assert parent.returncode == 0
        assert all(is_gone(pid) for pid in pids)

    @pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children")
    def test_leaves_nobody_behind_when_killed(self, data: Path) -> None:
        parent = python(KEEPS_PROCESSES, str(data))
        assert parent.stdout is not None
        lines = [parent.stdout.readline() for _ in range(4)]
        parent.kill()
        parent.communicate()
        for pid in lines[3].split():
            wait_until(lambda pid=int(pid): is_gone(pid))  # type: ignore[misc]
