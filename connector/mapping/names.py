"""Texts about people, companies and countries."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from connector.mapping.bounds import spend_text
from connector.mapping.money import ExpressionError

# What people and forms put where nothing is known; the first occurs in recorded answers.
_NOTHING = {"null", "none", "n/a", "na", "-", "unknown", "tbd"}
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
# What most websites look like, so that these need no parser.
_PLAIN = re.compile(r"(?:https?://)?(?:www\.)?((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63})/?")
# Characters of an address in which its host is looked for: it stands at the beginning and has 253, and to
# prepare a hostile one takes the square of its length.
_LONGEST = 1_000
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


def text(value: Any, function: str) -> str | None:
    """``value``, when it is text or null. Raises ExpressionError otherwise."""
    if value is None or isinstance(value, str):
        return value
    raise ExpressionError(f"{function}() wants text")


def truncate(value: Any, length: Any) -> str | None:
    """The first ``length`` characters, without white space at the new end."""
    whole = text(value, "truncate")
    if isinstance(length, bool) or not isinstance(length, int) or length < 1:
        raise ExpressionError("truncate() wants a length of 1 or more, as in truncate(name, `80`)")
    return whole if whole is None or len(whole) <= length else whole[:length].rstrip()


def replace(value: Any, old: Any, new: Any) -> str | None:
    """Every ``old`` replaced by ``new``."""
    whole, before, after = (text(part, "replace") for part in (value, old, new))
    if not before or after is None:
        raise ExpressionError("replace() wants a text to replace and one to put in its place")
    if whole is None:
        return None
    spend_text(len(whole) + whole.count(before) * len(after))
    return whole.replace(before, after)


def join_lines(items: Any) -> str | None:
    """The texts and numbers of a list that are not empty, one a line; None where there is none."""
    if items is None:
        return None
    if not isinstance(items, list):
        raise ExpressionError("join_lines() wants a list")
    if any(isinstance(item, (list, dict)) for item in items):
        raise ExpressionError(
            "join_lines() wants a list of texts: pick one member, as in join_lines(list[].Name)"
        )
    spend_text(sum(len(item) for item in items if isinstance(item, str)))
    lines = [str(item).strip() for item in items if item is not None]
    return "\n".join(line for line in lines if line) or None


def domain(address: Any) -> str | None:
    """The host that a website or e-mail address names: lower case, no ``www.``, international names in the
    form that DNS has them (``xn--``). None where there is no host with a dot in it."""
    given = text(address, "domain")
    return None if given is None else _domain(given)


@lru_cache(maxsize=1024)  # a mapping asks several times for one customer's
def _domain(given: str) -> str | None:
    plain = _PLAIN.fullmatch(given)
    if plain:
        return plain[1]
    given = given.strip()[:_LONGEST].strip("<>").rstrip(".,;")
    if not given or given.lower() in _NOTHING:
        return None
    host = _host(given)
    labels = [_ascii_label(label) for label in host.rstrip(".").split(".")]
    if len(labels) < 2 or not all(labels):
        return None
    if labels[0] == "www" and len(labels) > 2:
        labels = labels[1:]
    return ".".join(str(label) for label in labels)


def _host(address: str) -> str:
    address = address.replace("\\", "/")
    if address.lower().startswith("mailto:"):
        address = address[7:]
    if not _SCHEME.match(address):
        address = f"//{address.removeprefix('//')}"
    try:
        return (urlsplit(address).hostname or "").strip()
    except ValueError:
        return ""


def _ascii_label(label: str) -> str | None:
    try:
        plain = label.lower() if label.isascii() else label.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return None
    return plain if _LABEL.fullmatch(plain) else None


def first_name(contact: Any) -> str | None:
    """``FirstName`` of a contact, else from its e-mail address; None where that has one word only."""
    given = _given(contact, "FirstName", "first_name")
    words = _words(contact)
    return given or (words[0] if len(words) > 1 else None)


def last_name(contact: Any) -> str | None:
    """``LastName`` of a contact, else from its e-mail address: all but the first word of its local part."""
    given = _given(contact, "LastName", "last_name")
    words = _words(contact)
    return given or (" ".join(words[1:] or words) or None)


def _given(contact: Any, member: str, function: str) -> str | None:
    if contact is None or isinstance(contact, str):
        return None
    if not isinstance(contact, dict):
        raise ExpressionError(f"{function}() wants a contact or an e-mail address")
    name = contact.get(member)
    return name.strip() if isinstance(name, str) else None


def _words(contact: Any) -> list[str]:
    """The name that an e-mail address spells: ``jane.van-dyke+aws@`` is Jane, Van-Dyke."""
    address = contact.get("Email") if isinstance(contact, dict) else contact
    if not isinstance(address, str):
        return []
    local = address.strip().strip("<>").removeprefix("mailto:").partition("@")[0].partition("+")[0]
    words = [word.strip("-'0123456789") for word in re.split(r"[._\s]+", local)]
    return ["-".join(part[:1].upper() + part[1:] for part in word.split("-")) for word in words if word]


def country_name(code: Any, language: Any) -> str | None:
    """The name of a country by CLDR, which Salesforce and other CRMs go by too ("United Kingdom").

    None for a code that CLDR does not know; ExpressionError for such a language.
    """
    given = text(code, "country_name")
    if given is None or len(given.strip()) != 2:
        return None
    return _territories(str(language).replace("-", "_")).get(given.strip().upper())


@lru_cache(maxsize=8)
def _territories(language: str) -> dict[str, str]:
    from babel import Locale, UnknownLocaleError  # 30 ms that most runs never need

    try:
        locale = Locale.parse(language)
    except (UnknownLocaleError, ValueError, TypeError):
        raise ExpressionError("country_name() wants a language such as 'en' or 'de'") from None
    # Withdrawn in 2010 and still in the service model.
    return {"AN": "Netherlands Antilles", **locale.territories}
