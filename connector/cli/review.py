"""``review list|resolve``: matches that only a person can settle."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from typing import Any

import click

from connector.cli.command import Group
from connector.cli.diff import plain, shown
from connector.cli.options import NUMBER, Options, wait_option
from connector.cli.output import Output
from connector.cli.session import ask_crm, load_config, open_ledger
from connector.errors import UsageError
from connector.ledger import Ledger
from connector.ledger_rows import Review
from connector.match import Decision
from connector.resemblance import FieldResemblance, Resemblance, resemblances
from connector.settings import Config


@click.group("review", cls=Group)
def review_command() -> None:
    """Settle matches that only a person can settle."""


@review_command.command("list")
@click.option("--settled", is_flag=True, help="List the settled reviews instead.")
@click.pass_obj
def list_command(options: Options, /, settled: bool) -> None:
    """List the open reviews, each with the records it could be and how much these resemble it.

    A field agrees or differs, or is only here (AWS has it) or only there (the CRM has it); 100 is the same.

    \b
    crm-connector review list
    """
    with open_ledger(load_config(options), read_only=True) as ledger:
        reviews = ledger.reviews(settled=settled)
    out = Output(options)
    out.answer([_to_json(review) for review in reviews], lambda: _show(out, reviews, settled))


def _show(out: Output, reviews: list[Review], settled: bool) -> None:
    if not reviews:
        out.line("No review was settled." if settled else "There is nothing to review.")
    for review in reviews:
        out.line(f"{review.id}  {review.invitation_id}  {review.title}", "bold")
        out.line(f"    {review.name} ({review.object}): {review.reason}")
        if review.action:
            out.line(f"    settled: {review.action} {review.record_id or ''}".rstrip())
        _show_candidates(out, review)
    if reviews and not settled:
        resolve = out.command(f"review resolve {reviews[0].id}")
        out.line()
        out.line("Settle each by its number, like this:")
        for choice, meaning in _CHOICES.items():
            out.line(f"  {resolve} {choice.format(shlex.quote(_first(reviews[0]))).ljust(20)}  {meaning}")


def _show_candidates(out: Output, review: Review) -> None:
    """The records that it could be, the most alike first, each with what agrees and what differs."""
    found = _resemblances(review)
    order = {each.id: place for place, each in enumerate(found)}
    for candidate in sorted(review.candidates, key=lambda each: order.get(each["id"], len(order))):
        out.line(f"    ? {candidate['id']}  {_known(candidate)}")
        if candidate["id"] in order:
            _show_resemblance(out, found[order[candidate["id"]]])


def _resemblances(review: Review) -> list[Resemblance]:
    return resemblances(review.compared) if review.compared else []


_PARTS = ("title", "company")


def _show_resemblance(out: Output, found: Resemblance) -> None:
    if found.overall is not None:
        parts = [f"{name} {getattr(found, name)}" for name in _PARTS if getattr(found, name) is not None]
        out.line(f"        {found.overall} of 100 alike" + (f" ({', '.join(parts)})" if parts else ""))
    width = max((len(each.field) for each in found.fields), default=0)
    for each in found.fields:
        text, style = _VERDICTS[each.verdict]
        out.line(f"        {each.verdict.ljust(10)}  {each.field.ljust(width)}  {text(each)}", style)


def _value(value: object) -> str:
    return shown(value) if isinstance(value, str) else plain(value)


_VERDICTS: dict[str, tuple[Callable[[FieldResemblance], str], str]] = {
    "agrees": (lambda each: _value(each.there), "green"),
    "differs": (lambda each: f"AWS {_value(each.here)}, CRM {_value(each.there)}", "yellow"),
    "only here": (lambda each: f"AWS {_value(each.here)}", "dim"),
    "only there": (lambda each: f"CRM {_value(each.there)}", "dim"),
}


_CHOICES = {
    "--link {}": "it is this record",
    "--create": "it is none of them: create one",
    "--skip": "leave the CRM as it is",
}


def _first(review: Review) -> str:
    """The record to show as an example: the most alike one."""
    found = _resemblances(review)
    return found[0].id if found else str(review.candidates[0]["id"]) if review.candidates else "RECORD"


def _known(candidate: Mapping[str, Any]) -> str:
    return ", ".join(
        f'{name} "{value}"' for name, value in candidate.items() if name != "id" and value is not None
    )


def _to_json(review: Review) -> dict[str, Any]:
    return {
        "review": review.id,
        "invitation": review.invitation_id,
        "name": review.name,
        "object": review.object,
        "title": review.title,
        "reason": review.reason,
        "candidates": [dict(candidate) for candidate in review.candidates],
        "resemblances": [_resemblance_to_json(each) for each in _resemblances(review)],
        "action": review.action,
        "record": review.record_id,
    }


def _resemblance_to_json(found: Resemblance) -> dict[str, Any]:
    return {
        "id": found.id,
        "overall": found.overall,
        **{name: getattr(found, name) for name in _PARTS},
        "fields": [each._asdict() for each in found.fields],
    }


@review_command.command("resolve")
@click.argument("review", type=NUMBER)
@click.option("--link", metavar="RECORD", help="It is this record: the id from `review list`, or another's.")
@click.option("--create", is_flag=True, help="It is none of them: create a record.")
@click.option("--skip", is_flag=True, help="Leave the CRM as it is.")
@wait_option
@click.pass_obj
def resolve_command(
    options: Options, /, review: int, link: str | None, create: bool, skip: bool, wait: float
) -> None:
    """Settle a review. The next sync does as decided; until then the decision may be changed.

    \b
    crm-connector review resolve 1 --link 0061a00000AbCdE
    """
    if bool(link) + create + skip != 1:
        raise click.UsageError("Give one of --link RECORD, --create and --skip.")
    config = load_config(options)
    with open_ledger(config) as ledger, ledger.lock(wait):
        known = {found.id: found for found in (*ledger.reviews(), *ledger.reviews(settled=True))}
        if review in known:
            _check_undone(config, ledger, known[review])
            link = _existing(config, known[review], link) if link else None
        decision = Decision("link" if link else "create" if create else "skip", link)
        ledger.decide(review, decision)
    out = Output(options)
    answer = {"review": review, "action": decision.action, "record": link}
    out.answer(answer, lambda: out.line(f"Settled. The next `{out.command('sync')}` does it."))


def _check_undone(config: Config, ledger: Ledger, review: Review) -> None:
    """Raise UsageError where a sync has done as decided: the record has the invitation's key by now, and that
    counts more than a decision. Where the record is gone from the CRM, there is something to decide again."""
    seen = ledger.seen([review.invitation_id]).get(review.invitation_id)
    if review.action is None or seen is None or review.name not in seen.links:
        return
    object_, record_id = seen.links[review.name]
    if ask_crm(config, "find", lambda crm: crm.find(object_, "id", [record_id], ["id"])):
        raise UsageError(
            f"review {review.id} is settled and done: {review.invitation_id} has {object_} {record_id}",
            hint="to make it another record's, move the key of the mapping's rule to that one in the CRM",
        )


def _existing(config: Config, review: Review, record_id: str) -> str:
    """The id as the CRM has it (Salesforce takes two forms). A typing error here would be for good: the
    record must be there. Raises UsageError."""
    if any(candidate["id"] == record_id for candidate in review.candidates):
        return record_id
    found = ask_crm(config, "find", lambda crm: crm.find(review.object, "id", [record_id], ["id"]))
    if not found:
        ids = ", ".join(str(candidate["id"]) for candidate in review.candidates)
        raise UsageError(
            f"the CRM has no record {record_id} in {review.object}",
            hint=f"the candidates are {ids}" if ids else None,
        )
    return found[0].id
