"""Templates: text with expressions in ``{{ }}``."""

from __future__ import annotations

from dataclasses import dataclass

from connector.mapping.syntax import Problem

_LITERAL = "literal braces are written {{ '{{' }} and {{ '}}' }}"


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a template: literal text, or an expression that starts at ``offset`` of the template."""

    text: str
    offset: int
    is_expression: bool


def split(template: str) -> list[Part]:
    """The pieces of a template, in order. Raises Problem for braces that do not pair."""
    parts: list[Part] = []
    at = 0
    while (opening := template.find("{{", at)) >= 0:
        _literal(parts, template, at, opening)
        closing = _closing(template, opening + 2)
        parts.append(Part(template[opening + 2 : closing], opening + 2, True))
        at = closing + 2
    _literal(parts, template, at, len(template))
    return parts


def _literal(parts: list[Part], template: str, start: int, end: int) -> None:
    text = template[start:end]
    stray = text.find("}}")
    if stray >= 0:
        raise Problem(start + stray, "a }} without a {{ before it", _LITERAL)
    if text:
        parts.append(Part(text, start, False))


def _closing(template: str, start: int) -> int:
    """Where the ``}}`` stands that ends the expression: not one in its quotes or inner braces."""
    depth, at, quote = 0, start, ""
    while at < len(template):
        character = template[at]
        if quote:
            if character == "\\":
                at += 1
            elif character == quote:
                quote = ""
        elif character in "'\"`":
            quote = character
        elif character == "{":
            depth += 1
        elif character == "}" and depth:
            depth -= 1
        elif template.startswith("}}", at):
            return at
        at += 1
    message = f"a quote {quote} is not closed in this {{{{ }}}}" if quote else "a {{ is not closed with }}"
    raise Problem(start - 2, message, _LITERAL)
