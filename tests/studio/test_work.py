"""The Plan page's work, without a browser: what its buttons start, and that it ends."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connector.cli.options import Options
from connector.studio.commands import Commands, Done
from connector.studio.frame import Studio
from connector.studio.plan import _Work

NUMBER = 50_000


def answer(number: int) -> dict[str, Any]:
    change = {"action": "create", "kept": [], "warnings": []}
    plans = [{"invitation": f"engi-{n:013}", "changes": [change]} for n in range(number)]
    return {"plans": plans, "attention": [], "counts": {}, "error": None}


class Pressed:
    """In place of the commands: notes what it is asked, and answers or raises."""

    def __init__(self, answers: Callable[[tuple[str, ...]], Done]) -> None:
        self.asked: list[tuple[str, ...]] = []
        self._answers = answers

    async def ask(self, *arguments: str) -> Done:
        self.asked.append(arguments)
        return self._answers(arguments)

    async def do(self, *arguments: str, progress: object) -> Done:
        return await self.ask(*arguments)


def work_with(folder: Path, commands: Any) -> _Work:
    studio = Studio(Options())
    studio.commands = commands
    return _Work(studio, folder / "plan.json")


def test_all_but_one_of_very_many_are_named_in_a_private_file(tmp_path: Path) -> None:
    commands = Pressed(lambda _: Done(0, answer(NUMBER), ()))
    work = work_with(tmp_path, commands)
    asyncio.run(work.plan())
    assert work.planned is not None
    work.planned.approve(work.planned.plans[:1], False)
    asyncio.run(work.apply(force=False))
    arguments = commands.asked[-1]
    assert sum(map(len, arguments)) < 1000
    file = Path(arguments[arguments.index("--only-from") + 1])
    assert file.parent == tmp_path and stat.S_IMODE(file.stat().st_mode) == 0o600
    ids = file.read_text(encoding="utf-8").splitlines()
    assert len(ids) == NUMBER - 1 and "engi-0000000000000" not in ids
    assert [plan["invitation"] for plan in work.planned.plans] == ["engi-0000000000000"]


def test_all_of_a_plan_is_named_by_none(tmp_path: Path) -> None:
    commands = Pressed(lambda _: Done(0, answer(3), ()))
    work = work_with(tmp_path, commands)
    asyncio.run(work.plan())
    asyncio.run(work.apply(force=False))
    assert "--only-from" not in commands.asked[-1]


def test_a_command_that_cannot_be_started_is_told_and_the_buttons_work_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = work_with(tmp_path, Commands(Options()))
    monkeypatch.setattr("sys.executable", str(tmp_path / "nothing"))
    asyncio.run(work.plan())
    assert (work.busy, work.status) == ("", "No plan was made.")
    (problem,) = work.problems
    assert "could not be started: No such file" in problem


def test_what_nobody_foresaw_does_not_leave_it_busy(tmp_path: Path) -> None:
    def answers(arguments: tuple[str, ...]) -> Done:
        if arguments[0] == "apply":
            raise ValueError("a line without end")
        return Done(0, answer(3), ())

    work = work_with(tmp_path, Pressed(answers))
    asyncio.run(work.plan())
    with pytest.raises(ValueError):
        asyncio.run(work.apply(force=False))
    assert (work.busy, work.status) == ("", "Nothing was applied.")
    assert work.problems


def test_what_is_approved_stands_while_it_is_applied(tmp_path: Path) -> None:
    def answers(arguments: tuple[str, ...]) -> Done:
        if arguments[0] == "apply" and work.planned:
            work.approve(work.planned.plans, True)  # another tab's button, meanwhile
        return Done(0, answer(3), ())

    work = work_with(tmp_path, Pressed(answers))
    asyncio.run(work.plan())
    assert work.planned is not None
    work.approve(work.planned.plans[:1], False)
    asyncio.run(work.apply(force=False))
    assert [plan["invitation"] for plan in work.planned.plans] == ["engi-0000000000000"], "it was left out"
