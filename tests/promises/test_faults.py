"""With faults of every transient kind, everything lands once and the outcomes add up."""

from __future__ import annotations

import math
from pathlib import Path

from tests.promises.installation import Installation
from tests.servers.partner_central import ALL_TRANSIENT, Faults, PartnerCentral, make_invitations


def test_a_thousand_invitations_under_faults_all_land_and_a_second_sync_has_nothing_to_do(
    tmp_path: Path,
) -> None:
    invitations = make_invitations(1000)
    with PartnerCentral(invitations, faults=Faults(0.05, ALL_TRANSIENT, seed=3)) as server:
        there = Installation.against(tmp_path / "faults", server.url)
        first = there.run("sync", "--output", "json")
    with PartnerCentral(invitations) as server:
        calm = Installation.against(tmp_path / "calm", server.url)
        undisturbed = calm.run("sync", "--output", "json")
        # 3: some amounts are in currencies without a rate, which is said of these invitations.
        assert undisturbed.code == first.code == 3, first.err
        assert first.answer["counts"] == undisturbed.answer["counts"]
        assert sum(first.answer["counts"].values()) == 1000
        assert set(first.answer["counts"]) == {"created", "skipped"}
        assert there.crm() == calm.crm()

        before = (calm.folder / "crm.db").read_bytes()
        server.reset_calls()
        second = calm.run("sync", "--output", "json")
        assert second.answer["counts"] == {"unchanged": 1000}
        assert dict(server.calls) == {"ListEngagementInvitations": math.ceil(1000 / 100)}
        assert second.answer["calls"]["sql"].get("write", 0) == 0
        assert (calm.folder / "crm.db").read_bytes() == before
