"""``ledger prune|encrypt|decrypt|key``: what is kept of customers, for how long, and who can read it."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from connector.cli.command import Group
from connector.cli.options import Options, wait_option
from connector.cli.output import Output
from connector.cli.session import ask_crm, load_config, open_ledger
from connector.cli.stdout import write
from connector.crm.base import Crm
from connector.errors import UsageError
from connector.ledger_cipher import SETTING
from connector.ledger_upkeep import Pruned

_UNITS = {"d": 1, "w": 7, "y": 365}


class Age(click.ParamType):  # type: ignore[type-arg]  # generic from click 8.4 on only
    """Days, weeks or years: ``400d``, ``60w``, ``2y``. At least a day: quotas are counted by it."""

    name = "age"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        if isinstance(value, timedelta):
            return value
        match = re.fullmatch(r"([0-9]{1,5})([dwy])", value)
        days = int(match[1]) * _UNITS[match[2]] if match else 0
        if not 1 <= days <= 100_000:
            self.fail(f"{value!r} is no age: give days, weeks or years, as 400d, 60w or 2y", param, ctx)
        return timedelta(days=days)


@click.group("ledger", cls=Group)
def ledger_command() -> None:
    """Prune the ledger, or encrypt it."""


@ledger_command.command("prune")
@click.option("--older-than", type=Age(), required=True, metavar="AGE", help="400d, 60w or 2y.")
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@click.option("--yes", is_flag=True, help="Do it without asking.")
@wait_option
@click.pass_obj
def prune_command(options: Options, /, older_than: timedelta, dry_run: bool, yes: bool, wait: float) -> None:
    """Forget what is old: runs and their outcomes, history, facts of closed invitations.

    What keeps a sync from doing anything twice stays, however old it is; docs/security.md has the list. A
    sync after it changes nothing that it would not have changed before.

    \b
    crm-connector ledger prune --older-than 400d --dry-run
    """
    config = load_config(options)
    now = datetime.now(UTC)
    if now - datetime(1, 1, 2, tzinfo=UTC) <= older_than:
        raise UsageError("nothing is as old as that", hint="give a smaller --older-than")
    before = now - older_than
    out = Output(options)
    with open_ledger(config, read_only=True) as ledger:
        pruned = ledger.prune(before, rehearse=True)
    if not dry_run and any(each.gone for each in pruned.values()):
        _confirm(pruned, before, yes)
        with open_ledger(config) as ledger, ledger.lock(wait):
            pruned = ledger.prune(before)
    answer = {
        "before": before.isoformat(timespec="seconds"),
        "done": not dry_run,
        "tables": {name: each._asdict() for name, each in pruned.items()},
    }
    out.answer(answer, lambda: _show(out, pruned, before, dry_run))


def _confirm(pruned: dict[str, Pruned], before: datetime, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        message = "pruning asks before it begins, and there is no terminal to ask at"
        raise UsageError(message, hint="give --yes, or --dry-run to see what would go")
    count = sum(each.gone for each in pruned.values())
    click.confirm(f"Forget {count:,} rows from before {before:%Y-%m-%d}?", abort=True, err=True)


def _show(out: Output, pruned: dict[str, Pruned], before: datetime, dry_run: bool) -> None:
    verb = "would go" if dry_run else "gone"
    rows = [(name, f"{each.gone:,}", f"{each.left:,}") for name, each in pruned.items()]
    out.table(("table", verb, "left"), rows)
    count = sum(each.gone for each in pruned.values())
    out.line(f"{count:,} rows from before {before:%Y-%m-%d} {'would go' if dry_run else 'are gone'}.")


@ledger_command.command("same-crm")
@wait_option
@click.pass_obj
def same_crm_command(options: Options, /, wait: float) -> None:
    """Say that the config's CRM is the one that the ledger knows, at another address.

    A ledger belongs to one CRM, and a sync into another stops before it begins: what was written there would
    be taken for done. This is for a CRM that has moved, or a copy that takes its place.

    \b
    crm-connector ledger same-crm
    """
    config = load_config(options)
    here = ask_crm(config, "describe", _location)
    if not here:
        raise UsageError(
            f"one CRM of type {config.crm.type} cannot be told from another, and none is refused"
        )
    with open_ledger(config) as ledger, ledger.lock(wait):
        known = ledger.crm()
        ledger.remember_crm(here)
    out = Output(options)
    out.answer(
        {"before": known, "crm": here}, lambda: out.line(f"The ledger is about the records of {here}.")
    )


def _location(crm: Crm) -> str:
    crm.objects()  # some know where they are by the answer alone
    return crm.location


@ledger_command.command("encrypt")
@wait_option
@click.pass_obj
def encrypt_command(options: Options, /, wait: float) -> None:
    """Encrypt customers' data in the ledger by the config's key.

    The next sync would do so, too. After a change of keys (the new one before the earlier one, a comma
    between) everything is encrypted anew, and the earlier one may go from the config.

    \b
    crm-connector ledger encrypt
    """
    config = load_config(options)
    if config.ledger.encryption_key is None:
        hint = "`crm-connector ledger key` makes one; refer to it by `ledger: {encryption_key: env:NAME}`"
        raise UsageError(f"{SETTING} is not set", hint=hint)
    with open_ledger(config) as ledger, ledger.lock(wait):
        encrypted = ledger.is_encrypted
    out = Output(options)
    out.answer({"encrypted": encrypted}, lambda: out.line("The ledger is encrypted by the config's key."))


@ledger_command.command("decrypt")
@wait_option
@click.pass_obj
def decrypt_command(options: Options, /, wait: float) -> None:
    """Remove the encryption of the ledger.

    Take ledger.encryption_key out of the config afterwards, or the next sync encrypts the ledger again.

    \b
    crm-connector ledger decrypt
    """
    with open_ledger(load_config(options)) as ledger, ledger.lock(wait):
        if ledger.is_encrypted:
            ledger.encrypt(None)
    out = Output(options)
    text = f"The ledger is not encrypted. Take {SETTING} out of the config, or the next sync encrypts it."
    out.answer({"encrypted": False}, lambda: out.line(text))


@ledger_command.command("key")
@click.pass_obj
def key_command(options: Options, /) -> None:
    """Print a new key for the ledger.

    Keep it where secrets are kept, and a copy of it: without its key a ledger cannot be read. The example
    writes it to a file that nobody else can read.

    \b
    (umask 077 && crm-connector ledger key > ledger.key)
    """
    from cryptography.fernet import Fernet

    key = Fernet.generate_key().decode()
    out = Output(options)
    out.answer({"key": key}, lambda: write(f"{key}\n"))
