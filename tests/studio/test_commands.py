"""The commands that the studio's buttons stand for, without a browser."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path

import pytest

from connector.cli.options import Options
from connector.studio.commands import Commands, Done
from tests.promises.installation import ROOT


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A config of two tenants, each with a folder of its own, of which one has an invitation."""
    shutil.copy(ROOT / "mappings" / "sql.yaml", tmp_path)
    for name in ("acme", "globex"):
        (tmp_path / name).mkdir()
    shutil.copy(ROOT / "mappings" / "samples" / "lead-pending.json", tmp_path / "acme")
    config = tmp_path / "config.yaml"
    settings = {
        "source": {"type": "files", "path": "{tenant}"},
        "crm": {"type": "sql", "url": "sqlite:///crm-{tenant}.db"},
        "mapping": "sql.yaml",
        "ledger": {"url": "sqlite:///ledger-{tenant}.db"},
        "tenants": {"acme": {}, "globex": {}},
    }
    config.write_text(json.dumps(settings), encoding="utf-8")
    return config


def asked(options: Options, *arguments: str) -> Done:
    return asyncio.run(Commands(options).ask(*arguments))


@pytest.mark.parametrize(("tenant", "plans"), [("acme", 1), ("globex", 0)])
def test_they_work_for_the_tenant_that_the_studio_was_started_for(
    config: Path, tenant: str, plans: int
) -> None:
    done = asked(Options(config=config, tenant=tenant), "plan", "--output", "json")
    assert not done.failed, done.said
    assert len(done.answer["plans"]) == plans
