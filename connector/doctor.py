"""A checkup: one check after the other, none stopped by what another finds. Each gives lines: what was looked
at, how it is, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from connector.errors import ConnectorError, ExitCode, Finding, Interrupted


class State(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    SKIPPED = "skipped"  # it needs what has failed


@dataclass(frozen=True, slots=True)
class Line:
    """``remedy`` says what to do where it is not ok; ``code`` is the exit code that a failure asks for."""

    check: str
    state: State
    text: str
    remedy: str = ""
    code: ExitCode = ExitCode.DONE


@dataclass(frozen=True, slots=True)
class Check:
    """``look`` gives lines, or raises ConnectorError for one that failed. ``needs`` names checks without
    which it makes no sense."""

    name: str
    look: Callable[[], Iterable[Line]]
    needs: Sequence[str] = ()


def examine(checks: Iterable[Check]) -> Iterator[Line]:
    """The lines of all ``checks``, as they come. Raises Interrupted."""
    failed: set[str] = set()
    for check in checks:
        lacking = next((name for name in check.needs if name in failed), None)
        if lacking is not None:
            failed.add(check.name)
            yield Line(check.name, State.SKIPPED, f"needs {lacking}")
            continue
        for line in _looked(check):
            if line.state is State.FAIL:
                failed.add(check.name)
            yield line


def _looked(check: Check) -> Iterator[Line]:
    try:
        yield from check.look()
    except Interrupted:
        raise
    except ConnectorError as error:
        yield from failures(check.name, error)
    except Exception as bug:  # a checkup has to come to its end
        text = f"a bug in the connector: {type(bug).__name__}"
        yield Line(check.name, State.FAIL, text, "report it, with what --debug prints", ExitCode.BUG)


def ok(check: str, text: str) -> Line:
    return Line(check, State.OK, text)


def warn(check: str, text: str, remedy: str) -> Line:
    return Line(check, State.WARN, text, remedy)


def failures(check: str, error: ConnectorError) -> Iterator[Line]:
    """A line for each finding of an error, or for the error itself."""
    findings: Sequence[Finding] = getattr(error, "findings", ())
    for finding in findings:
        yield of_finding(check, finding, error.exit_code)
    if not findings:
        yield Line(check, State.FAIL, error.message, error.hint or "", error.exit_code)


def of_finding(check: str, finding: Finding, code: ExitCode = ExitCode.USAGE) -> Line:
    where = f"{finding.position}: " if finding.position else ""
    state = State.WARN if finding.severity == "warning" else State.FAIL
    return Line(check, state, f"{where}{finding.message}", finding.hint or "", code)


def exit_code(lines: Iterable[Line]) -> ExitCode:
    """0 when all is ok or merely warned of; else the gravest that a failure asks for: a bug before what a
    person has to mend, and that before what may pass."""
    codes = {line.code or ExitCode.USAGE for line in lines if line.state is State.FAIL}
    order = (ExitCode.BUG, ExitCode.USAGE, ExitCode.UNAVAILABLE, ExitCode.LOCKED, ExitCode.ATTENTION)
    return next((code for code in order if code in codes), ExitCode.DONE)
