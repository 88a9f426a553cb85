"""The mapping that a command is about, and what it needs beside: rates, invitations, the CRM's fields."""

from __future__ import annotations

import os
from collections.abc import Iterable
from collections.abc import Mapping as MappingType
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import click

from connector import yamlfile
from connector.cli.options import Options
from connector.cli.session import ask_crm, load_config
from connector.cli.sources import enriched, open_source
from connector.config import VARIABLE, find
from connector.crm.base import Crm
from connector.current import current_folder
from connector.errors import UsageError
from connector.fetch import Selection, Source
from connector.fetch.files import Files
from connector.invitation import Invitation
from connector.mapping.functions import Rates
from connector.mapping.load import load, load_with_findings
from connector.mapping.model import Mapping
from connector.mapping.nearest import nearest
from connector.records import ObjectMeta
from connector.settings import Config

MAPPING_FILE = click.Path(dir_okay=False, path_type=Path)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The mapping file that is meant, and the config where there is one."""

    path: Path
    config: Config | None

    @classmethod
    def of(cls, options: Options, file: Path | None) -> Chosen:
        """``file``, or else the config's mapping. Raises ConfigurationError when neither is there."""
        if file is not None and not is_configured(options):
            return cls(file, None)
        config = load_config(options)
        return cls(file or config.mapping_path, config)

    @property
    def rates(self) -> Rates:
        currency = self.config.currency if self.config else None
        return Rates(currency.base, currency.rates) if currency else Rates()

    def load(self, path: Path | None = None) -> Mapping:
        """The mapping, or that in ``path``, with the config's rates. Raises ConfigurationError."""
        return load(yamlfile.read(path or self.path), rates=self.rates)

    def objects(self, with_crm: bool | None) -> MappingType[str, ObjectMeta] | None:
        """What the CRM says of the objects that the mapping names. None when it is not to be asked: with
        ``with_crm`` None, it is asked where there is a config and the mapping is for its CRM."""
        if with_crm is False or (with_crm is None and self.config is None):
            return None
        if self.config is None:
            raise UsageError("--crm needs a config, which has the CRM", hint="give --config FILE")
        mapping, _ = load_with_findings(yamlfile.read(self.path), self.rates)
        if mapping is None or (with_crm is None and mapping.crm != self.config.crm.type):
            return None
        return described(self.config, {rule.object for rule in mapping.records})

    def invitations(self, mapping: Mapping, identifier: str | None, sample: str | None) -> list[Invitation]:
        """Those of the file ``sample``, or the one of the config's source that is called ``identifier``.

        Raises UsageError when there is none, or not exactly one of the two is given."""
        if bool(identifier) == bool(sample):
            raise click.UsageError("Give one of --id ID and --file SAMPLE.")
        with closing(self.source(mapping, sample)) as source:
            selection = Selection(ids=(identifier,)) if identifier else Selection()
            found = [source.get(listed) for listed in source.list(selection)]
        if not found:
            raise UsageError(f"the source has no invitation {identifier or ''}".rstrip())
        return found

    def source(self, mapping: Mapping, files: str | None = None) -> Source:
        """The ``files`` (as a config's ``source.path``), or else the config's source, with what ``mapping``
        names beside the invitations."""
        if files is not None:
            return Files(files, current_folder())
        if self.config is None:
            raise UsageError(
                "this needs a config, which has the source", hint="or give a file of invitations"
            )
        return enriched(open_source(self.config), mapping, dict)


def is_configured(options: Options) -> bool:
    """Whether there is a config, in a file or in the environment."""
    named = find(options.config, os.environ) or any(name.startswith(VARIABLE) for name in os.environ)
    return bool(named)


def described(config: Config, names: Iterable[str]) -> MappingType[str, ObjectMeta]:
    """See ``describe``, of the config's CRM."""
    return ask_crm(config, "describe", lambda crm: describe(crm, names))


def describe(crm: Crm, names: Iterable[str]) -> MappingType[str, ObjectMeta]:
    """What ``crm`` says of the objects ``names``; of one that there is not, the nearest that there is, for
    "did you mean"."""
    named, known = set(names), crm.objects()
    meant = {nearest(name, known) for name in named.difference(known)}
    return crm.describe(named | {name for name in meant if name})
