"""The file of a SQLite database: made for its owner alone, or found for who may only read it."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from urllib.parse import quote

from sqlalchemy.engine import URL

from connector.errors import ConfigurationError


def make_private(path: Path, what: str) -> None:
    """Make the file where there is none. Raises ConfigurationError naming ``what`` when it cannot be opened
    to be written."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise _closed(path, what, error) from None


def is_there(path: Path, what: str) -> bool:
    """Whether there is a file. Raises ConfigurationError naming ``what`` when it cannot be opened to be read:
    SQLite does not tell that from what passes by itself."""
    try:
        # A pipe would wait for a writer.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        return False
    except OSError as error:
        raise _closed(path, what, error) from None
    try:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise _closed(path, what, IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR)))
    finally:
        os.close(handle)
    return True


def for_reading(url: URL, path: Path) -> URL:
    """``url`` with the file that ``is_there``. SQLite puts a file beside a database of ours to read it, which
    it is told to do without where the folder does not let it; then nobody may be writing, and a log that
    somebody has left off writing has to be read by what lies beside it."""
    if os.access(path.parent, os.W_OK) or _size(Path(f"{path}-wal")):
        return url.set(database=str(path))
    query = {**url.query, "immutable": "1", "uri": "true"}
    return url.set(database=f"file:{quote(str(path.absolute()))}", query=query)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _closed(path: Path, what: str, error: OSError) -> ConfigurationError:
    hint = "it is a file that this user may read" if isinstance(error, PermissionError) else None
    return ConfigurationError(f"{what}: {path} cannot be opened: {error.strerror}", hint=hint)
