"""Made-up values in place of real ones: the same for the same, and of the same form."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, timedelta

from connector.crm.salesforce_values import long_id

# What documentation uses: numbers that reach nobody, accounts that are nobody's.
ACCOUNTS = ("111122223333", "444455556666", "777788889999", "123456789012")
# Which object a Salesforce id is of; any other prefix might be part of a word.
PREFIXES = ("001", "003", "005", "006", "00D", "00G", "00K", "00Q", "00T", "00U", "012", "01g", "750")

_RESOURCES = ("engagement", "engagement-invitation", "opportunity", "solution", "resource-snapshot")
_ARN = re.compile(
    r"arn:aws:partnercentral:us-east-1:(?:\d{12})?:catalog/(AWS|Sandbox)/([a-z-]+)/(.+)", re.DOTALL
)
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:?\d{2})?")
_AMOUNT = re.compile(r"-?\d{1,31}(\.\d{1,2})?")
_SALESFORCE_ID = re.compile(r"(?=\w*\d)[A-Za-z0-9]{15}(?:[A-Z0-5]{3})?")
_FORMS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("invitation", re.compile(r"engi-[0-9a-z]{13}")),
    ("engagement", re.compile(r"eng-[0-9a-z]{14}")),
    ("opportunity", re.compile(r"O\d{5,19}")),
    ("account", re.compile(r"\d{12}")),
    ("email", re.compile(r"[^\s@]+@[^\s@]+")),
    ("url", re.compile(r"https?://\S+", re.IGNORECASE)),
    ("domain", re.compile(r"[\w-]+(\.[\w-]+)*\.[a-zA-Z]{2,}")),
    ("uuid", re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")),
    ("phone", re.compile(r"\+[\d ()./-]{5,20}|\(?\d{2,4}\)?[ ./-][\d ()./-]{4,16}")),
)
_BEGINNING = date(2024, 1, 1)


class Placeholders:
    """One per cassette: what was one value in it stays one value."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str], int] = {}
        self._counts: Counter[str] = Counter()

    def text(self, raw: str) -> str:
        """For text of which nothing is known: in the form of an id, an address, a date or a number when it
        has it, else words."""
        if raw == "" or raw == "null":  # AWS has been seen to send this very word for "nothing"
            return raw
        arn = _ARN.fullmatch(raw)
        if arn:
            return self._arn(arn)
        if _MOMENT.fullmatch(raw) or re.fullmatch(r"\d{4}-\d{2}-\d{2}", raw):
            return self._moment(raw)
        if re.fullmatch(r"\d{12}", raw) is None and (amount := _AMOUNT.fullmatch(raw)):
            return f"{1000 + self.number('amount', raw)}{'.00'[: len(amount[1] or '')]}"
        if _SALESFORCE_ID.fullmatch(raw) and (len(raw) == 15 or long_id(raw[:15]) == raw):
            return self._salesforce_id(raw)
        form = next((form for form, pattern in _FORMS if pattern.fullmatch(raw)), "text")
        return self._made(form, self.number(form, raw))

    def number(self, kind: str, raw: object) -> int:
        """Which value of its kind ``raw`` is, counted from 1."""
        key = (kind, repr(raw))
        if key not in self._numbers:
            self._counts[kind] += 1
            self._numbers[key] = self._counts[kind]
        return self._numbers[key]

    def _made(self, form: str, n: int) -> str:
        return {
            "invitation": f"engi-example{n:06}",
            "engagement": f"eng-example{n:07}",
            "opportunity": f"O{n:07}",
            "account": ACCOUNTS[n - 1] if n <= len(ACCOUNTS) else f"{n:012}",
            "email": f"person{n}@example.com",
            "url": f"https://example.com/{n}",
            "domain": f"customer{n}.example.com",
            "uuid": f"00000000-0000-4000-8000-{n:012}",
            "phone": f"+1 555 01{n % 100:02}",
            "text": f"Text {n}",
        }[form]

    def _arn(self, arn: re.Match[str]) -> str:
        resource = arn[2] if arn[2] in _RESOURCES else "resource"
        return f"arn:aws:partnercentral:us-east-1::catalog/{arn[1]}/{resource}/{self.text(arn[3])}"

    def _moment(self, raw: str) -> str:
        day = (_BEGINNING + timedelta(days=self.number("moment", raw))).isoformat()
        match = _MOMENT.fullmatch(raw)
        if match is None:
            return day
        fraction = "." + "0" * (len(match[1]) - 1) if match[1] else ""
        return f"{day}T00:00:00{fraction}{re.sub('[0-9]', '0', match[2] or '')}"

    def _salesforce_id(self, raw: str) -> str:
        prefix = raw[:3] if raw[:3] in PREFIXES else "000"
        made = f"{prefix}EXAMPLE{self.number('id', long_id(raw)):05}"
        return long_id(made) if len(raw) == 18 else made
