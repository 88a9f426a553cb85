"""Bulk API 2.0 at the loopback Salesforce."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.servers.salesforce import Salesforce
from tests.servers.salesforce_client import (
    KEY,
    client_of,
    lead,
    refused,
    upsert,
)


class TestBulk:
    def job(self, sf: Any, **more: Any) -> Any:
        asked = {"object": "Lead", "operation": "upsert", "externalIdFieldName": KEY, "contentType": "CSV"}
        return sf.restful("jobs/ingest", method="POST", json={**asked, **more})

    def put(self, sf: Any, job: str, text: str) -> Any:
        url = f"{sf.base_url}jobs/ingest/{job}/batches"
        headers = {**sf.headers, "Content-Type": "text/csv"}
        return sf.session.put(url, data=text.encode(), headers=headers)

    def close(self, sf: Any, job: str, state: str = "UploadComplete") -> Any:
        return sf.restful(f"jobs/ingest/{job}", method="PATCH", json={"state": state})

    def results(self, sf: Any, job: str, which: str) -> Any:
        return sf.session.get(f"{sf.base_url}jobs/ingest/{job}/{which}", headers=sf.headers).text

    def test_through_simple_salesforce(self, org: Salesforce, sf: Any) -> None:
        rows = [{KEY: f"engi-{n}", "LastName": f"l{n}", "Company": "" if n == 7 else "c"} for n in range(450)]
        done = sf.bulk2.Lead.upsert(records=rows, external_id_field=KEY, wait=0.01)
        assert (done[0]["numberRecordsProcessed"], done[0]["numberRecordsFailed"]) == (450, 1)
        assert len(org.records("Lead")) == 449
        assert sf.bulk2.Lead.get_unprocessed_records(done[0]["job_id"]).strip().count("\n") == 0

    def test_cells(self, org: Salesforce, sf: Any) -> None:
        account = org.insert("Account", {"Name": "Acme", "AWS_Customer_Key__c": "acme"})
        upsert(sf, lead(1, Title="CTO", Phone="1"))
        text = (
            f"{KEY},LastName,Company,Title,Phone,AWS_Invitation_Date__c,IsUnreadByOwner\n"
            'engi-1,"a ""quoted"", name",c,#N/A,,2024-01-01T00:00:00.000Z,true\n'
            "engi-2,x,,,,,\n"
        )
        job = self.job(sf)["id"]
        assert self.put(sf, job, text).status_code == 201
        assert self.close(sf, job)["state"] == "UploadComplete"
        assert sf.restful(f"jobs/ingest/{job}")["state"] == "JobComplete"
        row = org.records("Lead")[0]
        assert (row["LastName"], row["Title"], row["Phone"]) == ('a "quoted", name', None, "1")
        assert row["AWS_Invitation_Date__c"] == "2024-01-01T00:00:00.000+0000"
        assert row["IsUnreadByOwner"]
        assert (
            self.results(sf, job, "successfulResults").splitlines()[1].startswith(f'"{row["Id"]}","false",')
        )
        failed = self.results(sf, job, "failedResults").splitlines()
        assert failed[0].startswith(f'"sf__Id","sf__Error","{KEY}"')
        assert failed[1].startswith(
            '"","REQUIRED_FIELD_MISSING:Required fields are missing: [Company]:Company --","engi-2"'
        )
        deal = self.job(sf, object="Opportunity")["id"]
        head = f"{KEY},Name,CloseDate,StageName,Account.AWS_Customer_Key__c"
        self.put(sf, deal, f"{head}\nengi-1,x,2030-01-01,Prospecting,acme\n")
        self.close(sf, deal)
        assert org.records("Opportunity")[0]["AccountId"] == account

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            (f"{KEY},Nonsense\n1,2\n", "Field name not found : Nonsense"),
            (f"{KEY},LastName\r\n1,2\r\n", "LineEnding is invalid"),
            (f"{KEY},LastName\n1,2,3\n", "more cells than the header"),
        ],
    )
    def test_jobs_that_fail(self, org: Salesforce, sf: Any, text: str, message: str) -> None:
        job = self.job(sf)["id"]
        self.put(sf, job, text)
        self.close(sf, job)
        info = sf.restful(f"jobs/ingest/{job}")
        assert info["state"] == "Failed"
        assert message in info["errorMessage"]
        assert org.records("Lead") == []

    def test_states(self, sf: Any) -> None:
        job = self.job(sf)["id"]
        text = f"{KEY},LastName,Company\n1,2,3\n"
        self.put(sf, job, text)
        assert "make sure you only do 'PUT' once" in self.put(sf, job, text).text
        assert "not ready" in self.results(sf, job, "successfulResults")
        assert self.close(sf, job, "Aborted")["state"] == "Aborted"
        assert self.results(sf, job, "unprocessedrecords").splitlines()[1] == '"1","2","3"'
        assert refused(lambda: self.close(sf, job))[0] == 400
        assert refused(lambda: sf.restful("jobs/ingest/750000000000001"))[:2] == (404, "NOT_FOUND")
        assert refused(lambda: self.job(sf, externalIdFieldName="Title"))[0] == 400

    def test_a_job_takes_its_time(self) -> None:
        with Salesforce(bulk_seconds=0.2) as org, client_of(org) as sf:
            job = self.job(sf)["id"]
            self.put(sf, job, f"{KEY},LastName,Company\n1,2,3\n")
            self.close(sf, job)
            assert sf.restful(f"jobs/ingest/{job}")["state"] == "InProgress"
            assert org.records("Lead") == []
            time.sleep(0.25)
            assert org.jobs[job]["state"] == "JobComplete"
            assert len(org.records("Lead")) == 1

    def test_some_rows_locked(self, org: Salesforce, sf: Any) -> None:
        org.script("bulk.close", "locked")
        job = self.job(sf)["id"]
        self.put(sf, job, "\n".join([f"{KEY},LastName,Company", *(f"{n},x,y" for n in range(10)), ""]))
        self.close(sf, job)
        failed = self.results(sf, job, "failedResults").splitlines()[1:]
        assert failed
        assert all("UNABLE_TO_LOCK_ROW" in line for line in failed)
        assert len(org.records("Lead")) == 10 - len(failed)
