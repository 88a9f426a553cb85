"""From a config to those who are told of a run."""

from __future__ import annotations

from collections.abc import Iterator

from connector.errors import ConfigurationError
from connector.notify import Notice, Sender, deliver, text
from connector.sections import PartnerCentralSource
from connector.settings import Config


def tell(config: Config, notice: Notice) -> None:
    """Tell everybody whom the config names of what it wants to be told of. Raises nothing."""
    notice.tenant = config.tenant
    deliver(notice.of(config.notify.about), list(_senders(config)))


def _senders(config: Config) -> Iterator[tuple[str, Sender]]:
    webhook, sns = config.notify.webhook, config.notify.sns
    if webhook is not None:

        def hook(notice: Notice) -> None:
            from connector.webhook import post  # requests takes long to load

            post(_url(config), notice, webhook.format)

        yield "webhook", hook
    if sns is not None:
        profile = config.source.profile if isinstance(config.source, PartnerCentralSource) else None

        def send(notice: Notice) -> None:
            from connector.fetch.topic import publish  # the SDK takes long to load

            publish(
                sns.topic_arn,
                "Partner Central",
                text(notice),
                profile=profile,
                region=sns.region,
                endpoint_url=sns.endpoint_url,
            )

        yield "topic", send


def _url(config: Config) -> str:
    try:
        return config.webhook_url()
    except ConfigurationError as error:
        raise ConfigurationError("; ".join(map(str, error.findings))) from None
