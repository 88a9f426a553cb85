"""Files with customers' data in them: only their owner may read them, whatever the umask, and they are there
whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path


def replace(path: Path, content: bytes) -> None:
    """Write ``content`` to ``path``, in place of what is there. Raises OSError when that cannot be done.

    The draft beside it has a name that nobody can foresee, and is made anew: in a folder that others can
    write to, a file or link of theirs that waits under a name known to them would get what we write.
    """
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
