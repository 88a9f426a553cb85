"""What a mapping may cost. Expressions end by themselves, but a few lines of them can ask for more than any
machine has: texts replaced by longer ones again and again, lists in lists in lists. So each step is counted.

A step is a node of an expression met once more than it is written down (for an item of a list), an item that
is copied, or 100 characters of text. One invitation may take ``MOST`` of them: some tenths of a second, and
some 100 MB. A real one takes some thousands.
"""

from __future__ import annotations

import math
import threading
from typing import Any

from connector.mapping.money import ExpressionError

MOST = 1_000_000
_TEXT = 100  # characters that are one step


class _Meter(threading.local):
    """``left`` of the steps."""

    left: float = math.inf


_meter = _Meter()


class Allowance:
    """All that is evaluated inside has ``MOST`` steps together."""

    def __enter__(self) -> None:
        self._before, _meter.left = _meter.left, MOST

    def __exit__(self, *_: object) -> None:
        _meter.left = self._before


def spend(steps: int) -> None:
    """Raises ExpressionError when there are not so many left."""
    _meter.left -= steps
    if _meter.left < 0:
        raise ExpressionError(f"it takes more than {MOST:,} steps: the lists or texts in it are too long")


def spend_text(length: int) -> None:
    """For a text of ``length`` characters that is about to be made."""
    if length >= _TEXT:
        spend(length // _TEXT)


def spend_whole(value: Any) -> None:
    """For all that is in ``value``, however deep, and as often as it is in it."""
    if not isinstance(value, (list, dict)):
        return
    stack: list[Any] = [value]
    while stack:
        each = stack.pop()
        if isinstance(each, str):
            spend_text(len(each))
        elif isinstance(each, (list, dict)):
            spend(1 + len(each))
            stack.extend(each.values() if isinstance(each, dict) else each)
