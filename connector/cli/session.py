"""From a config to the things a command works with: the source, the CRM, the ledger, the mapping."""

from __future__ import annotations

from connector import yamlfile
from connector.cli.options import Options
from connector.config import load
from connector.mapping.functions import Rates
from connector.mapping.load import load as load_mapping_file
from connector.mapping.model import Mapping
from connector.settings import Config


def load_config(options: Options) -> Config:
    """The config that ``options`` name. Raises ConfigurationError with all findings."""
    return load(options.config)


def load_mapping(config: Config) -> Mapping:
    """The config's mapping, compiled with its rates. Raises ConfigurationError with all findings."""
    rates = Rates(config.currency.base, config.currency.rates)
    return load_mapping_file(yamlfile.read(config.mapping_path), rates=rates)
