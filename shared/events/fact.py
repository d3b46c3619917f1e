"""A fact, and the message that carries it."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class Shape(BaseModel):
    """Something inside a fact: frozen, and tolerant of fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Text(Shape):
    """Words in the two languages people read them in."""

    zh: str
    en: str


class Fact(Shape):
    """Something that has happened, told by the one service that owns it.

    A fact only ever gains optional fields. To change its meaning, tell a new
    fact beside it until nobody listens to the old one.
    """

    TYPE: ClassVar[str]
    VERSION: ClassVar[int] = 1
    SUBJECT: ClassVar[str] = "application_id"  # the field whose order is kept
    HEARER: ClassVar[str | None] = None  # the field that names whom it is for
    FOR: ClassVar[str | None] = None  # the one hearer, where it is always the same
    CHANNEL: ClassVar[str | None] = None  # a topic that several tellers share
    KNOWN: ClassVar[dict[str, type[Fact]]] = {}

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        if "TYPE" in vars(cls) and cls.KNOWN.setdefault(cls.TYPE, cls) is not cls:
            raise TypeError(f"two facts are called {cls.TYPE!r}")

    @property
    def subject(self) -> UUID:
        """Return what this is about: the message key, so its facts keep order."""
        subject: UUID = getattr(self, self.SUBJECT)
        return subject

    def topic(self, source: str) -> str:
        """Return where a source tells this: to the world, or to one hearer."""
        if self.CHANNEL:
            return f"tongban.{self.CHANNEL.format_map(vars(self))}"
        hearer = getattr(self, self.HEARER) if self.HEARER else self.FOR
        return f"tongban.{source}.for.{hearer}" if hearer else f"tongban.{source}"

    @classmethod
    def recall(cls, data: dict[str, Any], version: int) -> Self:
        """Read a fact told in an older version, one upcast at a time."""
        for old in range(version, cls.VERSION):
            data = getattr(cls, f"upcast_v{old}_v{old + 1}")(data)
        return cls.model_validate(data)


class NotKnownHere(Exception):
    """A fact, or a version of it, that this service is too old to read."""


class Message(Shape):
    """A fact on its way (CloudEvents names): who tells it, when, because of what.

    `position` is the fact's place in the log of `source`: it only grows, so a
    listener that remembers it hears everything once. `previous` is the position
    told before it on the same partition of the same topic (0 if none), so a
    listener notices what it has missed.
    """

    id: UUID
    topic: str
    source: str
    position: int
    previous: int = 0
    type: str
    version: int
    subject: UUID
    time: datetime
    actor: str
    correlation_id: UUID
    causation_id: UUID | None
    data: dict[str, Any]

    def fact(self) -> Fact | None:
        """Return the fact inside, or None if it is told to the world and unknown here.

        Raises NotKnownHere for what is addressed to us, or newer than we are: it is
        set aside until this service can read it.
        """
        return self._read

    @cached_property
    def _read(self) -> Fact | None:
        known = Fact.KNOWN.get(self.type)
        if known is None and ".for." not in self.topic:
            return None
        if known is None or self.version > known.VERSION:
            raise NotKnownHere(f"{self.type} in version {self.version}")
        return known.recall(dict(self.data), self.version)
