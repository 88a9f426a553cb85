"""The docs are true: every command shown in them is run here, as it stands, and does what it should."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from connector import yamlfile
from connector.cli.main import COMMANDS, root
from connector.config import load as load_config
from connector.config import tenant_names
from connector.crm.salesforce_errors import record_error
from connector.crm.salesforce_settings import Settings as SalesforceSettings
from connector.errors import ExitCode
from tests.promises import forked
from tests.servers.partner_central import PartnerCentral, make_invitations
from tests.servers.salesforce import Salesforce

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


def own_config() -> str:
    """config.yaml as the README has a reader make it: the example with the source that it shows."""
    (source,) = (block for block in blocks(README, "yaml") if block.startswith("source:"))
    example = (ROOT / "config.example.yaml").read_text(encoding="utf-8")
    return re.sub(r"^source:\n(?:(?: .*)?\n)*", lambda _: source + "\n", example, count=1, flags=re.MULTILINE)


def run(line: str, folder: Path, environ: dict[str, str]) -> None:
    """Run a line of the docs as a reader would."""
    words = shlex.split(line)
    if words == ["cp", "config.example.yaml", "config.yaml"]:
        (folder / "config.yaml").write_text(own_config(), encoding="utf-8")
        return
    assert words[0] == "crm-connector", f"a command that is not ours: {line}"
    done = forked.run(words[1:], folder=folder, environ=environ)
    assert done.code == 0, f"{line}: {done.err}"
    assert done.out.strip(), line


@pytest.fixture
def environ(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """AWS on this machine, with the profile that the README speaks of."""
    aws = tmp_path_factory.mktemp("aws") / "config"
    aws.write_text(
        "[profile my-partner-profile]\naws_access_key_id = test\naws_secret_access_key = test\n", "utf-8"
    )
    invitations = make_invitations(8)
    invitations[0]["Id"] = "engi-0123456789abc"
    outside = {name: value for name, value in os.environ.items() if name[:4] not in ("AWS_", "CRM_")}
    with PartnerCentral(invitations) as server:
        yield {
            **outside,
            "PYTHONPATH": str(ROOT),
            "AWS_ENDPOINT_URL": server.url,
            "AWS_CONFIG_FILE": str(aws),
            "AWS_SHARED_CREDENTIALS_FILE": str(aws.with_name("none")),
            "AWS_EC2_METADATA_DISABLED": "true",
        }


def with_crm(block: str) -> str:
    """The example config with another CRM, and the mapping that belongs to it."""
    example = (ROOT / "config.example.yaml").read_text(encoding="utf-8")
    example = re.sub(r"^mapping:.*\n", "", example, flags=re.MULTILINE)
    return re.sub(r"^crm:\n(?: .*\n)*", lambda _: block + "\n", example, count=1, flags=re.MULTILINE)


@pytest.mark.parametrize("page", [name for name, text in PAGES.items() if shown(text)])
def test_the_commands_of_a_page_work_one_after_the_other(
    page: str, tmp_path: Path, environ: dict[str, str]
) -> None:
    shutil.copytree(ROOT / "mappings", tmp_path / "mappings")
    shutil.copy(ROOT / "config.example.yaml", tmp_path)
    if page != "README.md":  # whose readers have a config by then
        shutil.copy(ROOT / "config.example.yaml", tmp_path / "config.yaml")
    with contextlib.ExitStack() as stack:
        if page == "salesforce.md":
            settings = {"type": "salesforce", **stack.enter_context(Salesforce()).settings()}
            block = json.dumps({"crm": settings, "mapping": "mappings/salesforce.yaml"})[1:-1]
            (tmp_path / "config.yaml").write_text(with_crm(block.replace(', "mapping"', '\n"mapping"')))
        for line in shown(PAGES[page]):
            run(line, tmp_path, environ)


def test_the_config_that_the_readme_makes_syncs_from_aws(tmp_path: Path, environ: dict[str, str]) -> None:
    shutil.copytree(ROOT / "mappings", tmp_path / "mappings")
    (tmp_path / "config.yaml").write_text(own_config(), encoding="utf-8")
    for line in ("crm-connector config check --connect", "crm-connector sync --status PENDING"):
        run(line, tmp_path, environ)


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
    text = root.get_help(click.Context(root, info_name="crm-connector"))
    (listed,) = re.findall(r"Exit codes: ([^.]*)\.", text)
    assert [int(code) for code in re.findall(r"\d+", listed)] == [int(code) for code in ExitCode]


def mappings_shown() -> list[str]:
    found = [block for text in PAGES.values() for block in blocks(text, "yaml")]
    return [block for block in found if re.search(r"^version:", block, flags=re.MULTILINE)]


CRMS_SHOWN = [block for text in PAGES.values() for block in blocks(text, "yaml") if block.startswith("crm:")]
FLEETS_SHOWN = [block for text in PAGES.values() for block in blocks(text, "yaml") if "\ntenants:\n" in block]
PARTS_SHOWN = [
    block
    for text in PAGES.values()
    for block in blocks(text, "yaml")
    if block.startswith(("distributed:", "events:", "ledger:", "notify:", "rules:"))
]


def test_each_yaml_block_is_a_mapping_or_a_part_of_a_config() -> None:
    count = sum(len(blocks(text, "yaml")) for text in PAGES.values())
    shown = (mappings_shown(), CRMS_SHOWN, PARTS_SHOWN, FLEETS_SHOWN)
    assert sum(map(len, shown)) == count - 1 > 1


@pytest.mark.parametrize("block", FLEETS_SHOWN)
def test_the_tenants_that_are_shown_can_be_loaded(block: str, tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(block, encoding="utf-8")
    names = tenant_names(path, {})
    assert len(names) > 1
    for name in names:
        environ = dict.fromkeys(re.findall(r"env:(\w+)", block.replace("{TENANT}", name.upper())), "secret")
        assert name in load_config(path, environ, tenant=name).ledger_url()


@pytest.mark.parametrize("block", PARTS_SHOWN)
def test_the_parts_of_a_config_that_are_shown_are_settings(block: str, tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    name = block.partition(":")[0]
    base = re.sub(rf"^{name}:.*\n(?: .*\n)*", "", own_config(), flags=re.MULTILINE)
    path.write_text(base + block, encoding="utf-8")
    assert getattr(load_config(path, {}), name) is not None


@pytest.mark.parametrize("block", CRMS_SHOWN)
def test_the_crms_shown_are_settings_of_a_config(block: str, tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(with_crm(block), encoding="utf-8")
    config = load_config(path, dict.fromkeys(re.findall(r"env:(\w+)", block), "secret"))
    assert config.crm_settings()
    assert config.mapping == f"mappings/{config.crm.type}.yaml"


def test_every_setting_of_salesforce_is_documented_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]*) \|", PAGES["salesforce.md"], flags=re.MULTILINE))
    for name, field in SalesforceSettings.model_fields.items():
        default = None if field.is_required() else yamlfile.parse(rows[name].strip("`"), "docs").value
        assert field.is_required() or default == field.default, name


@pytest.mark.parametrize("number", range(len(mappings_shown())))
def test_the_mappings_shown_are_checked(number: int, tmp_path: Path, environ: dict[str, str]) -> None:
    (tmp_path / "mapping.yaml").write_text(mappings_shown()[number], encoding="utf-8")
    (tmp_path / "config.yaml").write_text(own_config(), encoding="utf-8")
    run("crm-connector mapping check mapping.yaml", tmp_path, environ)


def test_the_reasons_that_salesforce_refuses_a_record_for_are_those_of_the_code() -> None:
    rows = re.findall(r"^\| ([^|`]+) \| `([A-Z_]+)` \|", PAGES["salesforce.md"], flags=re.MULTILINE)
    assert len(rows) > 10
    for words, code in rows:
        assert record_error({"statusCode": code}).error == words


def test_links_between_the_pages_lead_somewhere() -> None:
    for name, text in PAGES.items():
        folder = ROOT if name == "README.md" else ROOT / "docs"
        for target in re.findall(r"\]\((?!https?://)([^)#]+)", text):
            assert (folder / target).exists(), f"{name} links to {target}"
