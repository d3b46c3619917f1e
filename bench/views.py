"""How long each screen takes to read with a million cases in the read models.

The rows are made by SQL, of one shape; they do not come by way of the services.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from hashlib import md5
from pathlib import Path
from uuid import UUID

from rich.console import Console

from bench.city import machine
from bench.figures import can_be_saved, tell
from bench.history import percentiles
from services.gateway.bootstrap import Stores, stores
from services.gateway.people import Personas
from services.gateway.views import Screens, screens
from services.gateway.views.waiting import WAITING, WAITING_DAYS
from shared.runtime.settings import Settings
from tests.acceptance.city import COMPANY, COUNTY, WINDOW
from tongban.embedded.postgres import Postgres

CALLS = 100  # of each question
OPEN = 50  # one case of so many is still open
OWN = 1_000  # one case of so many is the company's own

ID = "md5('case' || n)::uuid"
AT = "timestamptz '2016-01-04 09:00+08' + n * interval '10 seconds'"
FILL = (
    f"""INSERT INTO cases (application_id, number, task_code, item_version, item_name,
        agency, region, channel, submitted_at, accepted_on, promise_days, promise_by,
        promise_due_at, statutory_days, granted, decided_at, completed_at, user_id,
        applicant_name)
    SELECT {ID}, 'N' || lpad(n::text, 9, '0'), 'grain', 1,
        '{{"zh": "粮食收购许可", "en": "Grain"}}', '410185-grain', '410185', 'online',
        {AT}, CASE WHEN n % {OPEN} > 0 THEN ({AT})::date END, 7, ({AT})::date + 9,
        {AT} + interval '9 days', 15, CASE WHEN n % {OPEN} > 1 THEN true END,
        CASE WHEN n % {OPEN} > 1 THEN {AT} + interval '3 days' END,
        CASE WHEN n % {OPEN} > 1 THEN {AT} + interval '3 days' END,
        CASE WHEN n % {OWN} = 7 THEN '{COMPANY}' ELSE 'person:' || n % 5000 END,
        '某公司'
    FROM generate_series(1, CASES) n""",
    f"""INSERT INTO steps (application_id, step, step_name, kind, role, agency, level,
        decide_by, started_at, outcome, finished_at)
    SELECT {ID}, step, '{{"zh": "初审", "en": "First"}}', 'review', 'handler',
        '410185-grain', 4, ({AT})::date + 3, {AT},
        CASE WHEN n % {OPEN} > 1 THEN 'passed' END,
        CASE WHEN n % {OPEN} > 1 THEN {AT} + interval '1 day' END
    FROM generate_series(1, CASES) n,
        unnest(ARRAY['first-review', 're-review']) step
    WHERE n % {OPEN} > 0""",
    """INSERT INTO examinations (application_id, step, agency, source, opened_at,
        closed_at)
    SELECT application_id, step, agency, 'review.410185-grain', started_at, finished_at
    FROM steps""",
    f"""INSERT INTO timeline (application_id, kind, at, step, agency, data)
    SELECT {ID}, kind, {AT}, NULL, '410185-grain', '{{"outcome": "passed"}}'
    FROM generate_series(1, CASES) n,
        unnest(ARRAY['submitted', 'accepted', 'step_started', 'decided',
            'completed']) kind""",
    f"""INSERT INTO certificates (credential_id, application_id, identifier, number,
        name, holder_name, holder_code, holder_user_id, agency, valid_from, face,
        issued_at)
    SELECT md5('credential' || n)::uuid, {ID}, 'I' || n, 'C' || n,
        '{{"zh": "许可证", "en": "Licence"}}', '某公司', 'x', 'person:' || n % 5000,
        '410185-grain', ({AT})::date, '{{}}', {AT}
    FROM generate_series(1, CASES) n""",
    f"""INSERT INTO clocks (clock_id, application_id, kind, number, item_name, region,
        agency, started_at, warn_at, promised_due_at)
    SELECT md5('clock' || n)::uuid, {ID}, 'case', 'N' || n,
        '{{"zh": "粮食收购许可", "en": "Grain"}}', '410185', '410185-grain', {AT},
        {AT} + interval '5 days', {AT} + interval '9 days'
    FROM generate_series(1, CASES) n WHERE n % {OPEN} < 2""",
    WAITING,
    WAITING_DAYS,
    """INSERT INTO agencies (code, agency_id, name, credit_code, region, level, phone,
        desk, review)
    VALUES ('410185-grain', md5('a')::uuid, '{"zh": "登封市粮食局", "en": "Dengfeng"}',
        '11410185990001028Y',
        '{"code": "410185", "name": {"zh": "登封", "en": "Dengfeng"}}', 4, '0371-1',
        'intake', 'review.410185-grain')""",
    "ANALYZE",
)


def questions(seen: Screens, cases: int) -> dict[str, Callable[[int], object]]:
    """Return what is asked of each screen; the number says about which case."""
    known = Personas.load()
    window, county = known.find(WINDOW), known.find(COUNTY)
    assert window is not None
    assert county is not None

    def case(n: int) -> UUID:
        number = n * 7919 % cases + 1
        return UUID(md5(f"case{number}".encode(), usedforsecurity=False).hexdigest())

    return {
        "my cases": lambda _: seen.cases.of_person(COMPANY),
        "case": lambda n: (
            seen.cases.case(case(n)),
            seen.cases.steps(case(n)),
            seen.timeline.entries(case(n), with_words=True),
        ),
        "case by number": lambda n: seen.cases.numbered(f"N{n * 7919 % cases + 1:09}"),
        "window queue": lambda _: seen.desk.most_urgent(window),
        "officer's queue": lambda _: seen.desk.most_urgent(county),
        "window counts": lambda _: (
            seen.desk.counts(window),
            seen.desk.at_window(window),
        ),
        "officer's counts": lambda _: seen.desk.counts(county),
        "certificate": lambda n: seen.certificates.verify(f"I{n * 7919 % cases + 1}"),
        "open clocks": lambda _: seen.board.open_clocks("410185"),
        "lamps": lambda _: seen.board.lamps("410185"),
    }


def fill(kept: Stores, cases: int, console: Console) -> None:
    with kept.log.pool.connection() as connection:
        for statement in FILL:
            began = time.monotonic()
            connection.execute(statement.replace("CASES", str(cases)).encode())
            what = statement.split("(")[0].strip()
            console.print(f"{what}: {time.monotonic() - began:.0f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1_000_000)
    can_be_saved(parser)
    asked = parser.parse_args()
    console = Console(stderr=True)
    with tempfile.TemporaryDirectory(prefix="tongban-bench-") as folder:
        Path(folder).chmod(0o711)
        with Postgres(Path(folder)) as uri:
            settings = Settings(kafka="unused:1", postgres=uri)
            with stores(settings) as kept:
                fill(kept, asked.cases, console)
                figures = {}
                for name, ask in questions(screens(kept.readers), asked.cases).items():
                    took = []
                    for number in range(CALLS):
                        began = time.perf_counter()
                        ask(number)
                        took.append(time.perf_counter() - began)
                    figures[name] = percentiles(took)
                    console.print(name, figures[name])
    found = {"machine": machine(), "cases": asked.cases, "screens": figures}
    tell(found, asked.save)


if __name__ == "__main__":
    main()
