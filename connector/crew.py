"""Processes that do jobs, each one job at a time: what a job leaves in a process (its tenant's name, secrets,
a CRM's session) meets no other job that is under way, and one that takes its process down takes nothing else.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import queue
import signal
import threading
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from typing import Generic, TypeVar

from connector.errors import Interrupted
from connector.interrupts import hear_again

J = TypeVar("J")
R = TypeVar("R")

JOBS = 500  # that a process does before a new one takes its place: whatever leaks has an end
_LEAVING = 5.0  # seconds that an idle process may take to end

_SPAWN = multiprocessing.get_context("spawn")  # a fork would inherit the locks of our threads


class Died(Exception):
    """A process ended in the middle of a job. ``code``: its exit code, or minus the number of a signal."""

    def __init__(self, code: int | None) -> None:
        super().__init__(f"the process ended in the middle of its work ({_ended(code)})")


def _ended(code: int | None) -> str:
    if code is not None and code < 0:
        with contextlib.suppress(ValueError):
            return signal.Signals(-code).name
    return f"exit code {code}"


class Crew(Generic[J, R]):
    """``size`` processes that do ``work``, a function of a module, which gets a job, gives its result, and
    raises nothing. A context. ``do`` may be called from any thread."""

    def __init__(self, work: Callable[[J], R], size: int) -> None:
        self._work = work
        self._idle: queue.LifoQueue[_Member[J, R] | None] = queue.LifoQueue()
        self._lock = threading.Lock()
        self._busy: set[_Member[J, R]] = set()
        self._stopped = False
        for _ in range(size):
            self._idle.put(None)  # a process is started when there is work for it

    def do(self, job: J) -> R:
        """The result of a job, once a process was free for it and has done it. Raises Died when that process
        does not live to say it, and Interrupted when the crew has been stopped before it began."""
        member = self._idle.get()
        following: _Member[J, R] | None = None
        try:
            with self._lock:
                if self._stopped:
                    raise Interrupted("interrupted before it began", hint="run again to go on")
                member = member or _Member(self._work)
                self._busy.add(member)
            result = member.do(job)
            following = member if member.jobs < JOBS else None
            return result
        except Died:
            if self._stopped:  # it was asked to before it could hear of the job
                raise Interrupted("interrupted as it began", hint="run again to go on") from None
            raise
        finally:
            with self._lock:
                self._busy.discard(member)
            if member is not None and following is None:
                member.close()
            self._idle.put(following)

    def stop(self) -> None:
        """Have the jobs under way end as soon as they safely can, and begin no other."""
        with self._lock:
            self._stopped = True
            for member in self._busy:
                member.ask_to_stop()

    def kill(self) -> None:
        """End the jobs under way at once, which is as safe as any other kill."""
        self.stop()
        with self._lock:
            for member in self._busy:
                member.kill()

    def __enter__(self) -> Crew[J, R]:
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._stopped = True
            members = [*self._busy, *self._taken()]
        for member in members:
            member.close()

    def _taken(self) -> Iterator[_Member[J, R]]:
        while True:
            try:
                member = self._idle.get_nowait()
            except queue.Empty:
                return
            if member is not None:
                yield member


class _Member(Generic[J, R]):
    """One process."""

    def __init__(self, work: Callable[[J], R]) -> None:
        self.jobs = 0
        self._connection, theirs = _SPAWN.Pipe()
        self._process = _SPAWN.Process(target=_serve, args=(theirs, work), daemon=True)
        self._process.start()
        theirs.close()  # so that its end is seen here

    def do(self, job: J) -> R:
        self.jobs += 1
        try:
            self._connection.send(job)
            result: R = self._connection.recv()
        except (EOFError, OSError):
            raise Died(self._left()) from None
        return result

    def _left(self) -> int | None:
        """The exit code of the process, which has ended."""
        with contextlib.suppress(ValueError):  # it was closed meanwhile
            self._process.join(_LEAVING)
            return self._process.exitcode
        return None

    def ask_to_stop(self) -> None:
        with contextlib.suppress(ProcessLookupError, AttributeError, TypeError):  # it has just ended
            os.kill(self._process.pid, signal.SIGTERM)  # type: ignore[arg-type]

    def kill(self) -> None:
        with contextlib.suppress(ValueError):  # it is closed
            self._process.kill()

    def close(self) -> None:
        """End the process: at once if it is in the middle of a job, as safely as by any other kill."""
        self._connection.close()
        with contextlib.suppress(ValueError):  # it was closed already
            self._process.join(0.2)
            if self._process.is_alive():
                self._process.kill()
            self._process.join(_LEAVING)
            self._process.close()


def _serve(connection: Connection, work: Callable[[J], R]) -> None:
    # Ctrl-C goes to all processes of a terminal's group: in one of its own, a job is told by us alone, once.
    os.setpgrp()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    hear_again()
    with contextlib.suppress(EOFError, OSError, KeyboardInterrupt):
        while True:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            job: J = connection.recv()
            signal.signal(signal.SIGTERM, signal.default_int_handler)
            connection.send(work(job))
