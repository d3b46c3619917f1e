"""The checker finds what is lost, doubled or changed on the way."""

from __future__ import annotations

from uuid import uuid5

import pytest

from bench.faults.checker import Verdict, check_part
from bench.faults.logs import Source
from shared.events import gateway
from shared.events.fact import Message
from shared.runtime.hearing import Channel
from tests.city import City

Heard = dict[Channel, list[Message]]


@pytest.fixture
def source() -> Source:
    """The desk, which has taken and accepted an application."""
    city = City()
    city.submit()
    city.window(gateway.AcceptanceRequested)
    name, application, tell = city.services[0]
    return Source(name, application, tell)


@pytest.fixture
def heard(source: Source) -> Heard:
    """What it has told, as Kafka holds it."""
    found: Heard = {}
    for message in source.messages():
        found.setdefault(Channel(message.source, message.topic, 0), []).append(message)
    return found


def verdict(source: Source, heard: Heard) -> Verdict:
    return check_part([source], heard)


def the_longest(heard: Heard) -> list[Message]:
    return max(heard.values(), key=len)


def test_what_is_told_as_it_was_written_is_right(source: Source, heard: Heard):
    found = verdict(source, heard)

    assert found.is_clean
    assert found.looked_at["messages"] == sum(map(len, heard.values())) > 5


def test_what_is_told_twice_is_heard_once(source: Source, heard: Heard):
    again = {channel: messages * 2 for channel, messages in heard.items()}

    assert verdict(source, again).is_clean


def test_a_message_that_is_on_no_topic_is_lost(source: Source, heard: Heard):
    the_longest(heard).pop()

    assert len(verdict(source, heard).lost) == 1


def test_a_message_on_two_partitions_is_doubled(source: Source, heard: Heard):
    [first, *_] = the_longest(heard)
    heard[Channel(first.source, first.topic, 1)] = [first]

    assert len(verdict(source, heard).doubled) == 1


def test_messages_in_another_order_are_wrong(source: Source, heard: Heard):
    messages = the_longest(heard)
    for at, message in enumerate(messages):
        messages[at] = message.model_copy(update={"previous": 0})
    messages.reverse()

    assert verdict(source, heard).wrong


@pytest.mark.parametrize("field", ["data", "type", "subject", "actor"])
def test_a_message_that_is_not_as_it_was_written_is_wrong(
    source: Source, heard: Heard, field: str
):
    messages = the_longest(heard)
    message = messages[0]
    other = {
        "data": message.data | {"number": "another"},
        "type": f"{message.type}_again",
        "subject": uuid5(message.subject, "another"),
        "actor": "somebody",
    }
    messages[0] = message.model_copy(update={field: other[field]})

    assert len(verdict(source, heard).wrong) == 1


def test_a_message_that_nobody_has_written_is_wrong(source: Source, heard: Heard):
    messages = the_longest(heard)
    last = messages[-1]
    more = {"id": uuid5(last.id, "another"), "position": last.position + 1}
    messages.append(last.model_copy(update=more))

    assert len(verdict(source, heard).wrong) == 1
