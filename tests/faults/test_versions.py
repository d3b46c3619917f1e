"""Two versions side by side, and two processes under one name."""

from __future__ import annotations

import re
from collections import Counter

from tests.faults.beside import beside
from tests.faults.disturbed import (
    CATALOG,
    CREDENTIALS,
    GATEWAY,
    INTAKE,
    MONITORING,
    REVIEWS,
    Disturbed,
    one_of_each,
)
from tests.faults.release import Release
from tongban.instances import instances

BEHIND = (INTAKE, REVIEWS, CREDENTIALS, MONITORING)
# What people may be answered while a gateway is exchanged; 0: nothing, ask again.
ALLOWED = {0, 200, 202, 404, 409, 503}

# A new version of review and of the gateway.

EVENTS = "services/review/domain/examination.py"
FACTS = "shared/events/review.py"
TELLER = "services/review/messages.py"
VIEWS = "services/gateway/views/__init__.py"
NEW_VIEW = "services/gateway/views/closed.py"
CHANGED = (EVENTS, FACTS, TELLER, VIEWS, NEW_VIEW)
REMARK = "新版"

CLOSED = '''"""How each examination was closed, and what the new version remarks."""

from services.gateway.views.rows import told
from shared.events.review import ExaminationClosed
from shared.runtime.views import View


class ClosedView(View):
    NAME = "gateway.closed"
    TABLES = ("closed",)
    SCHEMA = """
    CREATE TABLE IF NOT EXISTS closed (examination_id uuid PRIMARY KEY, remark text);
    """

    def apply(self, cursor, messages):
        for _, fact in told(messages, ExaminationClosed):
            cursor.execute(
                "INSERT INTO closed VALUES (%s, %s)",
                (fact.examination_id, fact.remark),
            )
'''


def release(to: Release) -> None:
    """An event and a fact gain an optional field, the gateway gains a read model."""
    field = "        passed_at: datetime\n"
    to.change(EVENTS, field, f'{field}        remark: str = ""\n')
    to.change(EVENTS, "passed_at=at,", f'passed_at=at, remark="{REMARK}",')
    field = "    closed_at: datetime\n"
    to.change(FACTS, field, f"{field}    remark: str | None = None\n")
    said = "        closed_at=at,\n"
    to.change(TELLER, said, f'{said}        remark=getattr(event, "remark", None),\n')
    made = "        BoardView(),\n"
    to.change(VIEWS, made, f"{made}        ClosedView(),\n")
    known = "from services.gateway.views.desk import Desk\n"
    closed = "from services.gateway.views.closed import ClosedView\n"
    to.change(VIEWS, known, f"{closed}{known}")
    to.add(NEW_VIEW, CLOSED)


def exchange(disturbed: Disturbed) -> None:
    """Restart one of each kind, then the other; at last those that are alone."""
    for _ in range(2):
        disturbed.restart(one_of_each(disturbed, BEHIND, 0))
    disturbed.restart(disturbed.processes(CATALOG))
    disturbed.restart(disturbed.processes(GATEWAY))


def test_a_new_version_is_rolled_out_and_back_while_people_are_at_work(
    disturbed: Disturbed,
):
    before = Counter(disturbed.history.statuses)
    heard = disturbed.people.log.stat().st_size
    release(disturbed.release)
    try:
        with disturbed.at_work(rate=1.0, seconds=30.0):
            exchange(disturbed)
        disturbed.come_to_rest()
        made, examined = remarks(disturbed), closed(disturbed)
    finally:
        for path in CHANGED:
            disturbed.release.restore(path)
        with disturbed.at_work(rate=1.0, seconds=20.0):
            exchange(disturbed)

    assert made.total() == examined  # those of before it are among them
    assert made[REMARK] > 0
    answered = Counter(disturbed.history.statuses) - before
    assert set(answered) <= ALLOWED, answered
    said = disturbed.people.log.read_bytes()[heard:].decode()
    assert set(re.findall(r"ended with (\S+);", said)) == {"0"}
    assert "Nothing is set aside" in disturbed.command("parked")
    disturbed.come_to_rest()


def closed(disturbed: Disturbed) -> int:
    """Return how many examinations have been closed, as their own logs say."""
    kinds = ("Passed", "Decided", "Recalled")
    return sum(
        disturbed.events(instance.source, f"review.Examination.{kind}")
        for instance in instances()
        for kind in kinds
    )


def remarks(disturbed: Disturbed) -> Counter[str | None]:
    """Return how often each remark was made, as the new read model says."""
    with disturbed.city.database("tongban_gateway") as connection:
        rows = connection.execute("SELECT remark FROM closed").fetchall()
    return Counter(None if row[0] is None else str(row[0]) for row in rows)


# One process too many.


def test_two_processes_under_one_name_take_it_from_each_other_and_lose_nothing(
    disturbed: Disturbed,
):
    first, second = disturbed.processes(INTAKE)
    name = first.environ()["TONGBAN_INSTANCE"]
    older = disturbed.people.data / "log" / f"{name}.log"
    heard = older.stat().st_size
    with (
        beside(disturbed, first, first.cmdline(), name) as newer,
        disturbed.at_work(rate=2.0, seconds=15.0),
    ):
        disturbed.apply()

    # Kafka takes the membership from one of them and gives it to the other; what both
    # have heard is stored by whoever comes first.
    for said in (older.read_bytes()[heard:].decode(), newer.read_text()):
        assert "UnknownMemberIdError" in said
        assert '"event": "overtaken"' in said
    assert disturbed.processes(INTAKE) == [first, second]
    disturbed.come_to_rest()
