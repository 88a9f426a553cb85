"""The current folder, which may be gone: whoever deleted it need not be who works in it."""

from __future__ import annotations

from pathlib import Path

from connector.errors import UsageError


def current_folder() -> Path:
    """Raises UsageError when there is none any more, or it may not be looked at."""
    try:
        return Path.cwd()
    except OSError as error:
        message = f"the current folder cannot be used: {error.strerror}"
        raise UsageError(message, hint="go to another, and give paths from /") from None
