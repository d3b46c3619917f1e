"""What a case looks like to those who may see it; lists of cases."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from services.gateway.standing import CaseStanding, StepStanding
from services.gateway.views.cases import UNDER_WAY
from services.gateway.views.rows import LAST, PAGE, Page, Reader, place_of, whole
from shared.events.fact import Shape, Text
from shared.events.people import Applicant, HandedIn, Officer
from shared.runtime import clock

State = Literal[
    "submitted",
    "supplementing",
    "supplemented",
    "reviewing",
    "decided",
    "completed",
    "delivered",
    "declined",
    "withdrawn",
]
OPEN = ("submitted", "supplementing", "supplemented", "reviewing", "decided")


class Step(Shape):
    """One step of a case. It can be acted on while `is_open`."""

    step: str
    step_name: Text | None
    kind: Literal["review", "decide"] | None
    role: Literal["handler", "reviewer", "decider"] | None
    agency: str
    agency_name: Text | None
    level: int | None
    decide_by: date | None
    forwarded_by: str | None
    started_at: datetime | None
    opened_at: datetime | None
    closed_at: datetime | None
    outcome: Literal["passed", "granted", "refused"] | None
    finished_at: datetime | None

    @property
    def is_open(self) -> bool:
        return bool(self.opened_at and not self.closed_at and not self.finished_at)


class Case(Shape):
    """Where a case is, without personal data.

    `step` is the step it waits in now (None before acceptance and after the last).
    """

    application_id: UUID
    number: str
    task_code: str
    item_version: int
    item_name: Text
    agency: str  # who accepts it
    agency_name: Text | None
    region: str
    channel: Literal["online", "window"]
    state: State
    submitted_at: datetime
    noticed_at: datetime | None
    supplemented_at: datetime | None
    accepted_on: date | None
    promise_days: int | None
    promise_by: date | None
    promise_due_at: datetime | None
    statutory_days: int | None
    statutory_by: date | None
    statutory_due_at: datetime | None
    calendar_version: int | None
    is_provisional: bool | None
    declined_at: datetime | None
    granted: bool | None
    decided_at: datetime | None
    credential_id: UUID | None
    completed_at: datetime | None
    delivered_at: datetime | None
    withdrawn_at: datetime | None
    step: str | None
    step_name: Text | None
    step_agency: str | None
    step_agency_name: Text | None
    decide_by: date | None

    @property
    def is_ended(self) -> bool:
        return self.state not in OPEN

    def is_late_on(self, day: date) -> bool:
        return (
            not self.is_ended
            and self.promise_by is not None
            and (self.promise_by < day)
        )


class CaseFile(Shape):
    """What the applicant handed in: personal data, for the parties of the case."""

    applicant: Applicant
    form: dict[str, str]
    materials: tuple[HandedIn, ...]
    clerk: Officer | None
    note: str | None


# A department is believed about the steps of its own agencies, and of no others.
EXAMINED_STEPS = """(
SELECT s.*, e.opened_at, e.closed_at, a.name AS agency_name
FROM steps s LEFT JOIN agencies a ON a.code = s.agency
LEFT JOIN examinations e ON (e.application_id, e.step, e.agency, e.source)
    = (s.application_id, s.step, s.agency, a.review))"""
_CASE_OF = """
SELECT c.*, c.given_at AS noticed_at, a.name AS agency_name, s.step, s.step_name,
       s.agency AS step_agency, sa.name AS step_agency_name, s.decide_by
FROM {cases} c
LEFT JOIN agencies a ON a.code = c.agency
LEFT JOIN LATERAL (
    SELECT step, step_name, agency, decide_by FROM steps
    WHERE application_id = c.application_id AND finished_at IS NULL
      AND started_at IS NOT NULL ORDER BY started_at DESC LIMIT 1) s ON true
LEFT JOIN agencies sa ON sa.code = s.agency
"""
_CASE = _CASE_OF.format(cases="cases")
# Known from both tellers: what the world may know, and whose it is.
_WHOLE = "c.number IS NOT NULL AND c.user_id IS NOT NULL"
# Late ones are few: they are all read by their own index (OFFSET 0 keeps the planner
# from looking for them among the newest), and the newest of all others by theirs.
_ONES_OWN = f"""
WHERE user_id = %(user_id)s AND number IS NOT NULL
  AND (submitted_at, application_id) < (
    COALESCE(%({{place}}_at)s::timestamptz, 'infinity'),
    COALESCE(%({{place}}_id)s, {LAST}))
ORDER BY submitted_at DESC, application_id DESC LIMIT %(limit)s"""
_LATE = f"{UNDER_WAY} AND promise_by < %(today)s"
_LATE_FIRST = f"""(
    (SELECT * FROM (SELECT *, 1 AS is_late FROM cases WHERE user_id = %(user_id)s
        AND {_LATE} AND NOT %(is_past_late)s OFFSET 0) late
        {_ONES_OWN.format(place="late")})
    UNION ALL
    (SELECT * FROM (SELECT *, 0 AS is_late FROM cases
        WHERE ({_LATE}) IS NOT TRUE) others {_ONES_OWN.format(place="other")}))"""


class Cases(Reader):
    def case(self, application_id: UUID) -> Case | None:
        return self._one(
            Case, f"{_CASE} WHERE c.application_id = %s AND {_WHOLE}", (application_id,)
        )

    def numbered(self, number: str) -> UUID | None:
        """Return the id of the case with this number (办件编号)."""
        found = self._one(
            _Found,
            "SELECT c.application_id FROM cases c"
            f" WHERE c.number = %s AND {_WHOLE} LIMIT 1",
            (number.replace("\0", ""),),
        )
        return found.application_id if found else None

    def of_person(
        self, user_id: str, *, after: str | None = None, limit: int = PAGE
    ) -> Page[Case]:
        """Return somebody's own cases: those that are late, then the newest."""
        is_late, at, application_id = place_of(
            after, whole, datetime.fromisoformat, UUID
        )
        today = clock.today()
        return self._page(
            Case,
            f"{_CASE_OF.format(cases=_LATE_FIRST)} ORDER BY c.is_late DESC,"
            " c.submitted_at DESC, c.application_id DESC LIMIT %(limit)s",
            {
                "user_id": user_id,
                "today": today,
                "is_past_late": is_late == 0,
                "late_at": at if is_late else None,
                "late_id": application_id if is_late else None,
                "other_at": None if is_late else at,
                "other_id": None if is_late else application_id,
            },
            limit,
            lambda row: (
                int(row.is_late_on(today)),
                row.submitted_at.isoformat(),
                row.application_id,
            ),
        )

    def steps(self, application_id: UUID) -> list[Step]:
        """Return the steps of a case as far as it has come, in order."""
        return self._all(
            Step,
            f"SELECT * FROM {EXAMINED_STEPS} s WHERE application_id = %s"
            " AND agency IS NOT NULL AND started_at IS NOT NULL ORDER BY started_at",
            (application_id,),
        )

    def file(self, application_id: UUID) -> CaseFile | None:
        return self._one(
            CaseFile,
            "SELECT * FROM files WHERE application_id = %s AND applicant IS NOT NULL",
            (application_id,),
        )

    def standing(self, application_id: UUID) -> CaseStanding | None:
        """Return what decides who may see and do what with a case."""
        return self._one(
            CaseStanding,
            f"""
            SELECT c.application_id, c.user_id, c.agency, c.region, c.state,
                   ARRAY(SELECT DISTINCT s.agency FROM steps s
                         WHERE s.application_id = c.application_id
                         AND s.agency IS NOT NULL) AS agencies
            FROM cases c WHERE c.application_id = %s AND {_WHOLE}
            """,
            (application_id,),
        )

    def step_standing(self, application_id: UUID, step: str) -> StepStanding | None:
        """Return whose step it is; None until it was assigned and opened."""
        return self._one(
            StepStanding,
            f"SELECT s.application_id, step, s.agency, role, user_id"
            f" FROM {EXAMINED_STEPS} s LEFT JOIN cases c USING (application_id)"
            " WHERE s.application_id = %s AND step = %s"
            " AND role IS NOT NULL AND opened_at IS NOT NULL",
            (application_id, step),
        )


class _Found(Shape):
    application_id: UUID
