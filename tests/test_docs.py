"""The docs are true: every command shown in them is run here, as it stands, and does what it should."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from connector import yamlfile
from connector.cli.main import COMMANDS, root
from connector.errors import ExitCode
from connector.mapping.load import load
from tests.servers.partner_central import PartnerCentral, make_invitations

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = {"README.md": README} | {
    page.name: page.read_text(encoding="utf-8") for page in sorted((ROOT / "docs").glob("*.md"))
}


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


def set_up() -> list[str]:
    section = README.partition("\n## Set up\n")[2].partition("\n## ")[0]
    return [line for block in blocks(section, "sh") for line in block.splitlines()]


def shown(text: str) -> list[str]:
    lines = [line for block in blocks(text, "sh") for line in block.splitlines()]
    return [line for line in lines if line.strip() and line not in set_up()]


@pytest.fixture
def environ() -> Iterator[dict[str, str]]:
    """AWS on this machine."""
    invitations = make_invitations(8)
    invitations[0]["Id"] = "engi-0123456789abc"
    outside = {name: value for name, value in os.environ.items() if name[:4] not in ("AWS_", "CRM_")}
    with PartnerCentral(invitations) as server:
        yield {
            **outside,
            "PYTHONPATH": str(ROOT),
            "AWS_ENDPOINT_URL": server.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_EC2_METADATA_DISABLED": "true",
        }


@pytest.mark.parametrize("page", [name for name, text in PAGES.items() if shown(text)])
def test_the_commands_of_a_page_work_one_after_the_other(
    page: str, tmp_path: Path, environ: dict[str, str]
) -> None:
    shutil.copytree(ROOT / "mappings", tmp_path / "mappings")
    for name in ("config.example.yaml", "config.yaml"):
        shutil.copy(ROOT / "config.example.yaml", tmp_path / name)
    for line in shown(PAGES[page]):
        words = shlex.split(line)
        assert words[0] == "crm-connector", f"{page} shows a command that is not ours: {line}"
        command = [sys.executable, "-m", "connector", *words[1:]]
        done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, f"{line}: {done.stderr}"
        assert done.stdout.strip(), line


def test_the_set_up_is_two_commands_and_the_gate_runs_these() -> None:
    first, second = set_up()
    assert first.startswith("python3 -m venv .venv && ")
    assert first.endswith("crm-connector --config config.example.yaml sync")
    assert "[test]" in second and "pytest" in second
    gate = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert 'bash -c "$(set_up 1)"' in gate and 'bash -c "$(set_up 2)' in gate


def test_the_scheduled_command_is_one_of_ours() -> None:
    (block,) = blocks(README, "cron")
    words = shlex.split(block.partition("&& ")[2].partition(" 2>>")[0])
    assert words[0].endswith("crm-connector")
    with root.make_context("crm-connector", words[1:]) as context:
        assert context is not None


def commands(group: click.Group, path: str = "") -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, f"{path}{name} ")
        else:
            yield f"{path}{name}", command


@pytest.mark.parametrize("name", [name for name, _ in commands(root)])
def test_every_command_is_in_the_docs_and_its_help_has_an_example(name: str) -> None:
    docs = "\n".join(PAGES.values())
    assert re.search(rf"\b{name}\b", docs), f"no page speaks of `{name}`"
    command = dict(commands(root))[name]
    text = command.get_help(click.Context(command, info_name=name))
    assert f"crm-connector {name}" in text, f"no example in the help of `{name}`"


def test_the_top_of_the_help_names_every_command() -> None:
    text = root.get_help(click.Context(root, info_name="crm-connector"))
    assert all(re.search(rf"^  {name}\b", text, flags=re.MULTILINE) for name in COMMANDS)


def test_the_exit_codes_are_those_of_the_code() -> None:
    table = re.findall(r"^\| (\d+) \|", README, flags=re.MULTILINE)
    assert [int(code) for code in table] == [int(code) for code in ExitCode]


def test_the_mappings_shown_are_mappings() -> None:
    shown = [
        block for text in PAGES.values() for block in blocks(text, "yaml") if block.startswith("version:")
    ]
    assert shown
    for text in shown:
        assert load(yamlfile.parse(text, "docs")).records


def test_links_between_the_pages_lead_somewhere() -> None:
    for name, text in PAGES.items():
        folder = ROOT if name == "README.md" else ROOT / "docs"
        for target in re.findall(r"\]\((?!https?://)([^)#]+)", text):
            assert (folder / target).exists(), f"{name} links to {target}"
