"""JMESPath's grammar, as a tree that remembers where each name stands.

The grammar is jmespath's own; a tree is its AST, with ``start`` added to fields, literals and function calls.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any, ClassVar

from jmespath import ast, exceptions, parser

MAX_LENGTH = 5_000  # far above any mapping's expression, far below what exhausts the stack
MAX_DEPTH = 100

Tree = dict[str, Any]


class Problem(Exception):
    """What is wrong with an expression; ``offset`` counts characters from its start."""

    def __init__(self, offset: int, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.offset = offset
        self.message = message
        self.hint = hint


class _Parser(parser.Parser):  # type: ignore[misc]
    """jmespath's parser; it passes the place of each name on to the tree, and wants the commas."""

    _CACHE: ClassVar[dict[str, Any]] = {}

    def _token_nud_literal(self, token: dict[str, Any]) -> Tree:
        return {**ast.literal(token["value"]), "start": token["start"]}

    def _token_nud_unquoted_identifier(self, token: dict[str, Any]) -> Tree:
        return {**ast.field(token["value"]), "start": token["start"]}

    def _token_nud_quoted_identifier(self, token: dict[str, Any]) -> Tree:
        if self._current_token() == "lparen":
            raise Problem(token["start"], "a function's name stands without quotes")
        return {**ast.field(token["value"]), "start": token["start"]}

    def _token_led_lparen(self, left: Tree) -> Tree:
        if left["type"] != "field":
            raise Problem(self._lookahead_token(-1)["start"], "a '(' that follows no function's name")
        arguments: list[Tree] = []
        while self._current_token() != "rparen":
            if arguments:
                self._match("comma")
            arguments.append(self._expression())
        self._match("rparen")
        return {**ast.function_expression(left["value"], arguments), "start": left["start"]}


def parse(text: str) -> Tree:
    """The tree of an expression. Raises Problem when it is not JMESPath."""
    if not text.strip():
        raise Problem(0, "an expression is empty")
    if len(text) > MAX_LENGTH:
        raise Problem(0, f"an expression of more than {MAX_LENGTH:,} characters")
    try:
        with warnings.catch_warnings():
            # `text` in backticks without quotes is what AWS users write: deprecated, and still the grammar.
            warnings.simplefilter("ignore", PendingDeprecationWarning)
            return _shallow(_Parser().parse(text).parsed)
    except exceptions.LexerError as error:
        raise _lexical(error, text) from None
    except exceptions.ParseError as error:
        if error.lex_position >= len(text):
            raise _unfinished(text) from None
        message = f"{_shown(error.token_value)} cannot stand here"
        raise Problem(error.lex_position, message, _advice(error)) from None
    except RecursionError:
        raise Problem(0, "the expression is nested too deeply") from None
    except (IndexError, ValueError):
        raise Problem(0, "this is not JMESPath") from None


def _shallow(tree: Tree) -> Tree:
    """``tree``, unless it is so deep that evaluating it could exhaust the stack, or can never work."""
    level = [tree]
    for _ in range(MAX_DEPTH):
        if not level:
            return tree
        if any(node["type"] == "slice" and node["children"][2] == 0 for node in level):
            raise Problem(0, "a slice cannot have the step 0")
        level = [child for node in level if node["type"] != "slice" for child in node["children"]]
    raise Problem(0, "the expression is nested too deeply", "split it with let")


def _lexical(error: exceptions.LexerError, text: str) -> Problem:
    at = min(error.lexer_position, len(text) - 1)
    character = text[at]
    if "Unclosed" in error.message:
        return Problem(at, f"the quote {character} is opened and never closed", f"close it with {character}")
    if character == "=":
        return Problem(at, "a single = compares nothing", "write ==")
    if character == "`":
        return Problem(at, "what stands in backticks is not JSON", "text goes in single quotes: 'text'")
    if character == "-":
        return Problem(at, "JMESPath does not calculate", "names with a - in them need double quotes")
    return Problem(at, f"{_shown(character)} cannot stand here", _CHARACTERS.get(character))


_CHARACTERS = {
    "+": "JMESPath does not calculate; texts are put together with a template or join()",
    "/": "JMESPath does not calculate",
    "%": "JMESPath does not calculate",
    "$": "the invitation itself is @",
    "?": "a filter stands in brackets: list[?name == 'x']",
    "“": "use straight quotes",
    "”": "use straight quotes",
    "‘": "use straight quotes",
    "’": "use straight quotes",
}


def _advice(error: exceptions.ParseError) -> str | None:
    kind = (error.token_type or "").lower()
    if kind in ("unquoted_identifier", "literal", "number"):
        return "an operator (. || && == ,) is missing before it, or text lacks its single quotes"
    if kind in ("rparen", "rbracket", "rbrace"):
        return "something is missing before it, or it closes what was never opened"
    if kind == "flatten":
        return "write [*] or [0] after a list"
    return None


def _unfinished(text: str) -> Problem:
    hint = "something is missing at its end"
    for opening, closing in ("()", "[]", "{}"):
        if text.count(opening) > text.count(closing):
            hint = f"a {opening} is not closed with {closing}"
    return Problem(max(len(text.rstrip()) - 1, 0), "the expression ends too early", hint)


def _shown(token: object) -> str:
    text = str(token)
    return f"'{text:.20}'" if text.isprintable() else "a character that cannot be shown"


def names_at_root(tree: Tree) -> Iterator[Tree]:
    """The fields of a tree that are looked up in the scope itself: not those behind a dot, a pipe, a
    projection or in a filter, which belong to what stands before them."""
    kind, children = tree["type"], tree["children"]
    if kind == "field":
        yield tree
    elif kind == "expref":
        return
    elif kind in _FIRST_ONLY:
        yield from names_at_root(children[0])
    else:
        for child in children:
            yield from names_at_root(child)


def calls(tree: Tree) -> Iterator[Tree]:
    """Every function call in a tree."""
    if tree["type"] == "function_expression":
        yield tree
    if tree["type"] != "slice":
        for child in tree["children"]:
            yield from calls(child)


_FIRST_ONLY = {
    "subexpression",
    "pipe",
    "index_expression",
    "projection",
    "value_projection",
    "filter_projection",
}
