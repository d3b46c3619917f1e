"""The only place that chooses what review stands on."""

from __future__ import annotations

import re
from collections.abc import Sequence

from services.review.application import Examinations
from services.review.messages import tell
from shared.runtime.log import PostgresLog
from shared.runtime.service import serve
from shared.runtime.settings import Settings


def hears(agencies: Sequence[str]) -> list[str]:
    """Return the topics, as patterns: only what is addressed to these agencies."""
    us = "|".join(map(re.escape, agencies))
    return [rf"tongban\.(intake(\.[^.]+)?|gateway)\.for\.({us})"]


async def run(settings: Settings, source: str, agencies: Sequence[str]) -> None:
    """Run one instance, for one agency or several, until told to stop."""
    database = "tongban_" + re.sub(r"\W", "_", source)
    log = PostgresLog(settings.database(database))
    examinations = Examinations(log, source, agencies)
    await serve(settings, source, examinations, tell, hears(agencies))
