"""Which of our events we tell the world, and in what words."""

from __future__ import annotations

from collections.abc import Iterator

from services.catalog.domain.agency import Agency
from services.catalog.domain.calendar import Calendar
from services.catalog.domain.service_item import ServiceItem
from shared.events.catalog import AgencyRegistered, CalendarPublished, ItemPublished
from shared.events.fact import Fact
from shared.runtime.aggregate import Aggregate


def tell(event: Aggregate.Event) -> Iterator[Fact]:
    match event:
        case ServiceItem.Published():
            yield ItemPublished.model_validate(
                event.content
                | {"item_id": event.originator_id, "version": event.version}
            )
        case Agency.Registered():
            yield AgencyRegistered.model_validate(
                event.content | {"agency_id": event.originator_id}
            )
        case Calendar.Published():
            yield CalendarPublished.model_validate(
                {
                    "calendar_id": event.originator_id,
                    "version": event.version,
                    "years": event.years,
                    "days": event.days,
                }
            )
