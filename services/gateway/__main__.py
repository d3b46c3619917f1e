"""Run the gateway: python -m services.gateway."""

from __future__ import annotations

import sys

import uvloop

from services.gateway.bootstrap import NobodyMaySignIn, run
from services.gateway.sessions import SecretMissing
from shared.runtime.service import prepare


def main() -> None:
    try:
        uvloop.run(run(prepare("gateway")))
    except (SecretMissing, NobodyMaySignIn) as missing:
        sys.exit(str(missing))


if __name__ == "__main__":
    main()
