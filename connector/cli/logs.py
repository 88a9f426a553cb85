"""Logging, set up once per command: to standard error, as text or as JSON lines, in UTC."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any, TextIO

from connector import insecure, tenancy
from connector.cli.options import Options
from connector.cli.text import visible
from connector.secrets import redact

# Their debug output holds credentials and whole requests: never below WARNING, whatever is asked for.
_GUARDED = ("botocore", "boto3", "urllib3", "sqlalchemy", "s3transfer", "httpx", "requests")
# What a person who waits wants to know without asking: why it waits, and how far it is.
_ALWAYS = ("connector.retry", "connector.progress")
_STANDARD = frozenset(vars(logging.LogRecord("", 0, "", 0, "", (), None))) | {
    "message",
    "asctime",
    "taskName",
}


def configure(options: Options) -> None:
    """Log as ``options`` say, in place of what an earlier call set up."""
    tenancy.work_for(options.tenant or "")
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if isinstance(handler, _Handler)]:
        root.removeHandler(handler)
    handler = _Handler()
    handler.setFormatter(JsonFormatter() if options.log_format == "json" else TextFormatter())
    root.addHandler(handler)
    logging.getLogger("connector").setLevel(_level(options))
    for name in _ALWAYS:
        logging.getLogger(name).setLevel(
            logging.ERROR if options.quiet else min(_level(options), logging.INFO)
        )
    logging.getLogger(insecure.LOGGER).setLevel(logging.WARNING)
    for name in _GUARDED:
        logging.getLogger(name).setLevel(logging.WARNING)


def _level(options: Options) -> int:
    if options.debug:
        return logging.DEBUG
    if options.quiet:
        return logging.ERROR
    return logging.INFO if options.verbose else logging.WARNING


class _Handler(logging.StreamHandler[TextIO]):
    """Writes to what ``sys.stderr`` is at the time: a progress bar takes its place while it is shown."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:
        return sys.stderr

    @stream.setter
    def stream(self, _: TextIO) -> None:
        return


def _moment(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _message(record: logging.LogRecord) -> str:
    message = record.getMessage()
    if record.exc_info and record.exc_info[0] is not None:
        message += f" ({record.exc_info[0].__name__})"
    return redact(message)


class TextFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        tenant = f" [{visible(tenancy.current())}]" if tenancy.current() else ""
        return f"{_moment(record)} {record.levelname.lower()}{tenant} {visible(_message(record))}"


class JsonFormatter(logging.Formatter):
    """One object a line: time, level, logger, message, and what the record carries besides."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": _moment(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
        }
        extra = {name: value for name, value in vars(record).items() if name not in _STANDARD}
        if tenancy.current():
            line["tenant"] = tenancy.current()
        return json.dumps({**extra, **line}, default=lambda value: redact(str(value)))
