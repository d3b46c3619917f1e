"""Publishes what is new or changed in a catalogue; the same catalogue, nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar
from uuid import UUID

from eventsourcing.application import AggregateNotFoundError

from services.catalog.catalogue import Catalogue
from services.catalog.domain.agency import Agency
from services.catalog.domain.calendar import Calendar
from services.catalog.domain.service_item import ServiceItem
from services.catalog.rules import violations
from shared.events.fact import Message
from shared.runtime.aggregate import Aggregate, Cause, DomainError, because_of
from shared.runtime.application import Application, derived_id
from shared.runtime.batch import Batch

A = TypeVar("A", bound=Aggregate)

CALENDAR = "china"
CAUSE = Cause(actor="catalog:data", correlation_id=derived_id("catalog", "data"))


class NotPublishable(DomainError):
    """A catalogue that breaks a rule is not published, not even in part."""

    REASON = (
        "有 {count} 处不符合发布规则：{rules}",
        "{count} rules are broken: {rules}",
    )
    WHAT_NEXT = (
        "运行 python -m services.catalog --check 查看明细",
        "Run python -m services.catalog --check to see each of them",
    )


class Catalog(Application):
    name = "catalog"

    def whenever(self, message: Message, batch: Batch) -> None:  # noqa: ARG002
        raise TypeError(f"the catalogue hears nothing, not even {message.type}")

    def publish(self, catalogue: Catalogue) -> int:
        """Publish it in one transaction; return how many things were new or changed.

        Raises NotPublishable, and IntegrityError if another process was faster.
        """
        if broken := violations(catalogue):
            rules = ", ".join(f"{each.item} {each.rule}" for each in broken)
            raise NotPublishable(count=len(broken), rules=rules)
        with because_of(CAUSE):
            changed = [each for each in self._changed(catalogue) if each.pending_events]
        self.save(*changed)
        return len(changed)

    def _changed(self, catalogue: Catalogue) -> Iterator[Aggregate]:
        calendar = self._find(Calendar, Calendar.create_id(CALENDAR)) or Calendar(
            name=CALENDAR
        )
        calendar.publish(sorted(catalogue.calendar.years), _days(catalogue))
        yield calendar
        for code, registered in catalogue.agencies.items():
            agency = self._find(Agency, Agency.create_id(code)) or Agency(code=code)
            agency.register(registered.model_dump(mode="json", exclude={"agency_id"}))
            yield agency
        for draft in catalogue.items:
            item = self._find(ServiceItem, draft.item_id) or ServiceItem(
                task_code=draft.task_code
            )
            item.publish(draft.model_dump(mode="json", exclude={"item_id", "version"}))
            yield item

    def _find(self, kind: type[A], aggregate_id: UUID) -> A | None:
        try:
            found: object = self.repository.get(aggregate_id)
        except AggregateNotFoundError:
            return None
        if not isinstance(found, kind):
            raise TypeError(f"{aggregate_id} is no {kind.__name__}")
        return found


def _days(catalogue: Catalogue) -> list[dict[str, object]]:
    return [
        {
            "on": day.isoformat(),
            "is_workday": exception.is_workday,
            "reason": exception.reason._asdict(),
        }
        for day, exception in sorted(catalogue.calendar.exceptions.items())
    ]
