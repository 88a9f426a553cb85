"""Writing to standard output, whose reader may have left (``| head``): then the rest is for nobody. Likewise
to standard error."""

from __future__ import annotations

import contextlib
import os
import select
import sys
from collections.abc import Iterator
from typing import TextIO


def write(text: str) -> None:
    """Write ``text`` as it is, in UTF-8 wherever bytes can be written."""
    try:
        buffer = getattr(sys.stdout, "buffer", None)
        if buffer is None:
            sys.stdout.write(text)
        else:
            sys.stdout.flush()
            buffer.write(text.encode("utf-8", "replace"))
        sys.stdout.flush()
    except BrokenPipeError:
        mute()


def mute(stream: TextIO | None = None) -> None:
    """Send what is still written (to standard output, if nothing else is given) nowhere, so that a command
    does its work to the end all the same."""
    # Python's own recipe: https://docs.python.org/3/library/signal.html#note-on-sigpipe
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, (stream or sys.stdout).fileno())
    os.close(nowhere)


@contextlib.contextmanager
def if_anybody_reads() -> Iterator[None]:
    """Standard error may be a full disk's file, or its reader may have left: then what is written here goes
    nowhere, and the exit code alone says what went wrong."""
    try:
        yield
        sys.stderr.flush()
    except OSError:
        mute(sys.stderr)


def give_up_unless_writable() -> None:
    """Mute it when what it still holds cannot be written: Python would try again at the end, in vain, and
    change the exit code."""
    try:
        sys.stdout.flush()
    except OSError:
        mute()


def is_broken() -> bool:
    """Whether nobody reads any more; from then on it is muted."""
    try:
        poll = select.poll()
        poll.register(sys.stdout.fileno(), 0)
        broken = any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))
    except (AttributeError, OSError):  # no such call on Windows, or no descriptor
        return False
    if broken:
        mute()
    return broken


def open_missing() -> None:
    """Where the caller has closed a standard stream (``>&-``), what is written to it goes nowhere, and
    there is nothing to read. To be called first: the next file to be opened would else become standard
    output, and be written over."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
    sys.stdin = sys.stdin or open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
