"""Facts and runs -> the numbers that reports and charts show. Pure: time and rates come in as arguments."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from statistics import median
from typing import Any, NamedTuple

from connector.apply import Kind
from connector.facts import Facts
from connector.ledger_decisions import Action, Decision, State
from connector.ledger_rows import Run
from connector.mapping.money import Rates, converted, exact_sum

OVER = ("REJECTED", "EXPIRED")  # nothing is to be expected of these any more
UNKNOWN = "unknown"


class Week(NamedTuple):
    """``begins`` on a Monday; ``counts`` is by status."""

    begins: date
    counts: Mapping[str, int]


class Month(NamedTuple):
    """Expected spend of the projects that are to be completed in the month that ``begins``, in the base
    currency: ``monthly`` what recurs in a month from then on, ``total`` the sum of the amounts."""

    begins: date
    invitations: int
    monthly: Decimal
    total: Decimal


class Share(NamedTuple):
    """An industry's or country's part; money in the base currency."""

    name: str
    invitations: int
    monthly: Decimal
    total: Decimal


class Acceptance(NamedTuple):
    """From the invitation's date to when it was accepted. ``days`` are in ascending order; of ``unknown``
    invitations nobody knows when: they were accepted before the ledger first saw them."""

    days: Sequence[float]
    unknown: int

    @property
    def median(self) -> float | None:
        return median(self.days) if self.days else None


class Expiring(NamedTuple):
    """A pending invitation that expires soon."""

    invitation_id: str
    expires: datetime
    days: float


class RunSummary(NamedTuple):
    """``seconds`` is None for a run that is not over, or was killed."""

    run: Run
    seconds: float | None
    listed: int


class Trouble(NamedTuple):
    """Invitations that failed, or wait for a person, for the same reason; ``step`` is what to do next."""

    outcome: str
    reason: str
    step: str
    invitations: Sequence[str]


def by_status(facts: Iterable[Facts]) -> dict[str, int]:
    """How many invitations are in each status, the most frequent first."""
    return dict(Counter(each.status or UNKNOWN for each in facts).most_common())


def by_week(facts: Iterable[Facts], until: date, weeks: int = 26) -> list[Week]:
    """The invitations of each of the ``weeks`` weeks that end with the one of ``until``, by the date on which
    they were sent (UTC) and the status that they have now. Weeks without any are there too."""
    last = _monday(until)
    counts = {last - timedelta(weeks=back): Counter[str]() for back in range(weeks - 1, -1, -1)}
    for each in facts:
        week = _monday(each.invitation_date.date()) if each.invitation_date else None
        if week in counts:
            counts[week][each.status or UNKNOWN] += 1
    return [Week(begins, dict(count)) for begins, count in counts.items()]


def _monday(day: date) -> date:
    return date.fromordinal(max(1, day.toordinal() - day.weekday()))


def in_base(facts: Facts, rates: Rates) -> tuple[Decimal, Decimal]:
    """The expected monthly and total spend in the base currency. A currency without a rate adds nothing: see
    ``without_rate``."""
    spends = [
        (spend, code) for code, spend in facts.spend.items() if code == rates.base or code in rates.rates
    ]
    return (
        _sum(converted(spend.monthly, code, rates) for spend, code in spends),
        _sum(converted(spend.total, code, rates) for spend, code in spends),
    )


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return Decimal(exact_sum([Decimal(0), *amounts]))


def without_rate(facts: Iterable[Facts], rates: Rates) -> dict[str, int]:
    """The currencies that the config has no rate for, each with how many invitations have a spend in it."""
    known = {rates.base, *rates.rates}
    return dict(Counter(code for each in facts for code in each.spend if code not in known).most_common())


def spend_by_month(facts: Iterable[Facts], rates: Rates) -> list[Month]:
    """The months in which projects are to be completed, in their order; those of rejected and expired
    invitations, and of those without a date, are left out."""
    months: dict[date, list[Facts]] = defaultdict(list)
    for each in facts:
        if each.target_date and each.spend and each.status not in OVER:
            months[each.target_date.replace(day=1)].append(each)
    return [Month(begins, len(of), *_sums(of, rates)) for begins, of in sorted(months.items())]


def _sums(facts: Iterable[Facts], rates: Rates) -> tuple[Decimal, Decimal]:
    both = [in_base(each, rates) for each in facts]
    return _sum(monthly for monthly, _ in both), _sum(total for _, total in both)


def by_industry(facts: Iterable[Facts], rates: Rates) -> list[Share]:
    """Every industry, the one with the most invitations first."""
    return _shares(facts, rates, lambda each: each.industry)


def by_country(facts: Iterable[Facts], rates: Rates) -> list[Share]:
    """Every country (ISO 3166-1 alpha-2), the one with the most invitations first."""
    return _shares(facts, rates, lambda each: each.country)


def _shares(facts: Iterable[Facts], rates: Rates, name: Callable[[Facts], str]) -> list[Share]:
    groups: dict[str, list[Facts]] = defaultdict(list)
    for each in facts:
        groups[name(each) or UNKNOWN].append(each)
    # What is over counts as an invitation, and not as a spend that is still expected.
    shares = [
        Share(key, len(of), *_sums((each for each in of if each.status not in OVER), rates))
        for key, of in groups.items()
    ]
    return sorted(shares, key=lambda share: (-share.invitations, share.name))


def time_to_acceptance(facts: Iterable[Facts], decisions: Iterable[Decision] = ()) -> Acceptance:
    """By our own decisions, which are known to the second; else by the first sync that saw it accepted, where
    an earlier one had seen it in another status."""
    ours = {
        decision.invitation_id: decision.finished_at
        for decision in decisions
        if decision.action is Action.ACCEPT and decision.state is State.DONE and decision.finished_at
    }
    days, unknown = [], 0
    for each in facts:
        if each.status != "ACCEPTED":
            continue
        at = ours.get(each.invitation_id) or _accepted(each)
        if at is None or each.invitation_date is None:
            unknown += 1
        else:
            days.append(max(0.0, (at - each.invitation_date) / timedelta(days=1)))
    return Acceptance(sorted(days), unknown)


def _accepted(facts: Facts) -> datetime | None:
    accepted = facts.first_seen.get("ACCEPTED")
    return accepted if accepted and min(facts.first_seen.values()) < accepted else None


def expiring_soon(facts: Iterable[Facts], now: datetime, days: float) -> list[Expiring]:
    """The pending invitations that expire within so many days, the first to expire first."""
    found = [
        Expiring(each.invitation_id, each.expiration_date, (each.expiration_date - now) / timedelta(days=1))
        for each in facts
        if each.status == "PENDING" and each.expiration_date and each.expiration_date >= now
    ]
    return sorted((each for each in found if each.days <= days), key=lambda each: (each.expires, each[0]))


def run_history(runs: Iterable[Run]) -> list[RunSummary]:
    """Outcomes and durations, in the order given."""
    return [RunSummary(run, _seconds(run), sum(run.counts.values())) for run in runs]


def _seconds(run: Run) -> float | None:
    return (run.finished_at - run.started_at).total_seconds() if run.finished_at else None


def troubles(outcomes: Iterable[Mapping[str, Any]]) -> list[Trouble]:
    """What failed or waits for a person, by reason, the most frequent first. ``outcomes`` are as
    ``Ledger.outcomes`` has them."""
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in outcomes:
        if row["outcome"] not in (Kind.FAILED, Kind.REVIEW):
            continue
        reason = str(row["reason"]).replace(f"{row['invitation_id']}: ", "") or "no reason is known"
        groups[row["outcome"], reason].append(row["invitation_id"])
    found = [
        Trouble(outcome, reason, next_step(outcome, reason), ids) for (outcome, reason), ids in groups.items()
    ]
    return sorted(found, key=lambda each: (-len(each.invitations), each.reason))


_STEPS = (
    ("a bug in the connector", "report it, with what `crm-connector sync --id ID --debug` prints"),
    ("more existing records", "look at what is left with `crm-connector plan`; `sync --force` does it"),
    ("not done:", "the run ended early, and the next one goes on"),
    ("no rate for", "add the currency to `currency.rates` in the config"),
    (
        "its lookup has no entry",
        "add the value to the field's `lookup` in the mapping, or give it a `default`",
    ),
    ("is required, and", "give the field a `default` in the mapping, or another expression"),
    ("the key ", "give the rule another `key` in the mapping, such as Id, or a `when` that leaves this out"),
    ("for_each wants a list", "give the rule a `for_each` in the mapping that is a list"),
    ("waits for ", "put the record that it waits for in order; the next run goes on"),
    (
        "where one value is wanted",
        "pick one value in the field's expression: `crm-connector mapping explain`",
    ),
    ("Frequency", "see the amount with `crm-connector invitations get`; the mapping can leave it out"),
)


def next_step(outcome: str, reason: str) -> str:
    """What a person can do about it, in words that name the command or the place in the mapping."""
    if outcome == Kind.REVIEW:
        return "`crm-connector review list`, then `crm-connector review resolve`"
    steps = (step for part, step in _STEPS if part in reason)
    return next(steps, "`crm-connector plan --id ID` shows it field by field; the next run tries it again")
