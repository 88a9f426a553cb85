"""Secrets by reference: files that others can read, and the operating system's keyring."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

from connector import keyrings, secrets
from connector.cli.main import run
from connector.errors import ConfigurationError
from tests.promises.installation import ROOT, Installation

WEBHOOK = "https://hooks.example/s3cret-webhook"


class Chest(KeyringBackend):
    """A keyring in memory."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[tuple[str, str], str] = {}
        self.failure: Exception | None = None
        self.locked: threading.Event | None = None

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            self.locked.wait(10)
        if self.failure:
            raise self.failure
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.held[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.held[service, username]


@pytest.fixture
def chest() -> Iterator[Chest]:
    before, chest = keyring.get_keyring(), Chest()
    keyring.set_keyring(chest)
    yield chest
    keyring.set_keyring(before)


def resolved(text: str, folder: Path, environ: dict[str, str] | None = None) -> str:
    return secrets.resolve(text, folder, environ or {}, "crm.password")


def test_a_secret_may_be_in_the_keyring(chest: Chest, tmp_path: Path) -> None:
    chest.set_password("salesforce", "connector@acme.example", "s3cret-in-keyring")
    chest.set_password("https://acme.example/odoo", "api", "s3cret-too")
    assert resolved("keyring:salesforce/connector@acme.example", tmp_path) == "s3cret-in-keyring"
    assert resolved("keyring:https://acme.example/odoo/api", tmp_path) == "s3cret-too"
    assert "s3cret-in-keyring" not in secrets.redact("login with s3cret-in-keyring failed")


@pytest.mark.parametrize("name", ["salesforce", "/user", "service/"])
def test_a_reference_to_a_keyring_names_service_and_user(chest: Chest, tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match="is no SERVICE/USERNAME"):
        resolved(f"keyring:{name}", tmp_path)


def test_what_a_keyring_lacks_is_named_with_the_command_that_puts_it_there(
    chest: Chest, tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError, match="no password of me for odoo") as caught:
        resolved("keyring:odoo/me", tmp_path)
    assert caught.value.hint == "keyring set odoo me"


def test_a_keyring_that_fails_is_told_without_its_words(chest: Chest, tmp_path: Path) -> None:
    chest.failure = KeyringLocked("s3cret-in-the-error")
    with pytest.raises(ConfigurationError, match="KeyringLocked") as caught:
        resolved("keyring:odoo/me", tmp_path)
    assert "s3cret" not in f"{caught.value} {caught.value.hint}"


def test_a_keyring_that_wants_to_be_unlocked_does_not_hold_an_unattended_run(
    chest: Chest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyrings, "PATIENCE", 0.1)
    chest.locked = threading.Event()
    try:
        with pytest.raises(ConfigurationError, match="did not answer"):
            resolved("keyring:odoo/me", tmp_path)
    finally:
        chest.locked.set()


def test_without_the_library_the_command_that_installs_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(ConfigurationError, match="not installed") as caught:
        resolved("keyring:odoo/me", tmp_path)
    assert "[keyring]" in str(caught.value.hint)


# Files


def written(folder: Path, mode: int) -> Path:
    path = folder / "password"
    path.write_text("s3cret-in-file\n", encoding="utf-8")
    path.chmod(mode)
    return path


@pytest.mark.parametrize(
    ("mode", "who"),
    [
        (0o600, None),
        (0o400, None),
        (0o640, "its group"),
        (0o660, "its group"),
        (0o604, "everybody on this machine"),
        (0o644, "everybody on this machine"),
    ],
)
def test_a_file_that_others_can_read_is_warned_of(tmp_path: Path, mode: int, who: str | None) -> None:
    path = written(tmp_path, mode)
    assert resolved("file:password", tmp_path) == "s3cret-in-file"
    assert secrets.exposed("file:password", tmp_path, {}) == (None if who is None else (path, who))


@pytest.mark.parametrize("mode", [0o602, 0o666, 0o777])
def test_a_secret_that_everybody_can_change_is_refused(tmp_path: Path, mode: int) -> None:
    path = written(tmp_path, mode)
    with pytest.raises(ConfigurationError, match="everybody on this machine can change") as caught:
        resolved("file:password", tmp_path)
    assert f"chmod 600 {path}" in str(caught.value.hint)


@pytest.mark.parametrize("value", [b"tok\xffen", b"\xff"])
def test_bytes_that_are_no_text_are_told_as_such(value: bytes, tmp_path: Path) -> None:
    environ = {"TOKEN": os.fsdecode(value)}
    with pytest.raises(ConfigurationError, match=r"^crm\.password: env:TOKEN is not UTF-8 text$"):
        resolved("env:TOKEN", tmp_path, environ)


@pytest.mark.parametrize(
    ("held", "told"),
    [
        ('{"password": "p4ss"}', "p4ss"),
        ('{"password": 1234567890123456789012.50}', "1234567890123456789012.50"),
        ('{"password": 007}', None),
        ('{"password": null}', "is empty"),
        ('{"password": ""}', "is empty"),
        ('{"password": false}', "is not text"),
        ('{"password": {}}', "is not text"),
        ('{"password": ["p4ss"]}', "is not text"),
        ('{"password": "\\ud800"}', "is not UTF-8 text"),
        ('{"user": "p4ss"}', "has no password"),
        ('["p4ss"]', "has no password"),
        ("p4ss", "has no password"),
        ("[" * 100_000, "has no password"),
    ],
)
def test_a_key_of_a_secret_in_aws_is_taken_as_it_is_written_or_told(
    held: str, told: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connector.fetch.secrets_manager.get_secret", lambda *_: held)
    try:
        assert resolved("aws-secretsmanager:crm#password", tmp_path) == told
    except ConfigurationError as error:
        assert (told or "has no password") in error.message
        assert "p4ss" not in f"{error}{error.hint}"


def test_a_mark_of_utf_8_is_no_part_of_a_secret(tmp_path: Path) -> None:
    path = written(tmp_path, 0o600)
    path.write_bytes(b"\xef\xbb\xbfs3cret-in-file\r\n")  # as Windows PowerShell writes it
    assert resolved("file:password", tmp_path) == "s3cret-in-file"


@pytest.mark.parametrize("kind", ["pipe", "folder", "circle", "device", "large"])
def test_what_is_no_file_with_a_secret_is_refused_at_once(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "password"
    if kind == "pipe":
        os.mkfifo(path, 0o600)
    elif kind == "folder":
        path.mkdir()
    elif kind == "large":
        written(tmp_path, 0o600)
        os.truncate(path, 2_000_000)
    else:
        path.symlink_to(path if kind == "circle" else "/dev/zero")
    with pytest.raises(ConfigurationError, match=r"crm\.password: .*password cannot be read: "):
        resolved("file:password", tmp_path)
    assert secrets.exposed("file:password", tmp_path, {}) is None


def test_a_secret_that_no_header_can_hold_is_told_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    crm = {"type": "hubspot", "url": "http://127.0.0.1:9", "access_token": "env:TOKEN"}
    samples = {"type": "files", "path": str(ROOT / "mappings" / "samples")}
    Installation(tmp_path, samples, crm=crm, mapping=str(ROOT / "mappings" / "hubspot.yaml"))
    for token in ("s3cret\u2026", "s3cret\nX-Other: 1"):
        monkeypatch.setenv("TOKEN", token)
        assert run(["--config", str(tmp_path / "config.yaml"), "plan", "--debug"]) == 2
        said = capsys.readouterr().err
        assert "the secret for 127.0.0.1 has a character in it that no header can hold" in said
        assert "s3cret" not in said


def test_what_kubernetes_and_systemd_mount_has_their_modes(tmp_path: Path) -> None:
    # https://kubernetes.io/docs/concepts/configuration/secret/: 0644, linked to a folder that is swapped.
    stamped = tmp_path / "..2026_11_23_10_00_00.123"
    stamped.mkdir()
    (tmp_path / "..data").symlink_to(stamped.name)
    written(stamped, 0o644)
    (tmp_path / "password").symlink_to("..data/password")
    assert resolved("file:password", tmp_path) == "s3cret-in-file"
    assert secrets.exposed("file:password", tmp_path, {}) is None
    given = tmp_path / "credentials"
    given.mkdir()
    path = written(given, 0o440)
    assert secrets.exposed(f"file:{path}", tmp_path, {"CREDENTIALS_DIRECTORY": str(given)}) is None
    assert secrets.exposed(f"file:{path}", tmp_path, {}) == (path, "its group")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_an_administrators_file_for_one_group_is_nothing_to_warn_of(tmp_path: Path) -> None:
    path = written(tmp_path, 0o640)
    os.chown(path, 12345, 12345)
    assert secrets.exposed("file:password", tmp_path, {}) is None
    path.chmod(0o644)
    assert secrets.exposed("file:password", tmp_path, {}) == (path, "everybody on this machine")


def test_every_run_warns_of_a_secret_that_others_can_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Installation(
        tmp_path,
        {"type": "files", "path": str(ROOT / "mappings" / "samples" / "hostile-title.json")},
        crm={"type": "sql", "url": "file:url"},
    )
    (tmp_path / "url").write_text("sqlite:///crm.db", encoding="utf-8")
    (tmp_path / "url").chmod(0o644)
    command = ["--config", str(tmp_path / "config.yaml"), "sync"]
    assert run(command) == 0
    assert f"everybody on this machine can read {tmp_path / 'url'} (chmod 600" in capsys.readouterr().err
    (tmp_path / "url").chmod(0o600)
    assert run(command) == 0
    assert "can read" not in capsys.readouterr().err


def test_doctor_and_config_check_know_every_kind(
    tmp_path: Path, chest: Chest, capsys: pytest.CaptureFixture[str]
) -> None:
    samples = {"type": "files", "path": str(ROOT / "mappings" / "samples")}
    Installation(tmp_path, samples, notify={"webhook": {"url": "keyring:slack/hook"}})
    command = ["--config", str(tmp_path / "config.yaml")]
    assert run([*command, "doctor"]) == 2
    assert "keyring set slack hook" in capsys.readouterr().out
    chest.set_password("slack", "hook", WEBHOOK)
    assert run([*command, "config", "check"]) == 0
    said = capsys.readouterr()
    assert "keyring:slack/hook" in said.out
    assert "s3cret" not in said.out + said.err


def test_an_unattended_run_with_no_keyring_at_all_says_what_to_do(tmp_path: Path) -> None:
    installed = Installation(
        tmp_path, {"type": "files", "path": "-"}, crm={"type": "sql", "url": "keyring:crm/url"}
    )
    environ = {
        **os.environ,
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        [sys.executable, "-m", "connector", "--config", str(installed.folder / "config.yaml"), "sync"],
        env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 2
    assert "crm.url: the keyring cannot be read: NoKeyringError" in done.stderr
    assert "keyring diagnose" in done.stderr


def test_the_warning_of_a_reference_is_no_log_of_its_value(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        resolved("env:PASSWORD", tmp_path, {"PASSWORD": "s3cret-environment"})
    assert "s3cret" not in caplog.text
