"""``python -m tests.security.lock [--upgrade]`` makes the lock files anew, by uv (pip install uv).

Without ``--upgrade`` versions stay as they are, and only what ``pyproject.toml`` has changed is followed. For
all platforms and all Python versions that we support in one file, with the hashes of all their archives.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
_FOR_US = {"test", "mutation"}  # extras for who works on the connector, not for who runs it

LOCKS = {  # file -> extras
    "requirements.lock": ("distributed", "metrics", "postgresql"),  # the container image's
    "requirements-extras.lock": tuple(sorted(set(PYPROJECT["project"]["optional-dependencies"]) - _FOR_US)),
}


def main(options: list[str]) -> int:
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv") or "uv"
    build = "\n".join(PYPROJECT["build-system"]["requires"])
    for name, extras in LOCKS.items():
        chosen = [word for extra in extras for word in ("--extra", extra)]
        command = [
            uv, "pip", "compile", "pyproject.toml", "-", "--output-file", name, *chosen, *options, "--quiet",
            "--universal", "--python-version", "3.11", "--generate-hashes", "--no-annotate",
            "--no-emit-index-url", "--no-emit-find-links",
            "--custom-compile-command", "python -m tests.security.lock",
        ]  # fmt: skip
        done = subprocess.run(command, cwd=ROOT, input=build, text=True, check=False)
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
