"""A city in one thread: messages are doubled, delayed, mixed, and services crash.

The real policies and batches, on logs in memory; a seed decides all that happens.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import uuid5

import structlog
from rich.progress import track

from bench.city import machine
from bench.faults.rest import NoRest
from bench.faults.simulated import Service, broken, catalogue, everybody, story
from bench.figures import can_be_saved, tell
from shared.events.fact import Fact, Message
from shared.runtime.aggregate import because_of
from shared.runtime.hearing import INFRASTRUCTURE, Channel, Gap, Overtaken
from shared.runtime.relay import news
from tests import controls

CASES = 3
STEPS = 400  # moves of the scheduler before everything comes to rest
LONGEST_REST = 10_000  # rounds in which everybody settles what they can


@dataclass
class Simulation:
    chance: random.Random
    topics: dict[Channel, list[Message]] = field(default_factory=dict)
    did: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.services = everybody()
        self._said: Counter[str] = Counter()
        with because_of(controls.CAUSE):
            for fact in catalogue():
                self._say("catalog", fact, "catalog:data")
            for number in range(CASES):
                for fact, actor in story(uuid5(controls.APPLICATION, str(number))):
                    self._say("gateway", fact, actor)

    def run(self, steps: int = STEPS) -> None:
        """Let anything happen for so many steps, then let it come to rest."""
        moves = (self._relay, self._relay, self._hear, self._hear, self._hear)
        rare = (self._crash, self._ambiguous, self._retry, self._again)
        for _ in range(steps):
            service = self.chance.choice(self.services)
            move = self.chance.choice(rare if self.chance.random() < 0.2 else moves)
            self.did[move.__name__.strip("_")] += 1
            move(service)
        for _ in range(LONGEST_REST):
            if not any(self._settle(service) for service in self.services):
                return
        raise NoRest(f"still at work after {LONGEST_REST} rounds")

    def lives(self) -> dict[str, list[str]]:
        """Return what happened to each case and with each certificate, in order."""
        found: dict[str, list[str]] = {}
        for service in self.services:
            for notification in service.log.select_notifications(1, 1_000_000):
                event = service.application.mapper.to_domain_event(notification)
                if notification.topic.startswith(KINDS):
                    key = f"{service.name} {event.originator_id}"
                    found.setdefault(key, []).append(notification.topic)
        return found

    def set_aside(self) -> int:
        return sum(len(s.log.set_aside(s.application.name)) for s in self.services)

    # What may happen.

    def _relay(self, service: Service) -> bool:
        limit = self.chance.choice((1, 3, 50))
        before = service.relayed
        service.relayed, messages = news(
            service.application, service.name, service.tell, before, limit
        )
        for message in messages:
            self._put(message)
        return service.relayed > before

    def _hear(self, service: Service) -> bool:
        poll = {}
        for channel, messages in self.topics.items():
            if service.hears(channel.topic) and self.chance.random() < 0.7:
                at = service.read.get(channel, 0)
                if some := messages[at : at + self.chance.choice((1, 2, 20))]:
                    poll[channel] = some
        while poll:
            try:
                service.application.hear(poll)
                break
            except Gap as gap:
                service.read[gap.channel] = 0
                del poll[gap.channel]
            except Overtaken:
                continue
            except INFRASTRUCTURE:
                return True  # the same poll comes again
        for channel, some in poll.items():
            service.read[channel] = service.read.get(channel, 0) + len(some)
        return bool(poll)

    def _crash(self, service: Service) -> None:
        service.crash(self.chance)

    def _ambiguous(self, service: Service) -> None:
        """A commit whose answer is lost, or that never was."""
        with broken(service.log, is_stored=self.chance.random() < 0.5):
            self._hear(service)

    def _retry(self, service: Service) -> int:
        return service.application.retry_set_aside()

    def _again(self, service: Service) -> None:
        """The broker hands out again what was read before."""
        for channel, at in service.read.items():
            service.read[channel] = self.chance.randint(0, at)

    def _settle(self, service: Service) -> bool:
        moved = [self._relay(service), bool(self._retry(service))]
        waiting = any(
            service.hears(channel.topic) and service.read.get(channel, 0) < len(all_)
            for channel, all_ in self.topics.items()
        )
        if waiting:
            self._hear(service)
        return any(moved) or waiting

    def _say(self, source: str, fact: Fact, actor: str) -> None:
        self._said[source] += 1
        position = self._said[source]
        at = controls.ACCEPTED_AT + timedelta(minutes=position)
        self._put(controls.told(fact, position, source, actor, at))

    def _put(self, message: Message) -> None:
        channel = Channel(message.source, message.topic, 0)
        told = self.topics.setdefault(channel, [])
        before = max(
            (m.position for m in told if m.position < message.position), default=0
        )
        told.append(message.model_copy(update={"previous": before}))


KINDS = ("intake.Application.", "credentials.Credential.", "review.Examination.")


def expected() -> dict[str, list[str]]:
    """Return the lives where nothing goes wrong."""
    calm = Simulation(random.Random(0))
    calm.run(steps=0)
    return calm.lives()


def wrong(seed: int, calm: dict[str, list[str]]) -> str:
    """Return what is different from calm lives in a storm of this seed, or ""."""
    storm = Simulation(random.Random(seed))
    storm.run()
    lives = storm.lives()
    if lives != calm:
        return f"seed {seed}: {lives.items() ^ calm.items()}"
    return f"seed {seed}: set aside" if storm.set_aside() else ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1_000)
    parser.add_argument("--first", type=int, default=0)
    can_be_saved(parser)
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    calm, began = expected(), time.monotonic()
    seeds = range(asked.first, asked.first + asked.seeds)
    found = [no for seed in track(seeds) if (no := wrong(seed, calm))]
    took = time.monotonic() - began
    figures = {
        "machine": machine(),
        "seeds": asked.seeds,
        "wrong": len(found),
        "seeds_per_minute": round(60 * asked.seeds / took),
        "examples": found[:3],
    }
    tell(figures, asked.save)
    raise SystemExit(1 if found else 0)


if __name__ == "__main__":
    main()
