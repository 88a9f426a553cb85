"""What a CRM must be able to do for the connector: describe, find, write. Nothing else.

An adapter registers the entry point ``connector.crm`` under the name that config's ``crm.type`` gives it,
and passes the suite in ``connector.crm.contract``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import BaseModel

from connector.records import ObjectMeta, Record, Write, WriteResult

Claimed = Callable[[str, Sequence[str]], Mapping[str, str]]  # object, ids -> the keys of those that have one


class Crm(ABC):
    """A CRM, opened for one run. Not thread-safe: one run uses it from one thread.

    All methods raise ``TransientError`` for what is worth trying again (the caller does, by
    ``connector.retry``; an adapter never retries by itself) and ``RefusedError`` when the set-up is at
    fault and no record can land.
    """

    name: ClassVar[str]
    Settings: ClassVar[type[BaseModel]]  # the keys of config's ``crm:`` beside ``type``
    batch_size: ClassVar[int] = 200  # the most records one ``write`` takes
    gather: ClassVar[int] = 200  # how many invitations are best looked up and written together

    @property
    def location(self) -> str:
        """Which CRM of its kind it is (its host, its database), without secrets: a ledger belongs to one. ""
        where that cannot be known, or not before the CRM was asked for something."""
        return ""

    @classmethod
    @abstractmethod
    def open(cls, settings: Any, directory: Path, *, read_only: bool = False) -> Self:
        """Open the CRM that ``settings`` (an instance of ``Settings``) names; relative paths in it count
        from ``directory``. ``read_only`` promises that nothing will be written: then nothing may be
        created either (no file, no table), and a store that does not exist yet reads as empty."""

    @abstractmethod
    def describe(self, objects: Iterable[str]) -> Mapping[str, ObjectMeta]:
        """The metadata of ``objects``; those that the CRM does not have are left out."""

    def objects(self) -> Sequence[str]:
        """The names of all the objects there are, for suggestions; none where that costs much."""
        return ()

    def unmade(self) -> Sequence[str]:
        """What the CRM does not have yet and is made when it is first opened to be written to, such as
        tables, by name. Raises ConfigurationError where that could not be made."""
        return ()

    @abstractmethod
    def find(self, object: str, field: str, values: Sequence[str], fields: Sequence[str]) -> list[Record]:
        """The records whose ``field`` (a key field, or ``id``) is one of ``values``, in any order.

        ``fields`` names what to read, dotted names along references included.
        """

    @abstractmethod
    def find_titles(
        self,
        object: str,
        title_fields: Sequence[str],
        titles: Sequence[str],
        key_field: str,
        fields: Sequence[str],
    ) -> list[Record]:
        """Every record whose ``key_field`` is empty and one of whose ``title_fields`` may be equal to one of
        ``titles`` by ``connector.match.fold``. May return more: the caller compares, exactly."""

    @abstractmethod
    def write(self, writes: Sequence[Write]) -> list[WriteResult]:
        """Write records of one object, at most ``batch_size``; results in the same order. One bad record
        fails alone. A write repeated after a lost answer changes nothing."""

    def calls(self) -> Mapping[str, int]:
        """How many calls were made so far, by operation."""
        return {}

    def close(self) -> None:
        """Give back what ``open`` took."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class Job:
    """How far a bulk job is: ``open`` while it can be withdrawn, ``done`` when its results are there.
    ``processed`` counts records. ``failed`` says why the CRM gave up on the job as a whole."""

    open: bool
    done: bool
    processed: int = 0
    failed: str = ""


class BulkCrm(Crm):
    """A CRM that takes many writes as one job, which outlives the process that handed it in.

    The steps are apart so that the job's id can be kept before anything is sent: a killed run's job is found
    again, and its records are not sent twice.
    """

    bulk_from: int  # more writes than this to one object at once are worth a job

    def heed(self, claimed: Claimed) -> None:
        """Where records may lack the field for our key: ``claimed`` knows whose they are. One that is
        somebody's is never taken for what an earlier attempt at another's write has left."""

    @abstractmethod
    def bulk_kind(self, write: Write) -> str:
        """The kind of job that ``write`` can be part of; "" for one that is better written by itself."""

    @abstractmethod
    def open_job(self, kind: str, writes: Sequence[Write]) -> str:
        """A new job for ``writes``, all of one object and ``kind``; its id. Nothing is written yet."""

    @abstractmethod
    def hand_in(self, job: str, kind: str, writes: Sequence[Write]) -> None:
        """Send ``writes`` and let the job begin. When this fails, ``withdraw`` and begin anew."""

    @abstractmethod
    def job(self, job: str) -> Job:
        """How far it is. Raises NotFoundError when the CRM has forgotten it."""

    @abstractmethod
    def withdraw(self, job: str) -> None:
        """Give up a job that is still open."""

    @abstractmethod
    def job_results(self, job: str, kind: str, writes: Sequence[Write]) -> list[WriteResult]:
        """What became of ``writes``, in their order, once the job is done."""
