"""Settings as a config file that explains itself."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from connector.mapping.proposal_yaml import scalar

_HEAD = """\
# Written by `crm-connector init`; it is yours now. Relative paths count from this file's folder. What is not
# here has its default: config.example.yaml in the connector's repository has every setting with its meaning.
# An environment variable overrides a setting: its path in capitals (CRM_CONNECTOR__SOURCE__CATALOG=AWS).
#
#   crm-connector config check --connect   says whether all of it can be reached
#   crm-connector plan                     shows what a sync would do, and does nothing
#   crm-connector sync                     does it
#
# Secrets are references: "env:NAME" (an environment variable), "file:path" (a file's content),
# "keyring:SERVICE/USERNAME" or "aws-secretsmanager:NAME#key". None stands in this file.
"""
_SECTIONS = {
    "source": "Where invitations come from.",
    "crm": "Where records go.",
    "mapping": "Which records an invitation becomes: what sales operations own.",
    "ledger": "What has been done, so that nothing is done twice. Losing it costs one slow run.",
    "currency": "What one unit of a currency is worth in the base, as text: {EUR: '1.08'}.",
}
_NOTES = {
    "source.catalog": "AWS is live, Sandbox is for trying things out",
    "source.profile": "of ~/.aws/config; null means the AWS SDK's own search for credentials",
    "source.path": "a file, a folder with its sub-folders, a glob, or - for standard input",
    "source.reads_per_second": "AWS's quota for your account",
}


def config_text(settings: Mapping[str, Any]) -> str:
    """The file that says ``settings``, with comments."""
    sections = []
    for name, value in settings.items():
        comment = f"# {_SECTIONS[name]}\n" if name in _SECTIONS else ""
        sections.append(comment + "\n".join(_lines(name, value, "", name)))
    return "\n\n".join([_HEAD.rstrip("\n"), *sections]) + "\n"


def _lines(name: str, value: Any, indent: str, path: str) -> Iterator[str]:
    if isinstance(value, Mapping) and value:
        yield f"{indent}{scalar(name)}:"
        for key, item in value.items():
            yield from _lines(str(key), item, f"{indent}  ", f"{path}.{key}")
        return
    text = scalar(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    note = f"  # {_NOTES[path]}" if path in _NOTES else ""
    yield f"{indent}{scalar(name)}: {text}{note}"
