"""``events``: a consumer of the queue that EventBridge fills."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import click

from connector.apply import Outcome
from connector.cli.command import Command
from connector.cli.options import Options
from connector.cli.output import Output
from connector.cli.session import load_config, open_walk
from connector.cli.stopping import at_once
from connector.cli.telling import tell
from connector.consume import Consumer
from connector.errors import ExitCode, UsageError
from connector.events import Message
from connector.fetch import Selection
from connector.notify import Notice
from connector.retry import retry
from connector.sections import PartnerCentralSource
from connector.settings import Config
from connector.sync import sync
from connector.walk import Report

log = logging.getLogger(__name__)

LOCK_WAIT = 3600.0  # seconds for another run to end; the messages in hand stay hidden meanwhile


@click.command("events", cls=Command)
@click.option("--once", is_flag=True, help="Leave when the queue is empty, instead of waiting for more.")
@click.pass_obj
def events_command(options: Options, /, once: bool) -> ExitCode:
    """Follow the events that AWS puts into a queue.

    Each names an invitation, which is then synced as `sync` does. A message is deleted when its outcome is in
    the ledger; one that makes no sense is left to the queue's dead-letter queue. Events can get lost: run
    `sync` now and then beside it. Stop it with Ctrl-C when you like.

    \b
    crm-connector events --once
    """
    config = load_config(options)
    done = 0
    with _consumer(config) as consumer:
        while messages := _taken(config, consumer, once):
            done += consumer.work(messages)
    out = Output(options)
    out.answer({"messages": done}, lambda: out.line(f"{done:,} messages done."))
    return ExitCode.DONE


@contextmanager
def _consumer(config: Config) -> Iterator[Consumer]:
    settings, source = config.events, config.source
    if settings is None:
        hint = "add `events: {queue_url: ...}`; docs/events.md says how to make the queue"
        raise UsageError("the config has no events", hint=hint)
    if not isinstance(source, PartnerCentralSource):
        raise UsageError("events need the source partner_central: they carry no more than ids")
    from connector.fetch.queue import Queue  # the SDK takes longer to load than most commands take

    queue = Queue(
        settings.queue_url,
        profile=settings.profile or source.profile,
        region=settings.region,
        endpoint_url=settings.endpoint_url,
        wait_seconds=settings.wait_seconds,
    )
    with closing(queue):
        yield Consumer(
            queue,
            synced(config, LOCK_WAIT),
            source.catalog,
            source.participant_type,
            settings.wait_seconds,
            settings.visibility_seconds,
        )


def synced(config: Config, wait: float) -> Callable[[Selection, Callable[[Outcome], None]], Report]:
    """A sync of some invitations, by all that ``config`` names, opened anew for each: a consumer lives for
    weeks. It waits ``wait`` seconds for another run to end."""

    def run(selection: Selection, watch: Callable[[Outcome], None]) -> Report:
        notice = Notice()

        def note(outcome: Outcome) -> None:
            notice.watch(outcome)
            watch(outcome)

        with open_walk(config, watch=note) as walk:
            report = sync(walk, selection, command="events", wait=wait)
        gc.collect()  # which a walk puts off, and boto3's clients are cycles of many megabytes
        tell(config, notice)
        return report

    return run


def _taken(config: Config, consumer: Consumer, once: bool) -> list[Message]:
    """The next messages; waits for them, unless ``once``."""

    def ask() -> list[Message]:
        with at_once():
            return consumer.take()

    while True:
        messages: list[Message] = retry(
            config.retry.policy("source"), ask, service="sqs", operation="ReceiveMessage"
        )
        if messages or once:
            return messages
