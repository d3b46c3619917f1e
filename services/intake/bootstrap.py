"""The only place that chooses what intake stands on."""

from __future__ import annotations

import re

from services.intake.application import Applications
from services.intake.messages import teller
from shared.runtime.log import PostgresLog
from shared.runtime.service import serve
from shared.runtime.settings import Settings


def hears(desk: str) -> list[str]:
    """Return the topics, as patterns, that a desk listens to."""
    me = re.escape(desk)
    return [
        r"tongban\.catalog",
        r"tongban\.credentials",
        rf"tongban\.gateway\.for\.{me}",
        rf"tongban\.review\.[^.]+\.for\.{me}",
    ]


async def run(settings: Settings, desk: str) -> None:
    """Run one desk until told to stop."""
    database = "tongban_" + desk.replace(".", "_")
    applications = Applications(PostgresLog(settings.database(database)), desk)
    await serve(settings, desk, applications, teller(desk), hears(desk))
