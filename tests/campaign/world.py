"""The same story for an installation in trouble and for its twin: invitations arrive, change and are joined
by others; sales has opened an opportunity by hand, and edits what it likes."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from tests.campaign.books import Book, OrgBook, SqlBook
from tests.campaign.process import Forked
from tests.promises.installation import ROOT
from tests.servers.invitations import make_invitations
from tests.servers.partner_central import PartnerCentral
from tests.servers.salesforce import Salesforce

Raw = dict[str, Any]
SourceName = Literal["files", "partner_central"]
CrmName = Literal["sql", "salesforce"]
RETRY = {"attempts": 12, "deadline": 60, "base": 0.01, "cap": 0.1}
LATE = 0.5  # seconds after which an answer comes too late
FAR = "2999-01-01T00:00:00Z"


@dataclass(frozen=True)
class Story:
    """``first``: the invitations as they are at the beginning; ``then``: as they are later, with new ones.
    ``by_hand``: title and company of an opportunity that sales opens before AWS's invitation to it comes."""

    first: list[Raw]
    then: list[Raw]
    by_hand: tuple[str, str]


def between(told: Story) -> list[Raw]:
    """The later invitations as they were for a moment: what is in ``keep`` fields was otherwise."""
    moment = copy.deepcopy(told.then)
    for raw in moment:
        raw |= {"EngagementTitle": "For a moment", "InvitationMessage": "For a moment, it was this."}
        for spend in deal(raw).get("Project", {}).get("ExpectedCustomerSpend", ()):
            spend["Amount"] = "123.45"
    return moment


def deal(raw: Raw) -> Raw:
    found: Raw = raw["Payload"].get("OpportunityInvitation") or {}
    return found


def story(seed: int, size: int = 40, *, steady: bool = False) -> Story:
    """``size`` invitations; a quarter come later, and unless it is ``steady``, a third of the others were
    PENDING at first."""
    rng = random.Random(seed)
    then = modest(make_invitations(size, seed=seed))
    for raw in then:
        if raw["Status"] == "PENDING":
            raw["ExpirationDate"] = FAR
    hand = next(raw for raw in reversed(then) if deal(raw))
    hand |= {"Status": "ACCEPTED", "RejectionReason": None}
    by_hand = f"Opened by hand, no. {seed}", f"By Hand {seed} Ltd."
    deal(hand)["Project"]["Title"], deal(hand)["Customer"]["CompanyName"] = by_hand
    deal(hand)["Customer"]["WebsiteUrl"] = f"https://by-hand-{seed}.example.com"
    first = copy.deepcopy([raw for raw in then[: size * 3 // 4] if raw is not hand])
    for raw in first:
        if not steady and rng.random() < 1 / 3:
            raw |= {"Status": "PENDING", "RejectionReason": None}
    return Story(first, then, by_hand)


def modest(raws: list[Raw]) -> list[Raw]:
    """With amounts that every field holds, in currencies that have a rate."""
    for raw in raws:
        for spend in deal(raw).get("Project", {}).get("ExpectedCustomerSpend", ()):
            spend["Amount"] = spend["Amount"][:9]
            spend["CurrencyCode"] = "USD"
    return raws


class World:
    """An installation with the services around it. ``service`` and ``org`` are None where there is none;
    ``book`` reads the CRM, ``secrets`` may be on no log."""

    def __init__(
        self,
        folder: Path,
        crm: CrmName,
        service: PartnerCentral | None,
        org: Salesforce | None,
        settings: Mapping[str, Any],
    ) -> None:
        folder.mkdir(parents=True)
        self.folder, self.service, self.org = folder, service, org
        self.secrets: list[str] = []
        mapping = str(ROOT / "mappings" / f"{crm}.yaml")
        config: dict[str, Any] = {"retry": RETRY, "batch_size": 8, "mapping": mapping, **settings}
        source = config.pop("source", {})
        if org is not None:
            config["crm"] = org.settings("jwt", **{"read_timeout": LATE, **config.pop("crm", {})})
            self.secrets += [org.key_pem.splitlines()[1], org.client_secret, "00D"]
        if service is not None:
            quota = {"writes_per_second": 1000, "writes_per_day": 1_000_000, "read_timeout": LATE}
            self.there = Forked.against(folder, service.url, source=quota | source, **config)
        else:
            self.there = Forked(folder, {"type": "files", "path": "in.ndjson", **source}, **config)
            self.give([])
        self.book: Book = SqlBook(self.there) if org is None else OrgBook(org)

    def give(self, raws: list[Raw]) -> None:
        """From now on the source has these invitations."""
        if self.service is None:
            text = "\n".join(map(json.dumps, raws))
            (self.folder / "in.ndjson").write_text(text, encoding="utf-8")
            return
        for raw in raws:
            self.service.put(copy.deepcopy(raw))

    def cut_off(self) -> None:
        """The network is gone, until ``connect``."""
        for service in filter(None, (self.service, self.org)):
            service.cut_off()

    def connect(self) -> None:
        for service in filter(None, (self.service, self.org)):
            service.connect()


@contextmanager
def world(
    folder: Path, source: SourceName, crm: CrmName, settings: Mapping[str, Any] = MappingProxyType({})
) -> Iterator[World]:
    """``settings`` are merged over the config's, those of its source and CRM one by one."""
    with ExitStack() as stack:
        service = stack.enter_context(PartnerCentral(slow=2 * LATE)) if source == "partner_central" else None
        org = stack.enter_context(Salesforce(slow=2 * LATE)) if crm == "salesforce" else None
        yield World(folder, crm, service, org, settings)
