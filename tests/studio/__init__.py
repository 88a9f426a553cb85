"""Tests of the studio; those with a browser are marked."""
