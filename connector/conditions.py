"""What chooses invitations to be decided about: JMESPath, as in a mapping, and held to the service's model.

A decision cannot be taken back. So a name that is misspelt is an error here: what is not there is null, and
``!(Payload.OportunityInvitation)`` would be true for all.
"""

from __future__ import annotations

import logging

from connector.fetch.engagements import fits_rejection, rejection_reasons
from connector.fetch.service_model import enum_values, member_facts, member_tree
from connector.mapping import expressions
from connector.mapping.functions import Functions, Rates
from connector.mapping.members import Follower
from connector.mapping.model import Expression
from connector.mapping.nearest import did_you_mean
from connector.mapping.places import Known, Names
from connector.mapping.syntax import Problem, names_at_root
from connector.mapping.uses import MEMBERS

log = logging.getLogger(__name__)


def compiled(text: str, rates: Rates | None = None) -> Expression:
    """``text`` as an expression over an invitation. Raises ValueError with what is wrong with it."""
    try:
        expression = expressions.compile(text, Functions(rates or Rates()))
    except Problem as problem:
        hint = f" ({problem.hint})" if problem.hint else ""
        raise ValueError(f"is no good at character {problem.offset + 1}: {problem.message}{hint}") from None
    tree = member_tree()
    for name in names_at_root(dict(expression.tree or {})):
        # AWS may add members, which all begin with a capital; ours beside it are for mappings alone.
        if not name["value"][:1].isupper() or name["value"] in MEMBERS:
            raise ValueError(f"names {name['value']!r}, which no invitation has")
    follower = Follower(Known(enum_values(), member_facts()))
    follower.follow(expression, Names(tree))
    for finding in follower.findings:
        if finding.severity == "error":
            raise ValueError(f"leads nowhere: {finding}")
        log.warning("%s: %s", text, finding)
    return expression


def check_rejection(reason: str) -> str:
    """``reason`` as AWS documents it, whatever its case. Raises ValueError when AWS knows no such reason."""
    known = rejection_reasons()
    for each in known:
        if each.casefold() == reason.strip().casefold():
            return each
    if known:
        raise ValueError(f"is no reason that AWS knows ({did_you_mean(reason, known)})")
    if not fits_rejection(reason):
        raise ValueError("is no reason that AWS takes: 1 to 80 characters on one line")
    return reason
