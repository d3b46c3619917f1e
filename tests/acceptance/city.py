"""A running system, and the people who use it through its API."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psutil

from services.gateway.filing import must_bring
from shared.events.catalog import ItemPublished
from tongban.embedded.ports import free_port

ROOT = Path(__file__).parents[2]
UP = [sys.executable, "-m", "tongban", "up"]
STARTS_WITHIN = 240.0
STOPS_WITHIN = 60.0
WITHIN = 30.0

GRAIN = "11410185990001028Y4000103001000"
FILING = "11410185990001028Y4001003001000"
ALLOWANCE = "1141018599000112485000511001000"
COMPANY = "person:fengshou"
CITIZEN = "person:limin"
WINDOW = "officer:dengfeng-window"
COUNTY = "officer:dengfeng-001"
CITY_REVIEWER = "officer:zhengzhou-001"
CITY_DECIDER = "officer:zhengzhou-002"
TOWN = "officer:dajindian-town"
CIVIL_HEAD = "officer:dengfeng-civil-head"
SUPERVISOR = "supervisor:dengfeng"
PAPER = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def wait_until(true: Callable[[], Any], within: float = WITHIN) -> Any:
    """Return what is true, as soon as it is; raise TimeoutError if it never is."""
    ends = time.monotonic() + within
    while time.monotonic() < ends:
        if found := true():
            return found
        time.sleep(0.1)
    raise TimeoutError(f"not within {within:g} s")


@dataclass
class Running:
    """The whole system, under its command."""

    url: str
    data: Path
    process: subprocess.Popen[bytes]
    log: Path
    _tokens: dict[str, str] = field(default_factory=dict)

    def is_healthy(self) -> bool:
        try:
            return httpx.get(f"{self.url}/ready", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def processes(self) -> list[psutil.Process]:
        found: list[psutil.Process] = psutil.Process(self.process.pid).children(
            recursive=True
        )
        return found

    def child(self, part: str) -> psutil.Process:
        """Return the one process of the system whose command line holds this."""
        [found] = [
            process
            for process in psutil.Process(self.process.pid).children()
            if part in _command(process)
        ]
        return found

    def call(
        self, who: str, method: str, path: str, wait: int = 8, **sent: Any
    ) -> httpx.Response:
        """Call the API as somebody; each call with a key of its own."""
        headers = {
            "Authorization": f"Bearer {self.token(who)}",
            "Idempotency-Key": uuid4().hex,
            "Prefer": f"wait={wait}",
        } | sent.pop("headers", {})
        url = f"{self.url}/api/v1{path}"
        return httpx.request(method, url, headers=headers, timeout=30, **sent)

    def page(self, who: str, path: str) -> str:
        """Return a page as somebody sees it."""
        headers = {"Authorization": f"Bearer {self.token(who)}", "Accept": "text/html"}
        answer = httpx.get(f"{self.url}{path}", headers=headers, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.text

    def token(self, who: str) -> str:
        if who not in self._tokens:
            answer = httpx.post(f"{self.url}/api/v1/session", json={"persona": who})
            self._tokens[who] = answer.json()["token"]
        return self._tokens[who]

    # What people do.

    def submit(self, task_code: str = GRAIN, who: str = COMPANY, wait: int = 8):
        filled = self.filled(task_code, who) | {"task_code": task_code}
        return self.call(who, "POST", "/applications", wait, json=filled)

    def filled(self, task_code: str, who: str) -> dict[str, Any]:
        item = ItemPublished.model_validate(
            httpx.get(f"{self.url}/api/v1/items/{task_code}").json()
        )
        pdf = {"Content-Type": "application/pdf"}
        paper = self.call(who, "POST", "/uploads", content=PAPER, headers=pdf).json()
        values = {"number": "3", "date": "2016-01-04"}
        return {
            "form": {
                f.code: f.options[0].zh
                if f.kind == "choice"
                else values.get(f.kind, "登封市中岳街道嵩山路18号")
                for f in item.form
            },
            "materials": [
                {
                    "material": m.code,
                    "sha256": paper["sha256"],
                    "file_name": f"{m.name.zh}.pdf",
                }
                for m in item.materials
                if must_bring(m)
            ],
        }

    def act(self, who: str, case: str, act: str, **said: Any) -> httpx.Response:
        """Act on a case; wait for the step to have arrived where it is handled."""

        def answered() -> httpx.Response | None:
            answer = self.call(who, "POST", f"/cases/{case}/{act}", json=said or None)
            return None if answer.status_code == 404 else answer

        answer = wait_until(answered)
        assert isinstance(answer, httpx.Response)
        return answer

    def case(self, case: str, who: str = COMPANY) -> dict[str, Any]:
        found: dict[str, Any] = self.call(who, "GET", f"/cases/{case}").json()
        return found

    def timeline(self, case: str, who: str = COMPANY) -> list[dict[str, Any]]:
        answer = self.call(who, "GET", f"/cases/{case}/timeline")
        found: list[dict[str, Any]] = answer.json()
        return found

    def certificates(self, case: str, who: str = COMPANY) -> list[dict[str, Any]]:
        """Return what somebody holds because of this case."""
        page = self.call(who, "GET", "/certificates?limit=100").json()["items"]
        return [each for each in page if each["application_id"] == case]

    def state(self, case: str, who: str = COMPANY) -> str:
        return str(self.case(case, who).get("case", {}).get("state"))

    def reaches(
        self, case: str, state: str, within: float = WITHIN, who: str = COMPANY
    ) -> None:
        wait_until(lambda: self.state(case, who) == state, within)

    def waits_at(self, case: str, step: str) -> None:
        """Wait until a step can be acted on where it is handled."""
        wait_until(
            lambda: any(
                s["step"] == step and s["opened_at"] for s in self.case(case)["steps"]
            )
        )

    def is_told(self, case: str, words: str) -> dict[str, Any]:
        """Wait until the time line says this; return the entry it belongs to."""
        entry: dict[str, Any] = wait_until(
            lambda: next(
                (
                    entry
                    for entry in self.timeline(case)
                    if entry["remark"] and words in entry["remark"]["text"]
                ),
                None,
            )
        )
        return entry

    def submitted(self, task_code: str = GRAIN, who: str = COMPANY) -> str:
        answer = self.submit(task_code, who)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["application_id"])

    def accepted(self) -> str:
        case = self.submitted()
        assert self.act(WINDOW, case, "acceptance").status_code == 200
        return case

    def reviewed(self) -> str:
        case = self.accepted()
        for who, step in ((COUNTY, "first-review"), (CITY_REVIEWER, "re-review")):
            answer = self.act(who, case, f"steps/{step}/pass", opinion="材料齐全，同意")
            assert answer.status_code == 200, answer.text
        return case


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return ""  # it has just been killed


@contextmanager
def running(
    data: Path,
    kafka: str = "",
    clock: str = "real",
    workers: int = 1,
    root: Path = ROOT,
    **settings: object,
) -> Iterator[Running]:
    """Start `tongban up`, wait until it serves, and stop it at the end.

    `root` is where its code is.
    """
    port = free_port()
    env = {k: v for k, v in os.environ.items() if not k.startswith("TONGBAN_")}
    env |= {"TONGBAN_PORT": str(port), "TONGBAN_CLOCK": clock}
    env |= {f"TONGBAN_{name.upper()}": str(value) for name, value in settings.items()}
    if kafka:
        env |= {"TONGBAN_KAFKA": kafka, "TONGBAN_PERSONAS": "true"}
    data.mkdir(parents=True, exist_ok=True)
    said = data / "up.out"
    with said.open("ab") as out:
        process = subprocess.Popen(
            [*UP, "--data", str(data), "--workers", str(workers)],
            cwd=root,
            env=env,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    system = Running(f"http://127.0.0.1:{port}", data, process, said)
    try:
        wait_until(
            lambda: system.is_healthy() or process.poll() is not None, STARTS_WITHIN
        )
        assert process.poll() is None, said.read_text()
        yield system
    finally:
        stop(system)


def stop(system: Running) -> None:
    if system.process.poll() is None:
        system.process.send_signal(signal.SIGINT)
        system.process.wait(STOPS_WITHIN)
