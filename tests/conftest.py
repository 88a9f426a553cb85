"""For all tests: no deadline on examples (machines differ), and nothing process-wide left behind."""

from __future__ import annotations

import gc
import logging
import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings

# Whoever runs the tests in the background may have them ignore these, and what the tests start would inherit
# that: a test that interrupts a process would wait for ever.
for _signal, _usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGTERM, signal.SIG_DFL)):
    if signal.getsignal(_signal) is signal.SIG_IGN:
        signal.signal(_signal, _usual)

# What takes long begins first: no process is left alone with it in the end.
_LONG = (
    "test_events.py",
    "promises",
    "test_walk.py",
    "test_hubspot_life.py",
    "test_docs.py",
    "hostile",
    "campaign",
)

# The same examples each time: what the gate says depends on the change alone. `--hypothesis-profile explore`
# looks for more.
settings.register_profile("connector", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, max_examples=300)
settings.register_profile("few", deadline=None, derandomize=True, max_examples=10)
settings.load_profile("connector")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(
        key=lambda item: next((n for n, part in enumerate(_LONG) if part in item.path.parts), len(_LONG))
    )


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Commands set up logging, signals and the garbage collector for their process; here that is every
    test's."""
    root, threshold = logging.getLogger(), gc.get_threshold()
    handlers = list(root.handlers)
    loggers = [logging.getLogger(name) for name in list(logging.root.manager.loggerDict)]
    levels = {logger: logger.level for logger in loggers}
    handling = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in handling.items():
        signal.signal(number, handler)
    gc.set_threshold(*threshold)
    root.handlers[:] = handlers
    for name in list(logging.root.manager.loggerDict):
        logger = logging.getLogger(name)
        logger.setLevel(levels.get(logger, logging.NOTSET))
