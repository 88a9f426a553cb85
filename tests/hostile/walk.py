"""Hostile invitations through the whole walk, by the command line: every one has to end as one outcome, what
the CRM holds has to be the text given, and nothing may be more than text to a terminal."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import jmespath
import yaml

from tests.hostile.lines import Line
from tests.promises.installation import ROOT, Done, Installation
from tests.servers.salesforce import Salesforce

# Columns of `leads`, and where their text comes from.
TEXTS = {
    "project_title": "Payload.OpportunityInvitation.Project.Title",
    "use_case": "Payload.OpportunityInvitation.Project.BusinessProblem",
    "description": "InvitationMessage",
    "closed_reason": "RejectionReason",
    "industry": "Payload.OpportunityInvitation.Customer.Industry",
    "website": "Payload.OpportunityInvitation.Customer.WebsiteUrl",
    "segment": "Payload.LeadInvitation.Customer.MarketSegment",
    "title": "Payload.LeadInvitation.Interaction.ContactBusinessTitle",
    "first_name": "Payload.OpportunityInvitation.SenderContacts[0].FirstName",
    "email": "Payload.OpportunityInvitation.SenderContacts[0].Email",
    "status": "Status",
    "aws_status": "Unknown",
}
OTHERS = {
    "company": {"value": "x"},
    "amount": "annual_spend(Payload.OpportunityInvitation.Project.ExpectedCustomerSpend)",
    "close_date": "Payload.OpportunityInvitation.Project.TargetCompletionDate",
    "invitation_date": "InvitationDate",
    "expiration_date": "add_days(ExpirationDate, `1`)",
    "last_name": "domain(Payload.OpportunityInvitation.Customer.WebsiteUrl)",
    "phone": "last_name(Payload.OpportunityInvitation.SenderContacts[0])",
    "country": "country_name(Payload.OpportunityInvitation.Customer.CountryCode)",
    "source_name": {"template": "{{ SenderCompanyName }}{{ SenderCompanyName }}", "max_length": 50},
}
_STEERS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
LEFT = object()  # a field that is left out, and a warning says so


@dataclass
class Report:
    """``tried`` are inputs, ``counts`` outcomes; ``findings`` what should not be."""

    tried: int = 0
    runs: int = 0
    texts: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)

    def expect(self, holds: bool, finding: str) -> None:
        if not holds:
            self.findings.append(finding)


def expected(value: Any) -> Any:
    """What a text field of the CRM holds of a JSON value."""
    if value is None:
        return None
    if isinstance(value, (list, dict)):
        return LEFT
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return format(Decimal(str(value)), "f")
    text = str(value).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text.replace("\0", "") or None


def mapping() -> dict[str, Any]:
    """Every text of an invitation into a field of one record."""
    lead = {"object": "leads", "key": {"aws_invitation_id": "Id"}, "fields": {**OTHERS, **TEXTS}}
    return {"version": 1, "name": "hostile", "crm": "sql", "records": {"lead": lead}}


def write(folder: Path, lines: Sequence[Line]) -> dict[str, Any]:
    folder.mkdir(parents=True)
    (folder / "in.ndjson").write_bytes(b"\n".join(line.content for line in lines) + b"\n")
    return {"type": "files", "path": "in.ndjson"}


def check_texts(folder: Path, lines: Sequence[Line]) -> Report:
    """All lines into `leads`, twice; the second time there is nothing to do."""
    report = Report(len(lines))
    source = write(folder, lines)
    (folder / "mapping.yaml").write_text(yaml.safe_dump(mapping(), sort_keys=False), encoding="utf-8")
    installed = Installation(folder, source, mapping="mapping.yaml")
    first = run(installed, report, lines)
    for name in ("created", "failed"):
        wanted = sum((line.raw is None) == (name == "failed") for line in lines)
        report.expect(first["counts"].get(name, 0) == wanted, f"{name}: {first['counts']}, not {wanted}")
    rows = {
        row[0]: row[1:] for row in installed.sql(f"SELECT aws_invitation_id, {', '.join(TEXTS)} FROM leads")
    }
    warned = {each["invitation"]: each["warnings"] for each in first["attention"]}
    for number, line in enumerate(lines, 1):
        if line.raw is not None:
            for finding in _differing(line.raw, rows, warned):
                report.findings.append(f"line {number}: {finding}")
            report.texts += len(TEXTS)
    second = run(installed, report, lines)
    report.expect(set(second["counts"]) <= {"unchanged", "failed"}, f"a second run: {second['counts']}")
    return report


def _differing(raw: dict[str, Any], rows: dict[str, Any], warned: dict[str, Any]) -> Iterator[str]:
    id_ = str(expected(raw["Id"]))
    row = rows.get(id_.strip())
    if row is None:
        yield f"{id_!r} is not in the CRM"
        return
    for (name, path), held in zip(TEXTS.items(), row, strict=True):
        wanted = expected(jmespath.search(path, raw))
        if wanted is LEFT:
            told = any(f"lead.{name} is left" in text for text in warned.get(id_, warned.get(raw["Id"], ())))
            if held is not None or not told:
                yield f"{name} is {held!r:.80}, and nobody is told that it was left out"
        elif held != wanted:
            yield f"{name} is {held!r:.80}, not {wanted!r:.80}"


def check_life(folder: Path, lines: Sequence[Line], **settings: Any) -> Report:
    """All lines by a mapping of ours, twice, and what people are shown of it."""
    report = Report(len(lines))
    installed = Installation(folder, write(folder, lines), **settings)
    first = run(installed, report, lines)
    second = run(installed, report, lines)
    for name in ("created", "updated"):
        report.expect(
            name not in second["counts"], f"a second run: {second['counts']}, after {first['counts']}"
        )
    for words in (["runs", "show"], ["review", "list"]):
        shown = installed.run(*words)
        report.runs += 1
        report.expect(shown.code == 0, f"{' '.join(words)} ends with {shown.code}: {shown.err[-500:]}")
        report.expect(
            not _STEERS.search(shown.out + shown.err), f"{' '.join(words)} shows what steers a terminal"
        )
    return report


def run(installed: Installation, report: Report, lines: Sequence[Line]) -> Any:
    """A sync: each line ends as one outcome, with a reason where it failed, and the exit code says so."""
    done = installed.run("sync", "--output", "json", timeout=3600)
    report.runs += 1
    _check_end(done, report)
    answer = json.loads(done.out) if done.out.strip() else {"counts": {}, "attention": [], "listed": 0}
    counts = answer["counts"]
    report.counts.update(counts)
    report.expect(answer["listed"] == len(lines), f"{answer['listed']} listed, {len(lines)} given")
    attention = bool(answer["attention"])
    report.expect(done.code == (3 if attention else 0), f"exit code {done.code}: {done.err[-500:]}")
    for each in answer["attention"]:
        ended = each["reason"] or each["warnings"]
        report.expect(bool(ended), f"{each['invitation']!r:.60}: {each['outcome']} without a reason")
        bug = next((text for text in [each["reason"], *each["warnings"]] if "a bug in" in text), None)
        report.expect(bug is None, f"{each['invitation']!r:.60}: {bug}")
    return answer


def _check_end(done: Done, report: Report) -> None:
    report.expect("Traceback" not in done.err + done.out, f"a traceback: {done.err[-2000:]}")
    report.expect(done.code in (0, 3), f"exit code {done.code}: {done.err[-500:]}")
    report.expect(not _STEERS.search(done.err), "standard error has what steers a terminal")


def check_salesforce(folder: Path, lines: Sequence[Line]) -> Report:
    """All lines by the mapping for Salesforce, into a loopback org."""
    with Salesforce() as org:
        settings = org.settings("jwt", read_timeout=30)
        mapping = str(ROOT / "mappings" / "salesforce.yaml")
        return check_life(folder, lines, crm=settings, mapping=mapping)
