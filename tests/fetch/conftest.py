from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.fetch.aws import environment


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An AWS environment of the test's own; gives the directory of its config files."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    home = tmp_path / "aws"
    home.mkdir()
    for name, value in environment(home).items():
        monkeypatch.setenv(name, value)
    return home
