"""Run review for one agency or several: python -m services.review --agency CODE …"""

from __future__ import annotations

import argparse

import uvloop

from services.review.bootstrap import run
from shared.runtime.service import prepare


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agency", action="append", required=True, metavar="CODE")
    parser.add_argument("--name", help="of the instance; the first agency by default")
    given = parser.parse_args()
    source = f"review.{given.name or given.agency[0]}"
    uvloop.run(run(prepare(source), source, given.agency))


if __name__ == "__main__":
    main()
