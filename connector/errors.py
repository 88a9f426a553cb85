"""What can go wrong, as a tree, each branch with its exit code.

Exceptions carry data; ``connector.cli`` alone turns them into prose.

| code | meaning |
|-----:|---------|
| 0 | done |
| 1 | a bug in the connector |
| 2 | usage, configuration, mapping or credentials |
| 3 | done, but some invitations need attention (failed, in review, or with warnings) |
| 4 | a service could not be reached, or a quota is used up: run again later |
| 5 | another run holds the lock |
| 130 | interrupted; what was done is recorded, run again to go on |
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum


class ExitCode(IntEnum):
    DONE = 0
    BUG = 1
    USAGE = 2
    ATTENTION = 3
    UNAVAILABLE = 4
    LOCKED = 5
    INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Position:
    """Where in a file: ``line`` and ``column`` count from 1, as editors do."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong in a YAML file: where, what, and what to do about it. ``alone``: at worst the records
    that it is about fail by it, each with its reason; a run can do the others."""

    message: str
    position: Position | None = None
    hint: str | None = None
    severity: str = "error"  # or "warning"
    alone: bool = False

    def __str__(self) -> str:
        where = f"{self.position}: " if self.position else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{where}{self.message}{hint}"


class ConnectorError(Exception):
    """Anything the connector foresees. ``hint`` says what to do next."""

    exit_code = ExitCode.BUG

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def reason(self) -> str:
        """All of it as one line."""
        return f"{self.message} ({self.hint})" if self.hint else self.message


class UsageError(ConnectorError):
    """The command line or the state it meets does not allow what was asked."""

    exit_code = ExitCode.USAGE


class ConfigurationError(ConnectorError):
    """A config, mapping or other YAML file is wrong; all its findings come at once."""

    exit_code = ExitCode.USAGE

    def __init__(self, message: str, findings: Sequence[Finding] = (), *, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.findings = tuple(findings)


class InputError(ConnectorError):
    """One invitation, file or line that cannot be used; the others go on."""

    exit_code = ExitCode.ATTENTION


class LimitReached(ConnectorError):
    """A run would update suspiciously many existing records: it stopped before that write."""

    exit_code = ExitCode.ATTENTION


class PlanStale(ConnectorError):
    """``apply`` met a CRM or mapping that is not the one the plan was made from."""

    exit_code = ExitCode.USAGE


class LockHeld(ConnectorError):
    """Another run holds this ledger's lock."""

    exit_code = ExitCode.LOCKED


class Interrupted(ConnectorError):
    """Ctrl-C or SIGTERM: the batch in hand was finished and recorded."""

    exit_code = ExitCode.INTERRUPTED


class ServiceError(ConnectorError):
    """A service refused or could not be reached; ``service`` and ``operation`` say which."""

    exit_code = ExitCode.UNAVAILABLE

    def __init__(
        self, message: str, *, service: str, operation: str = "", code: str = "", hint: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.service = service
        self.operation = operation
        self.code = code


class TransientError(ServiceError):
    """Worth trying again. ``retry_after`` is the service's own wish, in seconds. ``fewer``: the service was
    there, and broke at what it was given: fewer records at once may pass."""

    def __init__(
        self,
        message: str,
        *,
        service: str,
        operation: str = "",
        code: str = "",
        retry_after: float | None = None,
        hint: str | None = None,
        fewer: bool = False,
    ) -> None:
        super().__init__(message, service=service, operation=operation, code=code, hint=hint)
        self.retry_after = retry_after
        self.fewer = fewer


class RefusedError(ServiceError):
    """Never worth trying again as it stands: validation, access, not found."""

    exit_code = ExitCode.USAGE


class AccessDenied(RefusedError):
    """The credentials do not allow the operation (or there are none)."""


class NotFoundError(RefusedError):
    """The thing asked for is not there (any more)."""


class TokenExpired(RefusedError):
    """A page token is no longer good: the listing starts again."""


class BudgetExhausted(ServiceError):
    """The rolling 24-hour quota is used up. ``available_at`` (aware UTC) says when there is room again."""

    def __init__(
        self, message: str, *, service: str, available_at: datetime, hint: str | None = None
    ) -> None:
        super().__init__(message, service=service, hint=hint)
        self.available_at = available_at
