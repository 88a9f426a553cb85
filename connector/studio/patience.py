"""How long the studio waits for a request on a connection: uvicorn alone would wait for the rest of a head
for ever, and connections that pile up leave no file descriptors for the browser's own."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from typing import Any

SECONDS = 10.0  # a browser sends a request's head at once


class Patience:
    """Closes those of uvicorn's ``connections`` on which no request has come for too long. To be called again
    and again; ``clock`` gives seconds."""

    def __init__(self, connections: Collection[Any], clock: Callable[[], float] = time.monotonic) -> None:
        self._connections = connections
        self._clock = clock
        self._since: dict[tuple[Any, Any], float] = {}  # when each was first seen to wait after a request

    async def __call__(self) -> None:
        now = self._clock()
        waiting = {(each, each.cycle): each for each in self._connections if _is_waiting(each)}
        self._since = {key: self._since.get(key, now) for key in waiting}
        for key, connection in waiting.items():
            if now - self._since[key] > SECONDS:
                connection.transport.close()


def _is_waiting(connection: Any) -> bool:
    """Whether no request is being answered. What has become a web socket has no ``cycle``, and stays."""
    cycle = getattr(connection, "cycle", connection)
    return cycle is None or bool(getattr(cycle, "response_complete", False))
