"""Prints an API answer as the AWS CLI does.

``--output json``, ``text`` and ``table`` byte for byte as version 1 does into a pipe; ``yaml``, which that
version lacks, as version 2 does; ``--query`` as both do.

Sources: the AWS CLI User Guide, "Setting the output format" and "Filtering output"; what is not written there
was compared with awscli 1.46 (``tests/cli/test_aws_output.py``) and 2.9.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal

import jmespath
from jmespath.exceptions import JMESPathError

from connector.cli.aws_table import table
from connector.errors import UsageError

Output = Literal["json", "yaml", "text", "table"]

# What moves a cursor, rings, or turns the reading direction: C0, DEL, C1, line separators, bidi, BOM.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def render(response: Any, output: Output, operation: str, *, escape: bool = False, width: int = 80) -> str:
    """The text that the AWS CLI prints for an answer, with its last newline; nothing for an empty one.

    ``operation`` ("GetEngagementInvitation") is the title of a table, ``width`` the columns of the terminal
    (80 where there is none): wider tables turn their single-row sections upright. ``escape``, for a terminal:
    control characters in the answer are shown as escapes and do nothing. Lone surrogates, over which the
    AWS CLI stops, come out as JSON's escapes or U+FFFD.

    Raises UsageError for what a table or text cannot show (the AWS CLI stops with a traceback there).
    """
    if output == "json":
        return _json(response, escape)
    answer = _replaced(response, _SURROGATE, lambda _: "\ufffd")
    if output == "yaml":
        return _yaml(answer, escape)
    if escape:
        answer = _replaced(answer, _CONTROL, _visible)
    try:
        return text(answer) if output == "text" else table(answer, operation, width)
    except (AttributeError, TypeError, ValueError, IndexError):
        message = f"--output {output} cannot show lists of unlike things"
        raise UsageError(
            message, hint="use --output json, or a --query that gives rows of one kind"
        ) from None


def render_pages(
    pages: Iterable[Mapping[str, Any]],
    next_token: str | None,
    expression: str | None = None,
    *,
    escape: bool = False,
) -> str:
    """``--output text`` of a paginated operation: page by page, ``--query`` on each, as the User Guide warns.

    ``next_token``: where a listing cut by ``--max-items`` goes on, or None.
    """
    answers = [*pages, *([{"NextToken": {"NextToken": next_token}}] if next_token else [])]
    return "".join(
        render(answer if expression is None else query(answer, expression), "text", "", escape=escape)
        for answer in answers
    )


def query(response: Any, expression: str) -> Any:
    """What ``--query`` selects. Raises UsageError for what is no JMESPath or cannot be evaluated."""
    try:
        return jmespath.search(expression, response)
    except JMESPathError as error:
        raise UsageError(f"--query {expression}: {error}", hint="see https://jmespath.org") from None


def _json(response: Any, escape: bool) -> str:
    if response == {}:
        return ""
    printed = json.dumps(response, indent=4, ensure_ascii=False, default=_moment) + "\n"
    printed = _SURROGATE.sub(_json_escape, printed)
    # json.dumps escapes C0 itself; the newlines left are its own.
    return (
        _CONTROL.sub(lambda found: "\n" if found[0] == "\n" else _json_escape(found), printed)
        if escape
        else printed
    )


def _moment(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"no JSON for a {type(value).__name__}")


def _json_escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def _visible(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()


def _replaced(value: Any, pattern: re.Pattern[str], replacement: Any) -> Any:
    if isinstance(value, str):
        return pattern.sub(replacement, value)
    if isinstance(value, list):
        return [_replaced(item, pattern, replacement) for item in value]
    if isinstance(value, dict):
        return {
            _replaced(key, pattern, replacement): _replaced(item, pattern, replacement)
            for key, item in value.items()
        }
    return value


def text(answer: Any) -> str:
    """Tab-separated lines: a structure's scalars, sorted by name, then its lists and structures.

    Each line of a member is led by the member's name in capitals.
    """
    return "".join("\t".join(line) + "\n" for line in _lines(answer, None, None))


def _lines(value: Any, name: str | None, columns: list[str] | None) -> Iterable[list[str]]:
    label = [] if name is None else [name.upper()]
    if isinstance(value, dict):
        yield from _structure_lines(value, label, columns)
    elif isinstance(value, list):
        yield from _list_lines(value, name, label)
    else:
        yield [str(value)]


def _structure_lines(
    value: dict[str, Any], label: list[str], columns: list[str] | None
) -> Iterable[list[str]]:
    if columns is None:
        columns = _scalar_names([value])
    if columns:
        yield [*label, *(str(value.get(column, "")) for column in columns)]
    for member in sorted(value.keys() - set(columns)):
        yield from _lines(value[member], member, None)


def _list_lines(value: list[Any], name: str | None, label: list[str]) -> Iterable[list[str]]:
    if any(isinstance(item, dict) for item in value):
        columns = _scalar_names(value)
        for item in value:
            yield from _lines(item, name, columns)
        return
    scalars = [str(item) for item in value if not isinstance(item, list)]
    if label:
        yield from ([*label, scalar] for scalar in scalars)
    elif scalars:
        yield scalars
    for item in value:
        if isinstance(item, list):
            yield from _lines(item, name, None)


def _scalar_names(structures: list[dict[str, Any]]) -> list[str]:
    """Names that hold a scalar in any of them: the columns they share, so that rows line up."""
    return sorted(
        {name for item in structures for name, value in item.items() if not isinstance(value, (dict, list))}
    )


def _yaml(answer: Any, escape: bool) -> str:
    if answer == {}:
        return ""
    if answer is None or isinstance(answer, (str, int, float, datetime)):
        return _json(answer, escape)
    from connector.cli.aws_yaml import dump  # ruamel.yaml takes its time to import

    stream = io.StringIO()
    dump(answer, stream, _CONTROL if escape else None)
    return stream.getvalue()
