"""A run can be killed at any instruction and started again: no record twice, none missing."""

from __future__ import annotations

import random
import time
from pathlib import Path

from tests.promises.installation import Installation
from tests.servers.partner_central import ALL_TRANSIENT, Faults, PartnerCentral, make_invitations

KILLS = 20


def test_a_sync_under_faults_killed_twenty_times_ends_in_the_same_crm_as_an_undisturbed_one(
    tmp_path: Path,
) -> None:
    invitations = make_invitations(1000)
    with PartnerCentral(invitations) as server:
        calm = Installation.against(tmp_path / "calm", server.url)
        assert calm.run("sync", "--quiet").code == 3  # amounts in currencies without a rate
    dice = random.Random(20)
    with PartnerCentral(invitations, faults=Faults(0.05, ALL_TRANSIENT, seed=7)) as server:
        killed = Installation.against(tmp_path / "killed", server.url)
        kills = 0
        while kills < KILLS:
            process = killed.start("sync", "--quiet")
            time.sleep(dice.uniform(0.1, 1.2))
            kills += process.poll() is None
            process.kill()
            process.communicate()
            if (
                kills and process.returncode == 0
            ):  # all done: what is left to kill are runs with nothing to do
                break
        last = killed.run("sync", "--output", "json")
    assert last.code in (0, 3), last.err
    assert "failed" not in last.answer["counts"]
    assert sum(last.answer["counts"].values()) == 1000
    assert killed.crm() == calm.crm()
