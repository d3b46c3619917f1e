"""The load: whole lives of cases, each act by the person it belongs to."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from bench.history import Asked, History
from bench.http import Answer, Client, Unanswered
from services.gateway.filing import must_bring
from services.gateway.people import Personas
from services.gateway.requests import new_case, request_id
from shared.events.catalog import ItemPublished
from tests.acceptance.city import (
    CITY_DECIDER,
    CITY_REVIEWER,
    COUNTY,
    FILING,
    GRAIN,
    PAPER,
    WINDOW,
)

THINK = 1.0  # seconds a person takes before the next act
ASK_AGAIN = 0.3  # seconds, growing: until what was asked about is there
LONGEST_PAUSE = 5.0
WAIT = 10  # seconds that an act may take to be seen, in `Prefer`
PERMIT = {"granted": True, "opinion": "符合法定条件，准予许可"}
REFUSE = {"granted": False, "opinion": "仓储设施面积不足，不符合许可条件"}
DEFECTS = {"defects": ["检验仪器清单未注明检定有效期"]}


@dataclass(frozen=True)
class Act:
    """One act on a case: by whom (empty: its applicant), on which route, saying."""

    who: str
    route: str
    said: Mapping[str, Any] = field(default_factory=dict)
    must_be_seen: bool = False  # it is asked again until what follows can be seen


ACCEPT = Act(WINDOW, "acceptance")
REVIEWED = (
    ACCEPT,
    Act(COUNTY, "steps/first-review/pass", {"opinion": "材料齐全，同意上报"}),
    Act(CITY_REVIEWER, "steps/re-review/pass", {"opinion": "同意"}),
)
# Refused while the certificate is still being made, which a receipt alone can't say.
RECEIVED = Act("", "delivery", {"received_by": "本人"}, must_be_seen=True)

# What may become of a case after it has been submitted.
LIVES: Mapping[str, tuple[Act, ...]] = {
    "instant": (),
    "granted": (*REVIEWED, Act(CITY_DECIDER, "steps/decide/decision", PERMIT)),
    "delivered": (
        *REVIEWED,
        Act(CITY_DECIDER, "steps/decide/decision", PERMIT),
        RECEIVED,
    ),
    "refused": (*REVIEWED, Act(CITY_DECIDER, "steps/decide/decision", REFUSE)),
    "declined": (Act(WINDOW, "decline", {"reason": "不属于本机关职权范围"}),),
    "withdrawn": (ACCEPT, Act("", "withdrawal", {"reason": "改为备案"})),
    "supplemented": (
        Act(WINDOW, "supplement-notice", DEFECTS),
        Act("", "supplement", {"note": "已补充检定有效期"}),
        *REVIEWED,
        Act(CITY_DECIDER, "steps/decide/decision", PERMIT),
    ),
}


class NotAsPlanned(RuntimeError):
    """The system answered what this life does not allow."""


class People:
    """Everybody who acts, signed in, with a paper uploaded."""

    def __init__(self, host: str, port: int, history: History) -> None:
        self._http = Client(host, port)
        self._history = history
        self._tokens: dict[str, str] = {}
        self._papers: dict[str, str] = {}
        self._items: dict[str, ItemPublished] = {}
        known = Personas.load()
        self.applicants = {
            p.id: p.person.applicant
            for p in (*known.all, *known.crowd)
            if p.applicant and p.applicant["kind"] == "legal"
        }

    async def arrive(self) -> None:
        officers = (WINDOW, COUNTY, CITY_REVIEWER, CITY_DECIDER)
        for who in (*self.applicants, *officers):
            said = orjson.dumps({"persona": who})
            answer = await self._http.ask("POST", "/api/v1/session", JSON, said)
            self._tokens[who] = answer.json()["token"]
        for who in (*self.applicants, WINDOW):
            headers = self._as(who) | {"Content-Type": "application/pdf"}
            answer = await self._http.ask("POST", "/api/v1/uploads", headers, PAPER)
            self._papers[who] = answer.json()["sha256"]
        for code in (GRAIN, FILING):
            answer = await self._http.ask("GET", f"/api/v1/items/{code}", {})
            self._items[code] = ItemPublished.model_validate(answer.json())

    def close(self) -> None:
        self._http.close()

    async def live(
        self, name: str, fate: str, think: float = THINK, prefer: bool = True
    ) -> None:
        """Lead one life to its end; `name` makes every key of it.

        With `prefer` each act waits until what follows from it can be seen.
        """
        who = self._who(name)
        case = await self._submit(name, fate, who, prefer)
        for number, act in enumerate(LIVES[fate], 1):
            await asyncio.sleep(think)
            route = f"/api/v1/cases/{case}/{act.route}"
            asked = Asked(f"{name}/{number}", act.who or who, act.route, fate, case)
            is_seen = prefer or act.must_be_seen
            await self._ask(asked, route, act.said or None, is_seen, act.must_be_seen)

    async def try_once(self, name: str, prefer: bool) -> int:
        """File an instant case, once; return the status (0: no answer).

        Raises NotAsPlanned if one is sent away and not told when to return.
        """
        asked, route, said = self._submission(name, "instant", self._who(name))
        headers = self._headers(asked, prefer)
        began = time.perf_counter()
        answer = await self._try(route, headers, orjson.dumps(said))
        took = time.perf_counter() - began
        status = answer.status if answer else 0
        self._history.statuses[status] += 1
        if answer and status in (200, 202):
            self._history.acknowledge(asked, answer.json(), took, to_see=prefer)
        elif answer and status == 429:
            if "retry-after" not in answer.headers:
                raise NotAsPlanned(f"{asked}: sent away, and not told until when")
        else:
            case = new_case(request_id(asked.who, asked.key))
            self._history.unsure.add(str(case))
        return status

    def _who(self, name: str) -> str:
        applicants = sorted(self.applicants)
        return applicants[hash_of(name) % len(applicants)]

    async def _submit(self, name: str, fate: str, who: str, prefer: bool) -> str:
        asked, route, said = self._submission(name, fate, who)
        receipt = await self._ask(asked, route, said, prefer)
        return str(receipt["application_id"])

    def _submission(
        self, name: str, fate: str, who: str
    ) -> tuple[Asked, str, dict[str, Any]]:
        is_instant = fate == "instant"
        item = self._items[FILING if is_instant else GRAIN]
        said = filled(item, self._papers[WINDOW if is_instant else who])
        if is_instant:
            applicant = self.applicants[who]
            assert applicant is not None
            said["applicant"] = applicant.model_dump(exclude={"user_id"})
        route = "/api/v1/window/applications" if is_instant else "/api/v1/applications"
        asked = Asked(f"{name}/0", WINDOW if is_instant else who, "submit", fate)
        return asked, route, said

    async def _ask(
        self,
        asked: Asked,
        route: str,
        said: Any,
        prefer: bool,
        must_be_seen: bool = False,
    ) -> dict[str, Any]:
        """Ask until it is acknowledged, always under the same key; note the answers."""
        enough = (200,) if must_be_seen else (200, 202)
        headers = self._headers(asked, prefer)
        body = orjson.dumps(said) if said else b""
        pause, refusals = ASK_AGAIN, 0
        began = time.perf_counter()
        while True:
            answer = await self._try(route, headers, body)
            status = answer.status if answer else 0
            self._history.statuses[status] += 1
            if answer and status in enough:
                receipt: dict[str, Any] = answer.json()
                took = time.perf_counter() - began
                self._history.acknowledge(asked, receipt, took, to_see=prefer)
                return receipt
            # Not seen yet (202, 404), too busy (429, 503), or nobody knows (0).
            if answer and status not in (202, 404, 429, 503):
                if status != 409 or answer.json()["rule"] != "NotYetDecided":
                    raise NotAsPlanned(f"{asked}: {status} {answer.body.decode()}")
                refusals += 1  # the certificate is still being made: ask anew
                headers["Idempotency-Key"] = f"{asked.key}/{refusals}"
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, LONGEST_PAUSE)
            if status == 409:
                began = time.perf_counter()

    async def _try(
        self, route: str, headers: Mapping[str, str], body: bytes
    ) -> Answer | None:
        try:
            return await self._http.ask("POST", route, headers, body)
        except Unanswered:
            return None

    def _headers(self, asked: Asked, prefer: bool) -> dict[str, str]:
        headers = self._as(asked.who) | JSON | {"Idempotency-Key": asked.key}
        return headers | ({"Prefer": f"wait={WAIT}"} if prefer else {})

    def _as(self, who: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._tokens[who]}"}


JSON = {"Content-Type": "application/json"}


def filled(item: ItemPublished, sha256: str) -> dict[str, Any]:
    """Return what to send for this item; every material is the same paper."""
    values = {"number": "3", "date": "2016-01-04"}
    return {
        "task_code": item.task_code,
        "form": {
            f.code: f.options[0].zh
            if f.kind == "choice"
            else values.get(f.kind, "登封市中岳街道嵩山路18号")
            for f in item.form
        },
        "materials": [
            {
                "material": m.code,
                "sha256": sha256,
                "file_name": f"{m.name.zh}.pdf",
            }
            for m in item.materials
            if must_bring(m)
        ],
    }


def hash_of(name: str) -> int:
    """Return the same number for the same name, in every run."""
    return random.Random(name).randrange(2**30)


async def offer(
    people: People,
    rate: float,
    seconds: float,
    fate: Callable[[int], str],
    name: str,
    prefer: Callable[[int], bool] = lambda _: True,
    think: float = THINK,
    most: int = 1_000_000,
) -> None:
    """Begin so many lives a second, however slowly they go; end when all have ended.

    No more than `most` go on at once: then fewer begin. Raises the first failure of
    a life.
    """
    loop = asyncio.get_running_loop()
    room = asyncio.Semaphore(most)
    began = loop.time()
    async with asyncio.TaskGroup() as group:
        for number in range(int(rate * seconds)):
            due = began + number / rate
            if (early := due - loop.time()) > 0:
                await asyncio.sleep(early)
            await room.acquire()
            life = people.live(f"{name}-{number}", fate(number), think, prefer(number))
            group.create_task(life).add_done_callback(lambda _: room.release())


def as_json(figures: Any) -> str:
    """Return the last line of a program."""
    return json.dumps(figures, ensure_ascii=False)
