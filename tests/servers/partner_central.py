"""A loopback Partner Central Selling: AWS JSON 1.0 for real boto3 and the real AWS CLI.

Requests are checked and answers shaped with botocore's own service model; answers look like recorded ones
(nulls, nine fractional digits, members that the model does not know). Quotas, paging and errors are those of
the documentation, and the service can be told to misbehave (``Faults``, ``PartnerCentral.script``).

    python -m tests.servers.partner_central --port 8123 --invitations 1000 --faults 0.05
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import orjson

from tests.servers import (
    partner_central_engagements,
    partner_central_invitations,
    partner_central_opportunities,
    partner_central_tasks,
)
from tests.servers.aws_json import AwsJsonServer, Reply, Request, ServiceFault
from tests.servers.errors import denied, invalid, missing, quota_exceeded, wrong
from tests.servers.faults import (
    AFTERWARDS,
    ALL_TRANSIENT,
    CHANGES,
    KINDS,
    LOSSES,
    REFUSALS,
    SPOILERS,
    Faults,
)
from tests.servers.invitations import make_invitations
from tests.servers.listing import Raw, Step
from tests.servers.paging import TokenBucket
from tests.servers.partner_central_account import Account
from tests.servers.service_model import input_shape, operation_model, problems, shaped

__all__ = ["ALL_TRANSIENT", "Faults", "PartnerCentral", "TokenBucket", "make_invitations"]

_NAMESPACE = "com.amazonaws.partnercentralselling#"
_CATALOGS = ("AWS", "Sandbox")
OPERATIONS: dict[str, Callable[[Account, Raw, Step], Raw]] = {
    **partner_central_invitations.OPERATIONS,
    **partner_central_engagements.OPERATIONS,
    **partner_central_opportunities.OPERATIONS,
    **partner_central_tasks.OPERATIONS,
}


class PartnerCentral(AwsJsonServer, Account):
    """The service, as a context manager; attributes, also those of ``Account``, may be changed while it runs.

    ``calls``: requests by operation, also those refused or faulted. ``requests``: the last thousand.
    ``denied_catalogs``, ``denied_operations``: what these credentials may not use.
    """

    target_prefix = "AWSPartnerCentralSelling"

    def __init__(
        self,
        invitations: Iterable[Raw] = (),
        *,
        reads_per_second: float | None = None,
        writes_per_second: float | None = None,
        task_seconds: float = 0.0,
        contacts_seconds: float = 0.0,
        faults: Faults | None = None,
        page_size: int = 100,
        seed: int = 0,
        latency: float = 0.0,
        slow: float = 0.5,
        port: int = 0,
    ) -> None:
        AwsJsonServer.__init__(self, port=port, latency=latency, slow=slow)
        Account.__init__(
            self,
            invitations,
            page_size=page_size,
            seed=seed,
            task_seconds=task_seconds,
            contacts_seconds=contacts_seconds,
        )
        self.calls: Counter[str] = Counter()
        self.requests: deque[Request] = deque(maxlen=1000)
        self.denied_catalogs: set[str] = set()
        self.denied_operations: set[str] = set()
        self.faults = faults
        self._reads, self._writes = TokenBucket(reads_per_second), TokenBucket(writes_per_second)
        self._scripts: defaultdict[str, deque[Step]] = defaultdict(deque)

    # What a test does to the service.

    def reset_calls(self) -> None:
        with self.lock:
            self.calls.clear()

    def script(self, operation: str, steps: Iterable[Step]) -> None:
        """What happens to the next calls of an operation: None (as usual), the name of a fault
        (``tests.servers.faults.KINDS``), or a function that changes the answer. Quotas and random faults do
        not touch scripted calls."""
        steps = list(steps)
        if unknown := {step for step in steps if isinstance(step, str)} - set(KINDS):
            raise ValueError(f"unknown faults: {', '.join(sorted(unknown))}")
        with self.lock:
            self._scripts[operation].extend(steps)

    def expire_tokens(self) -> None:
        """Every page token given so far is no longer good."""
        self.tokens.expire()

    # From a request to a reply.

    def answer(self, request: Request) -> Reply:
        with self.lock:
            self.calls[request.operation] += 1
            self.requests.append(request)
            script = self._scripts[request.operation]
            scripted = bool(script)
            step = script.popleft() if script else None
        if not scripted:
            step = self.faults.draw() if self.faults else None
            if not (self._reads if is_read(request.operation) else self._writes).take():
                step = "throttling"
        if isinstance(step, str) and step in REFUSALS:
            return _refusal(step)
        reply = self._run(request, step)
        if step == AFTERWARDS:
            return _refusal("unavailable_html")
        return _spoilt(reply, step) if isinstance(step, str) and step in SPOILERS else reply

    def _run(self, request: Request, step: Step) -> Reply:
        try:
            answer = self._operate(request, step)
        except ServiceFault as fault:
            return _error(fault)
        return Reply(200, b"" if answer is None else _encode(answer))

    def _operate(self, request: Request, step: Step) -> Raw | None:
        name = request.operation
        operation, model = OPERATIONS.get(name), operation_model(name)
        if operation is None or model is None:
            raise ServiceFault("UnknownOperationException", f"Unknown operation {name}.")
        body = _decode(request.body)
        if wrong := list(problems(input_shape(name), body)):
            raise invalid(wrong)
        self._check_catalog(body["Catalog"], name)
        _refuse_as_scripted(step, name, body)
        with self.lock:
            # What became of invitations does not show in them alone, and there may be very many.
            self.settle(consequences=name not in partner_central_invitations.OPERATIONS)
            made = operation(self, body, step)
            # (Copied and shaped under the lock: another call may change what it is made of.)
            answer: Raw | None = shaped(model.output_shape, made) if model.output_shape else None
        if answer is None:
            return None
        if callable(step):
            return step(answer)
        return CHANGES[step](answer) if isinstance(step, str) and step in CHANGES else answer

    def _check_catalog(self, catalog: str, operation: str) -> None:
        if catalog not in _CATALOGS:
            raise invalid([wrong("Catalog", "INVALID_VALUE", "Catalog must be one of AWS, Sandbox.")])
        if catalog in self.denied_catalogs or operation in self.denied_operations:
            raise denied(operation)


def is_read(operation: str) -> bool:
    """Whether an operation counts against the quota of reads rather than that of writes."""
    return operation.startswith(("Get", "List"))


def _refuse_as_scripted(step: Step, operation: str, body: Raw) -> None:
    if step == "access_denied":
        raise denied(operation)
    if step == "expired_credentials":
        message = "The security token included in the request is expired"
        raise ServiceFault("ExpiredTokenException", message, status=403)
    if step == "not_found":
        raise missing(str(body.get("Identifier")))
    if step == "quota_exceeded":
        raise quota_exceeded()


def _spoilt(reply: Reply, kind: str) -> Reply:
    if reply.status == 200:
        return reply.spoilt(kind)
    return replace(reply, spoiler=kind) if kind in LOSSES else reply


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
    parser.add_argument("--writes-per-second", type=float, default=None)
    parser.add_argument("--task-seconds", type=float, default=0.0, metavar="SECONDS")
    parser.add_argument("--contacts-seconds", type=float, default=0.0, metavar="SECONDS")
    parser.add_argument("--latency", type=float, default=0.0, metavar="SECONDS")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args(arguments)
    server = PartnerCentral(
        make_invitations(chosen.invitations, chosen.seed, catalog=chosen.catalog),
        reads_per_second=chosen.reads_per_second,
        writes_per_second=chosen.writes_per_second,
        task_seconds=chosen.task_seconds,
        contacts_seconds=chosen.contacts_seconds,
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
