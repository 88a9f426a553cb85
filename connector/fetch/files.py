"""Invitations from files, as ``aws partnercentral-selling get-engagement-invitation`` prints them."""

from __future__ import annotations

import gzip
import logging
import os
import stat
import sys
import zlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from connector.errors import ConfigurationError, InputError
from connector.fetch import Listed, Selection, Source
from connector.fetch.documents import Format, documents
from connector.fetch.values import Document
from connector.invitation import Invitation, parse

log = logging.getLogger(__name__)

FORMATS = {
    ".json": Format.JSON,
    ".ndjson": Format.LINES,
    ".jsonl": Format.LINES,
    ".yaml": Format.YAML,
    ".yml": Format.YAML,
}
GOLDEN = "golden"  # a folder of this name holds what `mapping test` compares with, not invitations
STANDARD_INPUT = "-"
_MAGIC = frozenset("*?[")
_MEMBERS = ("Payload", "PayloadType", "Status")  # an answer with none of these is another operation's


class Files(Source):
    """A file, a folder with its sub-folders, a glob (``**`` for any depth) or ``-`` for standard input.

    JSON, NDJSON (``.ndjson``, ``.jsonl``) and YAML, each also as ``.gz``. In a folder, files with other
    endings are left out and named in the log; a file named by itself may have any ending. What cannot be
    used is listed with its error, and everything else goes on. Ids may repeat: the caller decides.
    """

    concurrency = 1

    def __init__(
        self, path: str, directory: Path, *, catalog: str = "", stdin: BinaryIO | None = None
    ) -> None:
        """``path`` counts from ``directory``. ``stdin`` stands for standard input, bytes."""
        self.catalog = catalog
        self._path = path
        self._directory = directory
        self._stdin = stdin

    def list(self, selection: Selection) -> Iterator[Listed]:
        """The invitations that ``selection`` asks for, files by name and each in its own order.

        Raises ConfigurationError when there is no such file or folder, or the glob matches nothing.
        """
        left = selection.limit
        for listed in self._entries():
            if left is not None and left <= 0:
                return
            if listed.invitation is None:
                yield listed
            elif _selected(listed.invitation, selection):
                left = None if left is None else left - 1
                yield listed

    def get(self, listed: Listed) -> Invitation:
        if listed.invitation is None:
            raise listed.error or InputError(f"{listed.id}: its file did not give it")
        return listed.invitation

    def calls(self) -> Mapping[str, int]:
        return {}

    def close(self) -> None:
        """Files are closed as soon as they have been read."""

    def _entries(self) -> Iterator[Listed]:
        if self._path == STANDARD_INPUT:
            yield from _read(self._stdin or sys.stdin.buffer, "stdin", Format.UNKNOWN)
            return
        for path, error in _paths(self._path, self._directory):
            name = _name(path, self._directory)
            yield from [_unusable(name, error)] if error else _read_file(path, name)


def _read_file(path: Path, name: str) -> Iterator[Listed]:
    try:
        # Opening a FIFO would wait for a writer for ever.
        if not stat.S_ISREG(path.stat().st_mode):
            yield _unusable(name, "not a regular file", "to read from a pipe, give - as the path")
            return
        with path.open("rb") as file:
            yield from _read(file, name, _format(path))
    except OSError as error:
        yield _unusable(name, f"cannot be read: {error.strerror or 'input error'}")


def _read(stream: BinaryIO, name: str, format: Format) -> Iterator[Listed]:
    try:
        for document in documents(stream, format):
            yield _listed(document, name)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        yield _unusable(name, "the gzip file is cut off or damaged; nothing after that could be read")
    except UnicodeError:
        yield _unusable(name, "not UTF-8 text; nothing after that could be read", "save it as UTF-8")


def _listed(document: Document, name: str) -> Listed:
    column = f":{document.column}" if document.column > 1 else ""
    place = f"{name}:{document.line}{column}"
    if document.error:
        return _unusable(place, document.error)
    try:
        invitation = _invitation(document.value, place)
    except InputError as error:
        return Listed(place, error=error)
    typed = invitation.typed
    return Listed(
        invitation.id,
        invitation.digest,
        invitation.status,
        typed.PayloadType or "",
        typed.InvitationDate,
        None,
        invitation,
        place=place,
    )


def _invitation(value: Any, place: str) -> Invitation:
    """The invitation that a file's value is. Raises InputError, saying what it is instead."""
    if isinstance(value, dict):
        if "EngagementInvitationSummaries" in value or (
            "ParticipantType" in value and "Payload" not in value
        ):
            raise InputError(
                f"{place}: a listing's summary, which has no Payload",
                hint="get-engagement-invitation gives the whole of each",
            )
        if "Id" in value and not any(member in value for member in _MEMBERS):
            raise InputError(
                f"{place}: not an invitation: it has an Id, but neither Status nor Payload",
                hint="give answers of get-engagement-invitation",
            )
        value.pop("ResponseMetadata", None)  # boto3's, and different with every call
    return parse(value, place)


def _unusable(place: str, reason: str, hint: str | None = None) -> Listed:
    return Listed(place, error=InputError(f"{place}: {reason}", hint=hint))


def _selected(invitation: Invitation, selection: Selection) -> bool:
    typed, raw = invitation.typed, invitation.raw
    return (
        _among(selection.ids, invitation.id, typed.Arn)
        and _among(selection.statuses, invitation.status)
        and _among(selection.payload_types, typed.PayloadType)
        and _among(selection.engagements, typed.EngagementId)
        and _among(selection.senders, raw.get("SenderAwsAccountId"))
        and _within(typed.InvitationDate, selection.since, selection.until)
    )


def _among(wanted: tuple[str, ...], *values: str | None) -> bool:
    return not wanted or any(value in wanted for value in values)


def _within(moment: datetime | None, since: datetime | None, until: datetime | None) -> bool:
    return moment is None or ((since is None or since <= moment) and (until is None or moment < until))


# Paths


def _paths(path: str, directory: Path) -> Iterator[tuple[Path, str]]:
    """The files that ``path`` names, each once, and "" or the reason why it cannot be read."""
    named = directory / Path(path).expanduser()
    if named.is_dir():
        yield from _folder(named)
    elif os.path.lexists(named):
        yield named, ""
    elif _MAGIC.isdisjoint(path):
        raise ConfigurationError(
            f"there is no file or folder {named}",
            hint="source.path counts from the config's folder, --file and --on from the current one",
        )
    else:
        yield from _glob(named, path)


def _folder(top: Path) -> Iterator[tuple[Path, str]]:
    """Files with a known ending below ``top``. Hidden ones are left out, and golden records."""
    errors: list[OSError] = []
    left: list[str] = []
    count = 0
    for folder, folders, names in os.walk(top, onerror=errors.append):
        folders[:] = sorted(name for name in folders if name != GOLDEN and not name.startswith("."))
        for name in sorted(names):
            path = Path(folder, name)
            if name.startswith(".") or _format(path) is Format.UNKNOWN:
                left.append(str(path.relative_to(top)))
            else:
                count += 1
                yield path, ""
    for error in errors:
        yield Path(error.filename), f"cannot be read: {error.strerror}"
    if left:
        log.info("%s: not read, for their endings: %s", top, ", ".join(left))
    if not count and not errors:
        log.warning("%s: no file ends in %s", top, ", ".join(FORMATS))


def _glob(named: Path, path: str) -> Iterator[tuple[Path, str]]:
    parts = named.parts
    magic = next(index for index, part in enumerate(parts) if not _MAGIC.isdisjoint(part))
    base = Path(*parts[:magic])
    spelt = not Path(path).name.endswith("*")  # *.txt means those files; * means those that can be read
    found: dict[Path, str] = {}
    for match in sorted(base.glob("/".join(parts[magic:]))):
        inside = match.relative_to(base).parts
        if any(part.startswith(".") or (part == GOLDEN and GOLDEN not in parts) for part in inside):
            continue
        if match.is_dir():
            found |= dict(_folder(match))
        elif spelt or _format(match) is not Format.UNKNOWN:
            found[match] = ""
    if not found:
        raise ConfigurationError(f"nothing matches {named}", hint="write ** for folders of any depth")
    yield from found.items()


def _format(path: Path) -> Format:
    suffixes = path.suffixes
    if suffixes and suffixes[-1].lower() == ".gz":
        suffixes.pop()
    return FORMATS.get(suffixes[-1].lower(), Format.UNKNOWN) if suffixes else Format.UNKNOWN


def _name(path: Path, directory: Path) -> str:
    """``path`` as errors and ids show it."""
    shown = path.relative_to(directory) if path.is_relative_to(directory) else path
    # A name need not be UTF-8, and no database takes what Python makes of it then.
    return os.fsencode(shown).decode(errors="backslashreplace")
