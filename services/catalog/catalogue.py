"""All that is to be published, as read from the data folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shared.calendar.working_days import WorkingCalendar
from shared.events.catalog import AgencyRegistered, ItemPublished
from shared.events.fact import Text


@dataclass(frozen=True)
class Catalogue:
    """Drafts: an item in it bears the version 0 until it is published."""

    agencies: Mapping[str, AgencyRegistered]
    items: tuple[ItemPublished, ...]
    topics: Mapping[str, Mapping[str, Text]]  # of natural, and of legal persons
    credential_types: Mapping[str, Text]
    calendar: WorkingCalendar
