"""How a CRM is asked for titles that may be equal: its own comparison ignores case at most, ours also white
space and Unicode's forms."""

from __future__ import annotations

from collections.abc import Iterator

from connector.match import Form, normalized

# Characters that folding leaves alone, and LIKE takes literally. For any other, a record may have another.
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-.,:;&()/+#@!?")
_LIGATURES = ("ss", "ff", "fi", "fl", "st")  # letters that may be one in a record: ß, ﬀ, ﬁ, ﬂ, ﬆ
_TELLING = 4  # literal characters that a pattern needs lest it fetches the whole object


def pattern(title: str) -> str | None:
    """``title`` as a LIKE pattern that ignores case and needs no escapes, with a ``%`` where another spelling
    may differ; None where so little is left that it would fetch everything.

    Wider than it need be, never narrower, but for a record that spells plain letters and digits in
    compatibility forms (full-width, mathematical): only reading all records finds those.
    """
    # Composed first: an accent of its own would leave its letter bare.
    found = normalized("NFC", title).lower()
    found = "".join(character if character in _PLAIN else "%" for character in found)
    for letters in _LIGATURES:
        found = found.replace(letters, "%")
    while "%%" in found:
        found = found.replace("%%", "%")
    return found if sum(character != "%" for character in found) >= _TELLING else None


def spellings(title: str) -> list[str]:
    """The likeliest spellings of a title that has no pattern."""
    return sorted({title, *_forms(title)})


def _forms(title: str) -> Iterator[str]:
    spaced = " ".join(title.split())
    forms: tuple[Form, ...] = ("NFC", "NFD", "NFKC")
    for form in forms:
        yield normalized(form, spaced)
