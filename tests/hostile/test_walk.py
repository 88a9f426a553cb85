"""What a hundred hostile invitations become; ``python -m tests.hostile`` does it with thousands."""

from __future__ import annotations

from pathlib import Path

from tests.hostile.lines import WAYS, Line, line, lines
from tests.hostile.walk import check_life, check_texts


def some(count: int, start: int) -> list[Line]:
    """Lines of all ways, and of hypothesis' own choice."""
    each = [line({"Status": "PENDING", "Payload": None}, way, number) for number, way in enumerate(WAYS)]
    return [*each, *(made for made in lines(count, start, first=len(each)))]


def test_every_invitation_ends_as_one_outcome_and_its_text_is_in_the_crm_as_it_was_given(
    tmp_path: Path,
) -> None:
    report = check_texts(tmp_path / "texts", some(100, 1))
    assert not report.findings, "\n".join(report.findings)
    assert report.counts["created"] > 80


def test_our_own_mapping_takes_them_and_a_second_run_writes_nothing(tmp_path: Path) -> None:
    report = check_life(tmp_path / "life", some(100, 2))
    assert not report.findings, "\n".join(report.findings)
