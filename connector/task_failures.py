"""Why AWS's tasks fail, in plain words: what it means, and what to do about it.

The codes are the service model's ``ReasonCode``. AWS's own messages are left out: they quote account ids and
values. (https://docs.aws.amazon.com/partner-central/latest/APIReference/API_StartEngagementByAcceptingInvitationTask.html)
"""

from __future__ import annotations

import re

_ACCESS = "allow these credentials the IAM actions of docs/decisions.md, then decide again"
_LATER = "decide again later"
_LOOK = "look at it in Partner Central"

# Code -> what happened, what to do.
_WORDS = {
    "InvitationAccessDenied": ("these credentials may not accept the invitation", _ACCESS),
    "InvitationValidationFailed": (
        "AWS does not let the invitation be accepted as it stands: it may have expired",
        _LOOK,
    ),
    "EngagementInvitationConflict": ("the invitation was changed or answered at the same time", _LATER),
    "EngagementAccessDenied": ("these credentials may not see the engagement", _ACCESS),
    "EngagementValidationFailed": ("AWS finds the engagement not fit for it", _LOOK),
    "EngagementConflict": ("the engagement was changed at the same time", _LATER),
    "OpportunityAccessDenied": ("these credentials may not create or change opportunities", _ACCESS),
    "OpportunityValidationFailed": (
        "what AWS shares is not enough for an opportunity, or not as one must be",
        _LOOK,
    ),
    "OpportunityConflict": ("the opportunity was changed at the same time", _LATER),
    "OpportunitySubmissionFailed": ("the opportunity was made but could not be submitted to AWS", _LOOK),
    "ResourceSnapshotJobAccessDenied": (
        "these credentials may not share the opportunity with AWS by a snapshot job",
        _ACCESS,
    ),
    "ResourceSnapshotJobValidationFailed": ("AWS does not accept the job that would share it", _LOOK),
    "ResourceSnapshotJobConflict": ("another job is already sharing the opportunity", _LATER),
    "ResourceSnapshotAccessDenied": (
        "these credentials may not make the snapshot that shares the opportunity",
        _ACCESS,
    ),
    "ResourceSnapshotValidationFailed": ("AWS does not accept what would be shared", _LOOK),
    "ResourceSnapshotConflict": ("the opportunity was being shared already", _LATER),
    "ServiceQuotaExceeded": (
        "a quota of the partner account is used up",
        "close what is not needed any more, or ask AWS for a higher quota",
    ),
    "RequestThrottled": ("too many calls came at once from this account", _LATER),
    "InternalError": ("AWS had a fault of its own", _LATER),
    "ContextNotFound": ("the engagement has no such lead (any more)", _LOOK),
    "CustomerProjectContextNotPermitted": ("it is a customer's project already, and no lead", _LOOK),
    "DisqualifiedLeadNotPermitted": (
        "the lead is disqualified, and AWS makes no opportunity of such",
        "qualify it in Partner Central first",
    ),
}


def describe(code: str) -> str:
    """A failure's code in words, with what to do next. A code that is not known yet is named as it is."""
    if code in _WORDS:
        return "; ".join(_WORDS[code])
    named = re.sub(r"\W", "", code)[:60]
    return f"AWS gives the reason {named}; {_LOOK}" if named else f"AWS gives no reason; {_LOOK}"
