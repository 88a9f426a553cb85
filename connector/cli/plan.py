"""``plan`` and ``apply``: what a sync would change, field by field, and exactly that."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import click

from connector import planfile
from connector.apply import Kind, Outcome
from connector.changes import Action, Plan
from connector.cli.command import Command
from connector.cli.diff import diff, is_quiet
from connector.cli.options import Options, force_option, wait_option
from connector.cli.output import Output
from connector.cli.progress import Progress
from connector.cli.reports import Attention, exit_code, report_to_json
from connector.cli.selecting import selecting
from connector.cli.session import load_config, open_walk
from connector.cli.sources import selection
from connector.cli.sync import counting, finish
from connector.errors import ExitCode, PlanStale, UsageError
from connector.settings import Config
from connector.stages import NOT_THERE
from connector.sync import apply_plan, sync
from connector.walk import Report, Walk

_FILE = click.Path(dir_okay=False, path_type=Path)
_only = click.option(
    "--only", multiple=True, metavar="ID", help="The changes of this invitation alone; may be repeated."
)
_only_from = click.option(
    "--only-from",
    type=click.File(encoding="utf-8-sig"),
    metavar="FILE",
    help="The changes of the invitations in this file alone: ids, one a line; - is standard input.",
)


@click.command("plan", cls=Command)
@selecting
@_only
@click.option("--out", type=_FILE, metavar="FILE", help="Save the plan, for `apply`.")
@click.pass_obj
def plan_command(options: Options, /, out: Path | None, only: tuple[str, ...], **chosen: Any) -> ExitCode:
    """Show, field by field, what a sync would change.

    + is a creation, ~ an update, = a person's edit that stays, ? a match for review, ! a failure or warning;
    with --verbose also . a rule that has no record to change. Writes nothing but the file of --out, which
    holds customers' data and is readable by you alone.

    \b
    crm-connector plan --since 7d --out plan.json
    """
    config = load_config(options)
    shown = _Shown(options, only, keep=out is not None)
    chosen |= {"ids": only} if only else {}
    with open_walk(config, rehearse=True, force=True, watch=shown) as walk:
        report = sync(walk, selection(config, **chosen), command="plan")
        fingerprint = walk.mapping.fingerprint
    shown.check_only(report)
    if out is not None and report.error is None:
        about = {"fingerprint": fingerprint, "crm": config.crm.type, "tenant": config.tenant}
        planfile.save(out, shown.plans, **about, now=datetime.now(UTC))
    shown.finish(report, out)
    return exit_code(report)


class _Shown:
    """Shows plans as they come; keeps those that a file or JSON wants."""

    def __init__(self, options: Options, only: Sequence[str], *, keep: bool) -> None:
        self._out = Output(options)
        self._verbose = options.verbose
        self._keep = keep or self._out.as_json
        self._attention = Attention()
        self._unmet = set(only)
        self.plans: list[Plan] = []
        self.actions: Counter[Action] = Counter()

    def __call__(self, outcome: Outcome) -> None:
        if outcome.reason != NOT_THERE:
            self._unmet.discard(outcome.invitation_id)
        plan = outcome.plan
        if plan is not None and not (is_quiet(plan) and outcome.kind is Kind.UNCHANGED):
            if self._keep:
                self.plans.append(plan)
            self.actions.update(change.action for change in plan.changes)
            if not self._out.as_json and not (is_quiet(plan) and not self._verbose):
                for text, style in diff(plan, verbose=self._verbose):
                    self._out.line(text, style)
        self._attention(outcome)

    def check_only(self, report: Report) -> None:
        """Raise UsageError for ids of --only that the source does not have; a run cut short does not know."""
        if self._unmet and report.error is None:
            hint = f"`{self._out.command('plan')}` shows the ids"
            raise UsageError(f"the source has no invitation {', '.join(sorted(self._unmet))}", hint=hint)

    def finish(self, report: Report, file: Path | None) -> None:
        answer = report_to_json(report, self._attention.outcomes)
        answer["plans"] = [planfile.plan_to_json(plan) for plan in self.plans]
        self._out.answer(answer, lambda: self._summarise(report, file))

    def _summarise(self, report: Report, file: Path | None) -> None:
        for outcome in self._attention.outcomes:
            if outcome.kind is Kind.FAILED:
                self._out.line(f"{outcome.invitation_id}: failed: {outcome.reason}", "red")
        counts = self.actions
        self._out.line(
            f"{report.listed:,} invitation{'s' * (report.listed != 1)}:"
            f" {counts[Action.CREATE]:,} record{'s' * (counts[Action.CREATE] != 1)} to create,"
            f" {counts[Action.UPDATE]:,} to update,"
            f" {counts[Action.REVIEW]:,} in review, {counts[Action.FAIL]:,} failed. Nothing was written."
        )
        if file is not None and report.error is None:
            apply = self._out.command(f"apply {shlex.quote(str(file))}")
            self._out.line(f"Saved: `{apply}` does exactly this.")


@click.command("apply", cls=Command)
@click.argument("file", type=_FILE)
@_only
@_only_from
@force_option
@wait_option
@click.pass_obj
def apply_command(
    options: Options,
    /,
    file: Path,
    only: tuple[str, ...],
    only_from: IO[str] | None,
    force: bool,
    wait: float,
) -> ExitCode:
    """Make exactly the changes of a saved plan.

    Refuses, and writes nothing, when the CRM or the mapping has changed since the plan was made. With --only
    or --only-from it makes the changes of some of the plan's invitations, and leaves the others.

    \b
    crm-connector apply plan.json
    crm-connector apply plan.json --only engi-0123456789abc --only engi-0123456789abd
    """
    only = (*only, *_ids_in(only_from))
    config = load_config(options)
    attention = Attention()
    with Progress("apply", options) as progress, open_walk(config, force=force) as walk:
        body = planfile.read(file)
        _check_place(body, config)
        describe = walk.crm.describe
        saved = planfile.load(
            body, walk.mapping, lambda names: walk.attempt("describe", lambda: describe(names))
        )
        saved = planfile.only(saved, only) if only else saved
        walk.watch = counting(progress, attention, len(saved.plans))
        report = apply_plan(walk, saved.plans, check=lambda: _check(saved, walk), wait=wait)
    return finish(options, report, attention, listing="the plan")


def _ids_in(file: IO[str] | None) -> list[str]:
    """The ids in a file of --only-from. Raises UsageError when it has none: no ids at all would mean every
    invitation."""
    if file is None:
        return []
    try:
        ids = [line.strip() for line in file if line.strip()]
    except UnicodeDecodeError:
        raise UsageError(f"--only-from {file.name} is no text in UTF-8") from None
    if not ids:
        raise UsageError(f"--only-from {file.name} names no invitation", hint="one id a line")
    return ids


def _check_place(body: Mapping[str, Any], config: Config) -> None:
    """Raise UsageError for a plan of another tenant, and PlanStale for one of another kind of CRM."""
    tenant, crm = body.get("tenant", ""), body["crm"]
    if tenant != config.tenant:
        whose = f"of tenant {tenant}" if tenant else "of no tenant"
        raise UsageError(f"the plan is {whose}, not of {config.tenant or 'this config'}", hint=planfile.AGAIN)
    if crm != config.crm.type:
        message = f"the plan is for a CRM of type {crm}, not {config.crm.type}"
        raise PlanStale(message, hint=planfile.AGAIN)


def _check(saved: planfile.SavedPlan, walk: Walk) -> None:
    """Raise PlanStale unless the plan was made with this mapping, and the CRM is still as it was."""
    if saved.fingerprint != walk.mapping.fingerprint:
        raise PlanStale(planfile.CHANGED, hint=planfile.AGAIN)
    walk.attempt("find", lambda: planfile.check_ground(saved.plans, walk.crm))
