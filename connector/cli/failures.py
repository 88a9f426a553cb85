"""Exceptions carry data; here they become prose on standard error that says what to do next."""

from __future__ import annotations

import errno
import json
import os
import re
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

import click

from connector import __version__
from connector.cli.options import Options
from connector.cli.stdout import if_anybody_reads
from connector.cli.text import visible
from connector.errors import ConnectorError, ExitCode
from connector.secrets import redact

_PACKAGE = Path(__file__).parent.parent
_COMMAND = re.compile(r"`crm-connector (?!--|tenants )")


def report(error: BaseException, options: Options) -> ExitCode:
    """Print what went wrong, if anybody can be told; the exit code for it."""
    with if_anybody_reads():
        if options.debug:
            _traceback(error)
        _tell(error, options)
    match error:
        case click.ClickException():
            return ExitCode.USAGE
        case ConnectorError():
            return error.exit_code
        case KeyboardInterrupt() | click.Abort():
            return ExitCode.INTERRUPTED
        case OSError(errno=errno.ENOSPC | errno.EDQUOT):
            return ExitCode.UNAVAILABLE
    return ExitCode.BUG


def _tell(error: BaseException, options: Options) -> None:
    match error:
        case click.ClickException() if options.log_format != "json":
            error.show(sys.stderr)
        case click.ClickException():
            _say(options, error.format_message(), [], None)
        case ConnectorError():
            findings = [str(finding) for finding in getattr(error, "findings", ())]
            _say(options, error.message, findings, _as_typed(error.hint, options))
        case click.Abort():  # of a question, which is asked before anything is done
            if isinstance(error.__context__, (KeyboardInterrupt, EOFError)):
                print(file=sys.stderr)  # noqa: T201 - the cursor stands behind the question
            _say(options, "interrupted", [], "nothing was done")
        case KeyboardInterrupt():
            _say(options, "interrupted", [], "what was done is recorded: run again to go on")
        case OSError(errno=errno.ENOSPC | errno.EDQUOT):
            why = os.strerror(error.errno or errno.ENOSPC)
            _say(options, f"nothing more can be written: {why}", [], "make room and run again")
        case _:
            again = f"run it again with --debug, and report its traceback with the version ({__version__})"
            _say(options, f"this is a bug in crm-connector: {whereabouts(error)}", [], again)


def _as_typed(hint: str | None, options: Options) -> str | None:
    """A hint from where the command line is not known, whose commands get the options that this one had."""
    return hint and _COMMAND.sub(lambda _: f"`{options.command('')}", hint)


def _say(options: Options, message: str, findings: list[str], hint: str | None) -> None:
    message, findings = redact(message), [redact(finding) for finding in findings]
    if options.log_format == "json":
        said: dict[str, object] = {"level": "error", "tenant": options.tenant}
        said |= {"message": message, "findings": findings, "hint": hint}
        print(json.dumps({name: value for name, value in said.items() if value}), file=sys.stderr)  # noqa: T201
        return
    whose = f" [{options.tenant}]" if options.tenant else ""
    lines = [f"error{whose}: {message}", *(f"  {finding}" for finding in findings)]
    for line in [*lines, f"hint: {hint}"] if hint else lines:
        print(visible(line), file=sys.stderr)  # noqa: T201


def whereabouts(error: BaseException) -> str:
    """The kind of exception and where it arose. Not its message, which may hold anybody's data."""
    name = type(error).__name__
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        if path.is_relative_to(_PACKAGE):
            return f"{name} at connector/{path.relative_to(_PACKAGE)}:{frame.lineno}"
    return name


def _traceback(error: BaseException) -> None:
    """Where it arose, and where what led to it did. Not the messages: they may quote customers' data."""
    print("Traceback (most recent call last), without messages, which may quote data:", file=sys.stderr)  # noqa: T201
    for cause in reversed(list(_chain(error))):
        for line in "".join(traceback.format_tb(cause.__traceback__)).splitlines():
            print(visible(line), file=sys.stderr)  # noqa: T201
        print(f"{type(cause).__module__}.{type(cause).__qualname__}", file=sys.stderr)  # noqa: T201


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An exception, what it was raised from or while handling, and so on."""
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        yield following
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)
