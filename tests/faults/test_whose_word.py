"""An instance of review that nobody has named claims the agency of another one.

Of the scenarios on this city the last: what it has told stays told.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from functools import partial

from bench.faults.logs import named, sources
from bench.faults.topics import everything
from services.intake.domain.application import Application
from tests.acceptance.city import COMPANY, COUNTY, WINDOW, wait_until
from tests.faults.beside import beside
from tests.faults.disturbed import COUNTY_REVIEW, Disturbed
from tongban.topics import all_topics, city_topics, make_topics

WITHIN = 90.0
STRANGER = "review.elsewhere"


async def make_its_topics(disturbed: Disturbed) -> None:
    """Let it speak: what it says is to be refused for who says it."""
    settings = disturbed.city.settings()
    known = {topic.name for topic in city_topics(settings)}
    wanted = all_topics(settings, [], [], [STRANGER])
    await make_topics(settings, [t for t in wanted if t.name not in known])


def test_who_claims_an_agency_that_is_anothers_is_not_believed(disturbed: Disturbed):
    people = disturbed.people
    asyncio.run(make_its_topics(disturbed))
    [county, _] = disturbed.processes(COUNTY_REVIEW)
    agency = ["--agency", "410185-grain", "--name", "elsewhere"]
    command = [*county.cmdline()[:3], *agency]
    with beside(disturbed, county, command, STRANGER):
        with disturbed.at_work(rate=1.0, seconds=10.0):
            passed, withdrawn = accepted(disturbed), accepted(disturbed)
            with disturbed.stopped(COUNTY_REVIEW):
                for case in (passed, withdrawn):
                    asked = passes(disturbed, case)
                    wait_until(partial(claims, disturbed, case), WITHIN)
                answer = people.act(COMPANY, withdrawn, "withdrawal", reason="改为备案")
                assert answer.status_code == 200, answer.text
                # The stranger has examined both: nobody is told so.
                wait_until(lambda: is_examined(disturbed, asked), WITHIN)
                assert state(disturbed, asked) == "recorded"
                assert not people.case(passed)["steps"][0]["finished_at"]
            people.waits_at(passed, "re-review")
            wait_until(lambda: state(disturbed, asked) in ("done", "refused"), WITHIN)
        wait_until(lambda: told_all(disturbed), WITHIN)

    assert f"{STRANGER} is not review.410185-grain" in claims(disturbed, passed)[0]
    assert STRANGER in disturbed.command("parked", "intake")
    assert_finished_once(disturbed)
    disturbed.expected |= asyncio.run(complaints(disturbed))
    disturbed.come_to_rest()


def accepted(disturbed: Disturbed) -> str:
    case = disturbed.apply(wait=8).application_id
    assert disturbed.people.act(WINDOW, case, "acceptance").status_code == 200
    disturbed.people.waits_at(case, "first-review")
    return case


def passes(disturbed: Disturbed, case: str) -> str:
    """Let the county's officer pass the case on; return what the request is called."""
    route = f"/cases/{case}/steps/first-review/pass"
    answer = disturbed.people.call(COUNTY, "POST", route, 0, json={"opinion": "齐全"})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["request_id"])


def state(disturbed: Disturbed, request: str) -> str:
    answer = disturbed.people.call(COUNTY, "GET", f"/requests/{request}", wait=0)
    return str(answer.json()["state"])


def is_examined(disturbed: Disturbed, request: str) -> bool:
    """Return whether the gateway has heard anybody say that a step was examined."""
    with disturbed.city.database("tongban_gateway") as connection:
        found = connection.execute(
            "SELECT 1 FROM examined WHERE request_id = %s", (request,)
        ).fetchone()
    return found is not None


def claims(disturbed: Disturbed, case: str = "") -> list[str]:
    """Return why the desk has parked what the stranger said, of one case or of all."""
    with disturbed.city.database("tongban_intake") as connection:
        rows = connection.execute(
            "SELECT reason FROM stopped"
            " WHERE source = %s AND %s IN ('', subject::text)",
            (STRANGER, case),
        ).fetchall()
    return [str(row[0]) for row in rows]


def told_all(disturbed: Disturbed) -> bool:
    """Return whether the stranger has told all, and the desk has heard all of it."""
    said = sum(
        disturbed.events(STRANGER, f"review.Examination.{kind}")
        for kind in ("Passed", "Decided")
    )
    return disturbed.is_told(STRANGER) and len(claims(disturbed)) == said


def assert_finished_once(disturbed: Disturbed) -> None:
    with sources(disturbed.city.settings()) as found:
        finished = Counter(
            (event.originator_id, event.step)
            for event in named(found, "intake").events()
            if isinstance(event, Application.StepFinished)
        )
    assert set(finished.values()) == {1}


async def complaints(disturbed: Disturbed) -> set[str]:
    """Return what the checker says of a teller that it does not know."""
    told = {
        f"nobody told {message.id}"
        for channel, messages in (await everything(disturbed.city.settings())).items()
        for message in messages
        if channel.source == STRANGER
    }
    return told | {f"intake set aside: {why}" for why in claims(disturbed)}
