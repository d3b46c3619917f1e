"""What waits for whom: small tables of open work, so that queues are read by index."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from uuid import UUID

from shared.runtime.database import Cursor

LOOKING_AGAIN = 7_301_004  # advisory lock: see shared.runtime.log
WINDOW_DAYS = 7  # from `since` to `by` at the window: see cases.window_by

# The desk tells both `number` and what follows in order: `state` says no more.
_AT_WINDOW = """
SELECT agency, 'clerk' AS role, window_by AS by, application_id, '' AS step,
       '' AS source FROM cases
WHERE accepted_on IS NULL AND declined_at IS NULL AND withdrawn_at IS NULL
  AND (given_at IS NULL OR supplemented_at IS NOT NULL)
  AND number IS NOT NULL AND user_id IS NOT NULL
"""

_IN_STEPS = """
SELECT agency, role, decide_by AS by, application_id, step, source
FROM steps JOIN examinations USING (application_id, step, agency)
WHERE finished_at IS NULL AND role IS NOT NULL
  AND opened_at IS NOT NULL AND closed_at IS NULL
"""
WAITING = f"INSERT INTO waiting {_AT_WINDOW} UNION ALL {_IN_STEPS}"
WAITING_DAYS = """
INSERT INTO waiting_days
SELECT agency, role, source, by, count(*) FROM waiting GROUP BY 1, 2, 3, 4
"""

# Whoever speaks for an agency is known only when somebody looks: `source` is kept.
TABLES = ("waiting", "waiting_days")
SCHEMA = f"""
DO $$ BEGIN
    IF to_regclass('waiting') IS NULL THEN
        CREATE TABLE waiting (
            agency text, role text, by date, application_id uuid, step text,
            source text,
            PRIMARY KEY (agency, role, by, application_id, step, source))
            WITH (autovacuum_vacuum_scale_factor = 0.05);
        CREATE INDEX waiting_of_case ON waiting (application_id);
        CREATE TABLE waiting_days (
            agency text, role text, source text, by date, cases bigint NOT NULL,
            PRIMARY KEY (agency, role, source, by));
        {WAITING};
        {WAITING_DAYS};
        DROP INDEX IF EXISTS cases_at_window, steps_open;
    END IF;
END $$;
"""


def look_again(cursor: Cursor, cases: Collection[UUID]) -> None:
    """Write down anew what waits in these cases, and count it by days.

    One gateway after the other: each sees what the others have heard of a case.
    """
    if not cases:
        return
    ids = list(cases)
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", (LOOKING_AGAIN,))
    cursor.execute(
        "DELETE FROM waiting WHERE application_id = ANY(%s)"
        " RETURNING agency, role, source, by",
        (ids,),
    )
    went = Counter(cursor.fetchall())
    cursor.execute(
        f"INSERT INTO waiting {_AT_WINDOW} AND application_id = ANY(%(ids)s)"
        f" UNION ALL {_IN_STEPS} AND application_id = ANY(%(ids)s)"
        " RETURNING agency, role, source, by".encode(),
        {"ids": ids},
    )
    _count(cursor, went, Counter(cursor.fetchall()))


def _count(
    cursor: Cursor, went: Counter[tuple[object, ...]], came: Counter[tuple[object, ...]]
) -> None:
    days = [day for day in went | came if went[day] != came[day]]
    if not days:
        return
    cursor.executemany(
        "INSERT INTO waiting_days AS d VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT (agency, role, source, by)"
        " DO UPDATE SET cases = d.cases + EXCLUDED.cases",
        [(*day, came[day] - went[day]) for day in days],
    )
    cursor.executemany(
        "DELETE FROM waiting_days WHERE (agency, role, source, by) = (%s, %s, %s, %s)"
        " AND cases = 0",
        [day for day in days if came[day] < went[day]],
    )
