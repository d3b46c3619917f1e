"""What is stored is found and read for ever, wherever its class moves."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from eventsourcing.utils import get_topic, resolve_topic

import services
from shared.runtime.aggregate import Aggregate, Created

STORED = Path(__file__).parent / "stored.txt"
KNOWN_TO_ALL = {
    name
    for kind in (Created, *Created.__mro__)
    for name in getattr(kind, "__annotations__", {})
}
WHEN_IT_FAILS = f"""
Databases hold events under these names, with these fields. Add what is new to
{STORED.name}; a name or field that is there stays (rename with an upcast instead).
"""


def aggregates() -> list[type[Aggregate]]:
    """Return every aggregate of every service, and those of the runtime."""
    for module in pkgutil.walk_packages(services.__path__, "services."):
        if ".domain." in module.name:
            importlib.import_module(module.name)
    found = list(Aggregate.__subclasses__())
    for kind in found:
        found.extend(kind.__subclasses__())
    return [k for k in found if k.__module__.startswith(("services.", "shared."))]


def events() -> Iterator[type[Aggregate.Event]]:
    """Yield each event that can be stored; `Event` is only what they have in common."""
    for kind in aggregates():
        for name, member in vars(kind).items():
            is_event = isinstance(member, type) and issubclass(member, Aggregate.Event)
            if is_event and name != "Event":
                yield member


def fields(event: type[Aggregate.Event]) -> list[str]:
    said = [
        name
        for kind in reversed(event.__mro__)
        for name, hint in getattr(kind, "__annotations__", {}).items()
        if "ClassVar" not in str(hint)
    ]
    return [name for name in dict.fromkeys(said) if name not in KNOWN_TO_ALL]


def as_stored(event: type[Aggregate.Event]) -> str:
    return " ".join([get_topic(event), *fields(event)])


def test_all_that_can_be_stored_is_listed_and_nothing_has_left_the_list():
    now = "\n".join(sorted(map(as_stored, events()))) + "\n"

    assert now == STORED.read_text(), WHEN_IT_FAILS


@pytest.mark.parametrize("event", list(events()), ids=get_topic)
def test_a_stored_name_belongs_to_its_aggregate_and_leads_to_its_class(
    event: type[Aggregate.Event],
):
    owner = resolve_topic(get_topic(event).rpartition(".")[0])

    assert resolve_topic(get_topic(event)) is event
    assert getattr(owner, event.__name__) is event
