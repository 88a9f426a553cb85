"""``worker``: many tenants over many machines, from a queue on PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from connector.cli import logs
from connector.cli.command import Group
from connector.cli.options import Options
from connector.cli.output import Output
from connector.cli.selecting import Moment
from connector.cli.session import load_config, open_ledger
from connector.config import distributed, each_tenant, tenant_names
from connector.database import conninfo
from connector.errors import ConnectorError, ExitCode, Interrupted, UsageError
from connector.settings import Config

if TYPE_CHECKING:
    import procrastinate
    from procrastinate.jobs import JobDeferrer

    from connector.distributed.standing import QueueStanding

T = TypeVar("T")


@click.group("worker", cls=Group, invoke_without_command=True)
@click.option(
    "--concurrency",
    type=click.IntRange(1, 64),
    default=4,
    metavar="N",
    help="How many tenants at once; 4 if not given.",
)
@click.option("--once", is_flag=True, help="Leave when there is no job to take.")
@click.pass_context
def worker_command(context: click.Context, /, concurrency: int, once: bool) -> None:
    """Sync tenants from a queue, alongside other workers.

    Every tenant of the config is put into the queue every `distributed.every_minutes`. Start as many workers
    as you like, stop them when you like (SIGTERM): others take over what they leave.

    \b
    crm-connector worker --concurrency 8
    """
    if context.invoked_subcommand is not None:
        return
    options = context.ensure_object(Options)
    if options.tenant is not None:
        raise UsageError(
            "a worker is for all tenants", hint="leave --tenant out, or give `sync --tenant NAME`"
        )
    logs.configure(options)
    tenant_names(options.config)  # or it would wait for jobs that never come
    settings, url = distributed(options.config)
    _need_procrastinate()
    from connector.distributed.worker import run

    if run(options, url, settings, concurrency, once=once):
        raise Interrupted("stopped", hint="what was under way is left to other workers")


@worker_command.command("setup")
@click.pass_obj
def setup_command(options: Options, /) -> ExitCode:
    """Make the queue's tables and every tenant's ledger. Run it again after an upgrade.

    \b
    crm-connector worker setup
    """
    _need_procrastinate()
    from connector.distributed.queue import set_up

    schema = conninfo(distributed(options.config)[1], "distributed.url")[1]
    made = _in_queue(options, lambda app: set_up(app, schema))
    problems = {name: problem for name, load in each_tenant(options.config) if (problem := _ledger(load))}
    out = Output(options)
    answer = {"queue": "made" if made else "there", "problems": problems}
    out.answer(answer, lambda: _show(out, made=made, problems=problems))
    return ExitCode.USAGE if problems else ExitCode.DONE


def _show(out: Output, *, made: bool, problems: dict[str, str]) -> None:
    out.line("The queue's tables were made." if made else "The queue's tables are there.")
    for name, problem in problems.items():
        out.line(f"{name}: {problem}", "red")


def _ledger(load: Callable[[], Config]) -> str:
    """Make a tenant's ledger, or bring it up to date; what hinders that."""
    try:
        with open_ledger(load()):
            return ""
    except ConnectorError as error:
        return "; ".join([error.message, *map(str, getattr(error, "findings", ()))])


@worker_command.command("status")
@click.pass_obj
def status_command(options: Options, /) -> None:
    """Show the queue: jobs by task and state, and how many workers there are.

    A job is due, comes later (again, after a failure), is being done, or has failed for good: `metrics
    --all-tenants` has the same for Prometheus.

    \b
    crm-connector worker status
    """
    found = queue_standing(options)
    jobs = [{"task": task, "state": state, "jobs": count} for (task, state), count in found.jobs.items()]
    answer = {"workers": found.workers, "oldest_due_seconds": round(found.oldest_due, 1), "jobs": jobs}
    out = Output(options)

    def show() -> None:
        out.table(("task", "state", "jobs"), [tuple(job.values()) for job in jobs])
        since = f"; the oldest job due has waited {found.oldest_due:,.0f} s" if found.oldest_due else ""
        out.line(f"Workers: {found.workers}{since}.", "red" if jobs and not found.workers else "")

    out.answer(answer, show)


def queue_standing(options: Options) -> QueueStanding:
    """How the queue stands. Raises UsageError and ServiceError."""
    _need_procrastinate()
    from connector.distributed.queue import SILENT
    from connector.distributed.standing import standing

    silent_for = distributed(options.config)[0].heartbeat_seconds * SILENT
    return _in_queue(options, lambda app: standing(app, silent_for))


@worker_command.command("backfill")
@click.option("--since", type=Moment(), required=True, help="Invited from this date on.")
@click.option("--until", type=Moment(), help="Invited before this date; now if not given.")
@click.pass_obj
def backfill_command(options: Options, /, since: datetime, until: datetime | None) -> None:
    """Put a tenant's backfill into the queue, cut into windows of some days.

    \b
    crm-connector worker backfill --tenant acme --since 2020-01-01
    """
    tenant, end = _tenant(options), until or datetime.now(UTC)
    if since >= end:
        raise UsageError("--since is not before --until", hint="give the earlier date with --since")
    from connector.distributed.tasks import backfill_jobs

    days = distributed(options.config)[0].backfill_days
    count = _defer(options, lambda app: backfill_jobs(app, tenant, since, end, days))
    out = Output(options)
    out.answer({"windows": count}, lambda: out.line(f"{count:,} windows of {days} days are in the queue."))


@worker_command.command("event")
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@click.pass_obj
def event_command(options: Options, /, ids: tuple[str, ...]) -> None:
    """Put a tenant's invitations that an event has named into the queue.

    They are synced before all else of the tenant. For whatever receives the events of many accounts.

    \b
    crm-connector worker event --tenant acme engi-0123456789abc
    """
    tenant = _tenant(options)
    from connector.distributed.tasks import event_job

    count = _defer(options, lambda app: (event_job(app, tenant, id_) for id_ in ids))
    out = Output(options)
    out.answer({"events": count}, lambda: out.line(f"{count:,} invitations were put into the queue."))


def _tenant(options: Options) -> str:
    """The tenant that a job is for, which there has to be."""
    if options.tenant is None:
        raise UsageError("which tenant's?", hint="give --tenant NAME")
    load_config(options)
    _need_procrastinate()
    return options.tenant


def _defer(options: Options, jobs: Callable[[procrastinate.App], Iterable[JobDeferrer]]) -> int:
    """Put jobs into the queue, but for those that wait there already; how many."""
    from connector.distributed.queue import check_set_up, defer
    from connector.distributed.tasks import register

    async def put(app: procrastinate.App) -> int:
        await check_set_up(app)
        register(app)
        return await defer(jobs(app))

    return _in_queue(options, put)


def _need_procrastinate() -> None:
    try:
        import procrastinate  # noqa: F401
    except ModuleNotFoundError as error:
        raise UsageError(
            f"workers are not installed ({error.name} is missing)",
            hint="pip install 'partner-central-crm-connector[distributed]'",
        ) from None


def _in_queue(options: Options, ask: Callable[[procrastinate.App], Awaitable[T]]) -> T:
    """What comes of asking the queue's database. Raises ServiceError when that does not answer."""
    from connector.distributed.queue import AWAY, check_answers, open_queue, unreachable

    url = distributed(options.config)[1]
    app = open_queue(url)

    async def asked() -> Any:
        await check_answers(url)
        async with app.open_async():
            return await ask(app)

    try:
        answer: T = asyncio.run(asked())
    except AWAY as error:
        raise unreachable(error) from None
    return answer
