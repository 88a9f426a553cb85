"""All tenants: each is worked on in a process of its own, several at once, and one that fails stops no other.

``work`` is what such a process does; it is what a worker of ``connector.distributed`` does, too.
"""

from __future__ import annotations

import errno
import gc
import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import click

from connector.cli import logs
from connector.cli.failures import whereabouts
from connector.cli.options import Options
from connector.cli.output import Output
from connector.cli.reports import counts_of
from connector.cli.session import load_config, open_walk
from connector.cli.sources import selection
from connector.cli.stopping import stopping
from connector.cli.telling import tell
from connector.crew import Crew, Died
from connector.errors import BudgetExhausted, ConnectorError, ExitCode, Interrupted
from connector.notify import Notice
from connector.redaction import redact
from connector.sync import sync
from connector.walk import Report

log = logging.getLogger(__name__)

# The worst that asks for attention comes first: what wants an engineer before what wants sales operations,
# and these before what gets better by itself.
WORST = (
    ExitCode.INTERRUPTED,
    ExitCode.BUG,
    ExitCode.USAGE,
    ExitCode.ATTENTION,
    ExitCode.UNAVAILABLE,
    ExitCode.LOCKED,
    ExitCode.DONE,
)


@dataclass(frozen=True, slots=True)
class Job:
    """A sync for ``options.tenant``. ``chosen`` is what `sync` was told of which invitations; ``command`` is
    what the run is called in the ledger."""

    options: Options
    chosen: dict[str, Any] = field(default_factory=dict)
    command: str = "sync"
    dry_run: bool = False
    force: bool = False
    wait: float = 0.0


@dataclass(frozen=True, slots=True)
class Ended:
    """How a tenant's run ended. ``message`` says why it is not done, without any customer's data;
    ``retry_at`` (aware UTC) when it is worth trying again, where that is known."""

    tenant: str
    code: ExitCode
    run: int | None = None
    listed: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    message: str = ""
    hint: str = ""
    findings: tuple[str, ...] = ()
    retry_at: datetime | None = None


def work(job: Job) -> Ended:
    """Do a job in this process. Raises nothing."""
    tenant = job.options.tenant or ""
    try:
        logs.configure(job.options)
        ended = _of_report(tenant, _synced(job))
    except (KeyboardInterrupt, Exception) as error:
        ended = _failed(tenant, error)
    finally:
        gc.collect()  # which a walk puts off, and boto3's clients are cycles of many megabytes
    if ended.code not in (ExitCode.DONE, ExitCode.ATTENTION):
        log.error("%s", "; ".join([ended.message, *ended.findings]))
    return ended


def _synced(job: Job) -> Report:
    config = load_config(job.options)
    notice = Notice()
    with open_walk(config, rehearse=job.dry_run, force=job.force, watch=notice.watch) as walk:
        report = sync(walk, selection(config, **job.chosen), command=job.command, wait=job.wait)
    if not job.dry_run:
        tell(config, notice)
    return report


def _of_report(tenant: str, report: Report) -> Ended:
    code = ExitCode.ATTENTION if report.needs_attention else ExitCode.DONE
    ended = Ended(tenant, code) if report.error is None else _failed(tenant, report.error)
    return replace(
        ended,
        run=report.run_id or None,
        listed=report.listed,
        counts=counts_of(report),
        seconds=round(report.seconds, 3),
    )


def _failed(tenant: str, error: BaseException) -> Ended:
    if isinstance(error, KeyboardInterrupt):
        error = Interrupted("interrupted", hint="run again to go on")
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        message = f"nothing more can be written: {error.strerror}"
        return Ended(tenant, ExitCode.UNAVAILABLE, message=message, hint="make room and run again")
    if not isinstance(error, ConnectorError):
        return Ended(tenant, ExitCode.BUG, message=f"this is a bug in crm-connector: {whereabouts(error)}")
    return Ended(
        tenant,
        error.exit_code,
        message=redact(error.message),
        hint=redact(error.hint or ""),
        findings=tuple(redact(str(finding)) for finding in getattr(error, "findings", ())),
        retry_at=error.available_at if isinstance(error, BudgetExhausted) else None,
    )


def done_by(crew: Crew[Job, Ended], job: Job) -> Ended:
    """How a job ends that is given to a crew. Raises nothing."""
    tenant = job.options.tenant or ""
    try:
        return crew.do(job)
    except Died as error:
        message = f"{error}; what was done is recorded"
        log.error("tenant %s: %s", tenant, message)
        return Ended(tenant, ExitCode.BUG, message=message, hint="run again to go on")
    except Interrupted as error:
        return _failed(tenant, error)


def work_for_all(jobs: Iterable[Job], parallel: int) -> list[Ended]:
    """How each job ended, in their order, ``parallel`` at once. Ctrl-C ends those under way after the batch
    in hand, and those that have not begun do not."""
    with (
        Crew(work, parallel) as crew,
        ThreadPoolExecutor(parallel, thread_name_prefix="tenant") as threads,
        stopping(threading.Event(), crew.stop),
    ):
        try:
            return list(threads.map(lambda job: done_by(crew, job), jobs))
        except KeyboardInterrupt:  # once more: at once
            crew.kill()
            raise


def worst(codes: Iterable[ExitCode]) -> ExitCode:
    """The exit code for all."""
    return min(codes, key=WORST.index, default=ExitCode.DONE)


def show(options: Options, ended: Sequence[Ended]) -> ExitCode:
    """Print how the tenants' runs ended; the exit code for all of them."""
    out, code = Output(options), worst(each.code for each in ended)
    answer = {"exit_code": int(code), "tenants": [_to_json(each) for each in ended]}
    if out.as_json or not options.quiet:
        out.answer(answer, lambda: _show(out, ended))
    return code


def _show(out: Output, ended: Sequence[Ended]) -> None:
    columns = ("tenant", "exit", "run", "listed", "outcomes", "seconds", "message")
    out.table(columns, map(_row, ended))
    codes = Counter(each.code for each in ended)
    good = codes[ExitCode.DONE]
    rest = ", ".join(f"{codes[code]:,} with exit code {int(code)}" for code in WORST[:-1] if codes[code])
    out.line(f"{len(ended):,} tenants: {good:,} done{', ' if rest else ''}{rest}.")
    for each in ended:
        for text in (*each.findings, *((f"hint: {each.hint}",) if each.hint else ())):
            out.line(f"{each.tenant}: {text}", "dim")


def _row(each: Ended) -> tuple[object, ...]:
    outcomes = ", ".join(f"{count:,} {kind}" for kind, count in each.counts.items())
    return each.tenant, int(each.code), each.run, each.listed, outcomes, f"{each.seconds:.1f}", each.message


def _to_json(each: Ended) -> dict[str, Any]:
    return {
        "tenant": each.tenant,
        "exit_code": int(each.code),
        "run": each.run,
        "listed": each.listed,
        "counts": each.counts,
        "seconds": each.seconds,
        "error": {"message": each.message, "hint": each.hint or None, "findings": list(each.findings)}
        if each.message
        else None,
    }


def fleet_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of a command that can be for all tenants."""
    several = "Every tenant of the config; one that fails stops no other."
    at_once = "With --all-tenants: how many at once; 4 if not given."
    limit = click.IntRange(1, 64)
    command = click.option("--parallel", type=limit, default=4, metavar="N", help=at_once)(command)
    return click.option("--all-tenants", is_flag=True, help=several)(command)
