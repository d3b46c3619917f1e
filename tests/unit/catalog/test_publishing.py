from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from eventsourcing.utils import get_topic

from services.catalog.application import Catalog, NotPublishable
from services.catalog.catalogue import Catalogue
from services.catalog.domain.agency import Agency
from services.catalog.domain.calendar import Calendar
from services.catalog.domain.service_item import (
    AnotherItem,
    ItemCancelled,
    ServiceItem,
)
from services.catalog.messages import tell
from shared.calendar.china import working_calendar
from shared.calendar.deadline import deadline
from shared.calendar.working_days import Exceptional, Words, WorkingCalendar
from shared.events.catalog import AgencyRegistered, CalendarPublished, ItemPublished
from shared.events.fact import Message
from shared.runtime.memory import MemoryLog
from shared.runtime.relay import news


@pytest.fixture
def catalog() -> Catalog:
    return Catalog(MemoryLog())


def told(catalog: Catalog, after: int = 0) -> list[Message]:
    return news(catalog, "catalog", tell, after)[1]


def changed(catalogue: Catalogue, item: ItemPublished, **changes: object) -> Catalogue:
    return replace(
        catalogue,
        items=tuple(
            each.model_copy(update=changes) if each == item else each
            for each in catalogue.items
        ),
    )


def test_tells_the_calendar_the_agencies_and_the_items(
    catalog: Catalog, catalogue: Catalogue
):
    assert catalog.publish(catalogue) == 1 + 14 + 9

    types = [message.type for message in told(catalog)]
    assert types.count("catalog.calendar_published") == 1
    assert types.count("catalog.agency_registered") == 14
    assert types.count("catalog.item_published") == 9


def test_the_same_catalogue_again_tells_nothing(catalog: Catalog, catalogue: Catalogue):
    catalog.publish(catalogue)
    before = catalog.log.max_notification_id() or 0

    assert catalog.publish(catalogue) == 0
    assert told(catalog, after=before) == []


def test_a_changed_item_is_a_new_version_and_the_old_one_stays(
    catalog: Catalog, catalogue: Catalogue, licence: ItemPublished
):
    catalog.publish(catalogue)

    assert catalog.publish(changed(catalogue, licence, statutory_days=20)) == 1

    versions = [
        fact
        for fact in (message.fact() for message in told(catalog))
        if isinstance(fact, ItemPublished) and fact.item_id == licence.item_id
    ]
    assert [(v.version, v.statutory_days) for v in versions] == [(1, 15), (2, 20)]


def test_a_catalogue_that_breaks_a_rule_is_not_published_at_all(
    catalog: Catalog, catalogue: Catalogue, licence: ItemPublished
):
    with pytest.raises(NotPublishable, match="粮食收购许可 promise_keeps_the_law"):
        catalog.publish(changed(catalogue, licence, statutory_days=5))

    assert told(catalog) == []


def test_what_is_told_is_what_was_drafted(
    catalog: Catalog, catalogue: Catalogue, licence: ItemPublished
):
    catalog.publish(catalogue)
    facts = [message.fact() for message in told(catalog)]

    assert licence.model_copy(update={"version": 1}) in facts
    assert catalogue.agencies["410185-grain"] in facts


def test_an_agency_that_moves_is_told_again(catalog: Catalog, catalogue: Catalogue):
    catalog.publish(catalogue)
    agency = catalogue.agencies["410185-grain"]
    moved = agency.model_copy(update={"phone": "0371-99000199"})

    catalog.publish(
        replace(catalogue, agencies={**catalogue.agencies, agency.code: moved})
    )

    last = told(catalog)[-1].fact()
    assert isinstance(last, AgencyRegistered)
    assert (last.agency_id, last.phone) == (agency.agency_id, "0371-99000199")


def test_a_published_calendar_counts_as_the_one_it_came_from(
    catalog: Catalog, catalogue: Catalogue
):
    catalog.publish(catalogue)

    fact = told(catalog)[0].fact()

    assert isinstance(fact, CalendarPublished)
    heard = WorkingCalendar(
        version=fact.version,
        years=frozenset(fact.years),
        exceptions={
            day.on: Exceptional(day.is_workday, Words(day.reason.zh, day.reason.en))
            for day in fact.days
        },
    )
    assert heard == working_calendar()
    assert deadline(heard, date(2016, 2, 5), 5).due == date(2016, 2, 17)


def test_a_corrected_calendar_is_a_new_version(catalog: Catalog, catalogue: Catalogue):
    catalog.publish(catalogue)
    snow = {date(2016, 1, 5): Exceptional(False, Words("暴雪", "snow"))}
    calendar = replace(
        catalogue.calendar, exceptions={**catalogue.calendar.exceptions, **snow}
    )

    catalog.publish(replace(catalogue, calendar=calendar))

    last = told(catalog)[-1].fact()
    assert isinstance(last, CalendarPublished)
    assert last.version == 2


def test_a_version_of_another_item_is_refused():
    item = ServiceItem(task_code="11410185990001028Y4000103001000")

    with pytest.raises(AnotherItem):
        item.publish({"task_code": "another", "state": "in_use"})


def test_a_cancelled_item_stays_cancelled():
    item = ServiceItem(task_code="a")
    item.publish({"task_code": "a", "state": "in_use"})
    item.publish({"task_code": "a", "state": "cancelled"})

    with pytest.raises(ItemCancelled):
        item.publish({"task_code": "a", "state": "in_use"})

    assert [version["state"] for version in item.versions] == ["in_use", "cancelled"]


def test_a_published_version_does_not_follow_its_draft():
    draft = {"task_code": "a", "state": "in_use", "steps": [{"code": "decide"}]}
    item = ServiceItem(task_code="a")
    item.publish(draft)

    draft["steps"][0]["code"] = "changed"  # type: ignore[index]

    assert item.versions[0]["steps"] == [{"code": "decide"}]


def test_stored_names_do_not_move():
    assert [
        get_topic(event)
        for event in (
            ServiceItem.Listed,
            ServiceItem.Published,
            Agency.Listed,
            Agency.Registered,
            Calendar.Opened,
            Calendar.Published,
        )
    ] == [
        "catalog.ServiceItem.Listed",
        "catalog.ServiceItem.Published",
        "catalog.Agency.Listed",
        "catalog.Agency.Registered",
        "catalog.Calendar.Opened",
        "catalog.Calendar.Published",
    ]
