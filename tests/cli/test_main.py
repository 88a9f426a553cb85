"""The command line as a whole: what is loaded when, where options go, and how failures come out."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest

from connector import __version__
from connector.cli import main as main_module
from connector.cli.main import COMMANDS, root
from connector.errors import (
    ConfigurationError,
    ConnectorError,
    Finding,
    LimitReached,
    LockHeld,
    Position,
    TransientError,
    UsageError,
)
from connector.secrets import remember
from tests.cli.conftest import ROOT, Cli, Home

HEAVY = ("boto3", "botocore", "pydantic", "sqlalchemy", "rich", "ruamel", "orjson")


def leaves(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[str, click.Command]]:
    context = click.Context(group)
    found: list[tuple[str, click.Command]] = []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        here = (*path, name)
        found += leaves(command, here) if isinstance(command, click.Group) else [(" ".join(here), command)]
    return found


LEAVES = leaves(root)


def failing(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Make `runs list` fail like this."""

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("connector.cli.runs.load_config", fail)


def test_the_version_is_printed_without_loading_anything_heavy() -> None:
    code = f"""
import sys
from connector.cli.main import run
assert run(["--version"]) == 0
assert run(["--help"]) == 0
print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[0] == f"crm-connector {__version__}"
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_their_help_says(name: str) -> None:
    command = root.get_command(click.Context(root), name)
    assert command is not None
    assert (command.help or "").splitlines()[0] == COMMANDS[name][1]


@pytest.mark.parametrize(("name", "command"), LEAVES, ids=[name for name, _ in LEAVES])
def test_every_command_has_an_example_and_the_shared_options(name: str, command: click.Command) -> None:
    assert f"crm-connector {name}" in (command.help or "")
    shared = {"--config", "--output", "--verbose", "--quiet", "--debug", "--log-format"}
    assert shared <= {option for parameter in command.params for option in parameter.opts}


@pytest.mark.parametrize(
    "arguments",
    [
        ("--output", "json", "runs", "list"),
        ("runs", "--output", "json", "list"),
        ("runs", "list", "--output", "json"),
        ("--output", "table", "runs", "list", "--output", "json"),
    ],
)
def test_options_go_before_or_after_the_commands_name(
    cli: Cli, home: Home, arguments: tuple[str, ...]
) -> None:
    assert cli(*arguments).json == []


def test_config_is_taken_from_either_side(cli: Cli, home: Home, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text("batch_size: 0\n", encoding="utf-8")
    for arguments in (("--config", str(other), "runs", "list"), ("runs", "list", "--config", str(other))):
        assert "other.yaml has" in cli(*arguments).err


@pytest.mark.parametrize(
    "arguments",
    [
        ("--nonsense",),
        ("nonsense",),
        ("runs", "list", "--limit", "many"),
        ("runs", "list", "--output", "yaml"),
    ],
)
def test_a_usage_error_is_2_and_says_where_help_is(cli: Cli, home: Home, arguments: tuple[str, ...]) -> None:
    answer = cli(*arguments)
    assert (answer.code, answer.out) == (2, "")
    assert "--help" in answer.err


@pytest.mark.parametrize(("typed", "meant"), [("snyc", "sync"), ("revew", "review"), ("mappings", "mapping")])
def test_a_misspelt_command_is_named_with_the_one_that_was_meant(
    cli: Cli, home: Home, typed: str, meant: str
) -> None:
    assert f"Did you mean '{meant}'?" in cli(typed).err


def test_yaml_given_up_front_is_refused_where_it_has_no_meaning(cli: Cli, home: Home) -> None:
    answer = cli("--output", "yaml", "runs", "list")
    assert answer.code == 2
    assert "table or json" in answer.err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("x", hint="do y"), 2),
        (ConfigurationError("x", hint="do y"), 2),
        (LimitReached("x", hint="do y"), 3),
        (TransientError("x", service="s", hint="do y"), 4),
        (LockHeld("x", hint="do y"), 5),
    ],
)
def test_each_failure_has_its_code_and_says_what_to_do(
    cli: Cli, home: Home, monkeypatch: pytest.MonkeyPatch, error: ConnectorError, code: int
) -> None:
    failing(monkeypatch, error)
    answer = cli("runs", "list")
    assert (answer.code, answer.out, answer.err) == (code, "", "error: x\nhint: do y\n")


def test_findings_come_a_line_each(cli: Cli, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    where = Position("c.yaml", 3, 5)
    failing(
        monkeypatch, ConfigurationError("c.yaml is bad", [Finding("no\nlead", where, "did you mean lead?")])
    )
    assert cli("runs", "list").err.splitlines() == [
        "error: c.yaml is bad",
        r"  c.yaml:3:5: no\nlead (did you mean lead?)",
    ]


def test_failures_are_json_where_logs_are(cli: Cli, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, UsageError("x", hint="do y"))
    answer = cli("runs", "list", "--log-format", "json")
    assert json.loads(answer.err) == {"level": "error", "message": "x", "hint": "do y"}


def test_a_bug_is_1_and_gives_nothing_away(cli: Cli, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    remember("s3cret-five")
    failing(monkeypatch, KeyError("jane@customer.example s3cret-five"))
    answer = cli("runs", "list")
    assert answer.code == 1
    assert "this is a bug in crm-connector: KeyError at connector/cli/" in answer.err
    assert "--debug" in answer.err
    assert "jane@" not in answer.err
    assert "Traceback" not in answer.err
    debugged = cli("runs", "list", "--debug")
    assert debugged.code == 1
    assert "Traceback" in debugged.err
    assert "s3cret-five" not in debugged.err


@pytest.mark.parametrize("interruption", [KeyboardInterrupt(), click.Abort()])
def test_an_interruption_is_130(
    cli: Cli, home: Home, monkeypatch: pytest.MonkeyPatch, interruption: BaseException
) -> None:
    failing(monkeypatch, interruption)
    answer = cli("runs", "list")
    assert answer.code == 130
    assert "Traceback" not in answer.err


def test_a_ctrl_c_while_modules_are_loaded_prints_no_traceback() -> None:
    program = """
import os, signal, sys
from importlib.abc import MetaPathFinder

class Interrupting(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "connector.cli.failures":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupting())
sys.argv = ["crm-connector", "--version"]
from connector.__main__ import main
main()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("moment", ["finaliser", "run"])
def test_a_signal_is_not_lost_wherever_it_comes(number: int, moment: str) -> None:
    program = f"""
import os, sys, time
from connector.cli import main as entry

class Last:
    def __del__(self):
        os.kill(os.getpid(), {int(number)})
        time.sleep(0)

def within(*_):
    Last()  # Python can pass on no exception of a finaliser
    time.sleep(30)

def before():
    os.kill(os.getpid(), {int(number)})
    time.sleep(30)

if {moment!r} == "run":
    entry.Options = before
else:
    entry.Root.invoke = within
sys.argv = ["crm-connector", "runs", "list"]
from connector.__main__ import main
main()
"""
    started = time.monotonic()
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.returncode == 130 and time.monotonic() - started < 25, done.stderr
    assert "Traceback" not in done.stderr and "ignored" not in done.stderr


@pytest.mark.parametrize(
    "words",
    ["sync", "init --crm sql", "mapping preview --file x.json", "query --file x.json Id", "config check"],
)
def test_a_folder_that_is_gone_is_no_bug(tmp_path: Path, words: str) -> None:
    line = f"mkdir gone && cd gone && rmdir ../gone && {sys.executable} -m connector {words}"
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "CRM_CONNECTOR__MAPPING": "m.yaml"}
    done = subprocess.run(
        ["bash", "-c", line], cwd=tmp_path, env=environ, stdin=subprocess.DEVNULL, capture_output=True,
        text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "current folder" in done.stderr


def test_a_broken_pipe_elsewhere_is_not_taken_for_a_reader_who_left(
    cli: Cli, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, BrokenPipeError("a database's"))
    assert cli("runs", "list").code == 1


@pytest.mark.parametrize("arguments", [["mapping", "schema"], ["--help"]])
def test_a_reader_who_leaves_is_no_failure(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "connector", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        error = process.stderr.read()
        assert process.wait() == 0
    assert error == b""


def test_main_ends_the_process_with_the_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["crm-connector", "--nonsense"])
    with pytest.raises(SystemExit) as ended:
        main_module.main()
    assert ended.value.code == 2


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("$C --config none.yaml sync 2>/dev/full", 2),
        ("$C --debug --config none.yaml sync 2>/dev/full", 2),
        ("$C sinc 2>/dev/full", 2),
        ("$C --config none.yaml sync >/dev/full 2>&1", 2),
    ],
)
def test_where_no_error_can_be_printed_the_exit_code_says_what_it_was(line: str, code: int) -> None:
    environ = {"C": f"{sys.executable} -m connector", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(["bash", "-c", line], cwd=ROOT, env=environ, timeout=60, check=False)
    assert done.returncode == code


def test_a_ctrl_c_that_comes_while_text_is_evaluated_ends_with_130(tmp_path: Path) -> None:
    """As dataclasses evaluate text while modules are loaded: `python -m` takes it for unhandled for good."""
    (tmp_path / "trial.py").write_text(
        "import connector.cli.main as cli\n"
        "def run(_):\n"
        "    try:\n        exec('raise KeyboardInterrupt')\n"
        "    except KeyboardInterrupt:\n        return 130\n"
        "cli.run = run\n"
        "cli.main()"
    )
    command = [sys.executable, "-m", "trial"]
    environ = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "")
