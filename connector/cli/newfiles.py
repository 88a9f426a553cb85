"""Writing several new files so that there are all of them or none, and never half of one."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from connector.errors import UsageError
from connector.privatefile import is_stream, write_into


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file to be. ``private``: only its owner may read it."""

    path: Path
    text: str
    private: bool = False


def write_all(files: Sequence[NewFile]) -> None:
    """Write all, in place of what is there, or into it where it is no file. Raises UsageError when one cannot
    be written; then none is."""
    prepared: list[tuple[Path, Path]] = []
    try:
        streams = [file for file in files if is_stream(file.path)]
        for file in files:
            if file in streams:
                continue
            target = file.path.resolve()  # a link stays one
            temporary = target.with_name(f".{target.name}.{os.getpid()}")
            prepared.append((temporary, target))
            _prepare(file, temporary, target)
        for file in streams:
            write_into(file.path, file.text.encode())
        with _undisturbed():
            for temporary, target in prepared:
                temporary.replace(target)
    except OSError as error:
        meant = {str(temporary): target for temporary, target in prepared}
        named = error.filename2 or meant.get(error.filename, error.filename) or files[0].path
        raise UsageError(f"{named} cannot be written: {error.strerror}") from None
    finally:
        for temporary, _ in prepared:
            temporary.unlink(missing_ok=True)


def _prepare(file: NewFile, temporary: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700 if file.private else 0o777)
    if target.is_dir():
        raise UsageError(f"{file.path} is a folder", hint="name a file")
    mode = 0o600 if file.private else 0o666
    with os.fdopen(
        os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8"
    ) as to:
        to.write(file.text)
    if target.exists() and not file.private:
        shutil.copymode(target, temporary)


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Ctrl-C has to wait for a moment."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
