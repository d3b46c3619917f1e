"""Forms that are not sent yet, saved as people go."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from services.gateway.views.rows import Reader
from shared.events.fact import Shape
from shared.runtime import clock

LONGEST_KEPT = 90  # days
MOST_KEPT = 50  # drafts of one person

SCHEMA = """
CREATE TABLE IF NOT EXISTS drafts (
    person text, task_code text, content jsonb NOT NULL,
    saved_at timestamptz NOT NULL, PRIMARY KEY (person, task_code));
"""


class Draft(Shape):
    task_code: str
    content: dict[str, Any]  # what the apply pages keep: form, materials, key
    saved_at: datetime


class Drafts(Reader):
    def save(self, person: str, task_code: str, content: dict[str, Any]) -> None:
        with self._pool.connection() as connection, connection.transaction():
            connection.execute(
                "INSERT INTO drafts VALUES (%s, %s, %s, %s)"
                " ON CONFLICT (person, task_code) DO UPDATE"
                " SET content = EXCLUDED.content, saved_at = EXCLUDED.saved_at",
                (person, task_code, Jsonb(content), clock.now()),
            )
            connection.execute(
                "DELETE FROM drafts d WHERE person = %(person)s AND (saved_at <"
                " %(now)s - make_interval(days => %(days)s) OR task_code NOT IN ("
                " SELECT task_code FROM drafts WHERE person = %(person)s"
                " ORDER BY saved_at DESC LIMIT %(most)s))",
                {
                    "person": person,
                    "now": clock.now(),
                    "days": LONGEST_KEPT,
                    "most": MOST_KEPT,
                },
            )

    def draft(self, person: str, task_code: str) -> Draft | None:
        return self._one(
            Draft,
            "SELECT * FROM drafts WHERE person = %s AND task_code = %s",
            (person, task_code),
        )

    def of_person(self, person: str) -> list[Draft]:
        return self._all(
            Draft,
            "SELECT * FROM drafts WHERE person = %s ORDER BY saved_at DESC",
            (person,),
        )

    def discard(self, person: str, task_code: str) -> None:
        """Forget a draft: it was sent, or is not wanted."""
        with self._pool.connection() as connection:
            connection.execute(
                "DELETE FROM drafts WHERE person = %s AND task_code = %s",
                (person, task_code),
            )
