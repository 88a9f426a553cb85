"""YAML from a stranger, as config, mapping or sample: read in bounded time and memory, or refused in words.

In a process of its own, which ends where it takes more.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.hostile.within import within
from tests.promises.installation import Installation

MAPPING = "version: 1\nname: a\ncrm: sql\n"
LEAD = "records:\n  lead:\n    object: leads\n    key: {aws_invitation_id: Id}\n    fields:\n"
_STEPS = list(zip("abcdefgh", "bcdefghi", strict=True))
_NINE = ", ".join(["*{0}"] * 9)
_MANY = range(1_100)
BOMBS = {
    "laughs": "a: &a [x, x, x, x]\n"
    + "".join(f"{b}: &{b} [{_NINE.format(a)}]\n" for a, b in _STEPS),
    "merges": "a: &a {x: 1}\n"
    + "".join(f"{b}: &{b} {{<<: [{_NINE.format(a)}]}}\n" for a, b in _STEPS),
    "lists": "[" * 200_000,
    "maps": "{a: " * 200_000,
    "dashes": "- " * 200_000,
    "questions": "? " * 200_000,
    "indents": "".join(f"{' ' * n}a:\n" for n in range(1_200)),
    "scalar": "a: " + "x" * 2_000_000,
    "block": "a: |\n" + "  x\n" * 100_000,
    "quotes": 'a: "' + "\\n" * 150_000 + '"',
    "folded": 'a: "' + " \n" * 150_000 + '"',
    "anchors": "".join(f"a{n}: &a{n} x\n" for n in range(5_000)),
    "comments": "#\n" * 150_000,
    "documents": "---\n" * 5_000,
    "tags": "a: !<tag:yaml.org,2002:python/object/apply:os.system> [id]\n",
    "tag": "a: !" + "x" * 900_000 + "\n",
    "python": "a: !!python/object/new:subprocess.Popen [[id]]\n",
    "include": "a: !include /etc/passwd\n",
    "environment": "a: !ENV ${HOME}\n",
    "numbers": "a: " + "9" * 900_000,
    "octal": "a: 0o" + "7" * 900_000,
    "float": "a: 1e999999999\n",
    "time": "a: 99:99:99:99\n",
    "fields": MAPPING + LEAD + "".join(f"      f{n}: Status\n" for n in range(2_000)),
    "names": MAPPING
    + "let:\n  l0: Id\n"
    + "".join(f"  l{n + 1}: l{n}\n" for n in range(2_000))
    + LEAD + "      a: Id\n",
    "rules": MAPPING
    + "records:\n"
    + "".join(f"  r{n}: {{object: o, key: {{k: Id}}, fields: {{}}}}\n" for n in range(1_000)),
    "references": MAPPING
    + "records:\n"
    + "".join(f"  r{n}: {{object: o, key: {{k: I}}, fields: {{a: {{ref: r{n + 1}}}}}}}\n" for n in _MANY),
    "template": MAPPING + LEAD + "      a: {template: '" + "{{ Id }}" * 20_000 + "'}\n",
}  # fmt: skip
_READ = """
import json, sys, time, pathlib
from connector import yamlfile
from connector.config import load
from connector.errors import ConfigurationError
from connector.fetch import Selection
from connector.fetch.files import Files
from connector.fetch.service_model import mappable
from connector.mapping.check import examine
folder = pathlib.Path(sys.argv[1])
members = mappable()
for path in sorted(folder.glob("*.yaml")):
    began = time.process_time()
    told = []
    for listed in Files(path.name, folder).list(Selection()):
        assert listed.invitation is None
        told.append(listed.error.message)
    check = lambda: examine(yamlfile.read(path), None, None, *members)[1]
    for read in (check, lambda: load(path, {}) and []):
        try:
            told += map(str, read())
        except ConfigurationError as error:
            assert error.message
            told += [error.message, *map(str, error.findings)]
    print(json.dumps([path.stem, round(time.process_time() - began, 1), told[:3]]))
"""


def test_no_yaml_takes_more_than_a_little_time_and_memory(tmp_path: Path) -> None:
    for name, content in BOMBS.items():
        (tmp_path / f"{name}.yaml").write_text(content, encoding="utf-8")
    told = [json.loads(line) for line in within(240, _READ, str(tmp_path)).splitlines()]
    assert len(told) == len(BOMBS)
    assert all(words for _, _, words in told), "each of them is told what is wrong"
    assert max(seconds for _, seconds, _ in told) < 15, told


@pytest.mark.parametrize("name", ["laughs", "merges", "python", "include", "environment"])
def test_a_config_and_a_mapping_are_refused_with_their_place(name: str, tmp_path: Path) -> None:
    installed = Installation(tmp_path, {"type": "files", "path": "in.ndjson"}, mapping="mapping.yaml")
    (tmp_path / "mapping.yaml").write_text(BOMBS[name], encoding="utf-8")
    done = installed.run("mapping", "check")
    assert done.code == 2
    assert "mapping.yaml:" in done.err + done.out
    assert "Traceback" not in done.err
