"""Publish the catalogue and tell it: python -m services.catalog [--check]"""

from __future__ import annotations

import argparse
import sys

import uvloop

from services.catalog.bootstrap import run
from services.catalog.check import check
from services.catalog.loader import CatalogueInvalid, load_catalogue
from shared.runtime.aggregate import DomainError
from shared.runtime.service import prepare


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only check the files")
    if parser.parse_args().check:
        sys.exit(0 if check() else 1)
    settings = prepare("catalog")
    try:
        uvloop.run(run(settings, load_catalogue()))
    except CatalogueInvalid as invalid:
        sys.exit(str(invalid))
    except DomainError as no:
        sys.exit("\n".join((*no.reason, *no.what_next)))


if __name__ == "__main__":
    main()
