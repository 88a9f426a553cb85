"""A function in a process of its own, within bounds of memory and time."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.promises.installation import ROOT

MEMORY = 1 << 30  # bytes of address space; what is imported takes some 400 MB of them


def within(seconds: float, code: str, *args: str, memory: int = MEMORY) -> str:
    """What ``code`` prints. An AssertionError when it needs more, or fails."""
    bounded = f"import resource\nresource.setrlimit(resource.RLIMIT_AS, ({memory}, {memory}))\n{code}"
    # Threads of numerical libraries reserve address space for each core.
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
    try:
        done = subprocess.run(
            [sys.executable, "-c", bounded, *args],
            env=environ,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise AssertionError(f"it takes more than {seconds} seconds") from None
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout
