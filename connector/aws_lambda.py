"""The connector as an AWS Lambda function: for a queue of events, and on a schedule.

``handler`` takes both. Of a batch of messages, those that are not done with are reported back and come again;
anything else that invokes it makes it sync everything. The config is the file that ``CRM_CONNECTOR_CONFIG``
names, or environment variables alone; the ledger has to be a database that outlives the function (PostgreSQL,
or a file on EFS).

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from connector.cli import logs
from connector.cli.events import synced
from connector.cli.options import Options
from connector.cli.reports import counts_of
from connector.cli.session import open_walk
from connector.cli.sources import selection
from connector.cli.telling import tell
from connector.config import load
from connector.consume import settle, sort
from connector.errors import ConnectorError, LockHeld
from connector.events import Message
from connector.notify import Notice
from connector.sections import PartnerCentralSource
from connector.settings import Config
from connector.sync import sync

log = logging.getLogger(__name__)

LOCK_WAIT = 300.0  # seconds to wait for another run to end; a message comes again after 90 minutes only


class NotDone(Exception):
    """A message whose outcome is not recorded: it is to come again."""


def handler(event: Mapping[str, Any], context: Any) -> Any:
    """The function's entry point: a batch of SQS messages, or anything else (a schedule) for a whole sync.

    Returns ``{"batchItemFailures": [...]}`` for a batch, the outcomes' counts for a sync. Raises
    ConnectorError when the sync could not be done, so that Lambda counts a failure.
    """
    logs.configure(Options(log_format="json"))
    config = load(None, os.environ)
    if "Records" in event:
        return _batch(config, event, context)
    notice = Notice()
    with open_walk(config, watch=notice.watch) as walk:
        report = sync(walk, selection(config), command="lambda", wait=LOCK_WAIT)
    tell(config, notice)
    if report.error is not None:
        raise report.error
    return counts_of(report)


def _batch(config: Config, event: Mapping[str, Any], context: Any) -> Any:
    done = _done(config, [_message(record) for record in event["Records"]])

    def check(record: SQSRecord) -> None:
        if record.message_id not in done:
            raise NotDone(record.message_id)

    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    return process_partial_response(
        event=dict(event), record_handler=check, processor=processor, context=context
    )


def _done(config: Config, messages: list[Message]) -> set[str]:
    """The ids of the messages that are done with, after one sync for all of them."""
    source = config.source
    if not isinstance(source, PartnerCentralSource):
        raise TypeError("events need the source partner_central: they carry no more than ids")
    sorted_ = sort(messages, source.catalog, source.participant_type)
    for message, problem in sorted_.poison:
        log.warning("message %s is left to the dead-letter queue: %s", message.id, problem)
    settled: list[Message] = []
    try:
        settled, error = settle(sorted_, synced(config, LOCK_WAIT))
        if error is not None:
            log.error("%s", error.message)
    except LockHeld:
        log.info("another run holds the lock: the messages come again")
    except ConnectorError as error:
        log.error("%s", error.message)
    return {message.id for message in (*sorted_.done, *settled)}


def _message(record: Mapping[str, Any]) -> Message:
    received = (record.get("attributes") or {}).get("ApproximateReceiveCount") or "1"
    return Message(record["messageId"], record["body"], record["receiptHandle"], int(received))
