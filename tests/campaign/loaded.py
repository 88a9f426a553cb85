"""What a run loads, loaded once: every run is forked from a process that has done so (see ``process``)."""

import alembic.command  # noqa: F401
import boto3  # noqa: F401
import botocore.httpsession  # noqa: F401
import requests  # noqa: F401
import sqlalchemy.dialects.sqlite  # noqa: F401

import connector.cli.decisions
import connector.cli.invitations
import connector.cli.main
import connector.cli.metrics
import connector.cli.plan
import connector.cli.runs
import connector.cli.sync
import connector.crm.salesforce
import connector.crm.sql
import connector.fetch.files
import connector.fetch.partner_central  # noqa: F401
