"""What waits for an officer: the window's cases and the agency's open steps."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from services.gateway.standing import EXAMINERS, OFFICERS, Person, Role
from services.gateway.views.rows import FIRST, PAGE, Page, Reader, place_of
from services.gateway.views.waiting import WINDOW_DAYS
from shared.events.fact import Shape, Text
from shared.runtime import clock
from shared.runtime.clock import SHANGHAI


class Task(Shape):
    """One thing to do. `by` is the last day of the step; for a window task the day
    by which silence makes acceptance certain to be overdue, roughly: it only sorts.
    """

    kind: Literal["window", "step"]
    application_id: UUID
    number: str | None
    item_name: Text | None
    applicant_name: str | None
    agency: str
    step: str  # "" at the window
    step_name: Text | None
    step_kind: Literal["review", "decide"] | None
    role: Literal["handler", "reviewer", "decider"] | None
    state: str | None
    channel: str | None
    since: datetime
    by: date
    promise_by: date | None


class DeskCounts(Shape):
    """How much waits for one officer; `done_today` is what that officer did."""

    at_window: int
    steps_open: int
    steps_due_today: int
    steps_overdue: int
    done_today: int


class Waiting(Shape):
    """How many cases have waited at the window since a day."""

    since: date
    cases: int


# A department is believed about the steps of its own agencies, and of no others.
_THEIRS = """
unnest(%(agencies)s::text[]) AS asked(code)
CROSS JOIN unnest(%(roles)s::text[]) AS as_one(role)
LEFT JOIN agencies a ON a.code = asked.code
"""
_OF_ONE_QUEUE = """
w.agency = asked.code AND w.role = as_one.role AND w.source IN ('', a.review)
"""
_TASK = """
SELECT CASE WHEN task.role = 'clerk' THEN 'window' ELSE 'step' END AS kind,
       task.application_id, c.number, c.item_name, c.applicant_name, task.agency,
       task.step, s.step_name, s.kind AS step_kind, s.role, c.state, c.channel,
       COALESCE(s.started_at, GREATEST(c.submitted_at, c.supplemented_at)) AS since,
       task.by, CASE WHEN task.role <> 'clerk' THEN c.promise_by END AS promise_by
FROM task LEFT JOIN cases c USING (application_id)
LEFT JOIN steps s ON (s.application_id, s.step) = (task.application_id, task.step)
ORDER BY task.by, task.application_id, task.step
"""


class Desk(Reader):
    def most_urgent(
        self,
        person: Person,
        *,
        agency: str | None = None,
        kind: Literal["window", "step"] | None = None,
        after: str | None = None,
        limit: int = PAGE,
    ) -> Page[Task]:
        """Return what this officer can do now, what is due first at the top."""
        by, application_id, step = place_of(after, date.fromisoformat, UUID, str)
        return self._page(
            Task,
            f"""
            WITH task AS (
                SELECT w.* FROM {_THEIRS} CROSS JOIN LATERAL (
                    SELECT * FROM waiting w WHERE {_OF_ONE_QUEUE}
                      AND (w.by, w.application_id, w.step) > (
                        COALESCE(%(by)s::date, '-infinity'),
                        COALESCE(%(id)s, {FIRST}), COALESCE(%(step)s, ''))
                    ORDER BY w.by, w.application_id, w.step LIMIT %(limit)s) w
                ORDER BY by, application_id, step LIMIT %(limit)s)
            {_TASK}
            """,
            {
                **_theirs(person, agency, kind),
                "by": by,
                "id": application_id,
                "step": step,
            },
            limit,
            lambda row: (row.by, row.application_id, row.step),
        )

    def task(self, person: Person, application_id: UUID) -> Task | None:
        """Return what this officer can do now on one case, if anything."""
        return self._one(
            Task,
            f"""
            WITH task AS (
                SELECT w.* FROM {_THEIRS} JOIN waiting w ON {_OF_ONE_QUEUE}
                WHERE w.application_id = %(id)s)
            {_TASK} LIMIT 1
            """,
            {**_theirs(person), "id": application_id},
        )

    def counts(self, person: Person, *, agency: str | None = None) -> DeskCounts:
        """Return how much waits for this officer, and what they did today."""
        today = clock.today()
        counted = self._one(
            DeskCounts,
            f"""
            SELECT COALESCE(sum(cases) FILTER (WHERE role = 'clerk'), 0) AS at_window,
                   COALESCE(sum(cases) FILTER (WHERE role <> 'clerk'), 0) AS steps_open,
                   COALESCE(sum(cases) FILTER (
                       WHERE role <> 'clerk' AND by = %(today)s), 0)
                       AS steps_due_today,
                   COALESCE(sum(cases) FILTER (
                       WHERE role <> 'clerk' AND by < %(today)s), 0)
                       AS steps_overdue,
                   (SELECT count(*) FROM timeline WHERE kind = 'remark'
                      AND data #>> '{{by,id}}' = %(id)s AND at >= %(midnight)s)
                       AS done_today
            FROM (SELECT w.* FROM {_THEIRS} JOIN waiting_days w ON {_OF_ONE_QUEUE}) w
            """,
            {
                **_theirs(person, agency),
                "id": person.id,
                "today": today,
                "midnight": datetime(
                    today.year, today.month, today.day, tzinfo=SHANGHAI
                ),
            },
        )
        assert counted is not None
        return counted

    def at_window(self, person: Person, *, agency: str | None = None) -> list[Waiting]:
        """Return since when how many cases wait to be accepted by this officer."""
        return self._all(
            Waiting,
            f"SELECT w.by - {WINDOW_DAYS} AS since, sum(w.cases)::bigint AS cases"
            f" FROM {_THEIRS} JOIN waiting_days w ON {_OF_ONE_QUEUE} GROUP BY 1",
            _theirs(person, agency, "window"),
        )


def _theirs(
    person: Person,
    agency: str | None = None,
    kind: Literal["window", "step"] | None = None,
) -> dict[str, Any]:
    """Return what picks the tasks of an officer out of all tasks."""
    agencies = person.agencies & {agency} if agency else person.agencies
    roles = {"window": {Role.CLERK}, "step": EXAMINERS, None: OFFICERS}[kind]
    return {"agencies": sorted(agencies), "roles": sorted(person.roles & roles)}
