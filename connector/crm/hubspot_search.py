"""HubSpot's search, asked so widely that its own way of comparing does not matter; the caller compares.

It splits text into words, its index is some seconds behind, it gives 10,000 records at most to one question,
and one account may ask four or five times a second (https://developers.hubspot.com/docs/api-reference/search/guide).
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connector.crm import title_patterns
from connector.crm.hubspot_client import Client
from connector.crm.hubspot_errors import broken
from connector.match import normalized

Row = Mapping[str, Any]
Filter = Mapping[str, Any]

MOST = 10_000  # records that one question gives
PAGE = 200
TOGETHER = 4  # conditions, of up to four filters each, in one question: 18 filters is the most it may have
_LONGEST = 2_400  # characters of a question's conditions, as JSON: 3,000 is the most for the whole
_BEGINNING = 20  # characters of a title that is too long to be asked for whole
# Words that no other spelling is likely to split, join or write with other characters: with nothing around
# them that may be part of a word (an apostrophe, a point), and without letters that are one in some fonts.
_WORD = re.compile(r"[a-z0-9]{4,}")
_JOINED = ("ss", "ff", "fi", "fl", "st")
_AROUND = ',;()!?"[]{}/&+-|'


def titled(
    client: Client, object: str, title_fields: Sequence[str], titles: Sequence[str], key_field: str
) -> Iterator[Row]:
    """Records without a key, as far as the index knows, that may have one of ``titles``; some of them
    several times."""
    groups = [
        [{"propertyName": key_field, "operator": "NOT_HAS_PROPERTY"}, *_condition(name, title)]
        for title in titles
        for name in title_fields
    ]
    for together in _questions(groups):
        yield from _all(client, object, together, [*title_fields, key_field])


def _questions(groups: Sequence[Sequence[Filter]]) -> Iterator[list[Sequence[Filter]]]:
    together: list[Sequence[Filter]] = []
    for group in groups:
        if len(together) == TOGETHER or _size([*together, group]) > _LONGEST:
            yield together
            together = []
        together.append(group)
    if together:
        yield together


def questions(titles: Sequence[str], title_fields: Sequence[str]) -> int:
    """How many questions ``titled`` asks at least."""
    return -(-len(titles) * len(title_fields) // TOGETHER)


def count(client: Client, object: str) -> int:
    """How many records the object has, as far as the index knows."""
    page = _page(client, object, {"filterGroups": [], "limit": 1, "properties": ["hs_object_id"]})
    return int(page["total"])


def _condition(name: str, title: str) -> list[Filter]:
    words = sorted(set(_words(title)), key=lambda word: (-len(word), word))[:2]
    if words:
        return [{"propertyName": name, "operator": "CONTAINS_TOKEN", "value": word} for word in words]
    # Text is compared in lower case, which the values have to be in.
    spellings: list[Filter] = [
        {
            "propertyName": name,
            "operator": "IN",
            "values": sorted({text.lower() for text in title_patterns.spellings(title)}),
        }
    ]
    if _size([spellings]) <= _LONGEST // 2:
        return spellings
    beginning = _beginning(title.split()[0].lower())
    return [{"propertyName": name, "operator": "CONTAINS_TOKEN", "value": f"{beginning}*"}]


def _beginning(word: str) -> str:
    """Not cut between a letter and its marks: with fewer of them it is another."""
    cut = min(_BEGINNING, len(word))
    while 0 < cut < len(word) and unicodedata.combining(word[cut]):
        cut -= 1
    return word[: cut or _BEGINNING]


def _size(groups: Sequence[Sequence[Filter]]) -> int:
    return len(json.dumps(groups))


def _words(title: str) -> Iterator[str]:
    for word in normalized("NFC", title).lower().split():
        bare = word.strip(_AROUND)
        if _WORD.fullmatch(bare) and not any(letters in bare for letters in _JOINED):
            yield bare


def _all(
    client: Client, object: str, groups: Sequence[Sequence[Filter]], properties: Sequence[str]
) -> Iterator[Row]:
    """Every record that fits one of ``groups``, by id: where one question's records are used up, the next
    asks for those with greater ids."""
    request = {
        "properties": ["hs_object_id", *properties],
        "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
        "limit": PAGE,
    }
    seen = 0
    last, after = "", ""
    while True:
        beyond = [{"propertyName": "hs_object_id", "operator": "GT", "value": last}] if last else []
        filters = [{"filters": [*group, *beyond]} for group in groups]
        page = _page(
            client, object, {**request, "filterGroups": filters, **({"after": after} if after else {})}
        )
        yield from page["results"]
        seen += len(page["results"])
        after = _after(page)
        if not after or not page["results"]:
            return
        if seen + PAGE > MOST:
            last, after, seen = str(page["results"][-1]["id"]), "", 0


def _after(page: Mapping[str, Any]) -> str:
    paging = page.get("paging")
    following = paging.get("next") if isinstance(paging, Mapping) else None
    return str(following.get("after") or "") if isinstance(following, Mapping) else ""


def _page(client: Client, object: str, request: Mapping[str, Any]) -> dict[str, Any]:
    answer = client.search(object, request)
    results = answer.get("results")
    if not isinstance(answer.get("total"), int) or not isinstance(results, list):
        raise broken("search")
    if not all(isinstance(row, Mapping) and "id" in row for row in results):
        raise broken("search")
    return answer
