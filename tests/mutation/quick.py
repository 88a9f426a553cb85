"""A plugin of pytest for mutation testing: what is random is the same each time, and few; nothing is shrunk,
since that a test fails is all that is asked."""

from __future__ import annotations

import os
import sys

import pytest
from hypothesis import Phase, settings

# Seconds each, by random metadata; what they see, others see too.
LONG = {
    "test_whatever_the_crm_looks_like_the_proposal_has_no_mistake",
    "test_any_metadata_can_be_checked_against",
    "test_a_field_is_the_less_wrong_for_being_optional",
}

FAILS = "CONNECTOR_MUTATION_FAILS"  # set: no function that is made to fail is called once all is imported
WANTED: pytest.StashKey[dict[str, int]] = pytest.StashKey()


def pytest_configure(config: pytest.Config) -> None:
    """mutmut names every test that it wants; pytest finds some of ours by their files only (and any faster):
    the others are left out below."""
    config.stash[WANTED] = {_named(test): place for place, test in enumerate(config.args) if "::" in test}
    config.args = list(dict.fromkeys(test.partition("::")[0] for test in config.args))
    # Before any test is imported: those with settings of their own take the others from here then.
    phases = (Phase.explicit, Phase.generate)
    settings.register_profile(
        "mutation", deadline=None, derandomize=True, database=None, max_examples=30, phases=phases
    )
    settings.load_profile("mutation")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    wanted = config.stash[WANTED]
    left_out = [item for item in items if item.name in LONG or (wanted and _named(item.nodeid) not in wanted)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]
    items.sort(key=lambda item: wanted.get(_named(item.nodeid), 0))


def _named(test: str) -> str:
    """A test without backslashes: where a process collects again, pytest escapes what it has escaped."""
    return test.replace("\\", "")


def pytest_runtest_setup() -> None:
    """A mutant begins as a fork of a process that has run the tests: without what that has cached."""
    if FAILS in os.environ and os.environ.get("MUTANT_UNDER_TEST") == "fail":
        pytest.fail("mutmut wants to see a test fail")
    names = sys.modules.get("connector.mapping.names")
    for function in vars(names).values() if names else ():
        if hasattr(function, "cache_clear"):
            function.cache_clear()
    if syntax := sys.modules.get("connector.mapping.syntax"):
        syntax._Parser.purge()  # jmespath keeps the trees of the last texts
