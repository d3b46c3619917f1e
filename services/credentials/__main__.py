"""Run credentials: python -m services.credentials."""

from __future__ import annotations

import uvloop

from services.credentials.bootstrap import run
from shared.runtime.service import prepare


def main() -> None:
    uvloop.run(run(prepare("credentials")))


if __name__ == "__main__":
    main()
