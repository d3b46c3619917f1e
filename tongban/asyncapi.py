"""Everything said on the bus, as one AsyncAPI document: python -m tongban.asyncapi."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic.json_schema import models_json_schema

from services.credentials.bootstrap import HEARS as CREDENTIALS_HEARS
from services.gateway.bootstrap import HEARS as GATEWAY_HEARS
from services.intake.bootstrap import hears as intake_hears
from services.monitoring.source import CLOCKS
from services.review.bootstrap import hears as review_hears
from shared import events
from shared.events.fact import Fact

DOCUMENT = Path(__file__).parents[1] / "docs" / "asyncapi.yaml"

# How each service signs what it tells; review once for every instance of it.
SOURCES = {
    "catalog": "catalog",
    "intake": "intake",
    "review": "review.{instance}",
    "credentials": "credentials",
    "monitoring": "monitoring",
    "gateway": "gateway",
}
# Facts that are not called after the service that tells them.
TELLERS = {"clocks": ("intake",), "refusal": ("intake", "review")}

# Which topics each service listens to, as its bootstrap has it.
LISTENS: Mapping[str, list[str]] = {
    "intake": intake_hears("intake"),
    "review": review_hears(["410185-grain"]),
    "credentials": list(CREDENTIALS_HEARS),
    "monitoring": [re.escape(CLOCKS)],
    "gateway": list(GATEWAY_HEARS),
}
PLACES = {
    "instance": ("410185-grain", "the instance of review: an agency, or `city`"),
    "agency": ("410185-grain", "the code of the agency it is for"),
    "desk": ("intake", "the front desk (an instance of intake) it is for"),
    "region": ("410185", "the region whose supervisors are told, GB/T 2260"),
}


def facts() -> dict[str, type[Fact]]:
    """Return every fact there is, by its type."""
    for module in pkgutil.iter_modules(events.__path__, "shared.events."):
        importlib.import_module(module.name)
    ours = {n: f for n, f in Fact.KNOWN.items() if f.__module__.startswith("shared.")}
    return dict(sorted(ours.items()))


def tellers(kind: str) -> tuple[str, ...]:
    """Return the services that tell a fact of this type."""
    service = kind.partition(".")[0]
    return TELLERS.get(service, (service,))


def address(fact: type[Fact], teller: str) -> str:
    """Return its topic, with {places} for what differs from fact to fact."""
    places: dict[str, Any] = {
        name: f"{{{name}}}" for name in PLACES if name in fact.model_fields
    }
    return fact.model_construct(**places).topic(SOURCES[teller])


def channels() -> dict[str, dict[str, set[str]]]:
    """Return the topics, and which facts each service tells on each."""
    found: dict[str, dict[str, set[str]]] = {}
    for kind, fact in facts().items():
        for teller in tellers(kind):
            told = found.setdefault(address(fact, teller), {})
            told.setdefault(teller, set()).add(kind)
    return dict(sorted(found.items()))


def hearers(topic: str) -> list[str]:
    """Return the services that listen to a topic."""
    name = example(topic)
    return [
        service
        for service, patterns in LISTENS.items()
        if any(re.fullmatch(pattern, name) for pattern in patterns)
    ]


def example(topic: str) -> str:
    """Return a topic as it may really be called."""
    return topic.format_map({name: place for name, (place, _) in PLACES.items()})


def document() -> dict[str, Any]:
    schemas, definitions = models_json_schema(
        [(fact, "validation") for fact in facts().values()],
        ref_template="#/components/schemas/{model}",
    )
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Tongban 通办",
            "version": "1",
            "description": "What the services of a city tell each other over Kafka. "
            "A message is a CloudEvent 1.0 in binary mode: the value is the fact, "
            "the headers say who tells it, when and because of what.",
        },
        "defaultContentType": "application/json",
        "channels": {_name(topic): _channel(topic) for topic in channels()},
        "operations": dict(_operations()),
        "components": {
            "messages": {
                kind: _message(kind, fact, schemas[fact, "validation"])
                for kind, fact in facts().items()
            },
            "schemas": definitions["$defs"] | {"Envelope": _envelope()},
        },
    }


def _name(topic: str) -> str:
    """Return what a channel is called inside the document."""
    return re.sub(r"[{}]", "", topic.removeprefix("tongban."))


def _channel(topic: str) -> dict[str, Any]:
    told = channels()[topic]
    kinds = sorted(set().union(*told.values()))
    channel: dict[str, Any] = {
        "address": topic,
        "description": f"Told by {', '.join(sorted(told))}. "
        f"Heard by {', '.join(hearers(topic)) or 'whoever is granted it'}.",
        "messages": {k: {"$ref": f"#/components/messages/{k}"} for k in kinds},
    }
    if places := re.findall(r"{(\w+)}", topic):
        channel["parameters"] = {
            place: {"description": PLACES[place][1], "examples": [PLACES[place][0]]}
            for place in places
        }
    return channel


def _operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for topic, told in channels().items():
        channel = {"$ref": f"#/channels/{_name(topic)}"}
        for teller, kinds in sorted(told.items()):
            yield (
                f"{teller}.tells.{_name(topic)}",
                {
                    "action": "send",
                    "channel": channel,
                    "messages": [
                        {"$ref": f"#/channels/{_name(topic)}/messages/{kind}"}
                        for kind in sorted(kinds)
                    ],
                },
            )
        for hearer in hearers(topic):
            yield (
                f"{hearer}.hears.{_name(topic)}",
                {"action": "receive", "channel": channel},
            )


def _message(kind: str, fact: type[Fact], schema: dict[str, Any]) -> dict[str, Any]:
    said = (fact.__doc__ or kind).strip().partition("\n")[0]
    return {
        "name": f"{kind}.v{fact.VERSION}",
        "summary": said,
        "headers": {"$ref": "#/components/schemas/Envelope"},
        "bindings": {"kafka": {"key": {"type": "string", "format": "binary"}}},
        "payload": schema,
    }


def _envelope() -> dict[str, Any]:
    text = {"type": "string"}
    identity = {"type": "string", "format": "uuid"}
    number = {"type": "string", "pattern": "^[0-9]+$"}
    said: dict[str, dict[str, Any]] = {
        "ce_specversion": {"const": "1.0"},
        "ce_id": identity,
        "ce_type": text | {"description": "the fact and its version"},
        "ce_source": text | {"description": "who tells it; checked against the topic"},
        "ce_subject": identity | {"description": "what it is about; also the key"},
        "ce_time": {"type": "string", "format": "date-time"},
        "content-type": {"const": "application/json"},
        "position": number | {"description": "its place in the log of its source"},
        "previous": number | {"description": "the position told before it here, or 0"},
        "actor": text | {"description": "who acted"},
        "correlationid": identity | {"description": "the request it all began with"},
        "causationid": text | {"description": "the message that led to this, if any"},
    }
    return {"type": "object", "required": list(said), "properties": said}


def text() -> str:
    """Return the document as it is kept in docs/."""
    return yaml.safe_dump(document(), allow_unicode=True, sort_keys=False, width=88)


if __name__ == "__main__":
    DOCUMENT.write_text(text(), encoding="utf-8")
