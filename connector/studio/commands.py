"""The studio's buttons press the command line's keys: each is a command of ours in a process of its own, so
that it can be stopped, holds the run's lock as any other does, and does just what it does in a terminal."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from connector.cli.options import Options

Progress = Callable[[str], object]
_LONGEST_LINE = 1024 * 1024  # of what a command says while it works


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended. ``answer``: its JSON, None where it gave none; ``said``: its messages."""

    code: int
    answer: Any
    said: tuple[str, ...]

    @property
    def failed(self) -> bool:
        """It could not do what it was asked. 3 says that it did, and that somebody should look at it."""
        return self.code not in (0, 3)


class Commands:
    """Runs commands with one config, for one tenant of it where it has several, one that writes at a time."""

    def __init__(self, options: Options) -> None:
        self._about = ["--config", str(options.config)] if options.config else []
        self._about += ["--tenant", options.tenant] if options.tenant is not None else []
        self._writing = asyncio.Lock()
        self._running: set[asyncio.subprocess.Process] = set()

    async def ask(self, *arguments: str) -> Done:
        """The answer of a command that writes nothing."""
        return await self._run(arguments, lambda _: None)

    async def do(self, *arguments: str, progress: Progress = lambda _: None) -> Done:
        """What became of a command that writes; ``progress`` is told what it says meanwhile."""
        async with self._writing:
            return await self._run(arguments, progress)

    def stop(self) -> None:
        """Ask what is running to end, as Ctrl-C does."""
        for process in self._running:
            process.send_signal(signal.SIGINT)

    async def _run(self, arguments: tuple[str, ...], progress: Progress) -> Done:
        command = [sys.executable, "-m", "connector", "--log-format", "json", *self._about, *arguments]
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=_LONGEST_LINE,
        )
        self._running.add(process)
        try:
            out, said = await asyncio.gather(_all(process.stdout), _lines(process.stderr, progress))
            code = await process.wait()
        finally:
            self._running.discard(process)
        return Done(code, _parsed(out), tuple(said))


async def _all(stream: asyncio.StreamReader | None) -> bytes:
    return await stream.read() if stream else b""


async def _lines(stream: asyncio.StreamReader | None, progress: Progress) -> list[str]:
    said: list[str] = []
    while stream and (line := await stream.readline()):
        text = _message(line)
        if text:
            said.append(text)
            progress(text)
    return said


def _message(line: bytes) -> str:
    """What a line of the log says: the message, findings and hint of ours, or the line itself."""
    try:
        entry = json.loads(line)
        parts = [entry["message"], *entry.get("findings", ()), entry.get("hint") or ""]
    except (ValueError, TypeError, KeyError):
        return line.decode(errors="replace").strip()
    return "\n".join(part for part in parts if part)


def _parsed(out: bytes) -> Any:
    try:
        return json.loads(out)
    except ValueError:
        return None
