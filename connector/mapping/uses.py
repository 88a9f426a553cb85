"""What a mapping looks at beside the invitation itself."""

from __future__ import annotations

from collections.abc import Iterator

from connector.mapping.model import Expression, Mapping
from connector.mapping.syntax import names_at_root

# Members that stand beside the invitation's own once it is accepted, each the answer of the operation.
MEMBERS = {
    "Engagement": "GetEngagement",
    "Opportunity": "GetOpportunity",
    "AwsOpportunity": "GetAwsOpportunitySummary",
}


def uses(mapping: Mapping) -> frozenset[str]:
    """Those of ``MEMBERS`` that an expression of ``mapping`` names: what nobody names need not be fetched."""
    named = {
        name["value"]
        for expression in _expressions(mapping)
        if expression.tree
        for name in names_at_root(dict(expression.tree))
    }
    return frozenset(named.intersection(MEMBERS))


def _expressions(mapping: Mapping) -> Iterator[Expression]:
    for _, expression in mapping.let:
        yield expression
    for rule in mapping.records:
        yield from filter(None, (rule.when, rule.for_each, rule.key))
        yield from rule.match.title.values()
        yield from rule.match.narrow.values()
        for field in rule.fields:
            yield from filter(None, (field.source,))
            yield from (part for part in field.template or () if isinstance(part, Expression))
