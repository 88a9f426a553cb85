"""Ctrl-C and SIGTERM end a run after the batch in hand; a second one ends it at once, which is as safe."""

from __future__ import annotations

import _thread
import contextlib
import logging
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

from connector.errors import Interrupted

log = logging.getLogger(__name__)

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def stopping(event: threading.Event, wake: Callable[[], None] = lambda: None) -> Iterator[None]:
    """While inside, the first signal sets ``event`` and calls ``wake``, which ends what waits for a service;
    the second raises KeyboardInterrupt."""
    signals: list[int] = []

    def stop() -> None:
        event.set()
        name = signal.Signals(signals[0]).name
        log.warning("%s: finishing the batch in hand; again to stop at once", name)
        wake()

    def handle(number: int, _: FrameType | None) -> None:
        signals.append(number)
        if len(signals) > 1:
            raise KeyboardInterrupt
        # The handler runs between two instructions of the main thread, which may just then hold the lock of
        # the event or of standard error: another thread can wait for these. (threading.Thread takes locks.)
        _thread.start_new_thread(stop, ())

    if threading.current_thread() is not threading.main_thread():  # Python lets no other set handlers
        yield
        return
    before = {number: signal.signal(number, handle) for number in _SIGNALS}
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


@contextlib.contextmanager
def at_once() -> Iterator[None]:
    """While inside, a signal raises KeyboardInterrupt: nothing has begun that wants to be finished."""
    before = {number: signal.signal(number, signal.default_int_handler) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
