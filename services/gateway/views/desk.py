"""What waits for an officer: the window's cases and the agency's open steps."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from services.gateway.standing import EXAMINERS, Person, Role
from services.gateway.views.case import EXAMINED_STEPS
from services.gateway.views.rows import FIRST, PAGE, Page, Reader, place_of
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


# cases_at_window and steps_open hold only what is open, so sorting them is cheap.
_TASKS = f"""
SELECT * FROM (
    SELECT 'window' AS kind, application_id, number, item_name, applicant_name,
           agency, '' AS step, NULL::jsonb AS step_name, NULL AS step_kind,
           NULL AS role, state, channel,
           GREATEST(submitted_at, supplemented_at) AS since, window_by AS by,
           NULL::date AS promise_by
    FROM cases
    WHERE %(window)s AND agency = ANY(%(agencies)s) AND accepted_on IS NULL
      AND declined_at IS NULL AND withdrawn_at IS NULL
      AND state IN ('submitted', 'supplemented') AND user_id IS NOT NULL
    UNION ALL
    SELECT 'step', s.application_id, c.number, c.item_name, c.applicant_name,
           s.agency, s.step, s.step_name, s.kind, s.role, c.state, c.channel,
           s.started_at, s.decide_by, c.promise_by
    FROM {EXAMINED_STEPS} s LEFT JOIN cases c USING (application_id)
    WHERE s.role = ANY(%(roles)s) AND s.agency = ANY(%(agencies)s)
      AND s.closed_at IS NULL AND s.finished_at IS NULL AND s.opened_at IS NOT NULL
) task
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
            f"""{_TASKS}
            WHERE (by, application_id, step) > (COALESCE(%(by)s::date, '-infinity'),
                   COALESCE(%(id)s, {FIRST}), COALESCE(%(step)s, ''))
              AND (%(kind)s::text IS NULL OR kind = %(kind)s)
            ORDER BY by, application_id, step LIMIT %(limit)s
            """,
            {
                **_theirs(person, agency),
                "kind": kind,
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
            f"{_TASKS} WHERE application_id = %(id)s ORDER BY by, step LIMIT 1",
            {**_theirs(person), "id": application_id},
        )

    def counts(self, person: Person, *, agency: str | None = None) -> DeskCounts:
        """Return how much waits for this officer, and what they did today."""
        today = clock.today()
        counted = self._one(
            DeskCounts,
            f"""
            SELECT count(*) FILTER (WHERE kind = 'window') AS at_window,
                   count(*) FILTER (WHERE kind = 'step') AS steps_open,
                   count(*) FILTER (WHERE kind = 'step' AND by = %(today)s)
                       AS steps_due_today,
                   count(*) FILTER (WHERE kind = 'step' AND by < %(today)s)
                       AS steps_overdue,
                   (SELECT count(*) FROM timeline WHERE kind = 'remark'
                      AND data #>> '{{by,id}}' = %(id)s AND at >= %(midnight)s)
                       AS done_today
            FROM ({_TASKS}) waiting
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
            "SELECT timezone('Asia/Shanghai', since)::date AS since, count(*) AS cases"
            f" FROM ({_TASKS}) waiting WHERE kind = 'window' GROUP BY 1",
            _theirs(person, agency),
        )


def _theirs(person: Person, agency: str | None = None) -> dict[str, Any]:
    """Return what picks the tasks of an officer out of all tasks."""
    agencies = person.agencies & {agency} if agency else person.agencies
    return {
        "agencies": sorted(agencies),
        "window": person.is_any(Role.CLERK),
        "roles": sorted(person.roles & EXAMINERS),
    }
