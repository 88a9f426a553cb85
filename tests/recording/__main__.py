"""Records what an org or a catalog of yours answers; see CONTRIBUTING.md."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from connector.errors import ConnectorError
from connector.fetch.partner_central import ClientSettings
from tests.recording.cassettes import FOLDER
from tests.recording.record import Unsafe, record_partner_central, record_salesforce


def main(arguments: list[str] | None = None) -> int:
    """0 when a cassette was written; 2, and no file, when not."""
    chosen = _parser().parse_args(arguments)
    today = datetime.now(UTC).date()
    folder = "salesforce" if chosen.salesforce else "partner_central"
    path = chosen.out or FOLDER / folder / f"live_{today:%Y_%m_%d}.yaml"
    try:
        if chosen.salesforce:
            provenance = record_salesforce(path, chosen.salesforce, today)
        else:
            provenance = record_partner_central(path, _client(chosen), today)
    except ConnectorError as error:
        print(f"not recorded: {error.message}{f' ({error.hint})' if error.hint else ''}", file=sys.stderr)
        return 2
    except Unsafe as error:
        print(f"not recorded: {error}", file=sys.stderr)
        return 2
    print(f"{path}: {provenance}; read it through before you commit it")
    return 0


def _client(chosen: argparse.Namespace) -> ClientSettings:
    return ClientSettings(
        chosen.catalog,
        profile=chosen.profile,
        endpoint_url=chosen.endpoint_url,
        ca_bundle=chosen.ca_bundle,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.recording", description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--salesforce", type=Path, metavar="CONFIG", help="the org that this config names")
    what.add_argument("--partner-central", action="store_true", help="the invitations of a catalog")
    parser.add_argument("--catalog", choices=("AWS", "Sandbox"), default="Sandbox")
    parser.add_argument("--profile", help="as the AWS CLI has it")
    parser.add_argument("--endpoint-url")
    parser.add_argument("--ca-bundle")
    parser.add_argument("--out", type=Path, metavar="FILE", help="instead of one named for today")
    return parser


if __name__ == "__main__":
    sys.exit(main())
