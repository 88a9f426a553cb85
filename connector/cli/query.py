"""``query``: JMESPath over an invitation, at once, line by line from a pipe, or at a prompt."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from connector import yamlfile
from connector.cli.chosen import MAPPING_FILE, Chosen, is_configured
from connector.cli.command import JsonCommand
from connector.cli.options import Options
from connector.cli.output import to_json
from connector.cli.stdout import write
from connector.cli.text import visible
from connector.errors import ExitCode, InputError, UsageError
from connector.fetch.files import STANDARD_INPUT
from connector.fetch.service_model import mappable
from connector.invitation import Invitation
from connector.map import scope_of
from connector.mapping import expressions
from connector.mapping.bounds import Allowance, spend_whole
from connector.mapping.expressions import ExpressionError
from connector.mapping.functions import Functions, Rates
from connector.mapping.load import load_with_findings
from connector.mapping.members import Follower
from connector.mapping.model import Expression, Mapping, Scope
from connector.mapping.nearest import did_you_mean
from connector.mapping.places import Known, Names
from connector.mapping.syntax import Problem, names_at_root

log = logging.getLogger(__name__)


@click.command("query", cls=JsonCommand)
@click.argument("expression", required=False)
@click.option("--id", "identifier", metavar="ID", help="An invitation of the config's source.")
@click.option("--file", "sample", metavar="SAMPLE", help="A file of invitations; - is standard input.")
@click.option("--mapping", "file", type=MAPPING_FILE, help="Another mapping than the config's, for its let.")
@click.pass_obj
def query_command(
    options: Options,
    /,
    expression: str | None,
    identifier: str | None,
    sample: str | None,
    file: Path | None,
) -> ExitCode:
    """Try JMESPath expressions on an invitation.

    Without EXPRESSION it asks for one after the other on a terminal, with completion (Tab) of members and
    functions, and ends with Ctrl-D; from a pipe it reads one from each line. Expressions are those of a
    mapping, with its functions and the names under its let. Of several invitations each is answered for.

    \b
    crm-connector query Payload.LeadInvitation.Customer --file mappings/samples/lead-pending.json
    """
    if expression is None and sample == STANDARD_INPUT:
        raise click.UsageError("Give EXPRESSION: standard input has the invitations.")
    asked = _open(options, file, identifier, sample)
    if expression is not None:
        for answer in asked.answers(expression):
            write(to_json(answer))
        return ExitCode.DONE
    if sys.stdin.isatty() and sys.stdout.isatty():
        return _tell(_prompted(asked), asked)
    return _tell((line.strip() for line in sys.stdin if line.strip()), asked)


def _tell(lines: Iterable[str], asked: _Asked) -> ExitCode:
    """Answer each line. One that is no good is said, and the next is answered."""
    code = ExitCode.DONE
    for line in lines:
        try:
            for answer in asked.answers(line):
                write(to_json(answer))
        except (UsageError, InputError) as error:
            hint = f" ({error.hint})" if error.hint else ""
            print(visible(f"{error.message}{hint}"), file=sys.stderr)  # noqa: T201
            code = max(code, ExitCode(error.exit_code))
    return code


@dataclass(frozen=True, slots=True)
class _Asked:
    """The invitations that are asked about, each with the names under the mapping's ``let``."""

    scopes: list[Scope]
    lets: tuple[tuple[str, Expression], ...]
    functions: Functions

    def answers(self, text: str) -> Iterator[Any]:
        """What ``text`` gives for each. Raises UsageError for what is no expression, InputError where it
        fails."""
        try:
            expression = expressions.compile(text, self.functions)
        except Problem as problem:
            message = f"character {problem.offset + 1}: {problem.message}"
            raise UsageError(message, hint=problem.hint) from None
        for doubt in self._doubts(expression):
            log.warning("%s", doubt)
        for scope in self.scopes:
            try:
                with Allowance():
                    answer = expression.evaluate(scope)
                    spend_whole(answer)  # a list of lists of itself is small until it is written out
            except ExpressionError as error:
                raise InputError(str(error)) from None
            yield answer

    def _doubts(self, expression: Expression) -> Iterator[str]:
        """Names that are in no invitation, with those that were probably meant."""
        tree, enums, facts = mappable()
        lets = [name for name, _ in self.lets]
        for name in names_at_root(dict(expression.tree or {})):
            value = name["value"]
            if value not in lets and not value[:1].isupper():
                near = did_you_mean(value, [*tree, *lets], 0.7) or "a mapping's names stand under its let"
                yield f"neither the invitation nor the mapping has a name {value:.40} ({near})"
        known, names = Known(enums, facts), Names(tree)
        for own, let in self.lets:
            names = names.plus(**{own: Follower(known).follow(let, names)})
        follower = Follower(known)
        follower.follow(expression, names)
        yield from map(str, follower.findings)


def _open(options: Options, file: Path | None, identifier: str | None, sample: str | None) -> _Asked:
    if file is None and not is_configured(options) and sample is not None:
        chosen, mapping = Chosen(Path(), None), _EMPTY
    else:
        chosen = Chosen.of(options, file)
        found, _ = load_with_findings(yamlfile.read(chosen.path), chosen.rates)
        mapping = found or _EMPTY
    scopes = [_scope(invitation, mapping) for invitation in chosen.invitations(mapping, identifier, sample)]
    return _Asked(scopes, mapping.let, Functions(chosen.rates or Rates()))


def _scope(invitation: Invitation, mapping: Mapping) -> Scope:
    with Allowance():
        return scope_of(invitation, mapping)[0]


_EMPTY = Mapping("", "", (), (), "")


def _prompted(asked: _Asked) -> Iterator[str]:
    """What is typed at the prompt, until Ctrl-D. It is kept in memory only: it may name customers."""
    # Loaded here, since one-shot questions do without it.
    from prompt_toolkit import PromptSession
    from prompt_toolkit.history import InMemoryHistory

    from connector.cli.completing import ExpressionCompleter

    tree = mappable()[0]
    session: PromptSession[str] = PromptSession(
        history=InMemoryHistory(), completer=ExpressionCompleter([tree, *asked.scopes])
    )

    while True:
        try:
            line = session.prompt("> ").strip()
        except EOFError:
            return
        except KeyboardInterrupt:
            raise click.Abort from None
        if line:
            yield line
