"""The AWS CLI's own formatters, in a process of their own: importing ``awscli`` puts its copy of botocore in
the place of botocore, for the whole process.

Reads JSON lines ``{"answer", "output", "expression"}`` from standard input and answers each with one: what
the AWS CLI prints, or ``{"error": class}``.
"""

from __future__ import annotations

import argparse
import io
import json
import sys

OPERATION = "GetEngagementInvitation"


def main() -> None:
    import awscli.formatter
    import jmespath

    for line in sys.stdin:
        asked = json.loads(line)
        chosen = None if asked["expression"] is None else jmespath.compile(asked["expression"])
        arguments = argparse.Namespace(query=chosen, color="off", output=asked["output"])
        stream = io.StringIO()
        try:
            awscli.formatter.get_formatter(asked["output"], arguments)(OPERATION, asked["answer"], stream)
            print(json.dumps(stream.getvalue()), flush=True)
        except Exception as error:
            print(json.dumps({"error": type(error).__name__}), flush=True)


if __name__ == "__main__":
    main()
