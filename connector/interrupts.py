"""What Ctrl-C and a scheduler's SIGTERM do to a process: KeyboardInterrupt, which is not lost."""

from __future__ import annotations

import _thread
import signal
import sys
import time


def hear() -> None:
    """From now on SIGTERM, and SIGINT unless it is ignored, as in the background, raise KeyboardInterrupt."""
    hear_again()
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def hear_hangup() -> None:
    """From now on SIGHUP, which is a terminal that closes, does what SIGTERM does; not under nohup.
    Windows has none."""
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))


def hear_again() -> None:
    """From now on a KeyboardInterrupt that Python cannot pass on, since it was raised in a finaliser or in a
    weak reference's callback (every import has one), is raised once more a moment later. Python itself prints
    it, and goes on as if nobody had asked it to stop."""
    sys.unraisablehook = _raise_later


def _raise_later(unraisable: sys.UnraisableHookArgs) -> None:
    if unraisable.exc_type is not KeyboardInterrupt:
        sys.__unraisablehook__(unraisable)
        return

    _thread.start_new_thread(_interrupt, (_thread.get_ident(),))


def _interrupt(thread: int) -> None:
    time.sleep(0.01)
    signal.pthread_kill(thread, signal.SIGTERM)
