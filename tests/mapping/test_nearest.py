"""What somebody probably meant."""

from __future__ import annotations

from connector.mapping.nearest import did_you_mean, nearest


def test_the_nearest_is_as_it_is_spelt_whatever_the_case() -> None:
    assert nearest("opportunty", ["Lead", "Opportunity", "Opportunities"]) == "Opportunity"
    assert nearest("LEAD", ["lead", "Lead"]) == "lead"
    assert nearest("xyz", ["Lead"]) is None


def test_how_near_it_has_to_be_can_be_said() -> None:
    assert nearest("leads", ["Lead"], 0.8) == "Lead"
    assert nearest("lea", ["Leader"], 0.8) is None
    assert nearest("lea", ["Leader"]) == "Leader"
    assert did_you_mean("lea", ["Leader"], 0.8) == "one of Leader"


def test_where_nothing_is_near_all_are_named_if_they_are_few() -> None:
    assert did_you_mean("zzz", ["a"]) == "one of a"
    assert did_you_mean("zzz", list("abcdefghijkl")) == "one of a, b, c, d, e, f, g, h, i, j, k, l"
    assert did_you_mean("zzz", list("abcdefghijklm")) is None
    assert did_you_mean("zzz", []) is None
    assert did_you_mean("lea", iter(["Leader"])) == "did you mean Leader?"
