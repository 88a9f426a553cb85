"""Clocks that are wrong, or step while a run looks at them; zones, leap days, hours that no clock shows."""

from __future__ import annotations

import copy
from datetime import UTC, datetime

from tests.campaign.round import Round
from tests.campaign.trouble import Trouble
from tests.campaign.world import FAR, World, deal, world

DAY = 86_400.0
WRONG = (DAY, -DAY, 3600.0, -3600.0, 400 * DAY, -400 * DAY, 3650 * DAY, -18_000 * DAY)  # seconds
ZONES = (
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",  # half an hour of daylight saving
    "Asia/Kathmandu",
    "Pacific/Apia",  # which skipped a day
    "America/Sao_Paulo",  # midnights that were none
    "UTC-14",
)
# What AWS may write, and the UTC date and time (to the second) that it is.
MOMENTS = {
    "2024-02-29T23:59:59.999999999Z": "2024-02-29T23:59:59",
    "2024-03-10T02:30:00.5Z": "2024-03-10T02:30:00",  # no such time in New York
    "2024-11-03T01:30:00Z": "2024-11-03T01:30:00",  # twice there
    "2024-03-31T02:30:00.000000001Z": "2024-03-31T02:30:00",  # not in Berlin
    "2011-12-30T12:00:00Z": "2011-12-30T12:00:00",  # not in Apia
    "2018-11-04T00:30:00Z": "2018-11-04T00:30:00",  # not in São Paulo
    "2000-02-29T00:00:00Z": "2000-02-29T00:00:00",
    "2027-12-31T23:59:59Z": "2027-12-31T23:59:59",
}
DATES = ("2028-02-29", "2024-02-29", "2000-02-29", "2026-03-08", "2026-12-31", "2099-12-31")
NO_DATES = ("2027-02-29", "2100-02-29", "2026-04-31")  # as the service's own pattern allows


def wrong_clocks(round: Round) -> None:
    """Runs by a wrong clock, by one that steps in their midst, and by a right one."""
    wrong = WRONG[round.seed % len(WRONG)]
    round.title = f"{wrong / DAY:+.2f} days"
    with world(round.folder / "wrong", "partner_central", "sql") as there:
        round.begin(there)
        edits = dict(round.rep_edits(there))
        for trouble in (
            Trouble(clock=wrong, kill=("after commit", round.dice.randint(1, 20))),
            Trouble(step=(round.dice.randint(1, 60), wrong)),
            Trouble(clock=wrong, step=(round.dice.randint(1, 60), -2 * wrong)),
        ):
            done = round.heed(there.there.run("sync", "--quiet", trouble=trouble), there)
            round.expect(done.code in (-9, 0, 3), f"by a wrong clock: {done.code}, {done.err[-300:]}")
            round.counts["faults"] += 1
        round.close(there, edits)
        healthy = round.heed(there.there.run("health"), there)
        round.expect(healthy.code == 0, f"health after the closing run: {healthy.out}")


def dates(round: Round) -> None:
    """Whatever the machine's zone: the same instants, and the same days."""
    zone = ZONES[round.seed % len(ZONES)]
    round.title = zone
    with world(round.folder / "dates", "files", "sql") as there:
        due = _set_dates(round)
        there.give(round.story.then)
        for _ in range(2):
            done = round.sync(there, trouble=Trouble(zone=zone))
            round.expect(done.code in (0, 3), done.err[-500:])
            round.expect(not done.answer["counts"].get("failed"), f"{done.answer['counts']}")
        round.expect(set(done.answer["counts"]) <= {"unchanged", "skipped"}, f"{done.answer['counts']}")
        _compare(round, there, due)
        since = there.there.run("sync", "--since", "2024-02-29", "--quiet", trouble=Trouble(zone=zone))
        round.expect(round.heed(since, there).code in (0, 3), since.err)
        none = there.there.run("sync", "--since", "2023-02-29", trouble=Trouble(zone=zone))
        round.expect(round.heed(none, there).code == 2, "2023-02-29 passed for a date")


def _set_dates(round: Round) -> dict[str, tuple[str, str | None]]:
    """Writes odd dates into the story; by invitation: the moment and the day that they are."""
    due: dict[str, tuple[str, str | None]] = {}
    deals = [copy.deepcopy(raw) for raw in round.story.then if deal(raw)]
    for place, raw in enumerate(deals):
        moment = list(MOMENTS)[place % len(MOMENTS)]
        date = (*DATES, *NO_DATES)[place % (len(DATES) + len(NO_DATES))]
        raw |= {
            "Status": "ACCEPTED",
            "RejectionReason": None,
            "InvitationDate": moment,
            "ExpirationDate": FAR,
        }
        deal(raw)["Project"]["TargetCompletionDate"] = date
        due[raw["Id"]] = (MOMENTS[moment], date if date in DATES else None)
    round.story.then[:] = deals
    return due


def _compare(round: Round, there: World, due: dict[str, tuple[str, str | None]]) -> None:
    rows = there.book.rows()["opportunities"]
    held = {row["key"]: row for row in rows}
    round.expect(len(rows) == len(held), "an opportunity twice")
    for id, (moment, date) in due.items():
        row = held.get(id)
        if row is None:
            round.find([("lost", f"opportunity {id}")])
            continue
        found = datetime.fromisoformat(row["invitation_date"])
        found = found if found.tzinfo else found.replace(tzinfo=UTC)
        if f"{found.astimezone(UTC):%Y-%m-%dT%H:%M:%S}" != moment or row["close_date"] != date:
            held_now = row["invitation_date"], row["close_date"]
            round.find([("half written", f"opportunity {id}: {held_now} instead of {(moment, date)}")])
