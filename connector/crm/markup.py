"""Text in fields that hold markup: shown as just that text, and read as a person sees it."""

from __future__ import annotations

import html
from html.parser import HTMLParser
from typing import Any

_BLOCKS = frozenset(
    ("p", "div", "li", "tr", "ul", "ol", "table", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6")
)


def to_markup(text: str) -> str:
    """``text`` as a field of type html shows it as just that text."""
    return "<p>" + html.escape(text, quote=False).replace("\r\n", "\n").replace("\n", "<br>") + "</p>"


def from_markup(markup: str) -> str | None:
    """The text that a person sees in ``markup``."""
    reader = _Text()
    reader.feed(markup)
    reader.close()
    return "".join(reader.parts).strip() or None


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def handle_starttag(self, tag: str, attrs: Any) -> None:  # noqa: ARG002
        if tag == "br":
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        # A line break at a block's end is the block's own: an editor's blank line is <p><br></p>.
        if tag in _BLOCKS and self.parts and not self.parts[-1].endswith("\n"):
            self.parts.append("\n")
