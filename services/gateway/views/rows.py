"""How views write rows and how screens read them: batches in, pages out."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Generic, TypeVar
from uuid import UUID

import orjson
from psycopg.rows import dict_row
from pydantic import BaseModel

from shared.events.fact import Fact, Message, Shape
from shared.runtime.database import Cursor, Pool

F = TypeVar("F", bound=Fact)
S = TypeVar("S", bound=Shape)
T = TypeVar("T")

FIRST = f"'{UUID(int=0)}'::uuid"
LAST = f"'{UUID(int=2**128 - 1)}'::uuid"
PAGE = 20
LONGEST_PAGE = 100
Params = Sequence[Any] | dict[str, Any]


class Page(Shape, Generic[T]):
    """Some rows, and where the next ones begin (None: these were the last)."""

    items: tuple[T, ...]
    next: str | None = None


class NotACursor(ValueError):
    """This place to go on from was never given by us."""


def told(messages: Sequence[Message], kind: type[F]) -> Iterator[tuple[Message, F]]:
    """Yield the messages that carry this kind of fact, with the fact."""
    for message in messages:
        if message.type == kind.TYPE:
            fact = message.fact()
            if isinstance(fact, kind):
                yield message, fact


def insert(
    cursor: Cursor, table: str, rows: Sequence[dict[str, Any]], conflict: str = ""
) -> None:
    """Write rows in one statement; all of them name the same columns."""
    if not rows:
        return
    names = ", ".join(rows[0])
    cursor.execute(
        f"INSERT INTO {table} ({names}) SELECT {names}"
        f" FROM jsonb_populate_recordset(NULL::{table}, %s::jsonb) {conflict}".encode(),
        (orjson.dumps(rows, default=_plain).decode(),),
    )


def upsert(
    cursor: Cursor, table: str, keys: Sequence[str], rows: Sequence[dict[str, Any]]
) -> None:
    """Write the given columns of each row and leave its other columns as they are.

    Facts of different tellers fill one row together; of several rows with the same
    keys the last one stays.
    """
    last = {tuple(row[key] for key in keys): row for row in rows}
    others = [name for name in (rows[0] if rows else ()) if name not in keys]
    change = ", ".join(f"{name} = EXCLUDED.{name}" for name in others)
    conflict = f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {change}"
    insert(cursor, table, list(last.values()), conflict)


def columns(fact: Fact, *names: str) -> dict[str, Any]:
    """Return fields of a fact as the columns of the same names."""
    return {name: getattr(fact, name) for name in names}


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    raise TypeError(f"{type(value).__name__} has no place in a row")


class Reader:
    """Reads rows as shapes; every query is one round trip on a pooled connection."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def _all(self, shape: type[S], query: str, params: Params = ()) -> list[S]:
        with (
            self._pool.connection() as connection,
            connection.cursor(row_factory=dict_row) as cursor,
        ):
            cursor.execute(query.encode(), params)
            return [shape.model_validate(row) for row in cursor.fetchall()]

    def _one(self, shape: type[S], query: str, params: Params = ()) -> S | None:
        rows = self._all(shape, query, params)
        return rows[0] if rows else None

    def _page(
        self,
        shape: type[S],
        query: str,
        params: dict[str, Any],
        limit: int,
        place: Callable[[S], Sequence[Any]],
    ) -> Page[S]:
        """Read one row more than asked for, to know whether there is a next page."""
        limit = max(1, min(limit, LONGEST_PAGE))
        rows = self._all(shape, query, {**params, "limit": limit + 1})
        more = len(rows) > limit
        return Page(
            items=tuple(rows[:limit]),
            next=cursor_at(place(rows[limit - 1])) if more else None,
        )


def cursor_at(place: Sequence[Any]) -> str:
    """Return an opaque word for a place in an ordered list."""
    told = json.dumps([str(part) for part in place], separators=(",", ":"))
    return base64.urlsafe_b64encode(told.encode()).decode().rstrip("=")


def place_of(cursor: str | None, *kinds: Callable[[str], Any]) -> list[Any]:
    """Return the place a cursor names (Nones at the start); raises NotACursor."""
    if not cursor:
        return [None] * len(kinds)
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        parts = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if not isinstance(parts, list):
            raise NotACursor(cursor)
        return [kind(_word(part)) for kind, part in zip(kinds, parts, strict=True)]
    except (binascii.Error, ValueError, RecursionError) as wrong:
        raise NotACursor(cursor) from wrong


def _word(part: object) -> str:
    """Return it as text that PostgreSQL can hold; raises ValueError."""
    text = str(part)
    text.encode()  # half a character is none
    if "\0" in text:
        raise ValueError(part)
    return text


def whole(part: str) -> int:
    """Read a number that PostgreSQL can hold; raises ValueError."""
    number = int(part)
    if not -(2**62) < number < 2**62:
        raise ValueError(part)
    return number
