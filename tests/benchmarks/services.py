"""The loopback services, each in a process of its own: its CPU and memory are not the client's."""

from __future__ import annotations

import contextlib
import multiprocessing
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.managers import BaseManager
from pathlib import Path
from typing import Any


class _Process(BaseManager):
    """Hands out a service that lives in the manager's process."""


def _aws(invitations: int) -> Any:
    from tests.benchmarks.loopback import Aws  # only there: what this process loads, its children begin with

    return Aws(invitations)


def _crm() -> Any:
    from tests.benchmarks.loopback import Crm

    return Crm()


_Process.register("aws", _aws)
_Process.register("crm", _crm)


@dataclass(frozen=True)
class Pace:
    """How the services behave while a client is measured: seconds before each answer, and the quota."""

    aws: float
    crm: float
    reads_per_second: float | None


@dataclass(frozen=True)
class Services:
    """``aws`` and ``crm`` are ``loopback.Aws`` and ``loopback.Crm``, by proxy; ``folder`` is their client's
    own. They answer at once and without quota until ``begin``."""

    aws: Any
    crm: Any
    folder: Path
    pace: Pace

    def begin(self) -> None:
        """Behave as said, and count calls from here."""
        self.aws.behave(self.pace.aws, self.pace.reads_per_second)
        self.crm.behave(self.pace.crm)


@contextlib.contextmanager
def services(invitations: int, pace: Pace) -> Iterator[Services]:
    """Services that nobody has used yet, and an empty folder."""
    spawn = multiprocessing.get_context("spawn")
    with (
        tempfile.TemporaryDirectory(prefix="benchmark-") as folder,
        _Process(ctx=spawn) as one,
        _Process(ctx=spawn) as other,
    ):
        yield Services(one.aws(invitations), other.crm(), Path(folder), pace)  # type: ignore[attr-defined]
