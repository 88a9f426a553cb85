"""A loopback Partner Central Selling: AWS JSON 1.0 for real boto3 and the real AWS CLI.

Requests are checked and answers shaped with botocore's own service model; answers look like recorded ones
(nulls, nine fractional digits, members that the model does not know). Quotas, paging and errors are those of
the documentation, and the service can be told to misbehave (``Faults``, ``PartnerCentral.script``).

    python -m tests.servers.partner_central --port 8123 --invitations 1000 --faults 0.05
"""

from __future__ import annotations

import argparse
import functools
import hashlib
import heapq
import json
import sys
import threading
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import orjson
from botocore.model import StructureShape

from tests.servers.aws_json import AwsJsonServer, Reply, Request, ServiceFault
from tests.servers.errors import bad_token, denied, invalid, missing, wrong
from tests.servers.faults import ALL_TRANSIENT, CHANGES, KINDS, PAGES, REFUSALS, SPOILERS, Faults, kept
from tests.servers.invitations import make_invitations
from tests.servers.paging import PageTokens, Place, TokenBucket
from tests.servers.service_model import input_shape, output_shape, problems, service_model, shaped

__all__ = ["ALL_TRANSIENT", "Faults", "PartnerCentral", "TokenBucket", "make_invitations"]

Raw = dict[str, Any]
Step = str | Callable[[Raw], Raw] | None
_NAMESPACE = "com.amazonaws.partnercentralselling#"
_CATALOGS = ("AWS", "Sandbox")


class PartnerCentral(AwsJsonServer):
    """The service, as a context manager; attributes may be changed while it runs.

    ``invitations``: id -> raw answer of GetEngagementInvitation. ``calls``: requests by operation, also those
    refused or faulted. ``requests``: the last thousand. ``vanished``: ids that are listed, but not there any
    more. ``denied``: ids that these credentials may not get. ``denied_catalogs``: likewise. ``sent``: ids of
    invitations that this partner sent (ParticipantType SENDER). ``tokens``: the page tokens,
    with their ``lifetime`` in seconds.
    """

    target_prefix = "AWSPartnerCentralSelling"

    def __init__(
        self,
        invitations: Iterable[Raw] = (),
        *,
        reads_per_second: float | None = None,
        faults: Faults | None = None,
        page_size: int = 100,
        seed: int = 0,
        latency: float = 0.0,
        slow: float = 0.5,
        port: int = 0,
    ) -> None:
        super().__init__(port=port, latency=latency, slow=slow)
        self.invitations: dict[str, Raw] = {raw["Id"]: raw for raw in invitations}
        self.calls: Counter[str] = Counter()
        self.requests: deque[Request] = deque(maxlen=1000)
        self.vanished: set[str] = set()
        self.denied: set[str] = set()
        self.denied_catalogs: set[str] = set()
        self.sent: set[str] = set()
        self.faults, self.page_size, self.tokens = faults, page_size, PageTokens(seed)
        self._reads = TokenBucket(reads_per_second)
        self._scripts: defaultdict[str, deque[Step]] = defaultdict(deque)
        self._lock = threading.RLock()
        # Later operations join here: name -> method that takes the checked request and gives the answer.
        self.operations: dict[str, Callable[[Raw, Step], Raw]] = {
            "GetEngagementInvitation": self._get_engagement_invitation,
            "ListEngagementInvitations": self._list_engagement_invitations,
        }

    # What a test does to the service.

    def put(self, raw: Raw) -> None:
        """Adds or replaces an invitation, also in mid-listing."""
        with self._lock:
            self.invitations[raw["Id"]] = raw

    def reset_calls(self) -> None:
        with self._lock:
            self.calls.clear()

    def script(self, operation: str, steps: Iterable[Step]) -> None:
        """What happens to the next calls of an operation: None (as usual), the name of a fault
        (``tests.servers.faults.KINDS``), or a function that changes the answer. Quotas and random faults do
        not touch scripted calls."""
        steps = list(steps)
        if unknown := {step for step in steps if isinstance(step, str)} - set(KINDS):
            raise ValueError(f"unknown faults: {', '.join(sorted(unknown))}")
        with self._lock:
            self._scripts[operation].extend(steps)

    def expire_tokens(self) -> None:
        """Every page token given so far is no longer good."""
        self.tokens.expire()

    # From a request to a reply.

    def answer(self, request: Request) -> Reply:
        with self._lock:
            self.calls[request.operation] += 1
            self.requests.append(request)
            script = self._scripts[request.operation]
            scripted = bool(script)
            step = script.popleft() if script else None
        if not scripted:
            step = self.faults.draw() if self.faults else None
            if not self._reads.take():
                step = "throttling"
        if isinstance(step, str) and step in REFUSALS:
            return _refusal(step)
        reply = self._run(request, step)
        return reply.spoilt(step) if isinstance(step, str) and step in SPOILERS else reply

    def _run(self, request: Request, step: Step) -> Reply:
        try:
            answer = self._operate(request, step)
        except ServiceFault as fault:
            return _error(fault)
        return Reply(200, _encode(answer))

    def _operate(self, request: Request, step: Step) -> Raw:
        operation = self.operations.get(request.operation)
        if operation is None:
            raise ServiceFault("UnknownOperationException", f"Unknown operation {request.operation}.")
        body = _decode(request.body)
        if wrong := list(problems(input_shape(request.operation), body)):
            raise invalid(wrong)
        self._check_catalog(body["Catalog"], request.operation)
        answer = shaped(output_shape(request.operation), operation(body, step))
        if callable(step):
            return step(answer)
        return CHANGES[step](answer) if isinstance(step, str) and step in CHANGES else answer

    def _check_catalog(self, catalog: str, operation: str) -> None:
        if catalog not in _CATALOGS:
            raise invalid([wrong("Catalog", "INVALID_VALUE", "Catalog must be one of AWS, Sandbox.")])
        if catalog in self.denied_catalogs:
            raise denied(operation)

    # The operations.

    def _get_engagement_invitation(self, body: Raw, step: Step) -> Raw:
        catalog, identifier = body["Catalog"], body["Identifier"]
        raw = self.invitations.get(identifier.rpartition("/")[2])
        if raw is None or raw.get("Catalog") != catalog or identifier not in (raw["Id"], raw.get("Arn")):
            raise missing(identifier)
        if raw["Id"] in self.denied or step == "access_denied":
            raise denied("GetEngagementInvitation")
        if raw["Id"] in self.vanished or step == "not_found":
            raise missing(identifier)
        return raw

    def _list_engagement_invitations(self, body: Raw, step: Step) -> Raw:
        if step == "access_denied":
            raise denied("ListEngagementInvitations")
        newest_first = (body.get("Sort") or {}).get("SortOrder") != "ASCENDING"
        query = _fingerprint(body)
        after = self._cursor(body.get("NextToken"), query, step)
        found = self._select(body, after, newest_first)
        limit = min(body.get("MaxResults") or self.page_size, self.page_size)
        # One more than asked for says whether there is a next page.
        order = heapq.nlargest if newest_first else heapq.nsmallest
        page = order(limit + 1, found)
        shown = page[: kept(step if isinstance(step, str) else None, min(limit, len(page)))]
        more = len(page) > limit or step in PAGES
        last = shown[-1] if shown else after
        if step == "repeated_page" and after and after[1] in self.invitations:
            shown = [after, *shown]
        return {
            "EngagementInvitationSummaries": [self._summary(identifier) for _, identifier in shown],
            "NextToken": self.tokens.seal(last, query) if more else None,
        }

    def _cursor(self, token: str | None, query: str, step: Step) -> Place | None:
        if step == "expired_token":
            raise bad_token("expired")
        return None if token is None else self.tokens.open(token, query)

    def _select(self, body: Raw, after: Place | None, newest_first: bool) -> list[Place]:
        """Position (date, id) of every invitation that the filters leave, beyond the one listed last."""
        with self._lock:
            candidates = list(self.invitations.values())
        found = [_position(raw) for raw in candidates if self._matches(raw, body)]
        if after is None:
            return found
        return [at for at in found if (at < after if newest_first else at > after)]

    def _matches(self, raw: Raw, body: Raw) -> bool:
        def chosen(name: str, *values: Any) -> bool:
            return not body.get(name) or any(value in body[name] for value in values if value)

        engagement = raw.get("EngagementId")
        arn = f"arn:aws:partnercentral:us-east-1::catalog/{raw.get('Catalog')}/engagement/{engagement}"
        return (
            raw.get("Catalog") == body["Catalog"]
            and (raw["Id"] in self.sent) == (body["ParticipantType"] == "SENDER")
            and chosen("Status", raw.get("Status"))
            and chosen("PayloadType", raw.get("PayloadType"))
            and chosen("EngagementIdentifier", engagement, arn)
            and chosen("SenderAwsAccountId", raw.get("SenderAwsAccountId"))
        )

    def _summary(self, identifier: str) -> Raw:
        raw = self.invitations[identifier]
        participant = "SENDER" if identifier in self.sent else "RECEIVER"
        return {name: raw.get(name) for name in _summary_members()} | {"ParticipantType": participant}


@functools.cache
def _summary_members() -> tuple[str, ...]:
    shape = service_model().shape_for("EngagementInvitationSummary")
    assert isinstance(shape, StructureShape)
    return tuple(shape.members)


def _position(raw: Raw) -> Place:
    """Where an invitation stands in a listing. Fractions come with up to nine digits: pad them to compare."""
    moment, _, fraction = str(raw.get("InvitationDate") or "").rstrip("Z").partition(".")
    return f"{moment}.{fraction:0<9}", raw["Id"]


def _fingerprint(body: Raw) -> str:
    filters = {name: value for name, value in body.items() if name not in ("NextToken", "MaxResults")}
    return hashlib.sha256(orjson.dumps(filters, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


def _decode(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise ServiceFault("SerializationException", "The request is not JSON.") from None


def _encode(answer: Mapping[str, Any]) -> bytes:
    try:
        return orjson.dumps(answer, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # lone surrogates, which only JSON's escapes can carry
        return json.dumps(answer, sort_keys=True).encode()


def _error(fault: ServiceFault) -> Reply:
    body = {"__type": _NAMESPACE + fault.code, "Message": fault.message, **fault.members}
    return Reply(fault.status, _encode(body), {"x-amzn-ErrorType": fault.code})


def _refusal(kind: str) -> Reply:
    status, code, message = REFUSALS[kind]
    if code:
        return _error(ServiceFault(code, message, status=status))
    if kind == "too_many_requests":
        return Reply(status, message.encode(), {"Retry-After": "1"}, "application/json")
    return Reply(status, message.encode(), {}, "text/html")


def main(arguments: list[str] | None = None) -> None:
    """Runs the service until interrupted; its URL is the first line on stdout."""
    parser = argparse.ArgumentParser(prog="python -m tests.servers.partner_central")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--invitations", type=int, default=100, metavar="N")
    parser.add_argument("--catalog", choices=_CATALOGS, default="Sandbox")
    parser.add_argument(
        "--faults", type=float, default=0.0, metavar="RATE", help="0.05 spoils 5 %% of answers"
    )
    parser.add_argument("--reads-per-second", type=float, default=None)
    parser.add_argument("--latency", type=float, default=0.0, metavar="SECONDS")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args(arguments)
    server = PartnerCentral(
        make_invitations(chosen.invitations, chosen.seed, catalog=chosen.catalog),
        reads_per_second=chosen.reads_per_second,
        faults=Faults(chosen.faults, seed=chosen.seed) if chosen.faults else None,
        latency=chosen.latency,
        port=chosen.port,
    )
    with server:
        print(server.url, flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print("stopped", file=sys.stderr)


if __name__ == "__main__":
    main()
