"""How long people wait for a page, some of them looking at the same time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Iterable, Mapping
from itertools import cycle
from typing import Any
from urllib.parse import quote

import orjson

from bench.city import City
from bench.history import percentiles
from bench.http import Client
from bench.load import JSON
from tests.acceptance.city import COMPANY, COUNTY, SUPERVISOR, WINDOW

KNOWN = 200  # cases and certificates that are looked at
SEEN = (200, 303)  # a number leads to its case

Page = tuple[str, list[str]]  # who looks, and at what, one after the other


def pages(city: City) -> dict[str, Page]:
    """Return what is looked at, with the ids of what the city holds."""
    with city.database("tongban_gateway") as connection:
        cases = connection.execute(
            "SELECT application_id::text, number FROM (SELECT * FROM cases"
            " WHERE user_id = %s LIMIT 20000) mine ORDER BY random() LIMIT %s",
            (COMPANY, KNOWN),
        ).fetchall()
        certificates = connection.execute(
            "SELECT credential_id::text, identifier FROM (SELECT * FROM certificates"
            " WHERE holder_user_id = %s LIMIT 20000) mine ORDER BY random() LIMIT %s",
            (COMPANY, KNOWN),
        ).fetchall()
    return {
        "my cases": (COMPANY, ["/cases"]),
        "case": (COMPANY, [f"/cases/{case}" for case, _ in cases]),
        "case by number": (COMPANY, [f"/items?q={number}" for _, number in cases]),
        "certificate": (COMPANY, [f"/certificates/{c}" for c, _ in certificates]),
        "verify": ("", [f"/verify/{quote(str(i), safe='')}" for _, i in certificates]),
        "window queue": (WINDOW, ["/desk?kind=window"]),
        "officer's queue": (COUNTY, ["/desk?kind=step"]),
        "board": (SUPERVISOR, ["/board"]),
        "home": ("", ["/"]),
    }


async def look(
    city: City, users: int, looks: int, pause: float
) -> dict[str, dict[str, float]]:
    """Let so many people look so often at each page; return how long they waited."""
    return {page: took async for page, took in page_by_page(city, users, looks, pause)}


async def page_by_page(
    city: City, users: int, looks: int, pause: float
) -> AsyncGenerator[tuple[str, dict[str, float]], None]:
    """Look as `look` does; yield each page as soon as all have looked at it."""
    client = Client(*city.address)
    try:
        for name, (who, paths) in pages(city).items():
            headers = await _headers(client, who)
            await _look_often(client, paths, headers, 1, users, 0.0)  # warms up
            took = await _look_often(client, paths, headers, users, looks, pause)
            yield name, percentiles(took)
    finally:
        client.close()


async def _headers(client: Client, who: str) -> dict[str, str]:
    if not who:
        return {"Accept": "text/html"}
    said = orjson.dumps({"persona": who})
    answer = await client.ask("POST", "/api/v1/session", JSON, said)
    token: dict[str, Any] = answer.json()
    return {"Accept": "text/html", "Authorization": f"Bearer {token['token']}"}


async def _look_often(
    client: Client,
    paths: Iterable[str],
    headers: Mapping[str, str],
    users: int,
    looks: int,
    pause: float,
) -> list[float]:
    took: list[float] = []
    next_path = cycle(paths)

    async def user(number: int) -> None:
        await asyncio.sleep(pause * number / users)
        for _ in range(looks):
            path = next(next_path)
            began = time.perf_counter()
            answer = await client.ask("GET", path, headers)
            took.append(time.perf_counter() - began)
            if answer.status not in SEEN:
                raise RuntimeError(f"{path}: {answer.status} {answer.body.decode()}")
            await asyncio.sleep(pause)

    async with asyncio.TaskGroup() as group:
        for number in range(users):
            group.create_task(user(number))
    return took
