"""From a config to those who are told of a run."""

from __future__ import annotations

from collections.abc import Iterator

from connector.notify import Notice, Sender, deliver, text, to_webhook
from connector.settings import Config


def tell(config: Config, notice: Notice) -> None:
    """Tell everybody whom the config names of what it wants to be told of. Raises ConfigurationError when the
    webhook's secret is missing; nothing else."""
    deliver(notice.of(config.notify.about), list(_senders(config)))


def _senders(config: Config) -> Iterator[tuple[str, Sender]]:
    webhook, sns = config.notify.webhook, config.notify.sns
    if webhook is not None:
        yield "webhook", to_webhook(config.webhook_url(), webhook.format)
    if sns is not None:
        topic_arn, region, endpoint_url = sns.topic_arn, sns.region, sns.endpoint_url

        def send(notice: Notice) -> None:
            from connector.fetch.topic import publish  # the SDK takes long to load

            publish(topic_arn, "Partner Central", text(notice), region=region, endpoint_url=endpoint_url)

        yield "topic", send
