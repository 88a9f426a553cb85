"""A little of ``python -m tests.hostile.fuzz``: what it begins from, and some bytes around that."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.hostile.targets import TARGETS, seeds


@pytest.mark.parametrize("name", TARGETS)
def test_bytes_end_as_a_value_or_as_an_error_with_its_place(name: str) -> None:
    begun = seeds(name)[:40]
    for data in begun:
        TARGETS[name](data)
        TARGETS[name](data[: len(data) // 2])

    @settings(max_examples=30)
    @given(st.sampled_from(begun), st.integers(0, 500), st.binary(max_size=8), st.integers(0, 20))
    def spoilt(data: bytes, at: int, more: bytes, less: int) -> None:
        TARGETS[name]((data[:at] + more + data[at + less :])[:1_000])

    spoilt()
