"""A service item (政务服务事项): its published versions, none of which ever changes."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from shared.runtime.aggregate import Aggregate, Created, DomainError


class AnotherItem(DomainError):
    """A version of one item can't be published as another."""

    REASON = (
        "实施编码不一致：事项为 {item}，内容为 {content}",
        "The task codes differ: the item is {item}, the content is {content}",
    )
    WHAT_NEXT = ("请核对实施编码", "Check the task code")


class ItemCancelled(DomainError):
    """A cancelled item stays as it was; its successor is another item."""

    REASON = ("事项 {item} 已取消", "The item {item} has been cancelled")
    WHAT_NEXT = ("请另行发布新的事项", "Publish a new item instead")


class ServiceItem(Aggregate):
    TOPIC = "catalog.ServiceItem"

    # What can happen, and what it changes.

    class Listed(Created):
        task_code: str

    class Published(Aggregate.Event):
        version: int
        content: dict[str, Any]

        def apply(self, aggregate: ServiceItem) -> None:
            aggregate.versions = (*aggregate.versions, self.content)

    def __init__(self, task_code: str) -> None:
        self.task_code = task_code
        self.versions: tuple[Mapping[str, Any], ...] = ()

    @staticmethod
    def create_id(task_code: str) -> UUID:
        return uuid5(NAMESPACE_URL, f"catalog/item/{task_code}")

    # What may be asked, and when the answer is no.

    def publish(self, content: Mapping[str, Any]) -> None:
        """Publish plain content as the next version, unless it is what is published."""
        if content["task_code"] != self.task_code:
            raise AnotherItem(item=self.task_code, content=content["task_code"])
        if self.versions and content == self.versions[-1]:
            return
        if self.versions and self.versions[-1]["state"] == "cancelled":
            raise ItemCancelled(item=self.task_code)
        self.trigger_event(
            self.Published,
            version=len(self.versions) + 1,
            content=deepcopy(dict(content)),
        )
