"""One message can't be stored, or is too new to be read: it waits, all others go on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple
from uuid import UUID

from services.review.domain.examination import Examination
from shared.runtime.hearing import BEHIND
from tests.acceptance.city import (
    CITY_DECIDER,
    CITY_REVIEWER,
    COMPANY,
    COUNTY,
    WINDOW,
    wait_until,
)
from tests.faults.disturbed import COUNTY_REVIEW, INTAKE, Disturbed
from tests.faults.release import Release

WITHIN = 60.0
STEP = "first-review"
COUNTY_DATABASE = "review_410185_grain"  # as operators name it
GRANT = {"granted": True, "opinion": "符合法定条件，准予许可"}


class Aside(NamedTuple):
    """A message set aside, as its service remembers it."""

    subject: UUID
    reason: str
    is_waiting: bool
    tries: int


def set_aside(disturbed: Disturbed, service: str) -> list[Aside]:
    with disturbed.city.database(f"tongban_{service}") as connection:
        rows = connection.execute(
            "SELECT subject, reason, is_waiting, tries FROM stopped ORDER BY position"
        ).fetchall()
    return [Aside._make(row) for row in rows]


def of(aside: Sequence[Aside], case: str) -> list[str]:
    return [each.reason for each in aside if each.subject == UUID(case)]


# A message that can't be stored.

POISON = """
CREATE FUNCTION refuse_some() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF NEW.originator_id = ANY ('{{{ids}}}') THEN
        RAISE 'no room for this file' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refuse_some BEFORE INSERT ON events
    FOR EACH ROW EXECUTE FUNCTION refuse_some();
"""


def examination(case: str) -> UUID:
    return Examination.id_of(UUID(case), STEP)


@contextmanager
def poisoned(disturbed: Disturbed, cases: Sequence[str]) -> Iterator[None]:
    """The county's database refuses what it would store of these cases' step."""
    ids = ",".join(str(examination(case)) for case in cases)
    with disturbed.city.database(f"tongban_{COUNTY_DATABASE}") as connection:
        connection.execute(POISON.format(ids=ids).encode())
        yield
        connection.execute("DROP FUNCTION refuse_some CASCADE")


def examined(disturbed: Disturbed, case: str) -> list[str]:
    """Return what has happened at the county to this case, in order."""
    with disturbed.city.database(f"tongban_{COUNTY_DATABASE}") as connection:
        rows = connection.execute(
            "SELECT topic FROM events WHERE originator_id = %s ORDER BY 1",
            (examination(case),),
        ).fetchall()
    return [str(row[0]).removeprefix("review.Examination.") for row in rows]


def test_messages_that_poison_one_agency_are_parked_and_replayed_in_order(
    disturbed: Disturbed,
):
    people = disturbed.people
    granted, withdrawn = (disturbed.apply(wait=8).application_id for _ in range(2))
    reviewing = disturbed.processes(COUNTY_REVIEW)

    with disturbed.at_work(rate=1.0, seconds=15.0):
        with poisoned(disturbed, [granted, withdrawn]):
            for case in (granted, withdrawn):
                assert people.act(WINDOW, case, "acceptance").status_code == 200
            answer = people.act(COMPANY, withdrawn, "withdrawal", reason="改为备案")
            assert answer.status_code == 200, answer.text
            wait_until(lambda: len(set_aside(disturbed, COUNTY_DATABASE)) == 3, WITHIN)

            aside = set_aside(disturbed, COUNTY_DATABASE)
            assert "no room for this file" in of(aside, granted)[0]
            assert of(aside, withdrawn)[1] == BEHIND
            assert not any(each.is_waiting for each in aside)
            listed = disturbed.command("parked", COUNTY_DATABASE)
            assert "CheckViolation" in listed
            assert BEHIND in listed
            assert granted in disturbed.command("parked", "--show", granted)
            # Asked to try again too early it goes on, and says why it still can't.
            disturbed.command("parked", COUNTY_DATABASE, "--replay", "all")
            wait_until(
                lambda: sum(a.tries for a in set_aside(disturbed, COUNTY_DATABASE)) > 4,
                WITHIN,
            )
            assert disturbed.processes(COUNTY_REVIEW) == reviewing
            passes_at_the_county(disturbed)
        for case, count in ((granted, 1), (withdrawn, 2)):
            asked = disturbed.command("parked", COUNTY_DATABASE, "--replay", case)
            assert f"{count} to be tried again" in asked
        wait_until(lambda: not set_aside(disturbed, COUNTY_DATABASE), WITHIN)

    assert "Nothing is set aside" in disturbed.command("parked")
    assert people.state(withdrawn) == "withdrawn"
    wait_until(lambda: examined(disturbed, withdrawn) == ["Opened", "Recalled"], WITHIN)
    is_granted(disturbed, granted)
    disturbed.come_to_rest()


def passes_at_the_county(disturbed: Disturbed) -> None:
    """Let another case of the same agency be examined, to where it leaves it."""
    other = disturbed.apply(wait=8).application_id
    passes_first_review(disturbed, other)
    disturbed.people.waits_at(other, "re-review")


def passes_first_review(disturbed: Disturbed, case: str) -> None:
    people = disturbed.people
    assert people.act(WINDOW, case, "acceptance").status_code in (200, 202)
    people.waits_at(case, STEP)
    answer = people.call(
        COUNTY, "POST", f"/cases/{case}/steps/{STEP}/pass", 0, json={"opinion": "齐全"}
    )
    assert answer.status_code in (200, 202), answer.text


def is_granted(disturbed: Disturbed, case: str) -> None:
    """Let the case go to its end from wherever it waits; it gets one certificate."""
    people = disturbed.people
    if not any(s["finished_at"] for s in people.case(case)["steps"]):
        people.waits_at(case, STEP)
        answer = people.act(COUNTY, case, f"steps/{STEP}/pass", opinion="齐全")
        assert answer.status_code in (200, 202), answer.text
    for who, step, act, said in (
        (CITY_REVIEWER, "re-review", "pass", {"opinion": "同意"}),
        (CITY_DECIDER, "decide", "decision", GRANT),
    ):
        people.waits_at(case, step)
        answer = people.act(who, case, f"steps/{step}/{act}", **said)
        assert answer.status_code in (200, 202), answer.text
    people.reaches(case, "completed", WITHIN)
    wait_until(lambda: len(people.certificates(case)) == 1, WITHIN)


# A message of a version that nobody knows yet.

FACTS = "shared/events/review.py"
TELLER = "services/review/messages.py"


def say_more_of_a_step(release: Release) -> None:
    """A second version of review.step_passed says on what its opinion rests."""
    release.change(
        FACTS,
        '    TYPE = "review.step_passed"\n',
        '    TYPE = "review.step_passed"\n    VERSION = 2\n',
    )
    release.change(
        FACTS,
        "    passed_at: datetime\n",
        "    passed_at: datetime\n    basis: str\n\n    @staticmethod\n"
        "    def upcast_v1_v2(data):\n        return data | {'basis': ''}\n",
    )
    told = "review.StepPassed.model_validate(event.about | vars(event)"
    release.change(TELLER, told, f"{told} | {{'basis': '行政许可法'}}")


@contextmanager
def told_newer(disturbed: Disturbed) -> Iterator[None]:
    """The county is renewed before the desk that hears it; then both are old again."""
    say_more_of_a_step(disturbed.release)
    try:
        disturbed.restart(disturbed.processes(COUNTY_REVIEW))
        yield
    finally:
        for path in (FACTS, TELLER):
            disturbed.release.restore(path)
        disturbed.restart(
            disturbed.processes(COUNTY_REVIEW) + disturbed.processes(INTAKE)
        )


def test_a_fact_in_an_unknown_version_is_parked_until_the_desk_knows_it(
    disturbed: Disturbed,
):
    people = disturbed.people
    with told_newer(disturbed):
        with disturbed.at_work(rate=1.0, seconds=10.0):
            too_new = disturbed.apply(wait=8).application_id
            passes_first_review(disturbed, too_new)
            wait_until(lambda: of(set_aside(disturbed, "intake"), too_new), WITHIN)

            [why] = of(set_aside(disturbed, "intake"), too_new)
            assert "review.step_passed in version 2" in why
            assert why in disturbed.command("parked", "intake")
            declined = disturbed.apply(wait=8).application_id
            people.act(WINDOW, declined, "decline", reason="不属于本机关职权范围")
            people.reaches(declined, "declined", WITHIN)
            assert people.state(too_new) == "reviewing"

            disturbed.restart(disturbed.processes(INTAKE))
            assert of(set_aside(disturbed, "intake"), too_new) == [why]
            disturbed.command("parked", "intake", "--replay", "all")
            wait_until(lambda: not set_aside(disturbed, "intake"), WITHIN)
        is_granted(disturbed, too_new)
        disturbed.come_to_rest()
    disturbed.come_to_rest()
