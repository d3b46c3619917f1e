"""Run monitoring: python -m services.monitoring."""

from __future__ import annotations

import asyncio
import sys

from services.monitoring.bootstrap import SOURCE, run
from services.monitoring.source import TopicMissing
from services.monitoring.streams import StreamBroken
from shared.runtime.service import prepare


def main() -> None:
    try:
        asyncio.run(run(prepare(SOURCE)))
    except (TopicMissing, StreamBroken) as broken:
        sys.exit(f"{type(broken).__name__}: {broken}")


if __name__ == "__main__":
    main()
