"""Files with customers' data in them: only their owner may read them, whatever the umask, and they are there
whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import tempfile
from pathlib import Path

_STANDARD = (1, 2)  # descriptors


def replace(path: Path, content: bytes) -> None:
    """Write ``content`` to ``path``, in place of what is there. A link stays one, and what is no file (a
    pipe, a device) is written into. Raises OSError when that cannot be done.

    The draft beside it has a name that nobody can foresee, and is made anew: in a folder that others can
    write to, a file or link of theirs that waits under a name known to them would get what we write. A link
    or pipe of theirs in the place of ``path`` itself is refused.
    """
    _check_ours(path)
    if is_stream(path):
        write_into(path, content)
        return
    path = path.resolve()
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)  # 0600
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        draft.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise


def is_stream(path: Path) -> bool:
    """Whether what is there is to be written into, and not replaced: it is neither file nor folder, or it is
    where standard output goes (``/dev/stdout``), which may be a file that the caller has opened."""
    try:
        there = path.stat()
    except FileNotFoundError:
        return False
    kind = stat.S_IFMT(there.st_mode)
    return kind not in (stat.S_IFREG, stat.S_IFDIR) or _standard(there) is not None


def write_into(path: Path, content: bytes) -> None:
    """Write ``content`` into what ``is_stream``."""
    number = _standard(path.stat())
    # Opened anew, a file would be written over from its beginning.
    handle = os.open(path, os.O_WRONLY) if number is None else os.dup(number)
    with os.fdopen(handle, "wb") as file:
        file.write(content)


def _standard(there: os.stat_result) -> int | None:
    for number in _STANDARD:
        with contextlib.suppress(OSError):
            if os.path.samestat(there, os.fstat(number)):
                return number
    return None


def _check_ours(path: Path) -> None:
    try:
        there = path.lstat()
    except FileNotFoundError:
        return
    laid = stat.S_ISLNK(there.st_mode) or stat.S_ISFIFO(there.st_mode)
    if laid and there.st_uid not in _ours():
        raise PermissionError(errno.EPERM, "it is a link or pipe of another user's", str(path))


def _ours() -> set[int]:
    return {0, getattr(os, "geteuid", int)()}  # which Windows does not have
