"""docs/mapping.md and mappings/schema.json say what the code does."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pydantic import BaseModel

from connector import yamlfile
from connector.mapping.functions import catalogue
from connector.mapping.load import load
from connector.mapping.model import Write
from connector.mapping.schema import json_schema
from connector.mapping.shape import FieldShape, MappingShape, MatchShape, RecordShape
from tests.walks import ROOT

GUIDE = (ROOT / "docs" / "mapping.md").read_text(encoding="utf-8")
SCHEMA = ROOT / "mappings" / "schema.json"
MAPPINGS = sorted((ROOT / "mappings").glob("*.yaml"))


def cells(heading: str) -> set[str]:
    """The first cells of the tables between a heading and the next."""
    section = re.split(r"^#+ ", GUIDE.split(f"# {heading}\n", 1)[1], flags=re.MULTILINE)[0]
    return set(re.findall(r"^\| `([^`]+)`", section, re.MULTILINE))


def keys(shape: type[BaseModel]) -> set[str]:
    return {field.alias or name for name, field in shape.model_fields.items()}


@pytest.mark.parametrize(
    ("heading", "wanted"),
    [
        ("The file", keys(MappingShape)),
        ("A rule", keys(RecordShape)),
        ("Matching", keys(MatchShape)),
        ("Fields", keys(FieldShape) | {write.value for write in Write}),
    ],
)
def test_every_key_is_in_the_guide_and_no_other(heading: str, wanted: set[str]) -> None:
    assert cells(heading) == wanted


@pytest.mark.parametrize("function", catalogue(), ids=lambda function: function.name)
def test_every_function_is_in_the_guide(function: Any) -> None:
    if not function.ours:
        assert f"`{function.name}`" in GUIDE
        return
    assert f"| `{function.signature}` | {function.doc} |" in GUIDE
    assert function.example in GUIDE


def test_the_guides_mapping_loads() -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
    assert load(yamlfile.parse(text, "docs/mapping.md")).name == "example"


def test_the_committed_schema_is_current() -> None:
    """`crm-connector mapping schema > mappings/schema.json` makes it so."""
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == json_schema()


@pytest.mark.parametrize("path", MAPPINGS, ids=lambda path: path.name)
def test_every_mapping_points_at_the_schema_and_fits_it(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    pointer = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)
    assert pointer
    assert (path.parent / pointer[1]).samefile(SCHEMA)
    jsonschema.validate(yamlfile.read(path).value, json_schema())
