"""``--output yaml`` of the AWS CLI 2: ruamel.yaml's safe dump in block style, members sorted.

The AWS CLI bundles libyaml's emitter, which is no dependency of ours: ruamel's own is made to quote and fold
text as libyaml does.
"""

from __future__ import annotations

import re
from typing import Any, TextIO

from ruamel.yaml import YAML
from ruamel.yaml.emitter import Emitter

_SHORT = {"\0": "0", "\a": "a", "\b": "b", "\t": "t", "\n": "n", "\v": "v", "\f": "f", "\r": "r", "\x1b": "e"}
_SHORT |= {'"': '"', "\\": "\\", "\x85": "N", "\u2028": "L", "\u2029": "P"}
_BREAKS = ("\n", "\u2028", "\u2029")
_NOT_PRINTED = re.compile('[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]|["\\\\]')


class _LibyamlEmitter(Emitter):
    """Writes scalars as libyaml 0.2.5 does: fewer double quotes, other folds, long words where they stand."""

    hidden: re.Pattern[str] | None = None  # characters to be escaped besides those that YAML escapes

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.unicode_supplementary = False  # libyaml escapes what lies beyond U+FFFF

    def analyze_scalar(self, scalar: Any) -> Any:
        analysis = super().analyze_scalar(scalar)
        analysis.allow_double_quoted = False  # where single quotes can do it; else they are the last resort
        if "\x85" in scalar or (self.hidden and self.hidden.search(scalar)):
            analysis.allow_flow_plain = analysis.allow_block_plain = False
            analysis.allow_single_quoted = analysis.allow_block = False
        return analysis

    def write_plain(self, text: str, split: bool = True) -> None:
        if text and not self.whitespace:
            self._put(" ")
        for index, character in enumerate(text):
            if self._folds(text, index, split) and text[index + 1] != " ":
                self.write_indent()
            else:
                self._put(character)
        self.whitespace = self.indention = False

    def write_single_quoted(self, text: str, split: bool = True) -> None:
        self.write_indicator("'", True)
        for index, character in enumerate(text):
            if character in _BREAKS:
                if character == "\n" and text[index - 1 : index] not in _BREAKS:
                    self.write_line_break()  # a single newline would be read as a space
                self.write_line_break(None if character == "\n" else character)
                continue
            if index and text[index - 1] in _BREAKS:
                self.write_indent()
            if self._folds(text, index, split) and text[index + 1] != " ":
                self.write_indent()
            else:
                self._put("''" if character == "'" else character)
        if text[-1:] in _BREAKS:
            self.write_indent()
        self.write_indicator("'", False)

    def write_double_quoted(self, text: str, split: bool = True) -> None:
        """Escapes as short as YAML has them."""
        self.write_indicator('"', True)
        for index, character in enumerate(text):
            if self._folds(text, index, split):
                self.write_indent()
                if text[index + 1] == " ":
                    self._put("\\")
            else:
                self._put(self._escaped(character))
        self.write_indicator('"', False)

    def _folds(self, text: str, index: int, split: bool) -> bool:
        """Whether a line ends here: at the first space beyond the width that is inside the text."""
        inside = 0 < index < len(text) - 1 and text[index] == " " != text[index - 1]
        return split and inside and self.column > self.best_width

    def _escaped(self, character: str) -> str:
        if not _NOT_PRINTED.match(character) and not (self.hidden and self.hidden.match(character)):
            return character
        if character in _SHORT:
            return "\\" + _SHORT[character]
        code = ord(character)
        return f"\\x{code:02X}" if code < 0x100 else f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"

    def _put(self, text: str) -> None:
        self.column += len(text)
        self.stream.write(text)


def dump(answer: Any, stream: TextIO, hidden: re.Pattern[str] | None = None) -> None:
    """Writes a list or structure. Text with ``hidden`` characters is double-quoted, and they are escaped."""
    yaml = YAML(typ="safe", pure=True)
    yaml.Emitter = type("_Emitter", (_LibyamlEmitter,), {"hidden": hidden})
    yaml.encoding = None  # type: ignore[assignment]  # text, not bytes
    yaml.default_flow_style = False
    yaml.dump(answer, stream)
