"""Who is measured: our connector and its peers, each as the command that its users would give."""

from __future__ import annotations

import json
import sys
import venv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.measure import Command, connector, said, timed
from tests.benchmarks.services import Services
from tests.promises.installation import ROOT, Installation

# Not in the project's own environment: each brings dozens of packages.
PACKAGES = (
    "boto3>=1.40",
    "dlt[sqlalchemy]>=1.31",
    "orjson>=3.9",
    "simple-salesforce>=1.12.6",
    "singer-sdk>=0.54",
)
_VERSIONS = """
import importlib.metadata, json, sys
print(json.dumps({name: importlib.metadata.version(name) for name in sys.argv[1:]}))
"""


@dataclass(frozen=True)
class Client:
    """``command(services)`` is what to run; ``remembers``: it does not ask again for what it knows."""

    name: str
    command: Callable[[Services], Command]
    remembers: bool = False


def ours(verb: str, *options: str, crm: str = "salesforce") -> Client:
    """Our connector, into Salesforce or SQLite."""

    def command(services: Services) -> Command:
        source = {"reads_per_second": services.pace.reads_per_second or 100_000, "read_timeout": 60}
        settings = {"crm": services.crm.settings(), "mapping": str(ROOT / "mappings" / "salesforce.yaml")}
        chosen = settings if crm == "salesforce" else {}
        there = Installation.against(services.folder, services.aws.url(), source=source, retry={}, **chosen)
        return [*connector(there), verb, "--quiet", *options]

    return Client(
        "crm-connector" if crm == "salesforce" else "crm-connector, SQLite", command, remembers=True
    )


def script(name: str) -> Client:
    return Client(name, lambda _: [sys.executable, "-m", f"tests.benchmarks.peers.{name}"])


def dlt(python: Path, kind: str) -> Client:
    module = "tests.benchmarks.peers.dlt_load"
    name = "dlt" if kind == "crm" else "dlt, SQLite"
    return Client(name, lambda services: [python, "-m", module, services.folder, kind])


def singer(python: Path) -> Client:
    peers = f"{python} -m tests.benchmarks.peers"
    pipe = f"{peers}.singer_tap | {peers}.singer_target"
    return Client("Singer", lambda _: ["sh", "-c", pipe])


def environ(services: Services) -> dict[str, str]:
    """Where the peers find the services; ours has a config for that."""
    return {
        "AWS_ENDPOINT_URL": services.aws.url(),
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        **services.crm.session(),
    }


def peers_python(folder: Path) -> Path:
    """The Python of the peers' environment, which is made when it is not there."""
    python = folder / "bin" / "python"
    if not (folder / "bin" / "dlt").exists():  # what was begun, and broke off, is made anew
        print(f"making an environment for the peers in {folder}", file=sys.stderr)
        venv.create(folder, with_pip=True)
        timed([python, "-m", "pip", "install", "--quiet", *PACKAGES])
    return python


def versions(python: Path | None) -> dict[str, str]:
    """Of what is measured, and what it is built on."""
    asked = [(Path(sys.executable), ["boto3", "simple-salesforce", "partner-central-crm-connector"])]
    asked += [(python, ["dlt", "singer-sdk"])] if python else []
    found = {"python": sys.version.split()[0]}
    for one, names in asked:
        found |= json.loads(said([one, "-c", _VERSIONS, *names])[1])
    return found
