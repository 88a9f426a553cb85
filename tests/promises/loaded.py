"""Everything that a command may load: importing this module takes two seconds, once."""

import importlib
import pkgutil
import threading

import alembic.command  # noqa: F401
import boto3  # noqa: F401
import botocore.httpsession  # noqa: F401
import simple_salesforce  # noqa: F401
import sqlalchemy.dialects.postgresql
import sqlalchemy.dialects.sqlite  # noqa: F401

import connector

# What reads the environment as it is loaded, and what needs pytest, without which all else has to work.
_LATER = ("connector.migrations", "connector.telemetry_otlp", "connector.studio", "connector.crm.contract")

for module in pkgutil.walk_packages(connector.__path__, "connector."):
    if not module.name.startswith(_LATER):
        importlib.import_module(module.name)
assert threading.active_count() == 1, "a thread would not be there after a fork"
