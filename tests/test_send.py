"""Writes reach the CRM once each, whatever happens to the calls they go by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import pytest
from pydantic import BaseModel

from connector.crm.base import BulkCrm, Job
from connector.errors import Interrupted, NotFoundError, RefusedError, TransientError
from connector.fetch.files import Files
from connector.ledger import Ledger
from connector.records import ObjectMeta, Record, Write, WriteResult
from connector.retry import RetryPolicy
from connector.send import send, take_up_jobs
from connector.walk import Walk
from tests.walks import example_mapping

Answer = list[WriteResult] | Exception


class Store(BulkCrm):
    """A CRM that upserts by key. ``faults``: what the next calls raise, by name, before they do their work
    or, where the name ends in ``+``, after. ``refuses``: results for keys, each used once. ``breaks``:
    whether a call of these keys fails as a whole, at this store's end."""

    name: ClassVar[str] = "store"
    Settings: ClassVar[type[BaseModel]] = BaseModel
    batch_size = 3
    bulk_from = 6

    def __init__(self) -> None:
        self.records: dict[str, Mapping[str, Any]] = {}
        self.sent: list[list[str]] = []
        self.jobs: dict[str, list[Write]] = {}
        self.states: dict[str, str] = {}
        self.faults: dict[str, list[Exception]] = {}
        self.refuses: dict[str, list[WriteResult]] = {}
        self.breaks: Callable[[Sequence[str]], bool] = lambda _: False
        self.broke = 0
        self.looks = 0

    @classmethod
    def open(cls, *_: Any, **__: Any) -> Self:
        return cls()

    def describe(self, objects: Iterable[str]) -> Mapping[str, ObjectMeta]:
        return {}

    def find(self, *_: Any) -> list[Record]:
        return []

    def find_titles(self, *_: Any) -> list[Record]:
        return []

    def _strike(self, name: str) -> None:
        if self.faults.get(name):
            raise self.faults[name].pop(0)

    def _land(self, writes: Sequence[Write]) -> list[WriteResult]:
        results = []
        for write in writes:
            if self.refuses.get(write.key):
                results.append(self.refuses[write.key].pop(0))
                continue
            self.records[write.key] = write.fields
            results.append(WriteResult(f"id-{write.key}"))
        return results

    def write(self, writes: Sequence[Write]) -> list[WriteResult]:
        self._strike("write")
        if self.breaks([write.key for write in writes]):
            self.broke += 1
            raise TransientError("it breaks", service="store", code="UNKNOWN_EXCEPTION", fewer=True)
        self.sent.append([write.key for write in writes])
        results = self._land(writes)
        self._strike("write+")
        return results

    def bulk_kind(self, write: Write) -> str:
        return "" if write.distinct else "update" if write.id else "upsert"

    def open_job(self, kind: str, writes: Sequence[Write]) -> str:
        self._strike("open_job")
        job = f"job-{len(self.jobs) + 1}-{kind}"
        self.jobs[job], self.states[job] = [], "open"
        return job

    def hand_in(self, job: str, kind: str, writes: Sequence[Write]) -> None:
        self._strike("hand_in")
        self.jobs[job] = list(writes)
        self.states[job] = "begun"
        self._strike("hand_in+")

    def job(self, job: str) -> Job:
        self._strike("job")
        self.looks += 1
        if job not in self.states:
            raise NotFoundError("no such job", service="store")
        state = self.states[job]
        if state == "begun" and self.looks > 2:
            self.results = {w.key: r for w, r in zip(self.jobs[job], self._land(self.jobs[job]), strict=True)}
            state = self.states[job] = "done"
        return Job(state == "open", state == "done")

    def withdraw(self, job: str) -> None:
        self.states[job] = "withdrawn"

    def job_results(self, job: str, kind: str, writes: Sequence[Write]) -> list[WriteResult]:
        self._strike("job_results")
        return [self.results[write.key] for write in writes]


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def walk(store: Store, tmp_path: Path) -> Iterator[Walk]:
    with Ledger.open("sqlite:///ledger.db", tmp_path) as ledger:
        yield Walk(
            Files("-", tmp_path),
            store,
            ledger,
            example_mapping(),
            policy=RetryPolicy(attempts=4, base=0.0),
            sleep=lambda _: None,
        )


def writes(count: int, *, first: int = 0, known: bool = False) -> list[Write]:
    numbers = range(first, first + count)
    return [Write("leads", "key", f"k{n}", f"id-k{n}" if known else None, {"n": n}) for n in numbers]


def lost(times: int = 1) -> list[Exception]:
    return [TransientError("reset", service="store") for _ in range(times)]


LOCKED = WriteResult(error="locked", code="UNABLE_TO_LOCK_ROW", again=True)
REFUSED = WriteResult(error="too long", field="name", code="STRING_TOO_LONG")


def ids(results: Sequence[WriteResult]) -> list[str | None]:
    return [result.id for result in results]


def test_a_few_writes_go_in_calls_of_as_many_as_the_crm_takes(walk: Walk, store: Store) -> None:
    assert ids(send(walk, writes(5), 1)) == [f"id-k{n}" for n in range(5)]
    assert [len(keys) for keys in store.sent] == [3, 2]
    assert not store.jobs


@pytest.mark.parametrize("when", ["write", "write+"])
def test_a_call_whose_answer_was_lost_is_sent_again(walk: Walk, store: Store, when: str) -> None:
    store.faults[when] = lost(2)
    assert ids(send(walk, writes(3), 1)) == ["id-k0", "id-k1", "id-k2"]
    assert sorted(store.records) == ["k0", "k1", "k2"]


def test_only_the_locked_records_of_a_call_are_sent_again(walk: Walk, store: Store) -> None:
    store.refuses = {"k1": [LOCKED, LOCKED], "k2": [REFUSED]}
    results = list(send(walk, writes(3), 1))
    assert ids(results) == ["id-k0", "id-k1", None]
    assert results[2] == REFUSED
    assert store.sent == [["k0", "k1", "k2"], ["k1"], ["k1"]]


def test_a_record_that_stays_locked_fails_alone(walk: Walk, store: Store) -> None:
    store.refuses = {"k1": [LOCKED] * 10}
    results = list(send(walk, writes(3), 1))
    assert ids(results) == ["id-k0", None, "id-k2"]
    assert results[1].error == "locked"


def test_a_crm_that_is_gone_ends_the_run(walk: Walk, store: Store) -> None:
    store.faults["write"] = lost(100)
    with pytest.raises(TransientError, match="4 attempts"):
        list(send(walk, writes(3), 1))


@pytest.mark.parametrize(
    "poison", [{"k0"}, {"k150"}, {"k199"}, {"k0", "k1", "k2", "k3", "k4"}, {"k7", "k8", "k90"}]
)
def test_a_record_that_the_crm_breaks_at_fails_alone(walk: Walk, store: Store, poison: set[str]) -> None:
    store.batch_size = 200
    store.bulk_from = 1000
    store.breaks = lambda keys: bool(poison.intersection(keys))
    results = list(send(walk, writes(200), 1))
    assert {f"k{n}" for n, result in enumerate(results) if result.error} == poison
    assert {(result.code, result.again) for result in results if result.error} == {
        ("UNKNOWN_EXCEPTION", False)
    }
    assert set(store.records) == {f"k{n}" for n in range(200)} - poison
    assert store.broke < 40 * len(poison)


def test_where_the_crm_breaks_at_many_records_fewer_go_at_once(walk: Walk, store: Store) -> None:
    store.batch_size = 200
    store.bulk_from = 10_000
    store.breaks = lambda keys: len(keys) > 60
    assert all(result.id for result in send(walk, writes(1000), 1))
    assert len(store.sent) == 20
    assert store.broke <= 12  # it is found out once


def test_a_crm_that_breaks_at_everything_is_gone(walk: Walk, store: Store) -> None:
    store.batch_size = 200
    store.bulk_from = 1000
    store.breaks = lambda _: True
    with pytest.raises(TransientError, match="4 attempts"):
        list(send(walk, writes(200), 1))
    assert store.broke < 100


def test_a_crm_that_breaks_at_a_few_records_at_a_time_is_gone_too(walk: Walk, store: Store) -> None:
    store.breaks = lambda _: True
    assert [result.code for result in send(walk, writes(1), 1)] == ["UNKNOWN_EXCEPTION"]
    store.breaks = lambda _: False
    list(send(walk, writes(1, first=1), 1))
    store.breaks = lambda _: True
    for number in range(2, 4):
        (result,) = send(walk, writes(1, first=number), 1)
        assert result.error
    with pytest.raises(TransientError):
        list(send(walk, writes(1, first=4), 1))


@pytest.mark.parametrize("calls", range(1, 40, 3))
def test_a_crm_that_breaks_for_a_while_costs_no_record(walk: Walk, store: Store, calls: int) -> None:
    store.batch_size = 200
    store.bulk_from = 1000
    store.breaks = lambda _: store.broke < calls
    assert all(result.id for result in send(walk, writes(200), 1))


def test_many_writes_go_as_one_job_of_a_kind(walk: Walk, store: Store) -> None:
    many = [*writes(5), *writes(5, first=5, known=True), Write("leads", "key", "k10", None, {}, True)]
    assert ids(send(walk, many, 1)) == [f"id-k{n}" for n in range(11)]
    assert sorted(job.partition("-")[2] for job in store.jobs) == ["1-upsert", "2-update"]
    assert store.sent == [["k10"]]
    assert walk.ledger.jobs() == []


def test_the_ledger_knows_a_job_before_anything_is_sent(walk: Walk, store: Store) -> None:
    store.faults["hand_in"] = [RefusedError("the disk is full", service="store")]
    with pytest.raises(RefusedError):
        list(send(walk, writes(9), 7))
    assert walk.ledger.jobs() == [("job-1-upsert", "leads", 7)]
    take_up_jobs(walk)
    assert store.states == {"job-1-upsert": "withdrawn"}
    assert walk.ledger.jobs() == []


def test_a_job_that_may_not_have_begun_is_withdrawn_and_handed_in_anew(walk: Walk, store: Store) -> None:
    store.faults["hand_in"] = lost()
    assert ids(send(walk, writes(9), 1)) == [f"id-k{n}" for n in range(9)]
    assert store.states == {"job-1-upsert": "withdrawn", "job-2-upsert": "done"}


def test_a_job_that_began_though_its_answer_was_lost_goes_on(walk: Walk, store: Store) -> None:
    store.faults |= {"hand_in+": lost(), "job": lost(2), "job_results": lost(2), "open_job": lost()}
    assert ids(send(walk, writes(9), 1)) == [f"id-k{n}" for n in range(9)]
    assert store.states == {"job-1-upsert": "done"}
    assert walk.ledger.jobs() == []


def test_records_that_a_job_found_locked_are_written_after_it(walk: Walk, store: Store) -> None:
    store.refuses = {"k3": [LOCKED], "k4": [REFUSED]}
    results = list(send(walk, writes(9), 1))
    assert [result.error for result in results] == [None] * 4 + ["too long"] + [None] * 4
    assert store.sent == [["k3"]]


class _Killed(BaseException):
    pass


def test_the_job_of_a_killed_run_is_awaited_by_the_next(walk: Walk, store: Store) -> None:
    def killed(_: float) -> None:
        raise _Killed

    walk.sleep = killed
    with pytest.raises(_Killed):
        list(send(walk, writes(9), 1))
    assert not store.records
    walk.sleep = lambda _: None
    take_up_jobs(walk)
    assert len(store.records) == 9
    assert list(store.states.values()) == ["done"]
    assert walk.ledger.jobs() == []


def test_a_stop_leaves_the_job_to_the_crm_and_the_next_run(walk: Walk, store: Store) -> None:
    walk.sleep = lambda _: True
    with pytest.raises(Interrupted, match="job-1-upsert"):
        list(send(walk, writes(9), 1))
    assert walk.ledger.jobs() == [("job-1-upsert", "leads", 1)]


def test_a_job_that_the_crm_has_forgotten_is_forgotten(walk: Walk, store: Store) -> None:
    walk.ledger.remember_job("job-of-old", "leads", 1)
    take_up_jobs(walk)
    assert walk.ledger.jobs() == []
