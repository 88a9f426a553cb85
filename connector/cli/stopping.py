"""Ctrl-C and SIGTERM end a run after the batch in hand; a second one ends it at once, which is as safe."""

from __future__ import annotations

import contextlib
import logging
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

from connector.errors import Interrupted

log = logging.getLogger(__name__)


@contextlib.contextmanager
def stopping(event: threading.Event, wake: Callable[[], None] = lambda: None) -> Iterator[None]:
    """While inside, the first signal sets ``event`` and calls ``wake``, which ends what waits for a service;
    the second raises KeyboardInterrupt."""

    def handle(number: int, _: FrameType | None) -> None:
        if event.is_set():
            raise KeyboardInterrupt
        event.set()
        log.warning("%s: finishing the batch in hand; once more to stop at once", signal.Signals(number).name)
        wake()

    if threading.current_thread() is not threading.main_thread():  # Python lets no other set handlers
        yield
        return
    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def patient(event: threading.Event, say: Callable[[float], None]) -> Callable[[float], None]:
    """A wait for the quota: says how long, and ends early, by Interrupted, when ``event`` is set."""

    def wait(seconds: float) -> None:
        say(seconds)
        if event.wait(seconds):
            raise Interrupted("interrupted while waiting for the quota", hint="run again to go on")

    return wait
