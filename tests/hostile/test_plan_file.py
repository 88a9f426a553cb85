"""A plan file from a stranger: any file ends in words, and none reaches more of the CRM than the mapping."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector import planfile
from connector.crm.sql_schema import build, describe
from connector.errors import ConnectorError
from tests.hostile.shapes import anything
from tests.promises.installation import Installation
from tests.servers.invitations import make_invitations
from tests.walks import example_mapping

Plan = dict[str, Any]
MAPPING = example_mapping()
OBJECTS = {name: describe(table) for name, table in build("sqlite", {}).tables.items()}


def signed(body: Plan) -> bytes:
    """The file as `plan` would have it: the checksum is no secret."""
    body = {name: value for name, value in body.items() if name != "checksum"}
    canonical = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    checksum = hashlib.blake2b(canonical, digest_size=16).hexdigest()
    return orjson.dumps({"checksum": checksum, **body})


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    folder = tmp_path_factory.mktemp("plan")
    (folder / "in.ndjson").write_bytes(b"\n".join(map(orjson.dumps, make_invitations(12, seed=4))))
    installation = Installation(folder, {"type": "files", "path": "in.ndjson"})
    assert installation.run("plan", "--out", str(folder / "plan.json")).code in (0, 3)
    return installation


@pytest.fixture(scope="module")
def plan(installed: Installation) -> Plan:
    return json.loads((installed.folder / "plan.json").read_bytes())


def _object(change: Plan) -> None:
    change["object"] = "../../users"


def _key(change: Plan) -> None:
    change["key"] = {"aws_invitation_id = '' OR Id != null --": "x"}


def _field(change: Plan) -> None:
    change["fields"] = [{"field": "is_admin", "before": None, "after": True, "why": "new"}]


def _title(change: Plan) -> None:
    change["titles"] = {"name = 'a' OR name": "x"}


def _rule(change: Plan) -> None:
    change["name"] = "nobody"


@pytest.mark.parametrize("forge", [_object, _key, _field, _title, _rule])
def test_a_forged_plan_reaches_no_more_than_the_mapping(
    forge: Callable[[Plan], None], installed: Installation, plan: Plan
) -> None:
    forged = copy.deepcopy(plan)
    forge(forged["invitations"][0]["changes"][0])
    (installed.folder / "forged.json").write_bytes(signed(forged))
    done = installed.run("apply", str(installed.folder / "forged.json"))
    assert done.code == 2, done.err
    assert "the mapping has changed since the plan was made" in done.err
    assert not any(installed.crm().values())


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(each for key, item in items for each in _paths(item, (*path, key)))]


def test_no_value_in_any_place_of_a_plan_is_a_bug(plan: Plan, tmp_path: Path) -> None:
    places = _paths({**plan, "invitations": plan["invitations"][:2]})

    @settings(max_examples=300, deadline=None)
    @given(st.sampled_from(places[1:]), anything, st.booleans())
    def spoil(place: tuple[Any, ...], value: Any, without: bool) -> None:
        body = copy.deepcopy({**plan, "invitations": plan["invitations"][:2]})
        *outer, last = place
        inside = body
        for part in outer:
            inside = inside[part]
        if without and isinstance(inside, dict):
            del inside[last]
        else:
            inside[last] = value
        try:
            (tmp_path / "plan.json").write_bytes(signed(body))
        except TypeError:
            return  # no JSON
        try:
            planfile.load(planfile.read(tmp_path / "plan.json"), MAPPING, lambda _: OBJECTS)
        except ConnectorError as error:
            assert error.exit_code == 2

    spoil()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"[]",
        b"[" * 100_000,
        b'{"format": 1, "x": ' + b"[" * 900 + b"]" * 900 + b"}",
        b"\xff",
        b"{}",
    ],
)
def test_no_other_file_is_a_plan(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_bytes(content)
    with pytest.raises(ConnectorError, match=r"is no plan|is not as `plan` wrote it"):
        planfile.read(tmp_path / "plan.json")
