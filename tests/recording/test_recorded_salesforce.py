"""Answers of real orgs that others recorded, where they lie beside the checkout, through our adapter.

They are other people's data, read in place; without them these tests are skipped.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from connector.crm.salesforce import SalesforceCrm
from connector.errors import AccessDenied, RefusedError
from connector.records import Write
from tests.recording.cassettes import FOLDER, played, read, write
from tests.recording.interactions import Interaction
from tests.recording.scrub import pretty
from tests.recording.test_salesforce import APP, KEY, ORG, SESSION, salesforce

RECORDED = Path(__file__).resolve().parents[3] / "shared" / "reference" / "salesforce"
pytestmark = pytest.mark.skipif(
    not RECORDED.is_dir(), reason="there are no recorded answers beside this checkout"
)

API = f"{ORG}/services/data/v63.0"
DESCRIBE = f"{API}/sobjects/Lead/describe"
TOKEN = f"{ORG}/services/oauth2/token"
JSON = {"content-type": "application/json;charset=UTF-8"}


def answer(name: str, url: str, status: int = 200, method: str = "GET", request: str = "") -> Interaction:
    return Interaction(method, url, status, (RECORDED / name).read_text("utf-8"), request, {}, JSON)


@contextmanager
def org(folder: Path, *answers: Interaction, auth: dict[str, str] = SESSION) -> Iterator[SalesforceCrm]:
    """An org that gives these answers."""
    write(folder / "answers.yaml", "recorded by others: salesforce", "", answers)
    with played(folder / "answers.yaml"), salesforce(auth) as crm:
        yield crm


@pytest.mark.parametrize("name", ["Account", "Contact", "Lead", "Opportunity", "OpportunityContactRole"])
def test_a_real_describe(name: str, tmp_path: Path) -> None:
    file = f"describe/GET_sobjects_{name}_describe.json"
    real = json.loads((RECORDED / file).read_text("utf-8"))
    with org(tmp_path, answer(file, f"{API}/sobjects/{name}/describe")) as crm:
        meta = crm.describe([name])[name]
    assert meta.fields.keys() == {field["name"] for field in real["fields"]}
    assert {name for name, field in meta.fields.items() if not field.createable} == {
        field["name"] for field in real["fields"] if not field["createable"]
    }


def test_a_session_that_is_over_and_cannot_be_renewed(tmp_path: Path) -> None:
    over = answer("answers/expired_session_response.json", DESCRIBE, 401)
    with org(tmp_path, over) as crm, pytest.raises(AccessDenied) as caught:
        crm.describe(["Lead"])
    assert caught.value.code == "INVALID_SESSION_ID"


def test_a_password_that_is_wrong(tmp_path: Path) -> None:
    wrong = answer("answers/auth_error_response.json", TOKEN, 400, "POST", "grant_type=client_credentials")
    with org(tmp_path, wrong, auth=APP) as crm, pytest.raises(AccessDenied) as caught:
        crm.describe(["Lead"])
    assert "password" in (caught.value.hint or "")


def test_a_token_leads_to_its_instance(tmp_path: Path) -> None:
    token = answer("answers/auth_success_response.json", TOKEN, 200, "POST", "grant_type=client_credentials")
    instance = json.loads(token.answer)["instance_url"]
    described = answer(
        "describe/GET_sobjects_Lead_describe.json", f"{instance}/services/data/v63.0/sobjects/Lead/describe"
    )
    with org(tmp_path, token, described, auth=APP) as crm:
        assert "LastName" in crm.describe(["Lead"])["Lead"].fields


def test_a_field_that_is_not_there_is_named(tmp_path: Path) -> None:
    with (
        org(tmp_path, answer("answers/unknown-field.json", DESCRIBE, 400)) as crm,
        pytest.raises(RefusedError) as caught,
    ):
        crm.describe(["Lead"])
    assert caught.value.code == "INVALID_FIELD"
    assert "AccountNumer" in caught.value.message


def test_an_object_that_is_not_there_is_left_out(tmp_path: Path) -> None:
    with org(tmp_path, answer("answers/unknown-object.json", DESCRIBE, 400)) as crm:
        assert crm.describe(["Lead"]) == {}


@pytest.mark.parametrize(
    ("name", "done", "processed"), [("bulk2-in-progress", False, 2000), ("bulk2-success", True, 3000)]
)
def test_how_far_a_job_is(name: str, done: bool, processed: int, tmp_path: Path) -> None:
    with org(tmp_path, answer(f"answers/{name}.json", f"{API}/jobs/ingest/750EXAMPLE00001")) as crm:
        job = crm.job("750EXAMPLE00001")
    assert (job.open, job.done, job.processed, job.failed) == (False, done, processed, "")


def test_a_record_is_rolled_back_with_another_that_is_refused(tmp_path: Path) -> None:
    described = read(FOLDER / "salesforce" / "upsert_partly_refused.yaml")["interactions"][0]
    asked = [{"attributes": {"type": "Lead"}, KEY: key, "Company": "Example Corp"} for key in ("one", "two")]
    partly = answer(
        "answers/collections-create-partial-allOrNone.json",
        f"{API}/composite/sobjects/Lead/{KEY}",
        200,
        "PATCH",
        pretty({"allOrNone": False, "records": asked}),
    )
    with org(
        tmp_path,
        Interaction(
            "GET", described["request"]["uri"], 200, described["response"]["body"]["string"], headers=JSON
        ),
        partly,
    ) as crm:
        fields = {"Company": "Example Corp"}
        refused, innocent = crm.write([Write("Lead", KEY, key, None, fields) for key in ("one", "two")])
    assert (refused.code, refused.field, refused.again) == ("REQUIRED_FIELD_MISSING", "LastName", False)
    assert (innocent.code, innocent.again) == ("ALL_OR_NONE_OPERATION_ROLLED_BACK", True)
