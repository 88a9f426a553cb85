"""The last line of defence: what must not be in a log, a traceback or an error is masked.

Secrets that were used are remembered here, and the passwords of urls are known by their place.
"""

from __future__ import annotations

import re

MASK = "********"
_SHORTEST = 4  # characters; masking a shorter value would garble every text and hide nothing
# It begins at the ://, since to look for schemes first would take the square of a long word's length.
_USERINFO = re.compile(r"(?P<before>://[^\s:/@]*:)[^\s/]+(?=@)")
_PARAMETER = re.compile(
    r"(?P<before>[?&](?:password|passwd|sslpassword|secret|token|access_token)=)[^&\s]+", re.IGNORECASE
)

_resolved: set[str] = set()


def remember(secret: str) -> None:
    """Have ``redact`` mask ``secret`` from now on."""
    if len(secret) >= _SHORTEST:
        _resolved.add(secret)


def mask(text: str) -> str:
    """``text`` with the passwords of the urls in it masked."""
    return _PARAMETER.sub(rf"\g<before>{MASK}", _USERINFO.sub(rf"\g<before>{MASK}", text))


def redact(text: str) -> str:
    """``text`` without passwords in urls and without any secret resolved so far."""
    for secret in sorted(_resolved, key=len, reverse=True):
        text = text.replace(secret, MASK)
    return mask(text)
