"""A short campaign; and that a campaign finds what there is to find. ``python -m tests.campaign`` is a long
one: every kind, every fault at three rates, hundreds of kills."""

from __future__ import annotations

from pathlib import Path

from tests.campaign import findings
from tests.campaign.books import Records
from tests.campaign.kinds import KINDS, play
from tests.campaign.world import story
from tests.promises.installation import Done

SHORT = (("kills", 0), ("kills", 3), ("decisions", 0), ("disks", 1), ("dates", 0))


def test_a_short_campaign_finds_nothing(tmp_path: Path) -> None:
    kills = 0
    for kind, seed in SHORT:
        played = play(kind, seed, tmp_path / f"{kind}-{seed}", short=True)
        assert not played.findings, f"{played.findings}; again: {played.replay}"
        kills += played.counts["kills"]
    assert kills >= 5
    assert {kind for kind, _ in SHORT} <= KINDS.keys()


def test_it_finds_what_is_lost_doubled_half_written_or_overwritten() -> None:
    twin: Records = {("leads", key): [{"key": key, "a": 1, "b": 2}] for key in "1234"}
    found: Records = {
        ("leads", "2"): [{"key": "2", "a": 1, "b": 2}] * 2,
        ("leads", "3"): [{"key": "3", "a": None, "b": 2}],
        ("leads", "4"): [{"key": "4", "a": 1, "b": 2}],
        ("leads", ""): [{"key": None, "a": 1, "b": 2}],
    }
    kinds = [kind for kind, _ in findings.of_the_crm(found, twin, {("leads", "4"): ("b", "the rep's")})]
    assert kinds == ["lost", "doubled", "half written", "edits lost", "doubled"]
    assert not list(findings.of_the_crm(twin, twin, {}))


def test_it_finds_what_the_mapping_does_not_say() -> None:
    told = story(0)
    names = [told.first, told.then], "leads", "opportunities"
    records: Records = {record: [{"key": record[1]}] for record in findings.due(*names)}
    assert not list(findings.of_the_mapping(records, *names))
    records.popitem()
    assert [kind for kind, _ in findings.of_the_mapping(records, *names)] == ["lost"]


def test_it_finds_what_runs_may_not_say_or_end_with() -> None:
    private = findings.private(story(0).then)
    assert len(private) > 20
    runs = [
        Done(0, "", f"warning: {private[0]}"),
        Done(1, "", "Traceback (most recent call last)"),
        Done(-11, "", ""),
        Done(-9, "", ""),
        Done(3, "{}", "2 need attention"),
    ]
    assert [kind for kind, _ in findings.of_runs(runs, private)] == ["leaks", "tracebacks", "wrong", "wrong"]
