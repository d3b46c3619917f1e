"""Holds every log, topic and read model against what people were answered."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

from bench.faults import models, oracle, topics
from bench.faults.logs import Source, sources
from bench.history import History
from bench.load import LIVES
from services.credentials.domain.credential import Credential
from services.intake.domain.application import Application
from services.monitoring.domain.card import Card
from shared.events.fact import Message
from shared.runtime.aggregate import Aggregate, Refusal
from shared.runtime.hearing import Channel
from shared.runtime.settings import Settings

# The outcome each life ends with, and whether it ends with a certificate.
ENDS: Mapping[str, tuple[type[Aggregate.Event], bool]] = {
    "instant": (Application.Completed, True),
    "granted": (Application.Completed, True),
    "delivered": (Application.Delivered, True),
    "supplemented": (Application.Completed, True),
    "refused": (Application.Completed, False),
    "declined": (Application.Declined, False),
    "withdrawn": (Application.Withdrawn, False),
}
Kinds = tuple[type[Aggregate.Event], ...]
OUTCOMES: Kinds = (Application.Declined, Application.Decided, Application.Withdrawn)
ONCE: Kinds = (Application.Submitted, Application.Accepted, Application.Completed)


@dataclass
class Verdict:
    """What was wrong, in words; and how much was looked at."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    looked_at: Counter[str] = field(default_factory=Counter)

    def figures(self) -> dict[str, Any]:
        return {
            "lost": len(self.lost),
            "doubled": len(self.doubled),
            "wrong": len(self.wrong),
            **self.looked_at,
            "examples": [*self.lost[:5], *self.doubled[:5], *self.wrong[:5]],
        }

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.doubled or self.wrong)


def check(settings: Settings, history: History, until: datetime) -> Verdict:
    """Check a city that has come to rest. `until`: all that fell due by then was told.

    The city must serve no more acts, but its databases and its broker must be there.
    """
    verdict = Verdict()
    with sources(settings) as found:
        events = {source.name: list(source.events()) for source in found}
        _logs(events, verdict)
        _lives(events["intake"], history, verdict)
        _certificates(events["credentials"], history, verdict)
        _cards(events, until, verdict)
        heard = asyncio.run(topics.everything(settings))
        once = _told(found, heard, verdict)
        _hearers(found, verdict)
    _models(settings, once, verdict)
    return verdict


def check_part(
    found: Sequence[Source], heard: Mapping[Channel, Sequence[Message]]
) -> Verdict:
    """Check logs, what was told of them, and what was set aside: of these services.

    `heard` is what Kafka holds, of these tellers and no others.
    """
    verdict = Verdict()
    _logs({source.name: list(source.events()) for source in found}, verdict)
    _told(found, heard, verdict)
    _hearers(found, verdict)
    return verdict


def _logs(events: Mapping[str, Sequence[Aggregate.Event]], verdict: Verdict) -> None:
    """Versions of each aggregate are 1, 2, 3 … in the order of the log."""
    for name, log in events.items():
        verdict.looked_at["events"] += len(log)
        versions: dict[UUID, int] = {}
        for event in log:
            before = versions.get(event.originator_id, 0)
            versions[event.originator_id] = event.originator_version
            if event.originator_version != before + 1:
                verdict.wrong.append(f"{name}: {event!r} follows version {before}")


def _lives(
    events: Sequence[Aggregate.Event], history: History, verdict: Verdict
) -> None:
    """One submission, one number, one outcome; lives led to their end have ended.

    What people were not sure of has one life too, or none.
    """
    lives: defaultdict[UUID, list[Aggregate.Event]] = defaultdict(list)
    for event in events:
        if isinstance(event, Refusal.Recorded):
            if event.rule != "NotYetDecided":
                verdict.wrong.append(f"refused: {event.rule} {event.subject_id}")
        elif event.TOPIC.startswith(Application.TOPIC):
            lives[event.originator_id].append(event)
    numbers = Counter(
        e.case["number"] for e in events if isinstance(e, Application.Submitted)
    )
    verdict.doubled += [f"number {n}" for n, count in numbers.items() if count > 1]
    fates = history.fates()
    verdict.looked_at["cases"] = len(fates)
    for case, (fate, acts) in fates.items():
        life = lives.pop(UUID(case), [])
        _life(case, fate, acts, Counter(type(event) for event in life), verdict)
    for case in history.unsure - fates.keys():
        if life := lives.pop(UUID(case), []):
            _life(case, "instant", 1, Counter(type(event) for event in life), verdict)
    verdict.wrong += [f"nobody asked for {case}" for case in lives]


def _life(
    case: str,
    fate: str,
    acts: int,
    happened: Counter[type[Aggregate.Event]],
    verdict: Verdict,
) -> None:
    end, _ = ENDS[fate]
    if not happened[Application.Submitted]:
        verdict.lost.append(f"submission of {case}")
        return
    for kind in {*ONCE, *OUTCOMES, end}:
        if happened[kind] > 1:
            verdict.doubled.append(f"{kind.__name__} of {case}")
    if sum(happened[kind] for kind in OUTCOMES) > 1:
        verdict.doubled.append(f"outcome of {case}")
    if acts == len(LIVES[fate]) + 1 and not happened[end]:
        verdict.lost.append(f"{end.__name__} of {case} ({fate})")


def _certificates(
    events: Sequence[Aggregate.Event], history: History, verdict: Verdict
) -> None:
    issued = Counter(
        event.application_id for event in events if isinstance(event, Credential.Issued)
    )
    verdict.looked_at["certificates"] = issued.total()
    verdict.doubled += [f"certificate of {c}" for c, n in issued.items() if n > 1]
    for case, (fate, acts) in history.fates().items():
        _, is_granted = ENDS[fate]
        if acts == len(LIVES[fate]) + 1 and bool(issued[UUID(case)]) != is_granted:
            verdict.lost.append(f"certificate of {case} ({fate})")


def _cards(
    events: Mapping[str, Sequence[Aggregate.Event]], until: datetime, verdict: Verdict
) -> None:
    """Those that the oracle computes, each once, and none before it was due."""
    earned = oracle.cards(events["intake"], until)
    log = events["monitoring"]
    revoked = {e.originator_id for e in log if isinstance(e, Card.Revoked)}
    ever = [event for event in log if isinstance(event, Card.Issued)]
    stand = {
        (card.application_id, card.severity)
        for card in ever
        if card.due_at < until and card.originator_id not in revoked
    }
    verdict.looked_at["cards"] = len(stand)
    verdict.looked_at["revoked"] = len(revoked)
    verdict.lost += [f"card {card}" for card in earned - stand]
    verdict.wrong += [f"card not earned {card}" for card in stand - earned]
    verdict.wrong += [f"card too early {c!r}" for c in ever if c.issued_at < c.due_at]
    issued = Counter((card.application_id, card.severity) for card in ever)
    verdict.doubled += [f"card {card}" for card, n in issued.items() if n > 1]


def _told(
    found: Sequence[Source],
    heard: Mapping[Channel, Sequence[Message]],
    verdict: Verdict,
) -> dict[Channel, list[Message]]:
    """Each message of each log is on its topic, as it is there, in order.

    Return them once each.
    """
    once: dict[Channel, list[Message]] = {}
    for channel, messages in heard.items():
        verdict.looked_at["records"] += len(messages)
        seen: dict[int, Message] = {}
        reached = 0
        for message in messages:
            # After a broker has lost its log, one may come before what it follows;
            # it comes again in its place, or is lost.
            if message.previous <= reached:
                seen.setdefault(message.position, message)
                reached = max(reached, message.position)
        once[channel] = list(seen.values())
        for earlier, later in pairwise(seen):
            if later < earlier:
                verdict.wrong.append(f"{channel}: {later} came after {earlier}")
    told = Counter(m.id for messages in once.values() for m in messages)
    verdict.doubled += [f"message {m} on two partitions" for m in told if told[m] > 1]
    meant = {m.id: m for source in found for m in source.messages()}
    verdict.looked_at["messages"] = len(meant)
    verdict.lost += [f"{m.type} of {m.source}" for m in _of(meant, meant.keys() - told)]
    verdict.wrong += [f"nobody told {m}" for m in told.keys() - meant.keys()]
    for message in (m for messages in once.values() for m in messages):
        if (said := meant.get(message.id)) and not _is_as(said, message):
            verdict.wrong.append(
                f"another {message.type} than its log has: {message!r}"
            )
    return once


def _is_as(said: Message, heard: Message) -> bool:
    """Return whether one is the other; a newer version of a teller may say more."""
    apart = {"previous": 0, "version": 0, "data": {}}
    return (
        heard.model_copy(update=apart) == said.model_copy(update=apart)
        and heard.version >= said.version
        and heard.data | said.data == heard.data
    )


def _of(messages: Mapping[UUID, Message], ids: set[UUID]) -> Iterator[Message]:
    return (messages[each] for each in ids)


def _hearers(found: Sequence[Source], verdict: Verdict) -> None:
    """Nothing is set aside in any service."""
    for source in found:
        for item in source.application.log.set_aside(source.application.name):
            verdict.wrong.append(f"{source.name} set aside: {item.reason}")


def _models(
    settings: Settings, once: Mapping[Channel, Sequence[Message]], verdict: Verdict
) -> None:
    live, again = models.live(settings), models.rebuilt(settings, once)
    for table, rows in live.items():
        verdict.looked_at["rows"] += len(rows)
        if rows != again[table]:
            different = set(rows) ^ set(again[table])
            verdict.wrong.append(
                f"{table}: {len(rows)} rows, rebuilt {len(again[table])}; e.g."
                f" {sorted(different)[:2]}"
            )
