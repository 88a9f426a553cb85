"""Page tokens and quotas, as AWS has them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading
import time
from collections.abc import Callable

import orjson

from tests.servers.errors import bad_token

Place = tuple[str, str]  # date and id of the invitation listed last


class TokenBucket:
    """``rate`` calls a second, with bursts of one second's worth. None is unlimited."""

    def __init__(self, rate: float | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._clock, self._lock = rate, clock, threading.Lock()
        self._tokens, self._at = rate or 0.0, clock()

    def take(self) -> bool:
        if self._rate is None:
            return True
        with self._lock:
            now = self._clock()
            self._tokens = min(max(self._rate, 1.0), self._tokens + (now - self._at) * self._rate)
            self._at = now
            if self._tokens < 1:
                return False
            self._tokens -= 1
            return True


class PageTokens:
    """Opaque, signed, bound to the filters of their listing, and good for ``lifetime`` seconds."""

    def __init__(self, seed: int) -> None:
        self.lifetime = 3600.0
        self._secret = b"page tokens %d" % seed

    def expire(self) -> None:
        """Every token given so far is no longer good."""
        self._secret = hashlib.sha256(self._secret).digest()

    def seal(self, last: Place | None, query: str) -> str:
        payload = orjson.dumps({"after": last, "query": query, "until": time.time() + self.lifetime})
        return base64.urlsafe_b64encode(self._sign(payload) + payload).decode()

    def open(self, token: str, query: str) -> Place | None:
        """Where the listing goes on; None: from its start. Raises ServiceFault for a token no good."""
        try:
            sealed = base64.urlsafe_b64decode(token)
        except ValueError:
            raise bad_token("not valid") from None
        signature, payload = sealed[:32], sealed[32:]
        if not hmac.compare_digest(signature, self._sign(payload)):
            raise bad_token("not valid")
        content = orjson.loads(payload)
        if content["until"] <= time.time():
            raise bad_token("expired")
        if content["query"] != query:
            raise bad_token("for other filters")
        return tuple(content["after"]) if content["after"] else None

    def _sign(self, payload: bytes) -> bytes:
        return hmac.digest(self._secret, payload, "sha256")
