"""What a rule is: it says, in two languages, each thing that is wrong with an item."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from services.catalog.catalogue import Catalogue
from shared.events.catalog import ItemPublished

Said = Iterator[tuple[str, str]]
Rule = Callable[[ItemPublished, Catalogue], Said]
