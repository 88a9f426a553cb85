"""Findings as ``--output json`` gives them."""

from __future__ import annotations

from typing import Any

from connector.errors import Finding


def finding_to_json(finding: Finding) -> dict[str, Any]:
    """``file``, ``line`` and ``column`` are there where the finding has a place in a file."""
    at = finding.position
    where = {"file": at.file, "line": at.line, "column": at.column} if at else {}
    return {"severity": finding.severity, "message": finding.message, "hint": finding.hint, **where}
