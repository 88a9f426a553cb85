"""Bytes -> JSON and YAML values, each with its place. One bad value costs as little of the rest as it can.

JSON may be one document, a list, documents one after the other (CLI output appended to a file many times), or
one to a line; YAML may be several documents. Lists give their elements. Memory is bounded by the largest
value, not by the file.
"""

from __future__ import annotations

import codecs
import gzip
import io
import json
import re
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import BinaryIO, TextIO, cast

from connector.fetch.values import LARGEST, NOTHING, Document
from connector.fetch.yaml_values import yaml_values
from connector.invitation import decode

_FIRST_LINE = 1024 * 1024
_CHUNK = 256 * 1024
_BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


class Format(Enum):
    """What a file holds; UNKNOWN is told from its first character."""

    JSON = "JSON"
    LINES = "NDJSON"
    YAML = "YAML"
    UNKNOWN = ""


def documents(binary: BinaryIO, format: Format) -> Iterator[Document]:
    """The values in ``binary``, unpacked if it is gzip; an error when there is nothing at all. What
    PowerShell writes (UTF-16 with a byte order mark) is read as well.

    Raises OSError, EOFError, zlib.error (a broken gzip) and UnicodeError when reading itself cannot go on.
    """
    # A file and standard input are buffered; what a test or a program hands over may not be.
    buffered = hasattr(binary, "peek")
    stream = cast(io.BufferedReader, binary if buffered else io.BufferedReader(cast(io.RawIOBase, binary)))
    try:
        if stream.peek(2)[:2] == b"\x1f\x8b":
            yield from _documents(cast(io.BufferedReader, gzip.GzipFile(fileobj=stream)), format)
        else:
            yield from _documents(stream, format)
    finally:
        if not buffered:
            stream.detach()  # the stream is the caller's to close


def _documents(stream: io.BufferedReader, format: Format) -> Iterator[Document]:
    head = stream.peek(4)
    encoding = next((name for mark, name in _BOMS.items() if head.startswith(mark)), "")
    if format == Format.LINES and not encoding and not _pretty(head):
        yield from json_lines(stream)
        return
    # Escaped, a byte that is not UTF-8 costs the value that it is in, and no other.
    errors = "strict" if encoding == "utf-16" else "surrogateescape"
    text = io.TextIOWrapper(stream, encoding or "utf-8", errors=errors, newline="\n")
    try:
        yield from _text_documents(text, format)
    finally:
        text.detach()


def _text_documents(text: TextIO, format: Format) -> Iterator[Document]:
    first = text.readline(_FIRST_LINE)
    if format == Format.UNKNOWN:
        format = Format.JSON if first.lstrip()[:1] in ("{", "[") else Format.YAML
    if format == Format.YAML:
        yield from yaml_values(_chain(first, text))
    elif not _pretty(first.encode("utf-8", "replace")) and (format == Format.LINES or _complete(first)):
        yield from json_lines(_Encoded(_chain(first, text)))
    else:
        yield from _JsonValues(text, first)


def _pretty(first: bytes) -> bool:
    """Whether a first line only opens what the next lines hold: then values do not stand one to a line."""
    return first.split(b"\n", 1)[0].strip() in (b"{", b"[")


def _complete(line: str) -> bool:
    try:
        return isinstance(decode(_encode(line)), dict)
    except ValueError:
        return False


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _chain(first: str, text: TextIO) -> Iterator[str]:
    if not first.endswith("\n"):
        first += text.readline(LARGEST)
    yield first
    while line := text.readline(LARGEST + 1):
        yield line


class _Encoded:
    """Lines of text in the place of a binary stream's."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)

    def readline(self, limit: int) -> bytes:  # noqa: ARG002 - the lines are cut already
        return _encode(next(self._lines, ""))


# NDJSON


def json_lines(stream: io.BufferedReader | _Encoded) -> Iterator[Document]:
    """A value from every line that is not blank."""
    number, empty, readline = 0, True, stream.readline
    while line := readline(LARGEST + 1):
        number += 1
        if len(line) > LARGEST:
            empty = False
            yield Document(None, number, error=f"a line of more than {LARGEST:,} bytes")
            while line and not line.endswith(b"\n"):
                line = readline(LARGEST + 1)
            continue
        if line.isspace():
            continue
        empty = False
        try:
            yield Document(decode(line.rstrip()), number)
        except ValueError as error:
            yield _not_json(error, number, 1)
    if empty:
        yield NOTHING


def _not_json(error: ValueError, line: int, column: int) -> Document:
    """``error`` at its own place in a value that begins at ``line`` and ``column``. It quotes nothing."""
    if isinstance(error, json.JSONDecodeError):
        column = error.colno + (column - 1 if error.lineno == 1 else 0)
        return Document(None, line + error.lineno - 1, column, f"not JSON: {error.msg}")
    reason = "not UTF-8 text" if isinstance(error, UnicodeError) else f"not JSON: {error}"
    return Document(None, line, column, reason)


# JSON documents and lists


_SPACE = re.compile(r"[ \t\r\n\ufeff]*")
_scan = json.JSONDecoder().raw_decode


class _JsonValues:
    """Values one after the other, and the elements of lists, from a text of any length."""

    def __init__(self, text: TextIO, head: str) -> None:
        self._text = text
        self._buffer, self._at = head, 0
        self._line, self._column = 1, 1  # of self._at
        self._lost = False  # the way: after trouble, nothing more could be told apart

    def __iter__(self) -> Iterator[Document]:
        in_list, empty = False, True
        while char := self._next():
            empty = False
            if char == ("]" if in_list else "["):
                in_list = not in_list
                self._advance(self._at + 1)
            elif char == "," and in_list:
                self._advance(self._at + 1)
            else:
                yield self._value()
        if in_list and not self._lost:
            yield Document(None, self._line, self._column, "the file ends inside a list: it was cut off")
        if empty:
            yield NOTHING

    def _next(self) -> str:
        """The character that the next value or punctuation begins with; "" at the end."""
        while True:
            space = _SPACE.match(self._buffer, self._at)
            self._advance(space.end() if space else self._at)
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if not self._more():
                return ""

    def _value(self) -> Document:
        line, column = self._line, self._column
        try:
            end = self._end()
        except (json.JSONDecodeError, RecursionError) as error:
            return self._bad(error)
        text = _encode(self._buffer[self._at : end])
        self._advance(end)
        try:
            return Document(decode(text), line, column)
        except ValueError as error:
            return _not_json(error, line, column)

    def _end(self) -> int:
        """Where the value here ends. Text that does not parse may only want more of the file."""
        while True:
            try:
                return _scan(self._buffer, self._at)[1]
            except json.JSONDecodeError:
                if not self._more():
                    raise

    def _bad(self, error: Exception) -> Document:
        """What is wrong with the value here. Reading goes on at the next line that begins just as it does:
        in what the CLI or any pretty printer writes, that is the next value."""
        position = error.pos if isinstance(error, json.JSONDecodeError) else self._at
        begun, (line, column) = (self._line, self._column), self._position(position)
        again = "\n" + " " * (self._column - 1) + "{"
        rest = len(self._buffer.rstrip())
        self._lost = not self._find(again)
        if not self._lost and line >= self._line:  # it was cut off, and ends with the "{" of the next one
            line, column = begun
        if isinstance(error, RecursionError):
            reason = "not JSON: nested too deeply"
        elif position >= rest or str(error).startswith("Unterminated string"):
            reason = "the JSON is cut off here"
        else:
            reason = f"not JSON: {cast(json.JSONDecodeError, error).msg}"
        return Document(
            None, line, column, f"{reason}; nothing after it could be read" if self._lost else reason
        )

    def _find(self, mark: str) -> bool:
        """Go to just after the line end that ``mark`` begins with; to the end of the text without one."""
        start = self._at + 1
        while (index := self._buffer.find(mark, start)) < 0:
            self._advance(max(self._at, len(self._buffer) - len(mark)))
            start = self._at
            if not self._more():
                self._advance(len(self._buffer))
                return False
            start = self._at
        self._advance(index + 1)
        return True

    def _more(self) -> bool:
        """Read on, at least as much as is at hand, so that parsing again and again stays cheap."""
        rest = self._buffer[self._at :]
        chunk = self._text.read(max(_CHUNK, len(rest))) if len(rest) < LARGEST else ""
        if chunk:
            self._buffer, self._at = rest + chunk, 0
        return bool(chunk)

    def _advance(self, to: int) -> None:
        (self._line, self._column), self._at = self._position(to), to

    def _position(self, of: int) -> tuple[int, int]:
        lines = self._buffer.count("\n", self._at, of)
        if lines:
            return self._line + lines, of - self._buffer.rfind("\n", self._at, of)
        return self._line, self._column + of - self._at
