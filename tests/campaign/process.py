"""The command line in processes of its own, in which something is wrong: as a scheduler's run, but there at
once, so that hundreds can be killed."""

from __future__ import annotations

from tests.campaign.trouble import Trouble
from tests.promises.forked import Started
from tests.promises.installation import Done, Installation

NO_TROUBLE = Trouble()


class Forked(Installation):
    """An installation in whose runs there may be trouble."""

    def begin(self, *args: str, trouble: Trouble = NO_TROUBLE) -> Started:
        return Started(self._arguments(args), self.folder, trouble.begin, out=trouble.stdout)

    def run(self, *args: str, timeout: float = 120, trouble: Trouble = NO_TROUBLE) -> Done:
        return self.begin(*args, trouble=trouble).done(timeout)
