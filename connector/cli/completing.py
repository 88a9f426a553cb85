"""Completion at the prompt of ``query``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from connector.cli.text import visible
from connector.mapping.suggest import suggest


class ExpressionCompleter(Completer):
    """Completes members of ``trees``, and functions. See ``connector.mapping.suggest``."""

    def __init__(self, trees: Sequence[Any]) -> None:
        self.trees = trees

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:  # noqa: ARG002
        for found in suggest(document.text_before_cursor, self.trees):
            yield Completion(
                found.text, -found.replaces, display=visible(found.text), display_meta=found.meaning
            )
