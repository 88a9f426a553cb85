"""The profiles of the AWS CLI on this machine."""

from __future__ import annotations

import botocore.session
from botocore.exceptions import BotoCoreError

from connector.fetch.aws_errors import configuration


def profiles() -> list[str]:
    """Their names, as ``aws configure list-profiles`` has them. Raises ConfigurationError when the files
    that they stand in cannot be read."""
    try:
        return list(botocore.session.Session().available_profiles)
    except BotoCoreError as error:
        raise configuration(error, None) from None
