"""What the ledger keeps of customers is encrypted where the config gives a key, and works as ever."""

from __future__ import annotations

import contextlib
import multiprocessing
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet

from connector import database
from connector import ledger_tables as tables
from connector.apply import Kind, Outcome
from connector.cli.main import run
from connector.errors import ConfigurationError, UsageError
from connector.ledger import Ledger
from connector.ledger_cipher import Cipher, ciphers, marked
from connector.match import Decision
from connector.rehearsal import Rehearsal
from tests.postgresql import postgresql, postgresql_url
from tests.promises.installation import ROOT, Installation
from tests.test_ledger import NOW, URL, created, in_review
from tests.test_migrations import OLD, restore

__all__ = ["postgresql", "postgresql_url"]

FIRST, SECOND = (Fernet.generate_key().decode() for _ in range(2))
WORDS = ("Marked Customer", "marked.person@customer.example", "Marked Title", "Marked Reason")


def invitation() -> dict[str, Any]:
    name, email, title, _ = WORDS
    project = {
        "Title": title, "BusinessProblem": "Marked Reason", "TargetCompletionDate": "2027-01-31",
        "ExpectedCustomerSpend": [
            {"Amount": "7777.77", "CurrencyCode": "USD", "Frequency": "Monthly", "TargetCompany": name}
        ],
    }  # fmt: skip
    customer = {"CompanyName": name, "WebsiteUrl": "https://marked.example", "CountryCode": "NO"}
    deal = {"Customer": customer, "Project": project, "ReceiverResponsibilities": ["Distributor"]}
    contact = {"Email": email, "FirstName": "Marked", "LastName": "Person"}
    return {
        "Id": "engi-marked00000001", "Arn": "arn:aws:x", "Catalog": "Sandbox", "Status": "ACCEPTED",
        "InvitationDate": "2026-01-01T00:00:00Z", "ExpirationDate": "2026-12-01T00:00:00Z",
        "EngagementTitle": title[:40], "ParticipantType": "RECEIVER", "PayloadType": "OpportunityInvitation",
        "Payload": {"OpportunityInvitation": {**deal, "SenderContacts": [contact]}},
    }  # fmt: skip


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """One with the samples and an invitation whose words are known, and a key in the environment."""
    folder = tmp_path / "invitations"
    shutil.copytree(ROOT / "mappings" / "samples", folder)
    (folder / "marked.json").write_bytes(orjson.dumps(invitation()))
    monkeypatch.setenv("LEDGER_KEY", FIRST)
    ledger = {"url": "sqlite:///ledger.db", "encryption_key": "env:LEDGER_KEY"}
    return Installation(tmp_path, {"type": "files", "path": str(folder)}, ledger=ledger)


def bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.glob("ledger.db*")))


def in_process(installed: Installation, *words: str) -> int:
    return run(["--config", str(installed.folder / "config.yaml"), *words])


def plain(installed: Installation) -> Installation:
    """The same without a key."""
    return Installation(installed.folder, {"type": "files", "path": str(installed.folder / "invitations")})


def everything(ledger: Ledger) -> list[Any]:
    entries = [("contacts", WORDS[1]), ("opportunities", "engi-marked00000001")]
    return [
        ledger.written(entries), ledger.recorded("contacts", [WORDS[1]]), ledger.reviews(),
        ledger.seen(["engi-marked00000001"]), ledger.outcomes(1), ledger.known_records(),
    ]  # fmt: skip


def test_nothing_of_a_customer_is_in_the_files(installed: Installation) -> None:
    assert in_process(plain(installed), "sync") in (0, 3)
    before = bytes_of(installed.folder)
    assert all(word.encode() in before for word in WORDS[1:]), "or this test would prove nothing"
    with Ledger.open(URL, installed.folder) as ledger:
        known = everything(ledger)
    assert known[0] and known[1]
    with Ledger.open(URL, installed.folder, ciphers(FIRST)) as ledger, ledger.lock():
        assert ledger.is_encrypted
        assert everything(ledger) == known
    after = bytes_of(installed.folder)
    assert not [word for word in (*WORDS, "marked.example", "7777") if word.encode() in after]


def test_what_a_reader_keeps_in_the_files_is_told(
    installed: Installation, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_PATIENCE", 100)
    config = installed.folder / "config.yaml"
    encrypted = config.read_bytes()
    assert in_process(plain(installed), "sync") in (0, 3)
    config.write_bytes(encrypted)
    with contextlib.closing(sqlite3.connect(installed.folder / "ledger.db")) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM outcomes").fetchall()
        assert in_process(installed, "ledger", "encrypt") == 0
        assert "another program" in capsys.readouterr().err
        reader.rollback()


def test_a_new_ledger_is_encrypted_from_the_first_run_and_syncs_as_any(
    installed: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    assert in_process(installed, "sync") in (0, 3)
    assert not [word for word in WORDS if word.encode() in bytes_of(installed.folder)]
    crm = installed.crm()
    capsys.readouterr()
    assert in_process(installed, "sync", "--output", "json") in (0, 3)
    again = orjson.loads(capsys.readouterr().out)
    assert installed.crm() == crm
    assert {"created", "updated"}.isdisjoint(name for name, n in again["counts"].items() if n)
    for words in (["runs", "show"], ["review", "list"], ["invitations", "show", "engi-marked00000001"]):
        assert in_process(installed, *words) == 0
    assert in_process(installed, "doctor") == 0
    assert "encrypted, readable" in capsys.readouterr().out


def test_every_marked_column_is_encrypted_in_every_row(installed: Installation) -> None:
    assert in_process(installed, "sync") in (0, 3)
    cipher = Cipher(FIRST)
    with contextlib.closing(sqlite3.connect(installed.folder / "ledger.db")) as database:
        for table in tables.metadata.sorted_tables:
            for name, mark in marked(table.columns):
                for (text,) in database.execute(f"SELECT {name} FROM {table.name}"):
                    if text not in ("", "[]", "{}"):
                        (cipher.decrypt if mark == tables.PROTECTED else cipher.decrypt_same)(text)


def test_no_unmarked_column_holds_a_customers_words(installed: Installation) -> None:
    """Whatever is added to the ledger later: a column with words of a customer has to be marked."""
    assert in_process(plain(installed), "sync") in (0, 3)
    found = []
    with contextlib.closing(sqlite3.connect(installed.folder / "ledger.db")) as database:
        for table in tables.metadata.sorted_tables:
            protected = {name for name, _ in marked(table.columns)}
            for column in (each.name for each in table.columns if each.name not in protected):
                texts = str(database.execute(f"SELECT {column} FROM {table.name}").fetchall())
                found += [(table.name, column, word) for word in WORDS if word.casefold() in texts.casefold()]
    assert found == []


def test_a_missing_or_wrong_key_is_told_and_changes_nothing(
    installed: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    assert in_process(installed, "sync") in (0, 3)
    before = (installed.folder / "ledger.db").read_bytes()
    crm = installed.crm()
    assert in_process(plain(installed), "sync") == 2
    assert "the ledger is encrypted, and ledger.encryption_key is not set" in capsys.readouterr().err
    for key, words in ((SECOND, "is not the key of this ledger"), ("sesame", "is no key")):
        with pytest.raises(ConfigurationError, match=words):
            Ledger.open(URL, installed.folder, ciphers(key))
        with pytest.raises(ConfigurationError, match=words):
            Rehearsal.open(URL, installed.folder, ciphers(key))
    assert (installed.folder / "ledger.db").read_bytes() == before
    assert installed.crm() == crm


def test_a_new_key_takes_over_and_the_earlier_one_opens_nothing_any_more(
    installed: Installation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert in_process(installed, "sync") in (0, 3)
    with Ledger.open(URL, installed.folder, ciphers(FIRST)) as ledger:
        known = everything(ledger)
    monkeypatch.setenv("LEDGER_KEY", f"{SECOND},{FIRST}")
    assert in_process(installed, "review", "list") == 0, "what is only read is read by the earlier key"
    assert in_process(installed, "ledger", "encrypt") == 0
    with Ledger.open(URL, installed.folder, ciphers(SECOND)) as ledger:
        assert everything(ledger) == known
    with pytest.raises(ConfigurationError, match="is not the key"):
        Ledger.open(URL, installed.folder, ciphers(FIRST))
    said = capsys.readouterr()
    assert FIRST not in said.out + said.err and SECOND not in said.out + said.err


def test_it_can_be_undone(installed: Installation) -> None:
    assert in_process(installed, "sync") in (0, 3)
    assert in_process(installed, "ledger", "decrypt") == 0
    assert in_process(plain(installed), "sync") in (0, 3)
    assert WORDS[1].encode() in bytes_of(installed.folder)


def test_a_kill_in_the_middle_leaves_one_kind(
    installed: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert in_process(plain(installed), "sync") in (0, 3)
    with Ledger.open(URL, installed.folder) as ledger:
        known = everything(ledger)
    at = 0

    def killed(self: Cipher, text: str) -> str:
        nonlocal at
        at += 1
        if at > 40:
            raise KeyboardInterrupt
        return self._fernet.encrypt(text.encode()).decode()

    with monkeypatch.context() as patch, Ledger.open(URL, installed.folder, ciphers(FIRST)) as ledger:
        patch.setattr(Cipher, "encrypt", killed)
        with pytest.raises(KeyboardInterrupt), ledger.lock():
            raise AssertionError("it got through")
    with Ledger.open(URL, installed.folder) as ledger:
        assert not ledger.is_encrypted
        assert everything(ledger) == known


def test_who_waited_for_the_lock_while_another_encrypted_writes_encrypted_too(tmp_path: Path) -> None:
    with Ledger.open(URL, tmp_path, ciphers(FIRST)) as early, Ledger.open(URL, tmp_path) as keyless:
        with Ledger.open(URL, tmp_path, ciphers(FIRST)) as other, other.lock():
            pass
        with early.lock():
            run_id = early.start_run("sync", NOW)
            early.record(run_id, [created(name="Marked Customer")], "f", None, NOW)
        with pytest.raises(ConfigurationError, match="is not set"), keyless.lock():
            raise AssertionError("it would have written plain text")
    assert b"Marked Customer" not in bytes_of(tmp_path)


def test_dry_runs_encrypt_nothing(installed: Installation) -> None:
    assert in_process(plain(installed), "sync") in (0, 3)
    before = (installed.folder / "ledger.db").read_bytes()
    assert in_process(installed, "sync", "--dry-run") in (0, 3)
    assert in_process(installed, "runs", "list") == 0
    assert (installed.folder / "ledger.db").read_bytes() == before


@pytest.mark.parametrize("blank", [" ", "\t\n", ",", " , "])
def test_where_a_key_should_be_and_is_none_nothing_is_written_in_plain_text(
    installed: Installation, monkeypatch: pytest.MonkeyPatch, blank: str
) -> None:
    monkeypatch.setenv("LEDGER_KEY", blank)
    assert in_process(installed, "sync") == in_process(installed, "ledger", "encrypt") == 2
    assert not (installed.folder / "ledger.db").exists()


def test_a_review_is_settled_together_with_those_alike(tmp_path: Path) -> None:
    with Ledger.open(URL, tmp_path, ciphers(FIRST)) as ledger, ledger.lock():
        run_id = ledger.start_run("sync", NOW)
        ledger.record(run_id, [in_review("engi-1"), in_review("engi-2"), created("engi-3")], "f", None, NOW)
        first, second = ledger.reviews()
        assert first.candidates == second.candidates and first.title == "T"
        ledger.decide(first.id, Decision("link", "1"), NOW)
        seen = ledger.seen(["engi-1", "engi-2", "engi-3"])
        assert [id_ for id_, each in sorted(seen.items()) if not each.summary_digest] == ["engi-1", "engi-2"]


@pytest.mark.parametrize(
    "text", ["plain", "gAAAAABhostile", "", "[]", "\ud800 lone", "Ærø 北京", "x" * 100_000]
)
def test_any_text_comes_back(tmp_path: Path, text: str) -> None:
    cipher = Cipher(FIRST)
    assert cipher.decrypt(cipher.encrypt(text)) == text
    if text:
        assert cipher.decrypt_same(cipher.encrypt_same(text)) == text
        assert cipher.encrypt_same(text) == cipher.encrypt_same(text) != Cipher(SECOND).encrypt_same(text)
    if "\ud800" not in text:  # which SQLite would not take either
        outcome = Outcome("engi-1", Kind.FAILED, text)
        with Ledger.open(URL, tmp_path, ciphers(FIRST)) as ledger, ledger.lock():
            ledger.record(ledger.start_run("sync", NOW), [outcome], "f", None, NOW)
            assert [row["reason"] for row in ledger.outcomes(1)] == [text]


def test_a_row_that_somebody_changed_is_not_taken_for_ours(tmp_path: Path) -> None:
    with Ledger.open(URL, tmp_path, ciphers(FIRST)) as ledger, ledger.lock():
        ledger.record(ledger.start_run("sync", NOW), [Outcome("engi-1", Kind.FAILED, "why")], "f", None, NOW)
    with contextlib.closing(sqlite3.connect(tmp_path / "ledger.db")) as database, database:
        database.execute("UPDATE outcomes SET reason = 'because'")
    with Ledger.open(URL, tmp_path, ciphers(FIRST)) as ledger, pytest.raises(UsageError, match="damaged"):
        ledger.outcomes(1)


@pytest.mark.parametrize("name", OLD)
def test_a_ledger_of_an_earlier_version_is_encrypted_too(tmp_path: Path, name: str) -> None:
    restore(name, tmp_path)
    with Ledger.open(URL, tmp_path, ciphers(FIRST)) as ledger, ledger.lock():
        assert ledger.is_encrypted
        assert len(ledger.runs()) == 1


def test_an_earlier_version_refuses_an_encrypted_ledger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Ledger.open(URL, tmp_path, ciphers(FIRST)) as ledger, ledger.lock():
        pass
    monkeypatch.setattr(tables, "SCHEMA_VERSION", 1)
    with pytest.raises(UsageError, match="newer version"):
        Ledger.open(URL, tmp_path)


def _encrypt(folder: Path, key: str, barrier: Any) -> None:
    with Ledger.open(URL, folder, ciphers(key)) as ledger:
        barrier.wait()
        with ledger.lock(30):
            ledger.start_run("sync", datetime.now(UTC))


def test_two_that_encrypt_at_once_encrypt_once(tmp_path: Path) -> None:
    with Ledger.open(URL, tmp_path) as ledger, ledger.lock():
        ledger.record(ledger.start_run("sync", NOW), [created()], "f", None, NOW)
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(2)
    both = [context.Process(target=_encrypt, args=(tmp_path, FIRST, barrier)) for _ in range(2)]
    for process in both:
        process.start()
    for process in both:
        process.join(60)
    assert [process.exitcode for process in both] == [0, 0]
    with Ledger.open(URL, tmp_path, ciphers(FIRST)) as ledger:
        assert ledger.recorded("opportunities", ["engi-1"]) == {"engi-1": "opp-1"}


def test_tenants_may_have_a_key_each(tmp_path: Path) -> None:
    samples = {"type": "files", "path": str(ROOT / "mappings" / "samples")}
    ledger = {"url": "sqlite:///{tenant}.db", "encryption_key": "env:KEY_{TENANT}"}
    tenants = {"acme": {"crm": {"type": "sql", "url": "sqlite:///crm-acme.db"}}, "beta": {}}
    installed = Installation(tmp_path, samples, ledger=ledger, tenants=tenants)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KEY_ACME", FIRST)
        patch.setenv("KEY_BETA", SECOND)
        assert installed.run("sync", "--all-tenants").code in (0, 3)
        Ledger.open("sqlite:///acme.db", tmp_path, ciphers(FIRST)).close()
        Ledger.open("sqlite:///beta.db", tmp_path, ciphers(SECOND)).close()


def test_a_key_is_made_by_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ledger", "key"]) == 0
    (key,) = capsys.readouterr().out.split()
    assert Cipher(key).opens(Cipher(key).proof())


def test_encrypting_without_a_key_says_how_to_get_one(
    installed: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    assert in_process(plain(installed), "ledger", "encrypt") == 2
    hint = capsys.readouterr().err.splitlines()[-1]
    assert "`crm-connector " in hint and " ledger key`" in hint


@pytest.mark.postgresql
def test_on_postgresql_too(tmp_path: Path, postgresql_url: str) -> None:
    with Ledger.open(postgresql_url, tmp_path) as ledger, ledger.lock():
        run_id = ledger.start_run("sync", NOW)
        ledger.record(run_id, [created(name="Marked Customer"), in_review()], "f", None, NOW)
        known = ledger.reviews(), ledger.written([("opportunities", "engi-1")])
    with Ledger.open(postgresql_url, tmp_path, ciphers(FIRST)) as ledger, ledger.lock():
        assert (ledger.reviews(), ledger.written([("opportunities", "engi-1")])) == known
        ledger.record(run_id, [created()], "f", None, NOW)
        assert ledger.known_records() == 1
    engine = sa.create_engine(postgresql_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        rows = connection.execute(sa.text("SELECT key, fields FROM written")).all()
    engine.dispose()
    assert "Marked" not in str(rows) and "engi-1" not in str(rows)


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    yield
