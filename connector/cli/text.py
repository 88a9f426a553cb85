"""Text that others wrote, made harmless for a terminal or a log line: it stays text."""

from __future__ import annotations

import re

# Controls (C0, DEL, C1), line and paragraph separators, marks that turn the direction of what follows, lone
# surrogates, and invisible tags. Joiners stay: Indic scripts and emoji need them.
UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_NAMED = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}


def visible(text: object) -> str:
    """``text`` on one line, every character that could forge a line or steer a terminal written out."""
    return UNSAFE.sub(lambda match: _written_out(match[0]), str(text))


def _written_out(character: str) -> str:
    code = ord(character)
    if character in _NAMED:
        return _NAMED[character]
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
