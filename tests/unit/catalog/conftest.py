from __future__ import annotations

import pytest

from services.catalog.catalogue import Catalogue
from services.catalog.loader import load_catalogue
from shared.events.catalog import ItemPublished


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture(scope="session")
def licence(catalogue: Catalogue) -> ItemPublished:
    """The grain purchase licence: a permit of two levels that keeps every rule."""
    return next(i for i in catalogue.items if i.catalog_code == "000103001000")


@pytest.fixture(scope="session")
def filing(catalogue: Catalogue) -> ItemPublished:
    """Filing as a grain purchaser: an instant item."""
    return next(i for i in catalogue.items if i.is_instant)
