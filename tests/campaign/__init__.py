"""Faults and kills, as a campaign: ``python -m tests.campaign``.

A *round* sets an installation up, does something terrible to its runs (a *kind* of trouble says what), lets
them come to their end, and looks at the CRM itself: at what a *twin* without any trouble holds, nothing lost,
nothing doubled, nothing half written, a rep's edits kept. Every round has a seed, which replays it.
"""
