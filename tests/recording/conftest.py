from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.fetch.aws import environment


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An AWS environment of the test's own: neither this machine's credentials nor its settings."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    home = tmp_path / "aws"
    home.mkdir()
    for name, value in environment(home).items():
        monkeypatch.setenv(name, value)
