"""SECURITY.md names tests that are there."""

from __future__ import annotations

import re

import pytest

from connector.secrets import is_reference
from tests.promises.installation import ROOT

PAGE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
FOLDERS = (ROOT, ROOT / "tests" / "security", ROOT / "tests" / "studio")


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`((?:tests/|test_)[\w/.]+)`", PAGE))))
def test_what_holds_a_promise_is_there(name: str) -> None:
    assert any((folder / name).exists() for folder in FOLDERS)


def test_every_item_of_the_list_has_a_row_with_a_test() -> None:
    rows = re.findall(r"^\| (A\d\d) .*`test(?:s/[\w/]+/test)?_\w+\.py`.* \|$", PAGE, flags=re.MULTILINE)
    assert rows == [f"A{number:02}" for number in range(1, 11)]


def test_every_kind_of_reference_is_in_the_docs() -> None:
    docs = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    kinds = re.findall(r"^\| `([\w-]+:)[^`]*` \|", docs, flags=re.MULTILINE)
    assert kinds == ["env:", "file:", "keyring:", "aws-secretsmanager:"]
    assert all(is_reference(f"{kind}x") for kind in kinds)
    example = (ROOT / "config.example.yaml").read_text(encoding="utf-8")
    assert all(f'"{kind}' in example for kind in kinds)
