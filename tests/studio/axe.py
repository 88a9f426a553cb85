"""axe-core, the accessibility checker, from the npm registry, kept for the next time."""

from __future__ import annotations

import base64
import hashlib
import io
import tarfile
import tempfile
import urllib.request
from pathlib import Path
from typing import Any

VERSION = "4.14.1"
URL = f"https://registry.npmjs.org/axe-core/-/axe-core-{VERSION}.tgz"
SHA512 = "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def source() -> str:
    """The script. Raises when the registry has another than the one that is known."""
    kept = Path(tempfile.gettempdir()) / f"axe-core-{VERSION}.tgz"
    packed = kept.read_bytes() if kept.exists() else urllib.request.urlopen(URL, timeout=60).read()
    if base64.b64encode(hashlib.sha512(packed).digest()).decode() != SHA512:
        kept.unlink(missing_ok=True)
        raise RuntimeError(f"{URL} is not what it was")
    kept.write_bytes(packed)
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        file = archive.extractfile("package/axe.min.js")
        assert file is not None
        return file.read().decode()


def violations(page: Any, script: str) -> list[str]:
    """What is seriously or critically wrong with the page for people who cannot see or point, and stays so: a
    page that is still being built, or fades in, is given some seconds."""
    page.evaluate(script)  # by the debugger, which the page's policy does not bind
    for _ in range(10):
        found = _violations(page)
        if not found:
            break
        page.wait_for_timeout(1000)
    return found


def _violations(page: Any) -> list[str]:
    # Its own requests for style sheets would show a progress bar.
    found = page.evaluate("tags => axe.run({runOnly: tags, preload: false})", RULES)["violations"]
    return [
        f"{each['id']}: {node['target']} {node['failureSummary']}"
        for each in found
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]
