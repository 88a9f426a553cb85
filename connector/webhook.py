"""A notice to a webhook: Slack's, or one that takes plain JSON."""

from __future__ import annotations

import json
from typing import Any, Literal

import requests

from connector.errors import RefusedError
from connector.insecure import warn_of_plain_http
from connector.notify import Notice, text

Form = Literal["slack", "json"]
TIMEOUT = (5.0, 10.0)  # seconds to connect, and for an answer


def body(notice: Notice, form: Form) -> dict[str, Any]:
    """What a webhook is sent. Slack's markup in a text is made harmless, as its documentation has it:
    https://api.slack.com/reference/surfaces/formatting#escaping"""
    if form == "json":
        return ({"tenant": notice.tenant} if notice.tenant else {}) | {
            topic: [{"invitation": id_, "reason": reason} for id_, reason in entries]
            for topic, entries in notice.about.items()
        }
    plain = text(notice)
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        plain = plain.replace(character, entity)
    return {"text": f"Partner Central\n{plain}", "mrkdwn": False}


def post(url: str, notice: Notice, form: Form) -> None:
    """Raises RefusedError when that did not work; its words do not hold the url, which is a secret."""
    warn_of_plain_http("notify.webhook.url", url)
    try:
        answer = requests.post(
            url,
            data=json.dumps(body(notice, form)),  # in ASCII, which has a word for anything
            headers={"Content-Type": "application/json"},
            timeout=TIMEOUT,
            allow_redirects=False,
            stream=True,  # the answer's body is of no interest, and may take for ever
        )
        with answer:
            failed = answer.status_code >= 300  # a redirection leads to a login page, not to a reader
            code = f"HTTPError {answer.status_code}" if failed else ""
    except (requests.RequestException, ValueError) as error:  # the latter of what is no url
        code = type(error).__name__
    if code:
        raise RefusedError(code, service="webhook", operation="POST", code=code)
