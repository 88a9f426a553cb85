"""Cassettes: what the vendors' services answered, or are documented to answer, played back to our adapters.

    python -m tests.recording --salesforce config.yaml
    python -m tests.recording --partner-central --catalog Sandbox --profile my-profile

``cassettes`` plays them back and writes them; ``scrub`` takes out all that is anybody's own before anything
reaches the disk; ``walks`` is what a recording asks for: little, and read-only.
"""
