"""The only place that chooses what credentials stands on."""

from __future__ import annotations

from services.credentials.application import Credentials
from services.credentials.messages import tell
from shared.runtime.log import PostgresLog
from shared.runtime.service import serve
from shared.runtime.settings import Settings

HEARS = [r"tongban\.catalog", r"tongban\.intake(\.[^.]+)?\.for\.credentials"]


async def run(settings: Settings) -> None:
    """Run until told to stop."""
    credentials = Credentials(PostgresLog(settings.database("tongban_credentials")))
    await serve(settings, "credentials", credentials, tell, HEARS)
