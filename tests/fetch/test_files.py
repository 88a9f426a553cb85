"""Invitations from files: every format, every kind of damage, and what is left out."""

from __future__ import annotations

import gzip
import io
import json
import logging
import os
import tempfile
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from connector.errors import ConfigurationError, InputError
from connector.fetch import Listed, Selection
from connector.fetch.files import Files
from tests.servers.invitations import make_invitations

ALL = Selection()
COUNT = 7
PLAIN: list[dict[str, Any]] = json.loads(orjson.dumps(make_invitations(COUNT, seed=3)))
IDS = [raw["Id"] for raw in PLAIN]


def yaml(value: Any, indent: int = 0, *, bare: bool = False) -> str:
    """A value as block YAML. ``bare`` text has no quotes where it may do without."""
    pad = "  " * indent
    if isinstance(value, dict) and value:
        return "".join(f"{pad}{key}:" + _nested(item, indent + 1, bare=bare) for key, item in value.items())
    return "".join(f"{pad}-" + _nested(item, indent + 1, bare=bare) for item in value)


def _nested(value: Any, indent: int, *, bare: bool) -> str:
    if isinstance(value, (dict, list)) and value:
        return "\n" + yaml(value, indent, bare=bare)
    return f" {value}\n" if bare and isinstance(value, str) else f" {json.dumps(value)}\n"


def entries(directory: Path, path: str = "x.json", selection: Selection = ALL) -> list[Listed]:
    return list(Files(path, directory).list(selection))


def write(directory: Path, content: str | bytes, name: str = "x.json") -> Path:
    path = directory / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def good(listed: list[Listed]) -> list[str]:
    return [entry.id for entry in listed if entry.invitation is not None]


def bad(listed: list[Listed]) -> dict[str, str]:
    """The errors by the id they are listed under."""
    errors = {entry.id: entry.error.message for entry in listed if entry.error is not None}
    assert len(errors) + len(good(listed)) == len(listed), "every entry is one of both, under its own id"
    for place, message in errors.items():
        assert message.startswith(f"{place}: "), "an error names its place"
    return errors


PRETTY = json.dumps(PLAIN, indent=4)
FORMATS = {
    "list.json": PRETTY,
    "compact.json": json.dumps(PLAIN),
    "appended.json": "\n".join(json.dumps(raw, indent=4) for raw in PLAIN),
    "glued.json": "".join(json.dumps(raw) for raw in PLAIN),
    "glued-lists.json": json.dumps(PLAIN[:3]) + json.dumps(PLAIN[3:]),
    "lines.json": "\n".join(json.dumps(raw) for raw in PLAIN),
    "lines.ndjson": "\n\n".join(json.dumps(raw) for raw in PLAIN) + "\n",
    "windows.jsonl": "\r\n".join(json.dumps(raw) for raw in PLAIN),
    "pretty.ndjson": "\n".join(json.dumps(raw, indent=2) for raw in PLAIN),
    "list.yaml": yaml(PLAIN),
    "documents.yml": "# appended\n---\n" + "---\n".join(yaml(raw) for raw in PLAIN) + "...\n",
}


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gzip"])
def test_every_format_gives_the_same_invitations(name: str, encoding: str, tmp_path: Path) -> None:
    content = FORMATS[name]
    encoded = gzipped(content) if encoding == "gzip" else content.encode(encoding)
    write(tmp_path, encoded, name)

    listed = entries(tmp_path, name)

    assert bad(listed) == {}
    assert [entry.invitation and entry.invitation.raw for entry in listed] == PLAIN
    first = listed[0]
    assert (first.id, first.status, first.payload_type) == (
        PLAIN[0]["Id"], PLAIN[0]["Status"], PLAIN[0]["PayloadType"]
    )  # fmt: skip
    assert first.digest
    assert Files("", tmp_path).get(first) is first.invitation


@pytest.mark.parametrize("name", FORMATS)
def test_standard_input_takes_them_all(name: str, tmp_path: Path) -> None:
    for stream in (io.BytesIO(FORMATS[name].encode()), io.BytesIO(gzipped(FORMATS[name]))):
        listed = list(Files("-", tmp_path, stdin=stream).list(ALL))
        assert good(listed) == IDS
        assert not stream.closed, "standard input is not ours to close"


def test_places_are_where_an_invitation_begins(tmp_path: Path) -> None:
    write(tmp_path, json.dumps(PLAIN[:2], indent=4))
    write(tmp_path, "".join(json.dumps(raw) for raw in PLAIN[2:4]), "y.json")
    write(tmp_path, "\n".join(json.dumps(raw) for raw in PLAIN[4:6]), "z.ndjson")
    sources = [entry.invitation.source for entry in entries(tmp_path, ".") if entry.invitation]
    second = json.dumps(PLAIN[:2], indent=4).split("\n    {")[:2]
    line = sum(part.count("\n") + 1 for part in second) + 1
    assert sources == [
        "x.json:2:5",
        f"x.json:{line}:5",
        "y.json:1",
        f"y.json:1:{len(json.dumps(PLAIN[2])) + 1}",
        "z.ndjson:1",
        "z.ndjson:2",
    ]


# Bad input


def gzipped(text: str) -> bytes:
    """The same at any time: tests are named after it."""
    return gzip.compress(text.encode(), mtime=0)


def one(**members: Any) -> str:
    return json.dumps({"Id": "engi-0000000000001", "Status": "PENDING", **members})


BAD_FILES: list[tuple[str, str | bytes, str, str]] = [
    # name, content, place, what the message says
    ("empty.json", "", "empty.json:1", "it is empty"),
    ("blank.ndjson", "\n \n", "blank.ndjson:1", "it is empty"),
    ("comment.yaml", "# nothing\n", "comment.yaml:1", "it is empty"),
    ("cut.json", PRETTY[:200], "cut.json", "cut off here"),
    ("cut.json", one()[:-1], "cut.json:1:49", "cut off here"),
    ("open.json", f"[{one()}, ", "open.json:1:53", "ends inside a list"),
    ("comma.json", '{\n  "Id": "a",\n}', "comma.json:3", "not JSON"),
    ("nan.json", '{"Id": "a", "Score": NaN}', "nan.json:1", "NaN is not JSON"),
    ("nul.json", '{"Id": "a\0"}', "nul.json:1:10", "not JSON: Invalid control character"),
    ("bytes.json", b'{"Id": "a\xff"}', "bytes.json:1", "not UTF-8"),
    ("deep.json", "[" * 100_000, "deep.json", "nested too deeply"),
    ("text.json", '"engi-1"', "text.json:1", "not an invitation: an object is wanted"),
    ("null.json", "null", "null.json:1", "not an invitation: an object is wanted"),
    ("element.json", '["engi-1"]', "element.json:1:2", "not an invitation: an object is wanted"),
    ("id.json", '{"Status": "PENDING"}', "id.json:1", "without Id"),
    ("id.json", '{"Id": null, "Status": "PENDING"}', "id.json:1", "without Id"),
    ("id.json", '{"Id": 7, "Status": "PENDING"}', "id.json:1", "without Id"),
    ("list.ndjson", f"[{one()}]", "list.ndjson:1", "not an invitation: an object is wanted"),
    ("opportunity.json", '{"Id": "O1", "LifeCycle": {}}', "opportunity.json:1", "neither Status nor Payload"),
    ("summary.json", one(ParticipantType="RECEIVER"), "summary.json:1", "a listing's summary"),
    ("listing.json", '{"EngagementInvitationSummaries": []}', "listing.json:1", "a listing's summary"),
    ("event.json", '{"detail-type": "Engagement Invitation Created"}', "event.json:1", "without Id"),
    ("cut.json.gz", gzipped(one())[:-9], "cut.json.gz", "gzip file is cut off or damaged"),
    ("other.json.gz", b"\x1f\x8bnot really", "other.json.gz", "gzip file is cut off or damaged"),
    ("half.json", one().encode("utf-16")[:-1], "half.json", "not UTF-8"),
    ("tab.yaml", "Id: a\nPayload:\n\tCustomer: b\n", "tab.yaml:3", "a tab where YAML wants spaces"),
    ("twice.yaml", "Id: a\nStatus: b\nId: c\n", "twice.yaml:3", "'Id' stands twice"),
    ("tag.yaml", "Id: !!python/object:os.system a\n", "tag.yaml:1:5", "tags are not read"),
    ("key.yaml", "? [a, b]\n: c\n", "key.yaml:1:3", "a key that is no text"),
    ("bell.yaml", "Id: \x07\n", "bell.yaml:1", "control characters"),
    ("bracket.yaml", "Id: [a\n", "bracket.yaml", "not YAML"),
    ("beyond.yaml", 'Id: "\\U00110000"\n', "beyond.yaml", "escapes of what is no character"),
    ("deep.yaml", "a: " + "[" * 5000, "deep.yaml:1:53", "levels deep"),
    ("list.yaml", f"- {one()}\n- engi-1\n", "list.yaml:2:3", "not an invitation: an object is wanted"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "place", "message"), BAD_FILES)
def test_bad_files_say_what_and_where(
    name: str, content: str | bytes, place: str, message: str, tmp_path: Path
) -> None:
    write(tmp_path, content, name)
    errors = bad(entries(tmp_path, name))
    assert len(errors) == 1
    ((at, text),) = errors.items()
    assert message in text
    assert at == place or (":" not in place and at.startswith(place))


def test_a_yaml_bomb_is_refused_where_it_is_lit(tmp_path: Path) -> None:
    lines = ['a: &a ["lol", "lol", "lol", "lol", "lol", "lol", "lol", "lol", "lol"]']
    lines += [f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)]
    write(tmp_path, "\n".join(lines), "bomb.yaml")
    tracemalloc.start()
    errors = bad(entries(tmp_path, "bomb.yaml"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert list(errors) == ["bomb.yaml:1:4"]
    assert "anchors and aliases are not read" in errors["bomb.yaml:1:4"]
    assert peak < 5_000_000


SAMPLE = json.dumps(PLAIN[0], indent=4)
REST = [json.dumps(raw, indent=4) for raw in PLAIN[1:]]
SPOILT = {
    "cut off": SAMPLE[: len(SAMPLE) // 2],
    "cut off in a text": SAMPLE[: SAMPLE.index("PENDING" if "PENDING" in SAMPLE else "Catalog") + 3],
    "a comma too many": SAMPLE[:-2] + ",\n}",
    "not closed": SAMPLE[:-1],
    "a word": "oops",
    "not UTF-8": SAMPLE.replace('"Catalog"', '"Cat\udcffalog"'),
    "no object": "12",
    "no Id": '{\n    "Status": "PENDING"\n}',
}


@pytest.mark.parametrize("how", SPOILT)
@pytest.mark.parametrize("place", ["first", "middle"])
def test_one_bad_document_of_an_appended_file_costs_no_other(how: str, place: str, tmp_path: Path) -> None:
    parts = [SPOILT[how], *REST] if place == "first" else [*REST[:2], SPOILT[how], *REST[2:]]
    write(tmp_path, "\n".join(parts).encode("utf-8", "surrogateescape"))
    listed = entries(tmp_path)
    assert good(listed) == IDS[1:]
    assert len(bad(listed)) == 1


@pytest.mark.parametrize("how", ["a comma too many", "not UTF-8", "no object", "no Id", "a word"])
def test_one_bad_element_of_a_list_costs_no_other(how: str, tmp_path: Path) -> None:
    elements = [*REST[:2], SPOILT[how], *REST[2:]]
    text = ",\n".join(elements)
    content = "[\n" + "\n".join(f"    {line}" for line in text.split("\n")) + "\n]\n"
    write(tmp_path, content.encode("utf-8", "surrogateescape"))
    listed = entries(tmp_path)
    assert good(listed) == IDS[1:]
    assert len(bad(listed)) == 1


@pytest.mark.parametrize("how", SPOILT)
def test_one_bad_line_costs_no_other(how: str, tmp_path: Path) -> None:
    lines = [json.dumps(raw) for raw in PLAIN[1:]]
    lines.insert(2, SPOILT[how].replace("\n", " "))
    content = "\n".join(lines).encode("utf-8", "surrogateescape")
    write(tmp_path, content, "x.ndjson")
    for listed in (
        entries(tmp_path, "x.ndjson"),
        list(Files("-", tmp_path, stdin=io.BytesIO(content)).list(ALL)),
    ):
        assert good(listed) == IDS[1:]
        (place,) = bad(listed)
        assert place.split(":")[1] == "3"


def test_one_bad_yaml_document_costs_no_other(tmp_path: Path) -> None:
    documents = [yaml(raw) for raw in PLAIN]
    documents.insert(3, "Id: [\n")
    write(tmp_path, "---\n".join(documents), "x.yaml")
    listed = entries(tmp_path, "x.yaml")
    assert good(listed) == IDS
    assert len(bad(listed)) == 1


def test_what_was_whole_before_the_cut_goes_on(tmp_path: Path) -> None:
    for content in (PRETTY, json.dumps(PLAIN), FORMATS["appended.json"]):
        write(tmp_path, content[:-60])
        listed = entries(tmp_path)
        assert good(listed) == IDS[:-1]
        (message,) = bad(listed).values()
        assert "cut off" in message


def test_errors_hold_none_of_the_content(tmp_path: Path) -> None:
    secret = "Very Secret Customer"
    for content in (
        '{"Id": "a", "CompanyName": "%s"',
        '{"Id": "a", "CompanyName": %s}',
        '{"CompanyName": "%s"}',
        '["%s"]',
    ):
        write(tmp_path, content % secret)
        write(tmp_path, content % secret, "y.yaml")
        for message in bad(entries(tmp_path, ".")).values():
            assert secret not in message


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["x.json", "x.ndjson", "x.yaml", "x.bin", "x.json.gz"]))
def test_no_bytes_whatever_end_the_run(content: bytes, name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), content, name)
        bad(entries(Path(folder), name))


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(PRETTY)), st.integers(0, 30))
@example(742, 24)  # a value is cut off, and the next one begins where that is seen
def test_damage_anywhere_is_reported(at: int, length: int) -> None:
    """Whatever is cut out of a file: each invitation is listed as it was, or there is an error."""
    content = PRETTY[:at] + PRETTY[at + length :]
    listed = list(Files("-", Path(), stdin=io.BytesIO(content.encode())).list(ALL))
    whole = {raw["Id"]: raw for raw in PLAIN}
    lost = [id_ for id_ in IDS if id_ not in good(listed)]
    changed = [
        entry for entry in listed
        if entry.invitation and entry.invitation.raw != whole.get(entry.invitation.id)
    ]  # fmt: skip
    # A cut may leave valid JSON that says something else; it can never lose an invitation in silence.
    assert not lost or bad(listed) or changed


def test_a_line_without_end_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connector.fetch.documents.LARGEST", 20_000)
    lines = [json.dumps(PLAIN[0]), '"' + "x" * 50_000, json.dumps(PLAIN[1])]
    write(tmp_path, "\n".join(lines), "x.ndjson")
    listed = entries(tmp_path, "x.ndjson")
    assert good(listed) == IDS[:2]
    assert bad(listed) == {"x.ndjson:2": "x.ndjson:2: a line of more than 20,000 bytes"}


# YAML is text


def test_yaml_scalars_stay_the_text_they_are(tmp_path: Path) -> None:
    values = {
        "Id": "engi-0000000000001", "Status": "PENDING", "CountryCode": "NO", "InvitationDate":
        "2026-03-06T09:05:00.457306587Z", "Amount": "1234567890123456789012345678901.20", "SourceId": "1e3",
        "Duns": "0123", "Grouped": "1_000", "Date": "2027-04-01", "Sexagesimal": "12:30:45", "Hex": "0x1F",
        "On": "on", "Yes": "yes", "Dot": ".5", "Inf": ".inf",
    }  # fmt: skip
    write(
        tmp_path,
        yaml(values, bare=True) + "Nothing: null\nTilde: ~\nBlank:\nFlag: true\nText: 'null'\n",
        "x.yaml",
    )
    (listed,) = entries(tmp_path, "x.yaml")
    assert listed.invitation is not None
    assert listed.invitation.raw == {
        **values, "Nothing": None, "Tilde": None, "Blank": None, "Flag": True, "Text": "null"
    }  # fmt: skip


# Which files


def test_a_folder_is_read_by_name_with_its_sub_folders(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    order = ["b.json", "c.ndjson", "d.YAML", "e.json.gz", "2024/a.json", "2025/q1/a.yml"]
    for name, raw in zip(order, PLAIN, strict=False):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        content = yaml(raw) if path.suffix.lower() in (".yaml", ".yml") else json.dumps(raw)
        path.write_bytes(gzipped(content) if path.suffix == ".gz" else content.encode())
    for name in ("README.md", ".hidden.json", "golden/sql/a.json", ".git/a.json"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("not an invitation")

    with caplog.at_level(logging.INFO):
        listed = entries(tmp_path, ".")

    assert good(listed) == IDS[: len(order)]
    assert bad(listed) == {}
    (record,) = caplog.records
    assert "README.md" in record.message


def test_globs(tmp_path: Path) -> None:
    for name, raw in zip(("2024/a.json", "2024/b.json", "2025/a.json", "2025/x/a.json"), PLAIN, strict=False):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(json.dumps(raw))
    (tmp_path / "2024" / "notes.txt").write_text("notes")
    (tmp_path / "2024" / ".hidden.json").write_text("hidden")

    def ids(path: str) -> list[int]:
        listed = entries(tmp_path, path)
        assert bad(listed) == {}
        return [IDS.index(id_) for id_ in good(listed)]

    assert ids("*/a.json") == [0, 2]
    assert ids("202[45]/*.json") == [0, 1, 2]
    assert ids("2024/*") == [0, 1]
    assert ids("*") == [0, 1, 2, 3]
    assert ids("**/a.json") == [0, 2, 3]
    assert ids(f"{tmp_path}/2025/**/*.json") == [2, 3]
    assert ids("2024/../2025/*.json") == [2]
    (tmp_path / "all.txt").write_text(json.dumps(PLAIN[5]))
    assert ids("*.txt") == [5], "an ending that is asked for is read"
    (tmp_path / "[1].json").write_text(json.dumps(PLAIN[6]))
    assert ids("[1].json") == [6], "a name is a name before it is a glob"


def test_a_path_that_names_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for path in ("missing.json", "missing/", "*.json", "missing/**/*.json"):
        with pytest.raises(ConfigurationError) as error:
            entries(tmp_path, path)
        assert str(tmp_path) in error.value.message
        assert error.value.hint
    assert entries(tmp_path, ".") == []
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_what_is_no_file_is_reported_and_does_not_hang(tmp_path: Path) -> None:
    write(tmp_path, SAMPLE, "good.json")
    os.mkfifo(tmp_path / "fifo.json")
    (tmp_path / "loop.json").symlink_to("loop.json")
    (tmp_path / "gone.json").symlink_to("nowhere.json")
    (tmp_path / "link.json").symlink_to("good.json")
    (tmp_path / "around").symlink_to(tmp_path, target_is_directory=True)
    listed = entries(tmp_path, ".")
    assert good(listed) == [IDS[0], IDS[0]], "a link to a file counts, a link to a folder does not"
    errors = bad(listed)
    assert set(errors) == {"fifo.json", "loop.json", "gone.json"}
    assert "not a regular file" in errors["fifo.json"]
    assert "cannot be read" in errors["loop.json"]
    assert list(bad(entries(tmp_path, "fifo.json"))) == ["fifo.json"]


def test_a_name_that_is_not_utf_8_is_told_as_text(tmp_path: Path) -> None:
    for name in (b"caf\xe9.json", b"caf\xe8.json"):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_bytes(b"")
    write(tmp_path, json.dumps(PLAIN[0]))
    found = entries(tmp_path, ".")
    assert good(found) == IDS[:1]
    assert list(bad(found)) == [r"caf\xe8.json:1", r"caf\xe9.json:1"]
    assert all(str(entry.error).isascii() for entry in found if entry.error)


def test_a_file_without_permission_costs_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, SAMPLE, "a.json")
    write(tmp_path, REST[0], "b.json")
    (tmp_path / "shut").mkdir()
    opened, scandir = Path.open, os.scandir

    def refuse(path: Any) -> None:
        if Path(path).name in ("a.json", "shut"):
            raise PermissionError(13, "Permission denied", str(path))

    def open_(self: Path, *arguments: Any, **options: Any) -> Any:
        refuse(self)
        return opened(self, *arguments, **options)

    def scan(path: Any) -> Any:
        refuse(path)
        return scandir(path)

    monkeypatch.setattr(Path, "open", open_)
    monkeypatch.setattr(os, "scandir", scan)
    listed = entries(tmp_path, ".")
    assert good(listed) == [IDS[1]]
    assert bad(listed) == {
        "a.json": "a.json: cannot be read: Permission denied",
        "shut": "shut: cannot be read: Permission denied",
    }


# Which invitations


def raw(number: int, **members: Any) -> dict[str, Any]:
    return {"Id": f"engi-{number}", "Status": "PENDING", "PayloadType": "LeadInvitation", **members}


CHOICE = [
    raw(1, InvitationDate="2026-01-01T00:00:00Z", EngagementId="eng-1", SenderAwsAccountId="aws"),
    raw(2, InvitationDate="2026-01-02T00:00:00.000000000Z", Status="ACCEPTED", Arn="arn:aws:2"),
    raw(3, InvitationDate="2026-01-03T00:00:00Z", PayloadType="OpportunityInvitation"),
    raw(4, InvitationDate=None, Status="ON_HOLD", PayloadType=None),
]


def moment(day: int) -> datetime:
    return datetime(2026, 1, day, tzinfo=UTC)


@pytest.mark.parametrize(
    ("selection", "numbers"),
    [
        (Selection(), [1, 2, 3, 4]),
        (Selection(ids=("engi-3", "arn:aws:2")), [2, 3]),
        (Selection(statuses=("ACCEPTED", "ON_HOLD")), [2, 4]),
        (Selection(payload_types=("LeadInvitation",)), [1, 2]),
        (Selection(engagements=("eng-1",)), [1]),
        (Selection(senders=("aws",)), [1]),
        (Selection(since=moment(2)), [2, 3, 4]),
        (Selection(until=moment(2)), [1, 4]),
        (Selection(since=moment(2), until=moment(3)), [2, 4]),
        (Selection(limit=2), [1, 2]),
        (Selection(limit=1, statuses=("ACCEPTED",)), [2]),
        (Selection(limit=0), []),
        (Selection(ids=("engi-9",)), []),
    ],
)
def test_selection(selection: Selection, numbers: list[int], tmp_path: Path) -> None:
    write(tmp_path, json.dumps(CHOICE))
    assert good(entries(tmp_path, selection=selection)) == [f"engi-{number}" for number in numbers]


def test_errors_are_listed_whatever_is_selected(tmp_path: Path) -> None:
    """Nobody can say that what could not be read was not the one asked for."""
    write(tmp_path, one()[:-1])
    assert bad(entries(tmp_path, selection=Selection(ids=("engi-9",), statuses=("ACCEPTED",))))


def test_what_boto3_adds_is_no_change(tmp_path: Path) -> None:
    for request in ("a", "b"):
        write(tmp_path, one(ResponseMetadata={"RequestId": request}), f"{request}.json")
    first, second = entries(tmp_path, ".")
    assert first.digest == second.digest


def test_what_was_listed_with_an_error_cannot_be_got(tmp_path: Path) -> None:
    write(tmp_path, "{")
    source = Files("x.json", tmp_path, catalog="Sandbox")
    (listed,) = source.list(ALL)
    with pytest.raises(InputError):
        source.get(listed)
    assert source.calls() == {}
    assert source.catalog == "Sandbox"
    assert source.concurrency == 1
    source.close()


@pytest.mark.parametrize("name", ["many.ndjson", "many.json", "list.json"])
def test_memory_does_not_grow_with_the_file(name: str, tmp_path: Path) -> None:
    def peak(copies: int) -> int:
        lines = [orjson.dumps(raw) for raw in PLAIN] * copies
        content = b"[" + b",".join(lines) + b"]" if name == "list.json" else b"\n".join(lines)
        write(tmp_path, content, name)
        tracemalloc.start()
        count = sum(entry.invitation is not None for entry in Files(name, tmp_path).list(ALL))
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert count == copies * COUNT
        return used

    assert peak(600) < peak(200) + 500_000
