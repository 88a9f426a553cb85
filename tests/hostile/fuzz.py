"""``python -m tests.hostile.fuzz --seconds 60 [yaml|mapping|expression|json|completion]``: bytes that atheris
(libFuzzer) makes of our files, through what reads them, within 1 GB and 10 seconds each. Without atheris,
which has no wheel for every Python, hypothesis makes them, which sees less. Ends with 1 when something was
found.
"""

from __future__ import annotations

import argparse
import importlib.util
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.promises.installation import ROOT

NAMES = ("yaml", "mapping", "expression", "json", "completion")
LONGEST = 4096  # bytes of an input


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.hostile.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", choices=[[], *NAMES], metavar="TARGET", help=", ".join(NAMES))
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.inside:
        _inside(chosen.targets[0], chosen.seconds, chosen.seed)
        return 0
    return max(_outside(name, chosen.seconds, chosen.seed) for name in chosen.targets or NAMES)


def _outside(name: str, seconds: int, seed: int) -> int:
    """A target in a process of its own, which libFuzzer ends as it likes."""
    words = [sys.executable, "-m", "tests.hostile.fuzz", name, "--inside"]
    began = time.monotonic()
    done = subprocess.run(
        [*words, "--seconds", str(seconds), "--seed", str(seed)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    inputs = re.findall(r"^#(\d+)\s|^tried (\d+)", done.stderr + done.stdout, flags=re.MULTILINE)
    count = int(max((a or b for a, b in inputs), key=int, default="0"))
    how = "atheris" if importlib.util.find_spec("atheris") else "hypothesis"
    found = "nothing found" if done.returncode == 0 else "FOUND"
    print(f"{name}: {count:,} inputs in {time.monotonic() - began:.0f} s by {how}, {found}", flush=True)
    if done.returncode:
        print(done.stderr[-4000:])
    return int(done.returncode != 0)


def _inside(name: str, seconds: int, seed: int) -> None:
    if importlib.util.find_spec("atheris") is None:
        from tests.hostile.targets import TARGETS, seeds

        _by_hypothesis(TARGETS[name], seeds(name), seconds, seed)
        return
    import atheris

    with atheris.instrument_imports(include=["connector", "ruamel.yaml", "jmespath"]):
        from tests.hostile.targets import TARGETS, seeds, words
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        corpus, dictionary = Path(folder, "corpus"), Path(folder, "words")
        corpus.mkdir()
        for number, content in enumerate(seeds(name)):
            (corpus / str(number)).write_bytes(content[:LONGEST])
        quoted = (word.replace("\\", "\\\\").replace('"', '\\"') for word in words())
        dictionary.write_text("".join(f'"{word}"\n' for word in quoted), encoding="utf-8")
        limits = ["-timeout=10", "-rss_limit_mb=1024", f"-max_len={LONGEST}", f"-artifact_prefix={folder}/"]
        limits += [f"-max_total_time={seconds}", f"-seed={seed}", f"-dict={dictionary}"]
        atheris.Setup([sys.argv[0], *limits, str(corpus)], TARGETS[name])
        atheris.Fuzz()


def _by_hypothesis(target: Callable[[bytes], None], begun: list[bytes], seconds: int, seed: int) -> None:
    from hypothesis import HealthCheck, given, settings
    from hypothesis import seed as seeded
    from hypothesis import strategies as st

    ends = time.monotonic() + seconds
    tried = 0
    cut = st.integers(0, LONGEST)
    spoilt = st.tuples(st.sampled_from(begun), cut, st.binary(max_size=20), cut).map(
        lambda parts: parts[0][: parts[1]] + parts[2] + parts[0][parts[3] :]
    )
    while time.monotonic() < ends:

        @seeded(seed + tried)
        @settings(max_examples=500, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(spoilt | st.binary(max_size=LONGEST))
        def some(data: bytes) -> None:
            target(data)

        some()
        tried += 500
    print(f"tried {tried}")


if __name__ == "__main__":
    sys.exit(main())
