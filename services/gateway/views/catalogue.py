"""What can be applied for, from whom, and how long it takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

from services.gateway.views.rows import (
    PAGE,
    Page,
    Reader,
    columns,
    place_of,
    told,
    upsert,
    whole,
)
from shared.events.catalog import AgencyRegistered, ItemPublished, Region
from shared.events.fact import Message, Shape, Text
from shared.runtime.database import Cursor, Pool
from shared.runtime.views import View

MOST_READ = 2_000  # versions of items kept at hand


class Agency(Shape):
    code: str
    name: Text
    credit_code: str
    region: Region
    level: int
    phone: str
    desk: str
    review: str


class ItemRow(Shape):
    """An item in a list: the newest version that was published."""

    task_code: str
    version: int
    name: Text
    summary: Text
    agency: str
    agency_name: Text | None
    region: str
    level: int
    item_type: str
    project_type: str
    handling: str
    state: str
    promise_days: int
    statutory_days: int | None
    visits: int
    topics: tuple[str, ...]
    servers: tuple[str, ...]
    weight: int  # shorter names first


LISTED = ", ".join(
    f"i.{name}" for name in ItemRow.model_fields if name != "agency_name"
)


class _Stored(Shape):
    fact: dict[str, Any]


class CatalogueView(View):
    NAME = "gateway.catalogue"
    TABLES: ClassVar = ("agencies", "items", "item_versions")
    SCHEMA = """
    CREATE TABLE IF NOT EXISTS agencies (
        code text PRIMARY KEY, agency_id uuid NOT NULL, name jsonb NOT NULL,
        credit_code text NOT NULL, region jsonb NOT NULL, level int NOT NULL,
        phone text NOT NULL, desk text NOT NULL, review text NOT NULL);
    CREATE TABLE IF NOT EXISTS item_versions (
        task_code text, version int, item_id uuid NOT NULL, fact jsonb NOT NULL,
        PRIMARY KEY (task_code, version));
    CREATE TABLE IF NOT EXISTS items (
        task_code text PRIMARY KEY, item_id uuid NOT NULL, version int NOT NULL,
        name jsonb NOT NULL, summary jsonb NOT NULL, agency text NOT NULL,
        region text NOT NULL, level int NOT NULL, item_type text NOT NULL,
        project_type text NOT NULL, handling text NOT NULL, state text NOT NULL,
        promise_days int NOT NULL, statutory_days int, visits int NOT NULL,
        topics text[] NOT NULL, servers text[] NOT NULL, weight int NOT NULL,
        words text NOT NULL, grams text[] NOT NULL);
    ALTER TABLE items ADD COLUMN IF NOT EXISTS agencies text[] NOT NULL DEFAULT '{}';
    DROP INDEX IF EXISTS items_of_agency;
    CREATE INDEX IF NOT EXISTS items_by_weight ON items (weight, task_code);
    CREATE INDEX IF NOT EXISTS items_by_grams ON items USING gin (grams);
    CREATE INDEX IF NOT EXISTS items_by_topic ON items USING gin (topics);
    CREATE INDEX IF NOT EXISTS items_at_agency ON items USING gin (agencies);
    """

    def apply(self, cursor: Cursor, messages: Sequence[Message]) -> None:
        upsert(
            cursor,
            "agencies",
            ["code"],
            [
                columns(fact, *Agency.model_fields, "agency_id")
                for _, fact in told(messages, AgencyRegistered)
            ],
        )
        items = [fact for _, fact in told(messages, ItemPublished)]
        upsert(
            cursor,
            "item_versions",
            ["task_code", "version"],
            [
                columns(item, "task_code", "version", "item_id")
                | {"fact": item.model_dump(mode="json")}
                for item in items
            ],
        )
        newest = {item.item_id: item for item in sorted(items, key=lambda i: i.version)}
        upsert(cursor, "items", ["task_code"], [_row(i) for i in newest.values()])


def _row(item: ItemPublished) -> dict[str, Any]:
    named = set(ItemRow.model_fields) - {"agency_name", "weight", "topics", "servers"}
    words = " ".join(
        (
            item.name.zh,
            item.name.en,
            *item.aliases,
            item.task_code,
            item.catalog_code,
        )
    ).lower()
    return columns(item, *sorted(named), "item_id") | {
        "topics": list(item.topics),
        "servers": list(item.servers),
        "agencies": sorted({item.agency, *(step.agency for step in item.steps)}),
        "weight": len(item.name.zh),
        "words": words,
        "grams": sorted(grams(words)),
    }


def grams(words: str) -> set[str]:
    """Return every character and pair of neighbours: Chinese has no spaces."""
    return {
        words[at : at + length]
        for length in (1, 2)
        for at in range(len(words) - length + 1)
    }


class Catalogue(Reader):
    def __init__(self, pool: Pool) -> None:
        super().__init__(pool)
        self._read: dict[tuple[str, int], ItemPublished] = {}

    def search(
        self,
        words: str = "",
        *,
        topic: str | None = None,
        agency: str | None = None,
        server: str | None = None,
        in_use_only: bool = False,
        after: str | None = None,
        limit: int = PAGE,
    ) -> Page[ItemRow]:
        """Return items whose names or codes hold all the words; shortest name first.

        An agency's are those it accepts and those it has a step of.
        """
        weight, task_code = place_of(after, whole, str)
        terms = words.lower().replace("\0", "").split()[:8]
        asked = [
            *(f"position(%(term_{n})s IN words) > 0" for n in range(len(terms))),
            terms and "grams @> %(grams)s",
            topic and "topics @> ARRAY[%(topic)s]",
            agency and "agencies @> ARRAY[%(agency)s]",
            server and "servers @> ARRAY[%(server)s]",
            in_use_only and "state = 'in_use'",
            task_code and "(weight, task_code) > (%(weight)s, %(task_code)s)",
        ]
        return self._page(
            ItemRow,
            # The page first: joined before, a plan may sort all that is left.
            f"""
            SELECT page.*, a.name AS agency_name FROM (
                SELECT {LISTED} FROM items i
                WHERE {" AND ".join(part for part in asked if part) or "true"}
                ORDER BY weight, task_code LIMIT %(limit)s) page
            LEFT JOIN agencies a ON a.code = page.agency
            ORDER BY weight, task_code
            """,
            {
                "grams": sorted(set().union(*map(grams, terms))),
                "topic": topic,
                "agency": agency,
                "server": server,
                "weight": weight,
                "task_code": task_code,
            }
            | {f"term_{n}": term for n, term in enumerate(terms)},
            limit,
            lambda row: (row.weight, row.task_code),
        )

    def item(self, task_code: str, version: int | None = None) -> ItemPublished | None:
        """Return one version of an item; the newest if none is named."""
        if version is None:
            newest = self._one(
                _Version, "SELECT version FROM items WHERE task_code = %s", (task_code,)
            )
            version = newest.version if newest else None
        return self._version(task_code, version) if version is not None else None

    def _version(self, task_code: str, version: int) -> ItemPublished | None:
        """A version never changes, so it is read once."""
        if found := self._read.get((task_code, version)):
            return found
        stored = self._one(
            _Stored,
            "SELECT fact FROM item_versions WHERE task_code = %s AND version = %s",
            (task_code, version),
        )
        if stored is None:
            return None
        if len(self._read) >= MOST_READ:
            self._read.clear()
        item = ItemPublished.model_validate(stored.fact)
        return self._read.setdefault((task_code, version), item)

    def agencies(self) -> list[Agency]:
        return self._all(Agency, "SELECT * FROM agencies ORDER BY level, code")

    def busy_agencies(self) -> list[Agency]:
        """Return the agencies that accept an item in use, or have a step of one."""
        return self._all(
            Agency,
            "SELECT * FROM agencies WHERE code IN (SELECT unnest(agencies) FROM items"
            " WHERE state = 'in_use') ORDER BY level, code",
        )

    def agency(self, code: str) -> Agency | None:
        return self._one(Agency, "SELECT * FROM agencies WHERE code = %s", (code,))

    def topics(self) -> list[Topic]:
        """Return the life categories there are, with how many items each has."""
        return self._all(
            Topic,
            "SELECT topic, count(*) AS items,"
            " min((v.fact -> 'topic_names' -> (place - 1)::int)::text)::jsonb AS name"
            " FROM items i JOIN item_versions v USING (task_code, version),"
            " unnest(i.topics) WITH ORDINALITY AS t (topic, place)"
            " WHERE i.state = 'in_use' GROUP BY topic ORDER BY items DESC, topic",
        )

    def is_heard(self) -> bool:
        """Return whether anything can be applied for yet."""
        return bool(self._all(_Known, "SELECT item_id FROM items LIMIT 1"))


class Topic(Shape):
    topic: str
    name: Text | None
    items: int


class _Known(Shape):
    item_id: UUID


class _Version(Shape):
    version: int
