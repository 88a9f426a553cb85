"""The nearest name: what somebody probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(name: str, candidates: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The candidate most like ``name``, case aside; None where none is like it (``cutoff``: 0 to 1)."""
    folded: dict[str, str] = {}
    for candidate in candidates:
        folded.setdefault(candidate.casefold(), candidate)
    found = difflib.get_close_matches(name.casefold(), folded, 1, cutoff)
    return folded[found[0]] if found else None


def did_you_mean(name: str, candidates: Iterable[str], cutoff: float = 0.6) -> str | None:
    """A hint that names the nearest candidate, or else all of them where they are few."""
    candidates = list(candidates)
    near = nearest(name, candidates, cutoff)
    if near is not None:
        return f"did you mean {near}?"
    return f"one of {', '.join(candidates)}" if 0 < len(candidates) <= 12 else None
