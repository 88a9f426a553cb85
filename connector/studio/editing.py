"""What the mapping page shows of a text that is being edited: its mistakes, what samples become by it, and
what that changes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from connector import yamlfile
from connector.cli import golden
from connector.cli.chosen import Chosen, described
from connector.cli.diff import plain
from connector.cli.newfiles import NewFile, write_all
from connector.cli.options import Options
from connector.cli.preview import made_from
from connector.compare import Comparison, compare
from connector.completion import Known, complete
from connector.config import installed_crms
from connector.errors import ConfigurationError, ConnectorError, ExitCode, Finding, UsageError
from connector.fetch import Selection
from connector.fetch.service_model import mappable
from connector.invitation import Invitation
from connector.map import map_invitation
from connector.mapping.check import examine
from connector.mapping.model import Mapping as MappingFile
from connector.mapping.suggest import Suggestion
from connector.records import ObjectMeta


@dataclass(frozen=True, slots=True)
class FieldShown:
    """One field of a record: what it holds, and what it was made from."""

    name: str
    value: str
    made_from: str


@dataclass(frozen=True, slots=True)
class RecordShown:
    title: str
    fields: Sequence[FieldShown]
    problems: Sequence[str]


@dataclass(slots=True)
class Editing:
    """A mapping file on its way to another. ``saved`` is what the file held when it was last read or written,
    each line ended by LF as in the editor, whatever ends them in the file; ``objects``: the CRM's, empty
    while it has not been asked, or could not be."""

    chosen: Chosen
    samples: Sequence[Invitation]
    saved: str
    objects: Mapping[str, ObjectMeta] = field(default_factory=dict)
    mapping: MappingFile | None = None
    findings: Sequence[Finding] = ()

    @classmethod
    def of(cls, options: Options) -> Editing:
        """The config's mapping with the samples beside it. Raises ConfigurationError, UsageError."""
        chosen = Chosen.of(options, None)
        return cls(chosen, _samples(chosen), _lines(_read(chosen.path)))

    def ask_crm(self) -> str:
        """Ask the CRM for its fields; what went wrong, or ""."""
        if self.chosen.config is None:
            return ""
        names = {rule.object for rule in self.mapping.records} if self.mapping else set()
        try:
            self.objects = described(self.chosen.config, names)
        except ConnectorError as error:
            return error.message
        return ""

    def check(self, text: str) -> None:
        """Find the mistakes of ``text``. The mapping of one that cannot be read stays the one before."""
        try:
            document = yamlfile.parse(text, self.chosen.path.name)
        except ConfigurationError as error:
            self.findings = error.findings or (Finding(error.message, hint=error.hint),)
            return
        mapping, findings = examine(
            document, self.chosen.rates, self.objects or None, *mappable(), crms=installed_crms()
        )
        self.mapping = mapping or self.mapping
        self.findings = findings

    @property
    def is_good(self) -> bool:
        return not any(finding.severity == "error" for finding in self.findings)

    def records(self, invitation: Invitation) -> list[RecordShown]:
        """What ``invitation`` becomes."""
        if self.mapping is None:
            return []
        desired = map_invitation(invitation, self.mapping)
        shown = []
        for record, answer in zip(desired, golden.desired_to_json(desired), strict=True):
            origins = {rule.name: made_from(rule) for rule in record.rule.fields}
            fields = [
                FieldShown(name, f"-> {v['ref']}" if isinstance(v, dict) else plain(v), origins.get(name, ""))
                for name, v in answer.get("fields", {}).items()
            ]
            title = f"{record.name}: {record.rule.object} {record.rule.key_field} {record.key}"
            shown.append(RecordShown(title, fields, [*record.warnings, *filter(None, [record.error])]))
        return shown

    def difference(self) -> Comparison | None:
        """What all samples become otherwise than by the saved file; None while one of them is no mapping."""
        before, _ = examine(yamlfile.parse(self.saved, self.chosen.path.name), self.chosen.rates)
        if before is None or self.mapping is None:
            return None
        return compare(before, self.mapping, self.samples)

    def complete(self, text: str, offset: int) -> list[Suggestion]:
        tree: Any = mappable()[0]
        return complete(text, offset, Known(tree, self.objects))

    def save(self, text: str) -> None:
        """Write the file. Raises UsageError when it has mistakes, or has changed on disk meanwhile."""
        self.check(text)
        if not self.is_good:
            raise UsageError("it has mistakes: it is saved when they are gone")
        there = _read(self.chosen.path)
        if _digest(_lines(there)) != _digest(self.saved):
            raise UsageError(
                f"{self.chosen.path.name} has changed on disk meanwhile",
                hint="copy your text, and load the page anew",
            )
        write_all([NewFile(self.chosen.path, yamlfile.with_line_ends_of(there, text))])
        self.saved = text


def _samples(chosen: Chosen) -> list[Invitation]:
    """The invitations beside the mapping; else the first of the config's source, if that is files."""
    folder = chosen.path.parent / "samples"
    mapping = replace(_NOTHING, name="samples")
    found: list[Invitation] = []
    with closing(chosen.source(mapping, str(folder.absolute()) if folder.is_dir() else None)) as source:
        for listed in source.list(Selection()):
            try:
                found.append(source.get(listed))
            except ConnectorError as error:
                if error.exit_code is not ExitCode.ATTENTION:
                    raise
            if len(found) >= _MOST:
                break
    return found


_NOTHING = MappingFile("", "", (), (), "")
_MOST = 1_000  # samples


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")  # read_text() would make all line ends LF
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from None


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode()).digest()
