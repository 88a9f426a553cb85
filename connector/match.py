"""Which existing record a desired one is: Matched | NotFound | Ambiguous(candidates). Pure."""

from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """A title as it is compared: Unicode NFKC, case folded, runs of white space made one space.

    Always the whole title: two that share the 120 characters a CRM field may hold are not the same.
    """
    if text.isascii():
        return " ".join(text.lower().split())
    # Case folding can undo normalisation (U+0345, for one), hence twice.
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(folded.casefold().split())
