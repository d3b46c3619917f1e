"""The only place that chooses what the catalogue stands on."""

from __future__ import annotations

from eventsourcing.persistence import IntegrityError

from services.catalog.application import Catalog
from services.catalog.catalogue import Catalogue
from services.catalog.messages import tell
from shared.runtime import telemetry
from shared.runtime.log import PostgresLog
from shared.runtime.service import serve
from shared.runtime.settings import Settings

DATABASE = "tongban_catalog"


async def run(settings: Settings, catalogue: Catalogue) -> None:
    """Publish what is new or changed, then tell it, until told to stop.

    Raises DomainError (NotPublishable), and then has published nothing.
    """
    log = PostgresLog(settings.database(DATABASE))
    try:
        catalog = Catalog(log)
        telemetry.log.info("published", changed=publish(catalog, catalogue))
        await serve(settings, "catalog", catalog, tell, topics=[])
    finally:
        log.close()


def publish(catalog: Catalog, catalogue: Catalogue) -> int:
    """Publish; if another process is faster, only what it has left to publish."""
    try:
        return catalog.publish(catalogue)
    except IntegrityError:
        return catalog.publish(catalogue)
