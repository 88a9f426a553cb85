"""``invitations accept|reject|convert|decide|watch|decisions``: what is done with invitations."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import IO, Any

import click

from connector.cli.command import Command
from connector.cli.decided import (
    attention,
    decision_to_json,
    proposal_to_json,
    show_carried,
    show_decisions,
    show_proposals,
    verb,
)
from connector.cli.desk import open_desk
from connector.cli.options import COUNT, Options
from connector.cli.output import Output
from connector.cli.progress import Progress
from connector.cli.session import load_config, open_ledger
from connector.cli.stopping import at_once
from connector.cli.wanted import condition, wanted
from connector.conditions import check_rejection
from connector.decisions import carry_out, propose, take_up
from connector.desk import Carried, Desk
from connector.errors import ExitCode, UsageError
from connector.fetch import Selection
from connector.ledger_decisions import RULE, Action, Decision, DecisionLedger, by_rules
from connector.proposals import Choice, Chooser, Proposal, capped, first_agreed, where
from connector.sections import RuleSettings
from connector.settings import Config

DEFAULT_WAIT = 120.0


_wait_option = click.option(
    "--wait",
    type=click.FloatRange(0),
    default=DEFAULT_WAIT,
    metavar="SECONDS",
    help="How long to wait for another run to end, and for AWS to finish; 120 if not given.",
)


def _choosing(function: Callable[..., Any]) -> Callable[..., Any]:
    """The arguments and options of commands that decide about invitations."""
    for option in (
        _wait_option,
        click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing."),
        click.option("--yes", is_flag=True, help="Do it without asking."),
        click.option("--where", metavar="JMESPATH", help="Those for which this is true."),
        click.option(
            "--file",
            type=click.File(encoding="utf-8-sig"),
            metavar="FILE",
            help="Ids, one a line.",
        ),
        click.argument("ids", nargs=-1, metavar="[ID]..."),
    ):
        function = option(function)
    return function


@click.command("accept", cls=Command)
@_choosing
@click.pass_obj
def accept_command(options: Options, /, **given: Any) -> ExitCode:
    """Accept invitations, and follow AWS until their opportunities are there.

    Shows them first and asks. What was begun is in the ledger: the same command again accepts nothing twice.

    \b
    crm-connector invitations accept engi-0000000000abc
    crm-connector invitations accept --where "Payload.LeadInvitation" --dry-run
    """
    return _decide(options, Action.ACCEPT, **given)


@click.command("reject", cls=Command)
@_choosing
@click.option(
    "--reason", required=True, metavar="TEXT", help="One that AWS documents; a wrong one lists them."
)
@click.pass_obj
def reject_command(options: Options, /, reason: str, **given: Any) -> ExitCode:
    """Reject invitations, for good: all access to them ends.

    \b
    crm-connector invitations reject --reason "Unable to support" engi-0000000000abc
    """
    try:
        rejection = check_rejection(reason)
    except ValueError as error:
        raise UsageError(f"--reason {error}") from None
    return _decide(options, Action.REJECT, rejection, **given)


@click.command("convert", cls=Command)
@_choosing
@click.pass_obj
def convert_command(options: Options, /, **given: Any) -> ExitCode:
    """Make AWS opportunities of accepted leads.

    \b
    crm-connector invitations convert engi-0000000000abc --wait 300
    """
    return _decide(options, Action.CONVERT, **given)


def _decide(
    options: Options,
    action: Action,
    rejection: str = "",
    *,
    ids: Sequence[str],
    file: IO[str] | None,
    where: str | None,
    yes: bool,
    dry_run: bool,
    wait: float,
) -> ExitCode:
    config = load_config(options)
    chosen = wanted(config, action, rejection, ids, file, where)
    with open_desk(config, rehearse=dry_run, wait=wait) as desk:
        proposals = propose(desk, chosen.selection, chosen.choose, chosen.given)
        if dry_run:
            return _shown(options, proposals)
        _agree(options, proposals, yes)
        carried = _carried(options, desk, lambda: carry_out(desk, proposals, wait), len(proposals))
    return _finish(options, proposals, carried)


# What the config's rules say.


@click.command("decide", cls=Command)
@click.option("--dry-run", is_flag=True, help="Say what each rule would take, and do nothing.")
@_wait_option
@click.pass_obj
def decide_command(options: Options, /, dry_run: bool, wait: float) -> ExitCode:
    """Accept and reject pending invitations as the config's rules say.

    For a scheduler: it does not ask. Without rules in the config it does nothing.

    \b
    crm-connector invitations decide --dry-run
    """
    config = load_config(options)
    choosers = _rules(config)
    if not choosers:
        hint = "rules: {accept: JMESPATH, reject: {when: JMESPATH, reason: TEXT}}"
        raise UsageError("the config has no rules to decide by", hint=hint)
    with open_desk(config, rehearse=dry_run, wait=wait) as desk:
        given = Choice(Action.ACCEPT, RULE.rstrip("."))
        found = propose(desk, Selection(statuses=("PENDING",)), first_agreed(choosers), given)
        proposals = _under_the_ceiling(config.rules, desk, found)
        if dry_run:
            return _shown(options, proposals)
        carried = _carried(options, desk, lambda: carry_out(desk, proposals, wait), len(proposals))
    return _finish(options, proposals, carried)


def _rules(config: Config) -> list[Chooser]:
    rules = config.rules
    choosers: list[Chooser] = []
    if rules.accept is not None:
        expression = condition(config, rules.accept, "rules.accept")
        choosers.append(where(expression, Action.ACCEPT, f"{RULE}accept: {rules.accept}"))
    if rules.reject is not None:
        expression = condition(config, rules.reject.when, "rules.reject.when")
        rule = f"{RULE}reject: {rules.reject.when}"
        choosers.append(where(expression, Action.REJECT, rule, rules.reject.reason))
    return choosers


def _under_the_ceiling(rules: RuleSettings, desk: Desk, proposals: Sequence[Proposal]) -> list[Proposal]:
    now = desk.clock()
    made = by_rules(desk.journal.since(now - timedelta(hours=24)), now)
    why = f"rules.daily_ceiling: {rules.daily_ceiling} decisions in 24 hours"
    return capped(proposals, max(rules.daily_ceiling - made, 0), why)


# What was begun, and what has been decided.


@click.command("watch", cls=Command)
@click.argument("ids", nargs=-1, metavar="[ID]...")
@_wait_option
@click.pass_obj
def watch_command(options: Options, /, ids: tuple[str, ...], wait: float) -> ExitCode:
    """Follow decisions that are not finished yet: all, or those about some invitations.

    AWS takes its time, and a run may be stopped: what was begun is brought to its end here.

    \b
    crm-connector invitations watch --wait 600
    """
    with open_desk(load_config(options), wait=wait) as desk:
        named = {given.strip().rpartition("/")[2] for given in ids}  # an ARN ends with the id
        begun = [each for each in desk.journal.open() if not named or each.invitation_id in named]
        carried = _carried(options, desk, lambda: take_up(desk, begun, wait), len(begun))
    if not begun and options.output != "json":
        Output(options).line("Nothing is under way.")
        return ExitCode.DONE
    return _finish(options, [], carried)


@click.command("decisions", cls=Command)
@click.option("--limit", type=COUNT, default=20, metavar="N", help="The latest N; 20 if not given.")
@click.pass_obj
def decisions_command(options: Options, /, limit: int) -> None:
    """List what was decided about invitations, when and by what rule, the newest first.

    \b
    crm-connector invitations decisions --limit 100 --output json
    """
    with open_ledger(load_config(options), read_only=True) as ledger:
        latest = DecisionLedger(ledger).latest(limit)
    out = Output(options)
    out.answer([decision_to_json(decision) for decision in latest], lambda: show_decisions(out, latest))


# Asking, doing, telling.


def _agree(options: Options, proposals: Sequence[Proposal], yes: bool) -> None:
    """Show what is proposed, and ask. Raises Abort for a no, and UsageError when there is nobody to ask."""
    due = [proposal for proposal in proposals if proposal.is_due]
    if yes or not due:
        return
    if not sys.stdin.isatty():
        asks = "this asks before it begins, and there is no terminal to ask at"
        raise UsageError(asks, hint="give --yes or --dry-run")
    if options.output != "json":
        show_proposals(Output(options), proposals)
    with at_once():
        many = "invitation" if len(due) == 1 else "invitations"
        click.confirm(f"{verb(due[0].choice.action)} {len(due)} {many}?", abort=True, err=True)


def _carried(options: Options, desk: Desk, work: Callable[[], Carried], total: int) -> Carried:
    ended: set[str] = set()
    with Progress("invitations", options) as progress:

        def watch(decision: Decision) -> None:
            ended.update([decision.client_token] if not decision.is_open else [])
            progress.update(len(ended), total)

        desk.watch = watch
        return work()


def _shown(options: Options, proposals: Sequence[Proposal]) -> ExitCode:
    out = Output(options)
    answer = [proposal_to_json(proposal) for proposal in proposals]
    out.answer({"proposals": answer}, lambda: show_proposals(out, proposals))
    refused = any(proposal.obstacle for proposal in proposals)
    return ExitCode.ATTENTION if refused else ExitCode.DONE


def _finish(options: Options, proposals: Sequence[Proposal], carried: Carried) -> ExitCode:
    """Print what became of it, and raise what ended it early."""
    out = Output(options)
    undone = [proposal for proposal in proposals if not proposal.is_due]
    answer = {
        "decisions": [decision_to_json(decision) for decision in carried.decisions],
        "undone": [proposal_to_json(proposal) for proposal in undone],
        "left": [proposal.id for proposal in carried.left],
        "error": carried.error.message if carried.error else None,
    }
    if out.as_json or not options.quiet:
        out.answer(answer, lambda: show_carried(out, carried, undone))
    if carried.error is not None:
        raise carried.error
    return ExitCode.ATTENTION if attention(carried, undone) else ExitCode.DONE


COMMANDS = (accept_command, reject_command, convert_command, decide_command, watch_command, decisions_command)
