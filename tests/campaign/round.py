"""One round: what it does, what it counts, and what it finds."""

from __future__ import annotations

import json
import random
import signal
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.campaign import findings
from tests.campaign.books import Records
from tests.campaign.findings import Edits, Finding
from tests.campaign.trouble import Trouble
from tests.campaign.world import CrmName, SourceName, Story, World, story, world
from tests.promises.installation import Done

NO_TROUBLE = Trouble()
WORLDS = 3  # stories that rounds share, so that a twin serves many
IDLE = {"unchanged", "kept", "skipped"}
_twins: dict[tuple[Any, ...], Twin] = {}  # told once each


@dataclass
class Twin:
    """The CRM at the end of a story without trouble. ``points``: how many of each kind a run of the last
    chapter passes; ``seconds``: how long it takes."""

    records: Records
    points: dict[str, int]
    seconds: float


@dataclass
class Round:
    """``counts``: kills, faults, inputs (invitations that runs were given), runs, and findings by kind."""

    kind: str
    seed: int
    folder: Path
    steady: bool = False  # the story's invitations do not change: they only become more
    size: int = 40  # invitations
    short: bool = False  # with fewer invitations, and less trouble
    title: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    runs: list[Done] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.dice = random.Random(f"{self.kind} {self.seed}")
        self.story = story(self.seed % WORLDS, 16 if self.short else self.size, steady=self.steady)

    @property
    def replay(self) -> str:
        short = " --short" if self.short else ""
        return f"python -m tests.campaign --only {self.kind} --seed {self.seed} --rounds 1{short}"

    def times(self, number: int) -> int:
        """How often a trouble comes that usually comes ``number`` times."""
        return min(number, 2) if self.short else number

    def find(self, found: Iterable[Finding]) -> None:
        for kind, text in found:
            self.counts[kind] += 1
            self.findings.append((kind, text))

    def expect(self, holds: bool, text: str) -> None:
        if not holds:
            self.find([("wrong", text)])

    def sync(self, there: World, *options: str, trouble: Trouble = NO_TROUBLE) -> Done:
        return self.heed(there.there.run("sync", "--output", "json", *options, trouble=trouble), there)

    def heed(self, done: Done, there: World) -> Done:
        """A run is over: counted, and what it said is looked at."""
        self.runs.append(done)
        self.counts["runs"] += 1
        self.counts["kills"] += done.code == -signal.SIGKILL
        self.counts["inputs"] += len(self.story.then)
        self.find(findings.of_runs([done], [*there.secrets, *findings.private(self.story.then)]))
        return done

    def begin(self, there: World) -> None:
        """The story's first chapter, without trouble; then sales opens an opportunity, and AWS invites to
        more."""
        there.give(self.story.first)
        self.expect(self.sync(there).code in (0, 3), "the first run, which had no trouble")
        there.book.open_by_hand(*self.story.by_hand)
        there.give(self.story.then)

    def rep_edits(self, there: World) -> Edits:
        """A rep edits some of the records that there are; they are to stay so."""
        edits: dict[tuple[str, str], tuple[str, str]] = {}
        for object, rows in there.book.rows().items():
            field = there.book.edited.get(object)
            for row in self.dice.sample(rows, min(2, len(rows))) if field else ():
                if field and row["key"]:
                    edit = edits[object, row["key"]] = field, f"as rep {self.dice.randrange(1000)} wrote it"
                    there.book.edit(object, row["id"], *edit)
        return edits

    def close(self, there: World, edits: Edits | None = None) -> None:
        """Without trouble now: one run to its end, and one that has nothing left to do; then everything is as
        in the twin."""
        last = self.sync(there)
        self.expect(last.code in (0, 3), f"the closing run ended with {last.code}: {last.err[-500:]}")
        idle = self.sync(there)
        self.expect(idle.code in (0, 3), f"the idle run ended with {idle.code}: {idle.err[-500:]}")
        if idle.code in (0, 3):
            self.expect(
                set(idle.answer["counts"]) <= IDLE, f"there was something left: {idle.answer['counts']}"
            )
        self.compare(there, self.twin(there).records, edits or {}, len(self.story.then))

    def compare(self, there: World, twin: Records, edits: Edits, listed: int) -> None:
        self.find(findings.of_the_crm(there.book.records(), twin, edits))
        self.find(findings.of_the_ledger(there.folder / "ledger.db", there.book.rows(), listed))

    def twin(self, there: World) -> Twin:
        source: SourceName = "files" if there.service is None else "partner_central"
        crm: CrmName = "sql" if there.org is None else "salesforce"
        key = (self.seed % WORLDS, self.steady, len(self.story.then), source, crm)
        if key not in _twins:
            _twins[key] = _tell(self.story, source, crm, self.folder / "twin")
        return _twins[key]


def _tell(told: Story, source: SourceName, crm: CrmName, folder: Path) -> Twin:
    """The story without trouble. Raises AssertionError when even that is not as the mapping says."""
    with world(folder, source, crm) as calm:
        calm.give(told.first)
        began = time.monotonic()
        assert calm.there.run("sync").code in (0, 3)
        seconds = time.monotonic() - began
        calm.book.open_by_hand(*told.by_hand)
        calm.give(told.then)
        points = folder / "points.json"
        done = calm.there.run("sync", trouble=Trouble(count=str(points)))
        assert done.code in (0, 3), done.err
        records, book = calm.book.records(), calm.book
        wrong = list(findings.of_the_mapping(records, [told.first, told.then], book.lead, book.opportunity))
        wrong += findings.of_the_values(records, told, book)
        assert not wrong, wrong
        return Twin(records, json.loads(points.read_text(encoding="utf-8")), seconds)
