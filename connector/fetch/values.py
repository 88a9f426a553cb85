"""What files hold, before anybody asks whether it is an invitation."""

from __future__ import annotations

from typing import Any, NamedTuple

LARGEST = 16 * 1024 * 1024  # characters of one value; a real invitation has some 10,000


class Document(NamedTuple):
    """A value and where it begins; or an ``error`` and where the trouble is. Both count from 1."""

    value: Any
    line: int
    column: int = 1
    error: str = ""


NOTHING = Document(None, 1, error="it is empty")
