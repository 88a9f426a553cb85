"""What bytes from a stranger go through, each ending as documented: a value, or one of our errors with its
place. Anything else that is raised is a bug; so is what takes too long or too much, which the fuzzer sees."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

from connector import yamlfile
from connector.completion import Known, complete
from connector.errors import ConfigurationError, Finding, InputError
from connector.facts import facts_of
from connector.fetch.documents import Format
from connector.fetch.files import _read
from connector.fetch.service_model import mappable
from connector.invitation import Invitation, parse
from connector.map import map_invitation, scope_of
from connector.mapping import expressions
from connector.mapping.bounds import Allowance
from connector.mapping.check import examine
from connector.mapping.expressions import ExpressionError, Problem
from connector.mapping.functions import Functions, Rates, catalogue
from connector.mapping.model import Mapping
from tests.promises.installation import ROOT
from tests.servers.invitations import make_invitations
from tests.walks import example_mapping

FILE = "given.yaml"


@cache
def _invitations() -> list[Invitation]:
    return [parse(raw) for raw in make_invitations(8, seed=2)]


@cache
def _mapping() -> Mapping:
    return example_mapping()


def _document(data: bytes) -> yamlfile.Document | None:
    try:
        return yamlfile.parse(yamlfile._decoded(data, FILE), FILE)
    except ConfigurationError as error:
        assert error.findings
        _check(error.findings, data)
        return None


def _check(findings: Iterable[Finding], data: bytes) -> None:
    lines = data.count(b"\n") + data.count(b"\r") + 1
    for finding in findings:
        at = finding.position
        assert at is not None and at.file == FILE, finding
        assert 1 <= at.line <= lines and at.column >= 1, finding


def of_yaml(data: bytes) -> None:
    document = _document(data)
    if document is not None:
        assert (
            isinstance(document.value, (dict, list, str, bool, int, float, type(None))) or document.value == 0
        )


def of_mapping(data: bytes) -> None:
    document = _document(data)
    if document is None:
        return
    mapping, findings = examine(document, Rates(), None, *mappable())
    _check(findings, data)
    if mapping is not None and mapping.records:
        for invitation in _invitations():
            map_invitation(invitation, mapping)


def of_expression(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    try:
        expression = expressions.compile(text, Functions(Rates()))
    except Problem as problem:
        assert 0 <= problem.offset <= max(len(text), 1), (text, problem.offset)
        assert problem.message
        return
    for invitation in _invitations():
        scope, _ = scope_of(invitation, _mapping())
        with Allowance():
            try:
                expression.evaluate(scope)
            except ExpressionError as error:
                assert str(error)


def of_json(data: bytes) -> None:
    for format in Format:
        for listed in _read(io.BytesIO(data), "given", format):
            if listed.invitation is None:
                assert isinstance(listed.error, InputError) and listed.error.message.startswith("given")
                continue
            map_invitation(listed.invitation, _mapping())
            facts_of(listed.invitation)


def of_completion(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    complete(text, len(text), Known({"Id": None, "Payload": {}}))


TARGETS: dict[str, Callable[[bytes], None]] = {
    "yaml": of_yaml,
    "mapping": of_mapping,
    "expression": of_expression,
    "json": of_json,
    "completion": of_completion,
}


def seeds(target: str) -> list[bytes]:
    """What to begin from: our own files, and the bad ones of the tests."""
    folders: dict[str, Iterable[Path]] = {
        "json": (ROOT / "mappings" / "samples").glob("*.json"),
        "yaml": (ROOT / "tests" / "bad_configs").glob("*.yaml"),
        "expression": (),
    }
    mappings = [*(ROOT / "mappings").glob("*.yaml"), *(ROOT / "tests" / "bad_mappings").glob("*.yaml")]
    found = [path.read_bytes() for path in sorted(folders.get(target, mappings))]
    if target == "expression":
        found = [function.example.encode() for function in catalogue()] + [
            text.encode() for text in (*(e.text for _, e in _mapping().let), *_texts(_mapping()))
        ]
    return found


def _texts(mapping: Mapping) -> Iterable[str]:
    for rule in mapping.records:
        yield rule.key.text
        yield from (field.source.text for field in rule.fields if field.source)


def words() -> list[str]:
    """What the files are made of, for the fuzzer to put together."""
    yaml = [
        "records:",
        "fields:",
        "key: {",
        "let:",
        "when: ",
        "for_each: ",
        "{{ ",
        " }}",
        "&a ",
        "*a",
        "!!",
        "<<: ",
    ]
    jmespath = ["[*]", "[?", " || ", " | ", "@", "`[", "&", "map(&", "to_string(", "sort_by("]
    json = ["\\ud800", "\\u0000", "1e400", '{"Id":"', '"Payload":', "NaN"]
    return [*yaml, *jmespath, *json, *(f"{function.name}(" for function in catalogue())]
