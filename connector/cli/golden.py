"""Golden records: what the samples beside a mapping are to become, and how that differs from what they do.

For ``samples/new/lead.json`` and a mapping named ``sql`` it is ``samples/golden/sql/new/lead.json``.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connector.errors import ConfigurationError, UsageError
from connector.fetch import Selection
from connector.fetch.files import FORMATS, GOLDEN, Files
from connector.map import Desired, Ref, map_invitation
from connector.mapping.model import Mapping
from connector.records import Value, to_json


@dataclass(frozen=True, slots=True)
class Case:
    """A sample, what it became (``actual``), and the file that says what it should (``golden``)."""

    sample: Path
    golden: Path
    actual: str

    def diff(self) -> str:
        """A unified diff from golden to actual; empty when they are the same."""
        expected = self.golden.read_text(encoding="utf-8") if self.golden.exists() else ""
        lines = difflib.unified_diff(
            expected.splitlines(keepends=True),
            self.actual.splitlines(keepends=True),
            f"golden {self.golden}",
            f"now {self.sample}",
        )
        return "".join(lines)


def cases(mapping: Mapping, samples: Path) -> Iterator[Case]:
    """A case for every sample file below ``samples``. Raises UsageError when there is no sample."""
    found = sorted(path for path in samples.rglob("*") if _is_sample(path, samples))
    if not found:
        raise UsageError(
            f"there are no samples in {samples}",
            hint="save some there: aws partnercentral-selling get-engagement-invitation ... > sample.json",
        )
    taken: dict[Path, Path] = {}
    for sample in found:
        golden = samples / GOLDEN / mapping.name / sample.relative_to(samples).with_suffix(".json")
        if golden in taken:
            raise UsageError(f"{taken[golden]} and {sample} would share {golden}", hint="rename one of them")
        taken[golden] = sample
        yield Case(sample, golden, _dump(records_of(sample, mapping)))


def orphans(mapping: Mapping, samples: Path, known: set[Path]) -> list[Path]:
    """Golden files whose sample is gone."""
    return sorted(path for path in (samples / GOLDEN / mapping.name).rglob("*.json") if path not in known)


def _is_sample(path: Path, samples: Path) -> bool:
    parts = path.relative_to(samples).parts
    hidden = any(part.startswith(".") or part == GOLDEN for part in parts)
    return path.is_file() and path.suffix in FORMATS and not hidden


def records_of(file: Path, mapping: Mapping) -> list[dict[str, Any]]:
    """What the invitations of a file become; one that cannot be used becomes its error."""
    source = Files(str(file.absolute()), Path())
    answers: list[dict[str, Any]] = []
    for listed in source.list(Selection()):
        if listed.invitation is None:
            answers.append({"error": str(listed.error).replace(str(file.absolute()), file.name)})
            continue
        desired = map_invitation(listed.invitation, mapping)
        answers.append({"invitation": listed.id, "records": desired_to_json(desired)})
    return answers


def desired_to_json(records: Sequence[Desired]) -> list[dict[str, Any]]:
    """An invitation's records as previews and golden files show them; what is empty is left out."""
    names = {record.name for record in records}
    return [_record_to_json(record, names) for record in records]


def _record_to_json(record: Desired, names: Collection[str]) -> dict[str, Any]:
    shown = {
        "name": record.name,
        "object": record.rule.object,
        "key": {record.rule.key_field: record.key},
        "fields": {name: _value(value, names) for name, value in record.values.items()},
        "match": {**record.titles, **record.narrow},
        "warnings": record.warnings,
        "error": record.error,
    }
    return {name: value for name, value in shown.items() if value}


def _value(value: Value | Ref, names: Collection[str]) -> Any:
    if not isinstance(value, Ref):
        return to_json(value)
    item = f"{value.rule}[{value.index}]"
    return {"ref": item if item in names else value.rule}


def _dump(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def store(case: Case) -> None:
    """Make what a sample became its golden record. Raises ConfigurationError when it cannot be written."""
    try:
        case.golden.parent.mkdir(parents=True, exist_ok=True)
        case.golden.write_text(case.actual, encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"{case.golden} cannot be written: {error.strerror}") from None
