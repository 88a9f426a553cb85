"""Takes out of a recording all that is anybody's own: a pure function, from interactions to interactions.

It works by what may stay (``allowed``), never by what must go: text, numbers and names of which nothing is
known are replaced, the same by the same, so that a page token, an id or a title still leads where it led.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from tests.recording.allowed import OBJECTS, OUR_FIELDS, Allowed, plain_word
from tests.recording.interactions import Interaction
from tests.recording.placeholders import Placeholders

LEFT_OUT = "(left out: it was not JSON)"
SECRETS = ("access_token", "refresh_token", "id_token", "signature")
_REQUEST_HEADERS = {
    "content-type": re.compile(r"application/(?:x-amz-json-1\.[01]|json|x-www-form-urlencoded)|text/csv"),
    "x-amz-target": re.compile(r"AWSPartnerCentralSelling\.[A-Z][A-Za-z]{2,60}"),
}
_HEADERS = {
    "content-type": re.compile(
        r"(?:application/(?:x-amz-json-1\.[01]|json)|text/(?:html|csv|xml))(?:; ?charset=utf-8)?",
        re.IGNORECASE,
    ),
    "x-amzn-errortype": re.compile(r"[A-Z][A-Za-z]{2,60}"),
    "retry-after": re.compile(r"\d{1,5}"),
}
_USAGE = "sforce-limit-info"
_PATHS = frozenset(
    {"services", "data", "query", "sobjects", "describe", "composite", "oauth2", "token", "limits", *OBJECTS}
)
_VERSION = re.compile(r"v?\d{2}\.0")
_LOCATOR = re.compile(r"([A-Za-z0-9]{15,18})-(\d{1,6})")
_CUSTOM = re.compile(r"[A-Za-z]\w*?__[A-Za-z]{1,12}\b")
_LITERAL = re.compile(r"'((?:[^'\\]|\\.)*)'", re.DOTALL)


def scrub(
    interactions: Sequence[Interaction], allowed: Allowed, ours: Collection[str] = ()
) -> list[Interaction]:
    """``interactions`` with nothing in them but what ``allowed`` names, what we ourselves asked for
    (``ours``), and placeholders."""
    scrubber = _Scrubber(allowed, ours)
    return [scrubber.interaction(one) for one in interactions]


class _Scrubber:
    def __init__(self, allowed: Allowed, ours: Collection[str]) -> None:
        self._allowed = allowed
        self._ours = {_folded(text) for text in ours}
        self._places = Placeholders()

    def interaction(self, one: Interaction) -> Interaction:
        return Interaction(
            one.method,
            self._url(one.url),
            one.status,
            self._body(one.answer),
            self._body(one.request),
            _headers(one.request_headers, _REQUEST_HEADERS),
            _headers(one.headers, _HEADERS),
        )

    # -- bodies

    def _body(self, text: str) -> str:
        if not text:
            return ""
        try:
            value = json.loads(text, parse_float=Decimal, parse_constant=_no_number)
        except ValueError:
            return self._form(text)
        return pretty(self._value("", "", value))

    def _form(self, text: str) -> str:
        """A form of OAuth, of which only the kind of grant is kept."""
        given = dict(parse_qsl(text)).get("grant_type", "")
        if re.fullmatch(r"client_credentials|password|urn:ietf:params:oauth:grant-type:jwt-bearer", given):
            return urlencode({"grant_type": given})
        return LEFT_OUT

    def _value(self, holder: str, member: str, value: Any) -> Any:
        """``value`` of ``member`` within the member ``holder``; "" at the top."""
        if isinstance(value, dict):
            return {self._key(key): self._value(member, key, inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._value(holder, member, inner) for inner in value]
        if isinstance(value, str):
            return self._text(holder, member, value)
        if value is None or isinstance(value, bool) or member in self._allowed.numbers:
            return value if not isinstance(value, Decimal) else float(value)
        number = 1000 + self._places.number("amount", str(value))
        return float(number) if isinstance(value, Decimal) else number

    def _key(self, key: str) -> str:
        # Members are the vendor's words, which a recording is there to learn; only fields are the org's.
        return key if key == "__type" or re.fullmatch(r"[A-Za-z]+(?:_[A-Za-z]+)*", key) else self._name(key)

    def _text(self, holder: str, member: str, text: str) -> str:
        if text in self._allowed.values.get(member, ()) or _folded(text) in self._ours:
            return text
        form = self._allowed.forms.get(member)
        if form is not None and form.fullmatch(text):
            return text
        if member in SECRETS:
            return f"EXAMPLE-{member.upper()}-{self._places.number(member, text)}"
        if member == "instance_url":
            return f"https://{self._allowed.host}"
        if f"{holder}/{member}" in self._allowed.names:
            return self._name(text)
        if text.startswith("/services/"):
            return self._path(text)
        return self._places.text(text)

    # -- names of objects, fields and members

    def _name(self, name: str) -> str:
        """A standard name, or one of our fields, as it is; an administrator's may be that of a customer."""
        if name in OUR_FIELDS or plain_word(name):
            return name
        stem, _, ending = name.rpartition("__")
        if not stem or ending not in ("c", "r", "e", "x", "mdt", "pc", "s"):
            return f"Member{self._places.number('member', name)}"
        relation = f"{stem}__c" in OUR_FIELDS
        return name if relation else f"Custom{self._places.number('custom', stem)}__{ending}"

    # -- addresses

    def _url(self, url: str) -> str:
        parts = urlsplit(url)
        host = parts.hostname if parts.hostname in self._allowed.hosts else self._allowed.host
        query = [(name, self._parameter(name, text)) for name, text in parse_qsl(parts.query, True)]
        asked = f"?{urlencode(query, quote_via=quote)}" if query else ""
        return f"https://{host}{self._path(parts.path)}{asked}"

    def _parameter(self, name: str, text: str) -> str:
        return self._soql(text) if name == "q" else self._places.text(text)

    def _path(self, path: str) -> str:
        path, _, query = path.partition("?")
        clean = "/".join(self._segment(unquote(part)) for part in path.split("/"))
        if not query:
            return clean
        asked = [(name, self._parameter(name, text)) for name, text in parse_qsl(query, True)]
        return f"{clean}?{urlencode(asked, quote_via=quote)}"

    def _segment(self, part: str) -> str:
        if part in _PATHS or part == "" or _VERSION.fullmatch(part) or part in OUR_FIELDS:
            return part
        locator = _LOCATOR.fullmatch(part)
        if locator:
            return f"{self._places.text(locator[1])}-{locator[2]}"
        if "__" in part:
            return quote(self._name(part), safe="")
        return quote(self._places.text(part), safe="")

    def _soql(self, query: str) -> str:
        literals = _LITERAL.split(query)
        # Every second piece is what stood between quotes.
        return "".join(
            f"'{self._literal(piece)}'" if place % 2 else _CUSTOM.sub(lambda name: self._name(name[0]), piece)
            for place, piece in enumerate(literals)
        )

    def _literal(self, text: str) -> str:
        return text if _folded(text) in self._ours else self._places.text(text)


def _headers(headers: Mapping[str, str], kept: Mapping[str, re.Pattern[str]]) -> dict[str, str]:
    found = {name.lower(): value for name, value in headers.items()}
    clean = {
        name: found[name] for name, form in kept.items() if name in found and form.fullmatch(found[name])
    }
    if _USAGE in found:
        clean[_USAGE] = "api-usage=18/5000"  # how busy an org is, is its own affair
    return clean


def _folded(text: str) -> str:
    """Our own titles as queries for look-alikes have them: in small letters, ``%`` between the words."""
    return " ".join(text.replace("%", " ").split()).casefold()


def _no_number(name: str) -> Any:
    raise ValueError(name)


def pretty(value: Any) -> str:
    """JSON to be read and compared by people: one member, or one element of a list, to a line."""
    if isinstance(value, dict):
        lines = [f"{_compact(key)}: {_element_lines(inner)}" for key, inner in value.items()]
        return "{\n " + ",\n ".join(lines) + "\n}" if lines else "{}"
    return _element_lines(value)


def _element_lines(value: Any) -> str:
    if isinstance(value, list) and value:
        return "[\n  " + ",\n  ".join(map(_compact, value)) + "\n ]"
    return _compact(value)


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True)
