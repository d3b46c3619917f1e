"""What a department's own principal may do on the city's Kafka, and nothing else.

`python -m deploy.kafka.acl --agency CODE --principal NAME` prints the commands.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple


class Right(NamedTuple):
    operation: Literal["Read", "Write"]
    resource: Literal["topic", "group"]
    name: str


def rights(
    name: str, agencies: Sequence[str], desks: Sequence[str] = ("intake",)
) -> Iterator[Right]:
    """Yield the rights of one instance of review, by its name and its agencies."""
    source = f"review.{name}"
    for agency in agencies:
        for desk in desks:
            yield Right("Read", "topic", f"tongban.{desk}.for.{agency}")
        yield Right("Read", "topic", f"tongban.gateway.for.{agency}")
    yield Right("Write", "topic", f"tongban.{source}")
    for hearer in (*desks, "gateway"):
        yield Right("Write", "topic", f"tongban.{source}.for.{hearer}")
    yield Right("Read", "group", f"tongban.{source}")


def command(right: Right, principal: str, server: str) -> str:
    return (
        f"kafka-acls.sh --bootstrap-server {server} --add"
        f" --allow-principal User:{principal}"
        f" --operation {right.operation} --{right.resource} {right.name}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agency", action="append", required=True, metavar="CODE")
    parser.add_argument("--name", help="of the instance; the first agency by default")
    parser.add_argument("--desk", action="append", metavar="NAME")
    parser.add_argument("--principal", help="like the instance, by default")
    parser.add_argument("--server", default="localhost:9092")
    given = parser.parse_args()
    name = given.name or given.agency[0]
    for right in rights(name, given.agency, given.desk or ("intake",)):
        print(command(right, given.principal or f"review-{name}", given.server))


if __name__ == "__main__":
    main()
