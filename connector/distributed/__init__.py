"""Tenants over many machines: tasks in a queue on PostgreSQL, which Procrastinate keeps
(https://procrastinate.readthedocs.io), and workers that do them.

A task may be done twice, by a worker that was killed and by the one that took its work up: that is harmless,
since every write has a key, and a tenant's ledger has a lock that its run holds.
"""
