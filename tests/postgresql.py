"""A throwaway PostgreSQL cluster from Debian's binaries, on a free port of 127.0.0.1.

The fixtures are imported by a conftest: ``postgresql_url`` gives each test an empty database of its own.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

_USERS = ("postgres", "nobody")  # PostgreSQL refuses to run as root
_READY_WITHIN = 30.0  # seconds


def binaries() -> Path:
    """Where the newest installed PostgreSQL has its programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        raise FileNotFoundError("no PostgreSQL is installed: apt-get install postgresql")
    return found[-1].parent


class Cluster:
    """A running PostgreSQL. ``url(database)`` holds its password, as a config's would."""

    def __init__(self, folder: Path, *, connections: int = 40) -> None:
        self._folder, self._connections = folder, connections
        self.password = secrets.token_hex(8)
        self._user = _USERS[0] if os.getuid() == 0 and _exists(_USERS[0]) else _USERS[1]
        self.port = free_port()
        self._initialise()
        log = (folder / "log").open("wb")
        with log:
            self._server = self._start(log.fileno())
        self._await()

    def url(self, database: str = "postgres", *, password: str | None = None) -> str:
        return f"postgresql://owner:{password or self.password}@127.0.0.1:{self.port}/{database}"

    @property
    def pid(self) -> int:
        return self._server.pid

    def execute(self, statement: str, database: str = "postgres") -> None:
        import psycopg

        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[arg-type]

    def stop(self) -> None:
        self._server.send_signal(signal.SIGINT)  # "fast shutdown": ends sessions that are still open
        self._server.wait(timeout=_READY_WITHIN)

    def _initialise(self) -> None:
        password = self._folder / "password"
        password.write_text(self.password)
        for path in (self._folder, password):
            if os.getuid() == 0:
                shutil.chown(path, self._user)
        command = [
            "initdb",
            "--username=owner",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
        ]
        self._call(*command, f"--pwfile={password}", "--no-sync", str(self._folder / "data"))

    def _call(self, program: str, *args: str) -> None:
        subprocess.run(
            [str(binaries() / program), *args],
            **self._as_user(),
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )

    def _start(self, log: int) -> subprocess.Popen[bytes]:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": str(self._folder),
            "fsync": "off",
            "max_connections": str(self._connections),
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command = [str(binaries() / "postgres"), "-D", str(self._folder / "data"), *options]
        return subprocess.Popen(command, **self._as_user(), stdout=log, stderr=log)

    def _as_user(self) -> dict[str, object]:
        if os.getuid() != 0:
            return {"cwd": self._folder}
        return {"cwd": self._folder, "user": self._user, "group": _group(self._user), "extra_groups": []}

    def _await(self) -> None:
        import psycopg

        deadline = time.monotonic() + _READY_WITHIN
        while True:
            try:
                psycopg.connect(self.url(), connect_timeout=2).close()
                return
            except psycopg.OperationalError:
                if self._server.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError((self._folder / "log").read_text()) from None
                time.sleep(0.1)


def _exists(user: str) -> bool:
    import pwd

    return any(entry.pw_name == user for entry in pwd.getpwall())


def _group(user: str) -> int:
    import pwd

    return pwd.getpwnam(user).pw_gid


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Cluster]:
    """One cluster for the whole session."""
    with tempfile.TemporaryDirectory(prefix="pg-") as folder:  # pytest's own are closed to other users
        cluster = Cluster(Path(folder))
        try:
            yield cluster
        finally:
            cluster.stop()


@pytest.fixture
def postgresql_url(postgresql: Cluster) -> Iterator[str]:
    """An empty database, dropped after the test."""
    name = f"test_{secrets.token_hex(6)}"
    postgresql.execute(f"CREATE DATABASE {name}")
    yield postgresql.url(name)
    postgresql.execute(f"DROP DATABASE {name} WITH (FORCE)")
