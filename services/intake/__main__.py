"""Run the front desk: python -m services.intake [--desk NAME]."""

from __future__ import annotations

import argparse

import uvloop

from services.intake.bootstrap import run
from shared.runtime.service import prepare


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--desk", default="intake", help="which desk this is")
    desk = parser.parse_args().desk
    uvloop.run(run(prepare(desk), desk))


if __name__ == "__main__":
    main()
