"""The peer: the plain script with threads, which read and write several invitations at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from tests.benchmarks.peers.plain import Crm, Raw, get, land, partner_central, summaries

THREADS = 8


def main() -> None:
    aws, own = partner_central(), threading.local()  # a client is for all threads, a session is not

    def work(summary: Raw) -> None:
        if not hasattr(own, "crm"):
            own.crm = Crm()
        land(get(aws, summary), own.crm)

    with ThreadPoolExecutor(THREADS) as pool:
        for _ in pool.map(work, summaries(aws)):
            pass


if __name__ == "__main__":
    main()
