"""A rehearsal answers as the CRM would after the same writes, and nothing reaches the CRM."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.crm.base import Crm
from connector.crm.planned import PLANNED, Planned
from connector.crm.sql import Settings, SqlCrm
from connector.match import fold
from connector.records import Record, Value, Write, WriteResult
from tests.crm.test_hubspot import open_crm as open_hubspot
from tests.crm.test_salesforce import open_crm as open_salesforce
from tests.servers.hubspot import HubSpot
from tests.servers.salesforce import Salesforce

SETTINGS = Settings(url="sqlite:///crm.db", columns={"opportunities": {"region": "text(5)"}})
KEYS = {
    "accounts": "aws_customer_key",
    "contacts": "aws_contact_key",
    "opportunities": "aws_invitation_id",
    "opportunity_contact_roles": "aws_contact_role_key",
}
FIELDS = {
    "accounts": ["aws_customer_key", "name", "website"],
    "contacts": ["aws_contact_key", "last_name", "account_id", "account.name", "account.website"],
    "opportunities": [
        *("aws_invitation_id", "name", "project_title", "amount", "close_date", "invitation_date"),
        *("region", "account_id", "account.name"),
    ],
    "opportunity_contact_roles": ["role", "contact_id", "contact.last_name", "opportunity.account.name"],
}
TITLES = {"accounts": ["name"], "contacts": ["last_name"], "opportunities": ["project_title", "name"]}

text = st.sampled_from([None, "", "Acme", "ACME ", "Ünited", "ﬁn", "a\0b", "\ud800", "longer than five"])
values: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "accounts": {"name": text, "website": text},
    "contacts": {"last_name": text},
    "opportunities": {
        "name": text,
        "stage": text,
        "project_title": text,
        "region": text,
        "amount": st.sampled_from([None, Decimal("1.50"), Decimal("NaN"), "12", "much"]),
        "close_date": st.sampled_from([None, date(2026, 1, 2), "2026-02-30"]),
        "invitation_date": st.sampled_from([None, datetime(2026, 1, 2, tzinfo=UTC)]),
    },
    "opportunity_contact_roles": {"role": text},
}
REFERENCES = {
    "accounts": {},
    "contacts": {"account_id": "accounts"},
    "opportunities": {"account_id": "accounts"},
    "opportunity_contact_roles": {"contact_id": "contacts", "opportunity_id": "opportunities"},
}


class Script:
    """A way of writing that can be played on a CRM: its writes name records by their place in a list of all
    ids that have been seen, since a rehearsal's are not those of the CRM."""

    def __init__(self, crm: Crm) -> None:
        self.crm = crm
        self.ids: dict[str, list[str]] = {name: ["gone", f"hand-{name}", f"linked-{name}"] for name in KEYS}

    def play(self, object_: str, writes: Sequence[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
        made = [self._write(object_, write) for write in writes]
        return [self._told(object_, result) for result in self.crm.write(made)]

    def _write(self, object_: str, write: Mapping[str, Any]) -> Write:
        fields = dict(write["fields"])
        for name, place in write["references"].items():
            fields[name] = self._id(REFERENCES[object_][name], place)
        return Write(object_, KEYS[object_], write["key"], self._id(object_, write["id"]), fields)

    def _id(self, object_: str, place: int | None) -> str | None:
        return None if place is None else self.ids[object_][place % len(self.ids[object_])]

    def _told(self, object_: str, result: WriteResult) -> tuple[Any, ...]:
        if result.id is not None and result.id not in self.ids[object_]:
            self.ids[object_].append(result.id)
        return (self._place(object_, result.id), result.error, result.field, result.code)

    def _place(self, object_: str, id_: Value) -> int | None:
        return None if id_ is None else self.ids[object_].index(str(id_))

    def look(self) -> dict[str, Any]:
        """All that can be asked."""
        return {
            f"{object_} by {how}": self._shown(object_, records)
            for object_ in KEYS
            for how, records in self._asked(object_)
        }

    def _asked(self, object_: str) -> Iterator[tuple[str, list[Record]]]:
        fields, key_field = FIELDS[object_], KEYS[object_]
        yield "key", self.crm.find(object_, key_field, ["a", "b", "c", "linked", "d"], fields)
        yield "id", self.crm.find(object_, "id", self.ids[object_], fields)
        titles = TITLES.get(object_)
        if titles:
            found = self.crm.find_titles(object_, titles, ["acme", "ÜNITED"], key_field, fields)
            wanted = {"acme", "ünited"}
            yield (
                "title",
                [r for r in found if any(fold(str(r.fields.get(name) or "")) in wanted for name in titles)],
            )

    def _shown(self, object_: str, records: list[Record]) -> list[Any]:
        shown = []
        for record in records:
            fields = dict(record.fields)
            for name, target in REFERENCES[object_].items():
                if name in fields:
                    fields[name] = self._place(target, fields[name])
            shown.append((self._place(object_, record.id), fields))
        return sorted(shown, key=lambda item: item[0] or 0)


@st.composite
def batches(draw: st.DrawFn) -> tuple[str, list[dict[str, Any]]]:
    object_ = draw(st.sampled_from(list(KEYS)))
    place = st.one_of(st.none(), st.integers(0, 5))
    write = st.fixed_dictionaries(
        {
            "key": st.sampled_from(["a", "b", "c", "linked", ""]),
            "id": place,
            "fields": st.fixed_dictionaries({}, optional=values[object_]),
            "references": st.fixed_dictionaries({}, optional=dict.fromkeys(REFERENCES[object_], place)),
        }
    )
    return object_, draw(st.lists(write, max_size=5))


def prepare(folder: Path) -> None:
    """What people have put there: of every object a record without a key, and one that is linked already."""
    extra = {"accounts": "name", "contacts": "last_name", "opportunities": "name, stage"}
    with SqlCrm.open(SETTINGS, folder) as crm, crm._connection.begin():
        for object_, key_field in KEYS.items():
            names = f", {extra[object_]}" if object_ in extra else ""
            given = ", 'Acme'" * len([name for name in names.split(",") if name.strip()])
            for id_, key in (("hand", "NULL"), ("linked", "'linked'")):
                crm._connection.exec_driver_sql(
                    f"INSERT INTO {object_} (id, {key_field}{names}) VALUES ('{id_}-{object_}', {key}{given})"
                )


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prepared")
    prepare(folder)
    return folder / "crm.db"


@given(script=st.lists(batches(), max_size=6))
@settings(max_examples=settings().max_examples // 4)  # each opens four databases
def test_a_rehearsal_answers_as_the_crm_would_after_the_same_writes(prepared: Path, script: Any) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(shutil.copy(prepared, name)).parent
        with SqlCrm.open(SETTINGS, folder, read_only=True) as untouched:
            rehearsed = Script(Planned(untouched))
            told = [(rehearsed.play(*batch), rehearsed.look()) for batch in script]
            assert Script(untouched).look() == Script(Planned(untouched)).look()
        with SqlCrm.open(SETTINGS, folder) as crm:
            real = Script(crm)
            assert [(real.play(*batch), real.look()) for batch in script] == told


def test_nothing_reaches_the_crm(tmp_path: Path) -> None:
    prepare(tmp_path)
    before = (tmp_path / "crm.db").read_bytes()
    with SqlCrm.open(SETTINGS, tmp_path, read_only=True) as crm, Planned(crm) as planned:
        account = Write("accounts", "aws_customer_key", "k", None, {"name": "New"})
        (made,) = planned.write([account])
        assert made.id == f"{PLANNED}accounts:k"
        claim = Write("accounts", "aws_customer_key", "h", "hand-accounts", {"name": "Mine"})
        assert planned.write([claim])[0].id == "hand-accounts"
        assert planned.calls().get("write", 0) == 0
        assert (planned.name, planned.batch_size) == (crm.name, crm.batch_size)
    assert (tmp_path / "crm.db").read_bytes() == before


def test_a_record_written_under_one_key_is_unclaimed_by_another(tmp_path: Path) -> None:
    """Two rules of a mapping may know an object by different keys."""

    prepare(tmp_path)
    with SqlCrm.open(SETTINGS, tmp_path, read_only=True) as crm:
        planned = Planned(crm)
        write = Write("opportunities", "aws_invitation_id", "k", None, {"name": "Both", "stage": "s"})
        planned.write([write])
        found = planned.find_titles("opportunities", ["name"], ["BOTH"], "aws_opportunity_id", ["name"])
        assert [record.fields for record in found] == [{"name": "Both"}]
        assert planned.find_titles("opportunities", ["name"], ["BOTH"], "aws_invitation_id", ["name"]) == []


def _salesforce() -> Iterator[tuple[Crm, str, str, str]]:
    with Salesforce() as org:
        org.insert("Account", {"AWS_Customer_Key__c": "There", "Name": "By hand"})
        with open_salesforce(org) as crm:
            yield crm, "Account", "AWS_Customer_Key__c", "Name"


def _hubspot() -> Iterator[tuple[Crm, str, str, str]]:
    with HubSpot() as hubspot:
        values = {"aws_customer_key": "There", "name": "By hand"}
        hubspot.account.create(hubspot.account.object("companies"), values)
        with open_hubspot(hubspot) as crm:
            yield crm, "companies", "aws_customer_key", "name"


@pytest.mark.parametrize("opened", [_salesforce, _hubspot])
def test_keys_that_are_one_to_the_crm_are_one_in_a_rehearsal(
    opened: Callable[[], Iterator[tuple[Crm, str, str, str]]],
) -> None:
    with contextlib.contextmanager(opened)() as (crm, object_, key_field, name):
        planned = Planned(crm)

        def found(*keys: str) -> dict[Value, tuple[str, Value]]:
            records = planned.find(object_, key_field, keys, [key_field, name])
            return {record.fields[key_field]: (record.id, record.fields[name]) for record in records}

        there = found("There", "THERE", "there")
        (id_,) = {id_ for id_, _ in there.values()}
        assert there == dict.fromkeys(("There", "THERE", "there"), (id_, "By hand"))
        made = planned.write([Write(object_, key_field, key, None, {name: key}) for key in ("New", "new")])
        assert [made[0].id] * 2 == [result.id for result in made]
        assert found("NEW", "New", "other") == dict.fromkeys(("NEW", "New"), (made[0].id, "new"))
        assert planned.write([Write(object_, key_field, "there", id_, {name: "Ours"})])[0].id == id_
        assert found("THERE", "There") == dict.fromkeys(("THERE", "There"), (id_, "Ours"))
        assert planned.write([Write(object_, key_field, "THERE", None, {name: "Upserted"})])[0].id == id_
        assert found("there") == {"there": (id_, "Upserted")}


def test_it_is_made_from_a_crm_that_is_open() -> None:
    with pytest.raises(TypeError):
        Planned.open()
