"""A real Odoo 14 on 127.0.0.1, from the folder that ``tests/odoo/build`` fills, over a throwaway PostgreSQL.

The fixtures are imported by a conftest: ``odoo`` is one server for the session, with the app CRM installed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.postgresql import Cluster, free_port

BUILD = Path(__file__).with_name("build")
ROOT = Path(os.environ.get("ODOO_ROOT", "/var/tmp/odoo-14"))
DATABASE = "partner"
USER = PASSWORD = "admin"
_READY_WITHIN = 120.0  # seconds

# The mounts are the process's own and go with it, however it ends.
_APART = ("unshare", "--mount", "--pid", "--fork", "--kill-child")
_INSIDE = 'mount -t proc proc "$0/proc" && mount --bind /dev "$0/dev" && exec chroot "$0" "$@"'


class Odoo:
    """A running server. ``call`` is what a person with a browser could do by hand."""

    def __init__(self, folder: Path, cluster: Cluster) -> None:
        self._folder = folder
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        configuration = ROOT / "etc/odoo/tests.conf"
        configuration.write_text(self._configuration(cluster), encoding="utf-8")
        self._run("--init=crm", "--without-demo=all", "--stop-after-init").wait(timeout=300)
        self._server = self._run()
        self._await()

    def _configuration(self, cluster: Cluster) -> str:
        options = {
            "db_host": "127.0.0.1",
            "db_port": cluster.port,
            "db_user": "owner",
            "db_password": cluster.password,
            "db_name": DATABASE,
            "http_interface": "127.0.0.1",
            "http_port": self._port,
            "workers": 0,
            "max_cron_threads": 0,
            "data_dir": "/tmp/odoo",
        }
        return "\n".join(["[options]", *(f"{name} = {value}" for name, value in options.items()), ""])

    def _run(self, *arguments: str) -> subprocess.Popen[bytes]:
        command = ["odoo", "--config=/etc/odoo/tests.conf", *arguments]
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(
                [
                    "unshare",
                    "--mount",
                    "--pid",
                    "--fork",
                    "--kill-child",
                    "sh",
                    "-c",
                    _INSIDE,
                    str(ROOT),
                    *command,
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={"LC_ALL": "C.UTF-8", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/tmp"},
            )

    def _await(self) -> None:
        until = time.monotonic() + _READY_WITHIN
        while time.monotonic() < until and self._server.poll() is None:
            try:
                self.uid = self._rpc("common", "login", DATABASE, USER, PASSWORD)
            except requests.ConnectionError:
                time.sleep(0.2)
            else:
                return
        said = (self._folder / "log").read_text(encoding="utf-8", errors="replace")[-2000:]
        raise RuntimeError(f"Odoo did not start:\n{said}")

    def _rpc(self, service: str, method: str, *arguments: Any) -> Any:
        params = {"service": service, "method": method, "args": arguments}
        answer = requests.post(
            f"{self.url}/jsonrpc", json={"jsonrpc": "2.0", "method": "call", "params": params}, timeout=60
        ).json()
        if "error" in answer:
            raise RuntimeError(answer["error"]["data"]["message"])
        return answer["result"]

    def call(self, model: str, method: str, *arguments: Any, **named: Any) -> Any:
        """What ``method`` of ``model`` gives; as the administrator."""
        return self._rpc(
            "object", "execute_kw", DATABASE, self.uid, PASSWORD, model, method, arguments, named
        )

    def empty(self, model: str) -> None:
        """Delete all records of ``model``, the archived too."""
        self.call(model, "unlink", self.call(model, "search", [], context={"active_test": False}))

    def settings(self, **others: Any) -> dict[str, Any]:
        """A config's ``crm:`` for it."""
        auth = {"url": self.url, "database": DATABASE, "username": USER, "password": PASSWORD}
        return {"type": "odoo", **auth, **others}

    def stop(self) -> None:
        self._server.send_signal(signal.SIGTERM)
        try:
            self._server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()


@pytest.fixture(scope="session")
def odoo() -> Iterator[Odoo]:
    subprocess.run([str(BUILD), str(ROOT)], check=True, timeout=900)
    with tempfile.TemporaryDirectory(prefix="odoo-") as folder:
        database = Path(folder) / "postgresql"
        database.mkdir()
        Path(folder).chmod(0o755)
        cluster = Cluster(database)
        try:
            server = Odoo(Path(folder), cluster)
            try:
                yield server
            finally:
                server.stop()
        finally:
            cluster.stop()
